"""What a run was made with: versions, machine, scenario, seed."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from v2x import __version__
from v2x.scenario.model import Scenario

#: Packages whose versions can change a result.
_PACKAGES = (
    "eclipse-sumo",
    "libsumo",
    "traci",
    "asn1tools",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "pyproj",
    "pydantic",
)


def provenance(scenario: Scenario, engine: str) -> dict[str, Any]:
    """The manifest's opening entries for a run of ``scenario`` on ``engine``."""
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "seed": scenario.seed,
        "field": scenario.field,
        "profile": scenario.profile,
        "start_utc": scenario.start_utc.isoformat(),
        "duration_s": scenario.duration_s,
        "step_s": scenario.step_s,
        "engine": engine,
        "versions": {"v2x": __version__, "python": sys.version.split()[0], **package_versions()},
        "platform": platform.platform(),
        "cpu": _cpu(),
    }


def package_versions() -> dict[str, str]:
    """Of the installed packages that can change a result."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _cpu() -> str:
    """Model name of the processor: numpy's last bits depend on it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
