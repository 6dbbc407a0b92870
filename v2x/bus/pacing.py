"""When steps begin and frames leave, by the wall clock.

In real time a step is computed one step ahead, and each frame is held until its own instant: frames of a step that
takes 90 ms to compute still leave evenly. With peers that grant time nothing is held: the order counts, not the clock.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from v2x.bus.statistics import Durations
from v2x.clock import NS_PER_MS

#: A step that begins later than this is told as late, milliseconds: a tenth of the usual step.
LATE_MS = 10


@dataclass
class Timetable:
    """When what has a simulated time leaves, by the wall clock.

    Attributes
    ----------
    speed
        Simulated seconds a second; None: as fast as it goes.
    holds
        Frames leave at their own instant.
    zero_ns
        Simulated time 0, monotonic; None: not known yet.
    """

    speed: float | None
    holds: bool
    zero_ns: int | None = None

    def wall_ns(self, t_ns: int, zero_ns: int) -> int:
        """Monotonic time at which it is simulated time ``t_ns`` if time 0 is at ``zero_ns``."""
        return zero_ns + (round(t_ns / self.speed) if self.speed is not None else 0)

    def due_ns(self, t_ns: int) -> int | None:
        """When something of simulated time ``t_ns`` leaves, monotonic; 0: at once, None: not known yet."""
        if not self.holds or t_ns < 0:
            return 0
        return None if self.zero_ns is None else self.wall_ns(t_ns, self.zero_ns)


class Pacer:
    """The wall clock's part in a run.

    Parameters
    ----------
    speed
        Simulated seconds a second; None: as fast as it goes.
    step_ns
        Length of a step.
    hold
        Frames leave at their own instant.

    Attributes
    ----------
    table
        When what leaves.
    """

    def __init__(self, speed: float | None, step_ns: int, *, hold: bool) -> None:
        self.table = Timetable(speed, holds=hold and speed is not None)
        self._speed, self._step_ns = speed, step_ns
        self._lead_ns = round(step_ns / speed) if self.table.holds and speed is not None else 0
        self._late = 0
        self._lateness = Durations()

    def start(self, t_ns: int, zero_ns: int | None = None) -> int:
        """Fix the monotonic time of simulated time 0, by default so that the step from ``t_ns`` on begins now."""
        if zero_ns is None:
            zero_ns = time.monotonic_ns() + self._lead_ns - self.table.wall_ns(t_ns, 0)
        self.table.zero_ns = zero_ns
        return zero_ns

    @property
    def started(self) -> bool:
        """Whether there is a time 0."""
        return self.table.zero_ns is not None

    def left_ns(self, t_ns: int) -> int:
        """Time until the step from ``t_ns`` on may begin, not positive when it may; 0 before `start`."""
        zero_ns = self.table.zero_ns
        if self._speed is None or zero_ns is None:
            return 0
        return self.table.wall_ns(t_ns, zero_ns) - self._lead_ns - time.monotonic_ns()

    def begun(self, t_ns: int) -> None:
        """Note that a step begins."""
        if self._speed is not None and self.started:
            lateness_ns = max(-self.left_ns(t_ns), 0)
            self._lateness.add(lateness_ns)
            self._late += lateness_ns > LATE_MS * NS_PER_MS

    def heard_ns(self, arrived_ns: int, start_ns: int) -> int:
        """Simulated time at which a guest speaks whose frame arrived at a monotonic time before the step from there on.

        Two steps later by the wall clock: one since steps are computed ahead, one since the step in hand is computed
        already. So what a guest says with even spacing has even spacing; within the step in any case.
        """
        zero_ns = self.table.zero_ns
        if not self.table.holds or self._speed is None or zero_ns is None:
            return start_ns
        t_ns = round((arrived_ns - zero_ns) * self._speed) + 2 * self._step_ns
        return min(max(t_ns, start_ns), start_ns + self._step_ns - 1)

    def statistics(self) -> dict[str, object]:
        """Steps that began late, and how late all steps were."""
        figures = self._lateness.as_json()
        del figures["counts"]
        return {"late_over_10ms": self._late, "lateness_ms": figures}
