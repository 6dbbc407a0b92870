"""What the lights will do, as far as a unit can know it from what its controller has told.

The controller tells times by its own clock, and every report is a little older or younger than the last one. So the
unit keeps what it takes for the difference of the clocks as long as that is good enough for a message, and what it says
changes only when the plan does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.scenario.model_signals import Controller
from v2x.stations.controller import SignalReport, Told

#: Half of the resolution of a TimeMark: what differs by less is the same on the air.
HALF_TENTH_NS = 50 * NS_PER_MS
#: How long a unit remembers that plans jump: some cycles (project choice).
MEMORY_NS = 600 * NS_PER_S
#: Weight of a report in the mean difference of the clocks: its memory is 3 s of ten reports a second (project choice).
_WEIGHT = 1.0 / 32.0


class Change(NamedTuple):
    """What a report has changed.

    Attributes
    ----------
    news
        Whether anything will be at another time than was made out before.
    shift_ns
        By how much the end of a present light has moved, later positive; of several the largest.
    """

    news: bool
    shift_ns: int


@dataclass(frozen=True)
class Trust:
    """How far what was made out can be relied on.

    Attributes
    ----------
    early_ns, late_ns
        By how much a light may end before and after its likely end.
    confidence
        Of the likely end, 0 to 1.
    """

    early_ns: int
    late_ns: int
    confidence: float


class ClockDifference:
    """What to add to times of a controller's clock for those of the unit's timers.

    Parameters
    ----------
    wire
        What the unit's installer knows of the wire.
    """

    def __init__(self, wire: Controller) -> None:
        expected_ms = wire.delay_ms if wire.expected_delay_ms is None else wire.expected_delay_ms
        self.delay_ns = round(expected_ms * NS_PER_MS)  #: of the wire, as far as known
        self.ns: int | None = None
        self._mean_ns = 0.0

    def learn(self, report: SignalReport) -> bool:
        """Take in a report; whether the difference is another one now."""
        seen_ns = report.t_ns - self.delay_ns - report.sent_ns
        if self.ns is None:
            self.ns, self._mean_ns = seen_ns, float(seen_ns)
            return True
        self._mean_ns += (seen_ns - self._mean_ns) * _WEIGHT
        if abs(self._mean_ns - self.ns) <= HALF_TENTH_NS:
            return False
        self.ns = round(self._mean_ns)
        return True


class Forecast:
    """All groups of a junction.

    Parameters
    ----------
    wire
        What the unit's installer knows of the wire.
    """

    def __init__(self, wire: Controller) -> None:
        self._clock = ClockDifference(wire)
        self._jitter_ns = round(wire.jitter_ms * NS_PER_MS)
        self._told: Mapping[int, tuple[Told, ...]] = {}
        self._sent_ns = 0  # when they were first told so
        self.heard_ns: int | None = None
        self._past: deque[tuple[int, int]] = deque()  # when a light ended as expected: 0, or by how much it was moved

    @property
    def groups(self) -> list[int]:
        """Those that the controller tells of, in order."""
        return sorted(self._told)

    def learn(self, report: SignalReport) -> Change:
        """Take in a report."""
        self.heard_ns = report.t_ns
        news = self._clock.learn(report)
        if report.groups is self._told or report.groups == self._told:
            return Change(news, 0)
        shift_ns, ended = 0, False
        for group, told in report.groups.items():
            before = _from(self._told.get(group, ()), self._sent_ns)
            now = _from(told, report.sent_ns)
            expected = _from(before, report.sent_ns)
            news |= _differ(expected, now)
            ended |= len(expected) < len(before)
            shift_ns = max(shift_ns, _shift_ns(before, expected, now), key=abs)
        if shift_ns or ended:
            self._past.append((report.t_ns, shift_ns))
        while self._past and self._past[0][0] < report.t_ns - MEMORY_NS:
            self._past.popleft()
        self._told, self._sent_ns = report.groups, report.sent_ns
        return Change(news, shift_ns)

    def ahead(self, group: int, t_ns: int) -> list[Told]:
        """The light of a group at a time and those that follow until it comes again, with times of the unit's timers.

        None where nothing is known.
        """
        shift_ns = self._clock.ns or 0
        lights = [
            Told(each.light, each.start_ns + shift_ns, None if each.end_ns is None else each.end_ns + shift_ns)
            for each in _from(self._told.get(group, ()), t_ns - shift_ns)
        ]
        again = next((k for k, each in enumerate(lights) if k and each.light == lights[0].light), len(lights))
        return lights[:again]

    def trust(self) -> Trust:
        """As far as plans have been kept lately: the largest moves seen, and the share of ends that were not moved.

        As long as none was moved, what is left is the jitter of the wire, where a message can express it.
        """
        blur_ns = self._jitter_ns if self._jitter_ns >= HALF_TENTH_NS else 0
        moves_ns = [shift_ns for _, shift_ns in self._past if shift_ns]
        if not moves_ns:
            return Trust(blur_ns, blur_ns, 1.0)
        early_ns, late_ns = max(0, -min(moves_ns)), max(0, *moves_ns)
        return Trust(early_ns + blur_ns, late_ns + blur_ns, 1.0 - len(moves_ns) / len(self._past))


def _from(told: tuple[Told, ...], t_ns: int) -> tuple[Told, ...]:
    """What has not ended by a time."""
    ended = next((k for k, each in enumerate(told) if each.end_ns is None or each.end_ns > t_ns), len(told))
    return told[ended:] if ended else told


def _differ(expected: tuple[Told, ...], now: tuple[Told, ...]) -> bool:
    """Whether what is told is other than what was expected, and not just tells of more."""
    return now[: len(expected)] != expected or not expected


def _shift_ns(before: tuple[Told, ...], expected: tuple[Told, ...], now: tuple[Told, ...]) -> int:
    """By how much the end of a light has moved: to where it is told to be now, or was when another light came.

    Parameters
    ----------
    before, expected, now
        What was told last, as of then and as of now, and what is told now.
    """
    present = now[0] if now else None
    if present is None or not expected:
        return 0
    known = next((each for each in before if each[:2] == present[:2]), None)
    until_ns, was_ns = (present.start_ns, expected[0].end_ns) if known is None else (present.end_ns, known.end_ns)
    return 0 if until_ns is None or was_ns is None else until_ns - was_ns
