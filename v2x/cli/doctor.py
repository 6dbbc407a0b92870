"""``v2x doctor``: whether this machine has what a run needs."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

import click

from v2x.cli.options import as_json
from v2x.data import data_dir

_PROJECT = "v2x-testfield"


@dataclass(frozen=True)
class Finding:
    """Outcome of one check; ``required`` ones decide the exit code."""

    check: str
    ok: bool
    required: bool
    detail: str


@click.command(name="doctor")
@as_json
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Check Python, packages, SUMO, map projections, ASN.1 modules and the machine.

    Exit code 0 if everything required works, else 3.
    """
    findings = [_examine(name, check, True) for name, check in REQUIRED.items()]
    findings += [_examine(name, check, False) for name, check in OPTIONAL.items()]
    healthy = all(finding.ok for finding in findings if finding.required)
    if as_json:
        report = {"healthy": healthy, "checks": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            mark = "ok" if finding.ok else "BROKEN" if finding.required else "absent"
            click.echo(f"{mark:<7}{finding.check:<12}{finding.detail}")
    if not healthy:
        context.exit(3)


def _examine(name: str, check: Callable[[], str], required: bool) -> Finding:
    try:
        return Finding(name, True, required, check())
    except _Lacking as error:
        return Finding(name, False, required, str(error))
    except Exception as error:  # whatever goes wrong is the finding
        return Finding(name, False, required, f"{type(error).__name__}: {error}".strip())


class _Lacking(Exception):  # noqa: N818 - a finding, not an error of the program
    """A check says what it misses."""


def _python() -> str:
    needed = metadata.metadata(_PROJECT)["Requires-Python"]
    from packaging.specifiers import SpecifierSet

    if platform.python_version() not in SpecifierSet(needed):
        raise _Lacking(f"{platform.python_version()}, needed {needed}")
    return f"{platform.python_version()} ({sys.executable})"


def _packages() -> str:
    from packaging.requirements import Requirement

    needed = [Requirement(line) for line in metadata.requires(_PROJECT) or []]
    needed = [need for need in needed if need.marker is None or need.marker.evaluate({"extra": ""})]
    wrong = []
    for need in needed:
        try:
            installed = metadata.version(need.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{need} is not installed")
            continue
        if installed not in need.specifier:
            wrong.append(f"{need.name} is {installed}, needed {need.specifier}")
    if wrong:
        raise _Lacking("; ".join(wrong))
    return f"{len(needed)} packages as needed"


def _sumo() -> str:
    import sumo

    binary = Path(sumo.SUMO_HOME) / "bin" / "sumo"
    return _output([str(binary), "--version"]).splitlines()[0]


def _libsumo() -> str:
    # in a process of its own: the import prints to stdout when its Arrow differs, and cannot be undone
    return _output([sys.executable, "-c", "import libsumo; print('version', *libsumo.simulation.getVersion()[1:])"])


def _projection() -> str:
    from pyproj import datadir

    from v2x.geo import Plane

    easting_m = float(Plane("+proj=utm +zone=50 +ellps=WGS84 +units=m").to_xy(117.0, 39.0)[0])
    if abs(easting_m - 500_000.0) > 0.001:  # by definition of UTM, on the central meridian
        raise _Lacking(f"UTM easting of the central meridian is {easting_m} m instead of 500000 m")
    return f"PROJ data in {datadir.get_data_dir()}"


def _scenarios() -> str:
    from v2x.scenario.library import scenario_names
    from v2x.scenario.loader import load_scenario

    names = scenario_names()
    if not names:
        raise _Lacking(f"no scenarios in {data_dir('scenarios')}")
    for name in names:
        load_scenario(name)
    return f"{len(names)} shipped scenarios load"


def _asn1() -> str:
    from v2x.messages.sets import CSAE_A, CSAE_B, J2735
    from v2x.messages.uper import compile_uper

    sets = {"j2735": J2735, "csae-a": CSAE_A, "csae-b": CSAE_B}
    types = {name: len(compile_uper(one.files(), one.open_types)) for name, one in sets.items()}
    return ", ".join(f"{name}: {count} types compile" for name, count in types.items())


def _temporary_folder() -> str:
    with tempfile.TemporaryFile() as file:
        file.write(b"x")
    free_gb = shutil.disk_usage(tempfile.gettempdir()).free / 1e9
    return f"{tempfile.gettempdir()} is writable, {free_gb:.1f} GB free"


def _machine() -> str:
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{os.cpu_count()} CPUs, {memory_gb:.1f} GB memory, {platform.platform()}"


def _chinese_font() -> str:
    fonts = _output(["fc-list", ":lang=zh", "family"]).splitlines()
    if not fonts:
        raise _Lacking("no font with Chinese characters: road names in reports may show as boxes")
    return sorted(fonts)[0]


def _browser() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise _Lacking("no Chromium: reports open in any browser, but cannot be turned into pictures")


def _output(arguments: list[str]) -> str:
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise _Lacking(f"{Path(arguments[0]).name} failed: {done.stderr.strip()[-200:] or done.returncode}")
    return done.stdout.strip()


#: What a run cannot do without.
REQUIRED: dict[str, Callable[[], str]] = {
    "python": _python,
    "packages": _packages,
    "sumo": _sumo,
    "libsumo": _libsumo,
    "projection": _projection,
    "asn1": _asn1,
    "scenarios": _scenarios,
    "temporary": _temporary_folder,
}

#: What is good to know or nice to have.
OPTIONAL: dict[str, Callable[[], str]] = {
    "machine": _machine,
    "font": _chinese_font,
    "browser": _browser,
}
