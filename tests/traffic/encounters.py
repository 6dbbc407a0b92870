"""Encounters for tests: a source that is played step by step, and all that it notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from v2x.clock import NS_PER_S, SimClock
from v2x.field.encounter_ground import ground_of
from v2x.scenario.model_encounters import EncounterTraffic as Config
from v2x.traffic.base import DriveCommand, Snapshot
from v2x.traffic.encounters.source import EncounterTraffic

STEP_NS = NS_PER_S // 10
ORIGIN = {"crs": "wgs84", "lon_deg": 117.36, "lat_deg": 39.08}
Notes = list[dict[str, Any]]
#: Given the time and all notes so far, what the subjects are told.
Steer = Callable[[int, Notes], Sequence[DriveCommand]]


def config_of(application: str, **keys: object) -> Config:
    return Config.model_validate({"kind": "encounters", "application": application, "origin": ORIGIN, **keys})


def source_of(config: Config, *, duration_s: float = 60.0, seed: int = 1, step_ns: int = STEP_NS) -> EncounterTraffic:
    clock = SimClock(0, step_ns, round(duration_s * NS_PER_S))
    return EncounterTraffic(config, clock, ground_of(config).plane, seed)


def steps(
    source: EncounterTraffic, notes: Notes, *, duration_s: float = 60.0, steer: Steer | None = None
) -> Iterator[Snapshot]:
    """Play a source to its end; its notes are appended before their snapshot is handed out."""
    for t_ns in range(0, round(duration_s * NS_PER_S), STEP_NS):
        snapshot = source.step(t_ns)
        notes += source.notes()
        yield snapshot
        if steer is not None:
            source.steer(steer(t_ns, notes))


def play(source: EncounterTraffic, *, steer: Steer | None = None) -> Notes:
    notes: Notes = []
    for _ in steps(source, notes, steer=steer):
        pass
    return notes


def of_kind(notes: Notes, *kinds: str) -> dict[str, dict[str, Any]]:
    """Notes by episode."""
    return {note["episode"]: note for note in notes if note["kind"] in kinds}
