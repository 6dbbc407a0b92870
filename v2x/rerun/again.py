"""Runs a run again from its folder: stations on recorded traffic and recorded bytes, without SUMO and links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from v2x.clock import to_ns
from v2x.engine import Progress, Recorded, Simulation
from v2x.errors import RunFolderError
from v2x.field.load import field_of
from v2x.messages.profile import get_profile
from v2x.platooning.crew import names_of, urgent_types
from v2x.record.folder import MANIFEST, read_manifest, stream_schema
from v2x.record.reading import read_table
from v2x.record.tables import TABLES
from v2x.remote.drive import NAME as REMOTE
from v2x.rerun.comparison import Comparison, Place, Tally
from v2x.rerun.differing import in_fields
from v2x.rerun.listener import Listener
from v2x.rerun.medium import PlayedMedium
from v2x.rerun.traffic import PlayedTraffic
from v2x.scenario.model import Scenario
from v2x.stations.server import Server

#: Events of links, platoons and remote driving, none of which is run again.
_OTHERS = ("uu.", "platoon.", "remote.")
_EVER_NS = 2**62


class Event(NamedTuple):
    """A row of ``events``."""

    t_ns: int
    station: str
    kind: str
    fields: str


@dataclass(frozen=True)
class Again:
    """What came of running a run again.

    Attributes
    ----------
    frames, events
        How what stations said and what they noted compares with the record.
    subjects, units
        Who was run again, sorted; the server and the vehicles' own messages come on top.
    as_recorded
        Who moved and spoke as in the record: vehicles in platoons or driven from afar, and guests; sorted.
    told
        The table ``events`` as it is now.
    """

    frames: Tally
    events: Tally
    subjects: tuple[str, ...]
    units: tuple[str, ...]
    as_recorded: tuple[str, ...]
    told: pa.Table

    @property
    def diverged(self) -> bool:
        """Whether anything is not as it was."""
        return bool(self.frames.differences or self.events.differences)


def run_again(folder: Path, scenario: Scenario, progress: Progress | None = None) -> Again:
    """Play a run to its stations and compare what they make of it with what they made of it then.

    Parameters
    ----------
    folder
        A run that has ended; it is only read.
    scenario
        Its own, or with other settings of stations.
    progress
        As of `Simulation.run`.

    Raises
    ------
    RunFolderError
        If tables are missing or damaged, or it was recorded by a version that left out the plans of signals.
    """
    manifest = read_manifest(folder)
    recorded_s = float(manifest.get("recorded_s") or 0.0)
    if recorded_s <= 0.0:
        raise RunFolderError("nothing was recorded", file=folder / MANIFEST, path="recorded_s")
    scenario = scenario.model_copy(update={"duration_s": min(scenario.duration_s, recorded_s)})
    profile, platoon = get_profile(scenario.profile), scenario.platoon
    members = frozenset(names_of(platoon)) if platoon else frozenset[str]()
    urgent = urgent_types(platoon, profile) if platoon else frozenset[str]()
    recorded = Recorded(PlayedTraffic(folder), PlayedMedium(folder, to_ns(scenario.step_s), members, urgent))
    log, listener = _EventLog(folder), Listener(folder, profile, members | {Server.name}, urgent)
    simulation = Simulation(scenario, field_of(scenario), log, outside=listener, recorded=recorded)
    listener.know({*simulation.units, Server.name})
    simulation.run(progress)
    # of a run that was broken off nobody knows what was being said just then
    end_ns = _EVER_NS if manifest["status"] == "complete" else to_ns(recorded_s)
    listener.settle(end_ns)
    ours = {*simulation.units, *simulation.subjects, Server.name}
    events, told = _events(folder, log.events, ours, end_ns)
    driven = members | ({REMOTE} if scenario.remote else frozenset())
    return Again(
        frames=listener.comparison.tally,
        events=events,
        subjects=tuple(sorted(simulation.subjects)),
        units=tuple(sorted(simulation.units)),
        as_recorded=tuple(sorted(driven | listener.guests)),
        told=told,
    )


def _events(folder: Path, now: list[Event], ours: set[str], end_ns: int) -> tuple[Tally, pa.Table]:
    """How events compare, and the table with those of now in place of those that were."""
    table = read_table(folder, "events")
    then = [Event(*row.values()) for row in table.to_pylist()]
    ours = ours | {event.station for event in then if event.kind == "subject.start"}

    def is_ours(event: Event) -> bool:
        return event.station in ours and not event.kind.startswith(_OTHERS)

    compared = Comparison(str, in_fields)
    compared.take(_placed(filter(is_ours, then), end_ns), _placed(now, end_ns))
    if not compared.tally.differences:
        return compared.tally, table
    rows = sorted([*(event for event in then if not is_ours(event)), *now], key=lambda event: event.t_ns)
    plain = pa.Table.from_pylist([event._asdict() for event in rows], stream_schema("events"))
    return compared.tally, plain.cast(TABLES["events"])


def _placed(events: Iterable[Event], end_ns: int) -> Iterator[tuple[Place, str]]:
    return ((event[:3], event.fields) for event in events if event.t_ns < end_ns)


class _EventLog:
    """Keeps the events of a run; its other tables stay as they are. A `v2x.record.recorder.Recorder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events: list[Event] = []

    def append(self, table: str, columns: Mapping[str, Any]) -> None:
        """An event, or what nobody wants."""
        if table == "events":
            self.events.append(Event(**columns))

    def flush(self, t_ns: int) -> None:
        """Nothing is written."""
