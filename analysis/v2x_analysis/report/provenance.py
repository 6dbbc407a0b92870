"""What one must know to repeat a run, and what happened in it, as rows of tables."""

from __future__ import annotations

import json
from typing import Any

from v2x_analysis.run import Run

#: Key of the manifest -> what it is called.
NAMES = {
    "command": "Command",
    "seed": "Seed",
    "digest": "Digest",
    "status": "Status",
    "scenario": "Scenario",
    "engine": "Engine",
    "step_s": "Step, s",
    "start_utc": "Start, UTC",
    "cpu": "CPU",
    "platform": "Platform",
    "wall_time_s": "Wall time, s",
    "real_time_factor": "Real-time factor",
}


def provenance(run: Run) -> list[tuple[str, str]]:
    """Command, seed, digest, machine: what it is called and its value."""
    return [(label, str(run.manifest[key])) for key, label in NAMES.items() if run.manifest.get(key) is not None]


def versions(run: Run) -> list[tuple[str, str]]:
    """Packages that can change a result, and their versions."""
    return _flat(run.about.versions or {})


def happened(run: Run) -> list[tuple[str, int, str]]:
    """Kinds of event, how many, and the first one's fields in words."""
    rows = []
    for kind, group in run.events.groupby("kind", observed=True, sort=True):
        first = group.iloc[0]
        try:
            fields = json.loads(first["fields"])
            words = ", ".join(f"{key} {value}" for key, value in fields.items())
        except (ValueError, AttributeError):
            words = str(first["fields"])
        rows.append((str(kind), len(group), f"{first['station']}: {words}" if words else str(first["station"])))
    return rows


def _flat(versions: dict[str, Any]) -> list[tuple[str, str]]:
    """Versions, nested or not, as one list."""
    rows: list[tuple[str, str]] = []
    for name, version in versions.items():
        rows += _flat(version) if isinstance(version, dict) else [(str(name), str(version))]
    return rows
