"""The subjects of a run: which vehicles are under test, and what they say and do at each step of the traffic."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, KeysView, Mapping, Sequence

from v2x.clock import SimClock
from v2x.messages.frame import Outgoing, Sender
from v2x.messages.profile import Profile
from v2x.scenario.known import APPLICATIONS
from v2x.scenario.model_stations import Subject as Config
from v2x.scenario.model_stations import is_pattern
from v2x.stations.base import EMPTY, EventSink, Inbox
from v2x.stations.driver import Driver
from v2x.stations.fleet import Emission
from v2x.stations.subject import Subject
from v2x.traffic.base import KINDS, DriveCommand, Snapshot


class Subjects:
    """Those who have taken their seats.

    Parameters
    ----------
    wanted
        Which vehicles the scenario asks for.
    profile, clock, seed
        Of the run.
    transmit_ns
        From an application to the radio.
    read_clock
        UTC nanoseconds by a station's own clock at a simulated time.
    sink
        Gives what writes a station's events.
    """

    def __init__(
        self,
        wanted: Sequence[Config],
        profile: Profile,
        clock: SimClock,
        seed: int,
        transmit_ns: int,
        read_clock: Callable[[str, int], int],
        sink: Callable[[str], EventSink],
    ) -> None:
        self._wanted, self._profile, self._clock, self._seed = list(wanted), profile, clock, seed
        self._transmit_ns, self._read_clock, self._sink = transmit_ns, read_clock, sink
        self._subjects: dict[str, Subject] = {}

    @property
    def names(self) -> KeysView[str]:
        """All that have ever taken a seat."""
        return self._subjects.keys()

    def seat(self, snapshot: Snapshot) -> Iterator[tuple[str, Subject]]:
        """Give each subject that the scenario asks for its vehicle, as soon as there is one; those seated now."""
        for wanted in list(self._wanted):
            names = self._vehicles_for(wanted.vehicle, snapshot)
            for name in names:
                sink, config = self._sink(name), wanted.driver
                applications = [APPLICATIONS.load(application)(sink) for application in wanted.applications]
                driver = None if config is None else Driver(config, name, self._seed, self._clock.start_utc_ns)
                self._subjects[name] = Subject(name, applications, wanted.uu, driver, sink)
                sink("subject.start", {"wanted": wanted.vehicle})
                yield name, self._subjects[name]
            if names and not is_pattern(wanted.vehicle):
                self._wanted.remove(wanted)

    def _vehicles_for(self, wanted: str, snapshot: Snapshot) -> list[str]:
        """Vehicles that become subjects now."""
        if is_pattern(wanted):
            return [name for name in fnmatch.filter(snapshot.id.tolist(), wanted) if name not in self._subjects]
        kind = wanted.removeprefix("first:")
        if kind == wanted:
            return [wanted] if snapshot.index_of(wanted) is not None else []
        names = snapshot.id[snapshot.type == KINDS.index(kind)]
        return [str(name) for name in names if name not in self._subjects][:1]

    def run(
        self, snapshot: Snapshot, inboxes: Mapping[str, Inbox]
    ) -> tuple[list[tuple[Outgoing, Sender]], list[DriveCommand]]:
        """Applications and drivers of those present: what they say, and how they drive."""
        said, driving = [], []
        for name, subject in sorted(self._subjects.items()):
            row = snapshot.index_of(name)
            if row is None:
                continue
            clock_ns = self._read_clock(name, snapshot.t_ns)
            messages, command = subject.on_step(clock_ns, inboxes.get(name, EMPTY))
            sender = name, int(snapshot.key[row]), float(snapshot.x_m[row]), float(snapshot.y_m[row])
            t_ns = snapshot.t_ns + self._transmit_ns
            said += [(Outgoing(t_ns, *self._profile.encode(message)), sender) for message in messages]
            if command is not None:
                driving.append(command)
        return said, driving

    def sense(self, emission: Emission) -> None:
        """They know of themselves what they have just said."""
        for row, name in enumerate(emission.frames.station.tolist()):
            if name in self._subjects:
                self._subjects[name].sense(emission.states.row(row))

    def online(self, snapshot: Snapshot) -> dict[str, int]:
        """Those with a modem that are in the field, and their rows."""
        rows = {name: snapshot.index_of(name) for name, subject in sorted(self._subjects.items()) if subject.uu}
        return {name: row for name, row in rows.items() if row is not None}
