"""What takes part in a run from outside its process: it paces the run, hears it and speaks in it.

A run without it is headless; with it, the same steps happen in the same order. What guests say changes a run, of
course; listening and looking do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from v2x.errors import InputError
from v2x.links.waiting import Arrival
from v2x.messages.frame import Frames, Outgoing
from v2x.remote.external import Look, Word
from v2x.scenario.model import Scenario
from v2x.stations.roadside import Order
from v2x.traffic.base import SignalHead, Snapshot


@dataclass(frozen=True)
class Guest:
    """A station that somebody outside puts into the field: a real unit, or a program that plays one.

    Attributes
    ----------
    name, key
        Id, unlike that of any other station, and its 64-bit key (`v2x.rng.key_of`).
    x_m, y_m
        Where its antenna is, on the plane of the run.
    antenna_m
        Height of the antenna above the road.
    """

    name: str
    key: int
    x_m: float
    y_m: float
    antenna_m: float


class Outside(Protocol):
    """Asked and told by the engine, in this order, in every step."""

    def begin(self, t_ns: int) -> Sequence[Guest]:
        """Wait until the step from ``t_ns`` on may happen; the guests that are there during it, sorted by name."""

    def arrived(self, arrivals: Sequence[Arrival]) -> None:
        """Frames that have reached guests, in order of arrival."""

    def orders(self) -> Mapping[str, tuple[Order, ...]]:
        """What roadside units are told to send, by name, since the last step."""

    def seen(self, snapshot: Snapshot, heads: Sequence[SignalHead]) -> None:
        """The state of the road: for onlookers, not for stations."""

    def spoken(self, start_ns: int, end_ns: int) -> Sequence[tuple[Guest, Outgoing]]:
        """What the guests of this step say in [start, end)."""

    def aired(self, frames: Frames, channel: str) -> None:
        """Frames of all stations as they are handed to a radio: ``pc5``, ``uu_uplink``, ``uu_downlink``."""

    def words(self, end_ns: int) -> Sequence[Word]:
        """What the operator of a vehicle driven from afar asks for from times before ``end_ns`` on, by these times."""

    def shown(self, looks: Sequence[Look]) -> None:
        """What has come onto that operator's screen during the step."""

    def noted(self, t_ns: int, station: str, kind: str, fields: dict[str, Any]) -> None:
        """An event of the log, for onlookers."""


class Nobody:
    """Nobody takes part, nothing waits."""

    def begin(self, t_ns: int) -> Sequence[Guest]:  # noqa: ARG002
        """At once."""
        return ()

    def arrived(self, arrivals: Sequence[Arrival]) -> None:
        """There are no guests."""

    def orders(self) -> Mapping[str, tuple[Order, ...]]:
        """None."""
        return {}

    def seen(self, snapshot: Snapshot, heads: Sequence[SignalHead]) -> None:
        """Nobody looks."""

    def spoken(self, start_ns: int, end_ns: int) -> Sequence[tuple[Guest, Outgoing]]:  # noqa: ARG002
        """Nothing."""
        return ()

    def aired(self, frames: Frames, channel: str) -> None:
        """Nobody listens."""

    def words(self, end_ns: int) -> Sequence[Word]:  # noqa: ARG002
        """None."""
        return ()

    def shown(self, looks: Sequence[Look]) -> None:
        """Nobody drives."""

    def noted(self, t_ns: int, station: str, kind: str, fields: dict[str, Any]) -> None:
        """Nobody reads."""


class Together:
    """One that takes part, and others that only look on.

    Parameters
    ----------
    outside
        Who is asked.
    onlookers
        Who is shown the road, the frames and the events.
    """

    def __init__(self, outside: Outside, *onlookers: Outside) -> None:
        self._outside = outside
        self._all = (outside, *onlookers)

    def begin(self, t_ns: int) -> Sequence[Guest]:
        """As the one who takes part."""
        return self._outside.begin(t_ns)

    def arrived(self, arrivals: Sequence[Arrival]) -> None:
        """To the one who takes part."""
        self._outside.arrived(arrivals)

    def orders(self) -> Mapping[str, tuple[Order, ...]]:
        """Of the one who takes part."""
        return self._outside.orders()

    def seen(self, snapshot: Snapshot, heads: Sequence[SignalHead]) -> None:
        """To all."""
        for each in self._all:
            each.seen(snapshot, heads)

    def spoken(self, start_ns: int, end_ns: int) -> Sequence[tuple[Guest, Outgoing]]:
        """Of the one who takes part."""
        return self._outside.spoken(start_ns, end_ns)

    def aired(self, frames: Frames, channel: str) -> None:
        """To all."""
        for each in self._all:
            each.aired(frames, channel)

    def words(self, end_ns: int) -> Sequence[Word]:
        """Of the one who takes part."""
        return self._outside.words(end_ns)

    def shown(self, looks: Sequence[Look]) -> None:
        """To the one who takes part."""
        self._outside.shown(looks)

    def noted(self, t_ns: int, station: str, kind: str, fields: dict[str, Any]) -> None:
        """To all."""
        for each in self._all:
            each.noted(t_ns, station, kind, fields)


def require_driver(scenario: Scenario, outside: Outside | None) -> None:
    """Refuse a run without anybody outside whose vehicle is driven from there, by `InputError`."""
    if outside is None and scenario.remote is not None and scenario.remote.external:
        reason = "nobody can take the seat of a headless run; 'v2x rsu serve' plays it with somebody outside"
        raise InputError(reason, path="remote.operator")
