"""The wire between a signal controller and its roadside unit: what it tells, late, and what it is asked.

The unit never sees the lights; it sees reports, each as old as the wire has made it (GA/T 1743 has such an interface).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from v2x.clock import NS_PER_MS, NS_PER_S, to_ns
from v2x.rng import Stream, key_of
from v2x.scenario.model_signals import Controller
from v2x.traffic.base import SignalCommand, SignalHead

#: A controller's clock counts from when it was switched on, some time in the last hour (assumed; it does not matter).
_UPTIME_NS = 3600 * NS_PER_S


class Told(NamedTuple):
    """A light that a group shows or will show, with times of the controller's own clock.

    Attributes
    ----------
    light
        As in `v2x.traffic.base.SignalHead`.
    start_ns, end_ns
        From when until when, by the running plan; the end is None where the controller does not know it.
    """

    light: str
    start_ns: int
    end_ns: int | None


@dataclass(frozen=True)
class SignalReport:
    """One report.

    Attributes
    ----------
    t_ns
        Simulated time of its arrival, for the unit's timers.
    sent_ns
        When it was sent, by the controller's clock: nobody else knows what time that is.
    groups
        Group -> its light and those that follow, in order.
    """

    t_ns: int
    sent_ns: int
    groups: Mapping[int, tuple[Told, ...]]


@dataclass(frozen=True)
class SignalWish:
    """What a unit asks of its controller.

    Attributes
    ----------
    group
        The signal group that should be green.
    in_ns, for_ns
        From when the controller reads it until the green is needed, and how long it is needed then; 0 withdraws what
        was asked for the group.
    """

    group: int
    in_ns: int
    for_ns: int


class SignalInterface:
    """The wire of one unit: reports at a fixed rate, each delayed for itself, none overtaking another.

    Parameters
    ----------
    junction
        Whose controller it leads to.
    config
        Rate, delays, outages.
    seed
        Seed of the run.
    """

    def __init__(self, junction: str, config: Controller, seed: int) -> None:
        self.junction, self._config = junction, config
        self._report_delay, self._wish_delay = (_Delay(junction, config, seed, way) for way in ("report", "wish"))
        self._period_ns = round(config.period_ms * NS_PER_MS)
        self._outages_ns = [(to_ns(start_s), to_ns(end_s)) for start_s, end_s in config.outages]
        # by the simulated clock, the zero of the controller's
        self._zero_ns = -int(Stream(seed, "rsu.controller.clock").uniform(np.uint64(key_of(junction)))[0] * _UPTIME_NS)
        self._next = 0  # number of the next report
        self._shown: _Shown | None = None
        self._reports: deque[SignalReport] = deque()
        self._commands: deque[tuple[int, SignalCommand]] = deque()
        self._asked = 0

    def reports(self, t_ns: int, head: SignalHead) -> tuple[SignalReport, ...]:
        """What arrives by ``t_ns``, given what the controller shows then; called once a step."""
        before, self._shown = self._shown, self._see(head)
        while (sent_ns := self._next * self._period_ns) <= t_ns:
            shown = self._shown if sent_ns == t_ns or before is None else before
            if not self._out(sent_ns):
                earliest_ns = self._reports[-1].t_ns if self._reports else 0
                arrival_ns = max(sent_ns + self._report_delay.of(self._next), earliest_ns)
                self._reports.append(SignalReport(arrival_ns, sent_ns - self._zero_ns, shown.groups))
            self._next += 1
        arrived = []
        while self._reports and self._reports[0].t_ns <= t_ns:
            arrived.append(self._reports.popleft())
        return tuple(arrived)

    def commands(self, t_ns: int, wishes: Sequence[SignalWish]) -> list[SignalCommand]:
        """What reaches the controller by ``t_ns``; called once a step with the unit's new wishes."""
        for wish in wishes:
            if not self._out(t_ns):
                earliest_ns = self._commands[-1][0] if self._commands else 0
                arrival_ns = max(t_ns + self._wish_delay.of(self._asked), earliest_ns)
                self._commands.append((arrival_ns, SignalCommand(self.junction, wish.group, wish.in_ns, wish.for_ns)))
            self._asked += 1
        arrived = []
        while self._commands and self._commands[0][0] <= t_ns:
            arrived.append(self._commands.popleft()[1])
        return arrived

    def _see(self, head: SignalHead) -> _Shown:
        """What is shown now, prepared; the same as before as long as the head is."""
        return self._shown if self._shown is not None and self._shown.head is head else _Shown(head, self._zero_ns)

    def _out(self, t_ns: int) -> bool:
        return any(start_ns <= t_ns < end_ns for start_ns, end_ns in self._outages_ns)


class _Delay:
    """How long each thing sent one way is under way."""

    _BLOCK = 1024  # drawn at once: a single draw takes longer than all else that is done for a report

    def __init__(self, junction: str, config: Controller, seed: int, way: str) -> None:
        self._stream, self._key = Stream(seed, f"rsu.controller.{way}"), np.uint64(key_of(junction))
        self._mean_ns, self._swing_ns = config.delay_ms * NS_PER_MS, config.jitter_ms * NS_PER_MS
        self._from, self._delays_ns = 0, self._draw(0)

    def of(self, number: int) -> int:
        """Delay of the one with a number, ns."""
        if not 0 <= number - self._from < self._BLOCK:
            self._from = number // self._BLOCK * self._BLOCK
            self._delays_ns = self._draw(self._from)
        return self._delays_ns[number - self._from]

    def _draw(self, first: int) -> list[int]:
        swing = 2.0 * self._stream.uniform(self._key, np.arange(first, first + self._BLOCK)) - 1.0
        delays_ns: list[int] = np.rint(self._mean_ns + swing * self._swing_ns).astype(np.int64).tolist()
        return delays_ns


class _Shown:
    """A head, and what a controller that shows it says of it."""

    def __init__(self, head: SignalHead, zero_ns: int) -> None:
        self.head = head
        self.groups = {
            group: (
                Told(light, head.since_ns[group] - zero_ns, _by(head.until_ns.get(group), zero_ns)),
                *(Told(next_, start - zero_ns, end - zero_ns) for next_, start, end in head.upcoming.get(group, ())),
            )
            for group, light in head.groups.items()
        }


def _by(t_ns: int | None, zero_ns: int) -> int | None:
    return None if t_ns is None else t_ns - zero_ns
