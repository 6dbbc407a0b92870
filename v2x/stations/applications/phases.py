"""What a SPAT promises: the lights that a signal group may show at a time to come, and its greens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from v2x.clock import NS_PER_S
from v2x.messages.model import Light, SignalGroup, SignalPhases, SignalState
from v2x.stations.applications.approach import Matched, Place
from v2x.stations.applications.shared import SHARED
from v2x.stations.base import View

#: Lights that one may drive on.
GO: frozenset[Light] = frozenset(("green", "permissive_green", "flashing_green"))
#: Lights that forbid to cross the line.
STOP: frozenset[Light] = frozenset(("red", "red_yellow"))


@dataclass(frozen=True)
class Span:
    """One light of a group and when it begins and ends, earliest and latest; None: it is not known to end."""

    light: Light
    earliest_start_ns: int
    latest_start_ns: int
    earliest_end_ns: int | None
    latest_end_ns: int | None


class Phases:
    """SPATs heard, of late."""

    def __init__(self) -> None:
        self._known: dict[Place, tuple[int, SignalPhases]] = {}
        self._yielding: set[tuple[Place, int]] = set()

    def hear(self, view: View) -> None:
        """Take in what has arrived and forget what is too old."""
        for received in view.inbox.received:
            message = received.message
            if isinstance(message, SignalPhases):
                place = message.region, message.intersection
                self._known[place] = received.clock_ns, message
                self._yielding |= {(place, group.id) for group in message.groups if _yields(group)}
        oldest_ns = view.clock_ns - round(SHARED.signal_age_s * NS_PER_S)
        self._known = {place: heard for place, heard in self._known.items() if heard[0] >= oldest_ns}

    def groups(self, matched: Matched) -> dict[int, SignalGroup]:
        """Signal groups of an intersection; none where no SPAT of its MAP's revision was heard."""
        heard = self._known.get(matched.place)
        if heard is None or heard[1].revision != matched.revision:
            return {}
        return {group.id: group for group in heard[1].groups}

    def yields(self, place: Place, group: int) -> bool:
        """Whether a green of the group was ever told to be permissive: that is how the signal is built."""
        return (place, group) in self._yielding


def spans(group: SignalGroup) -> Iterator[Span]:
    """The lights of a group in order, as far as they are told."""
    earliest_ns = latest_ns = group.states[0].start_utc_ns or 0 if group.states else 0
    for state in group.states:
        first_end_ns, last_end_ns = _ends(state)
        yield Span(state.light, earliest_ns, latest_ns, first_end_ns, last_end_ns)
        if first_end_ns is None or last_end_ns is None:
            return
        earliest_ns, latest_ns = first_end_ns, last_end_ns


def _ends(state: SignalState) -> tuple[int | None, int | None]:
    """Earliest and latest end; a bound that is not told is the nearest thing that is."""
    told = (state.min_end_utc_ns, state.likely_end_utc_ns, state.max_end_utc_ns)
    known = [end for end in told if end is not None]
    return (min(known), max(known)) if known else (None, None)


def lights_at(group: SignalGroup, utc_ns: int) -> frozenset[Light]:
    """All lights that the group may show at a time, by what was told.

    A light that is not known to end is taken to last: who drives up to a red must be able to stop at it. After the last
    light whose end is told nothing is known, and the set is empty.
    """
    return frozenset(
        span.light
        for span in spans(group)
        if span.earliest_start_ns <= utc_ns and (span.latest_end_ns is None or utc_ns < span.latest_end_ns)
    )


def greens(group: SignalGroup) -> list[tuple[int, int]]:
    """Times (from, until) at which the group is sure to show green, in order."""
    return [
        (span.latest_start_ns, span.earliest_end_ns)
        for span in spans(group)
        if span.light in GO and span.earliest_end_ns is not None and span.latest_start_ns < span.earliest_end_ns
    ]


def _yields(group: SignalGroup) -> bool:
    return any(state.light == "permissive_green" for state in group.states)
