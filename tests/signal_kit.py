"""A junction for tests of signals, and what plays the lights of its controller."""

from __future__ import annotations

from v2x.traffic.signal_control import SignalControl
from v2x.traffic.signal_plan import SignalPlan

S = 1_000_000_000
STEP = S // 10

# 30 s of green for each road, 3 + 1 s of clearance; people walk along road 1, 10 s and 14 s to walk off
PHASES = [
    (10 * S, "GrG"),
    (14 * S, "Grr"),
    (6 * S, "Grr"),
    (3 * S, "yrr"),
    (1 * S, "rrr"),
    (30 * S, "rGr"),
    (3 * S, "ryr"),
    (1 * S, "rrr"),
]
PLAN = SignalPlan.of("J", PHASES, {1: [0], 2: [1], 3: [2]})
CYCLE = sum(PLAN.durations_ns)


class Player:
    """Steps a controller through its phases, as SUMO does, and remembers how long each one was."""

    def __init__(self, plan: SignalPlan = PLAN, min_green_s: float = 7.0, max_extension_s: float = 30.0) -> None:
        self.plan = plan
        self.control = SignalControl(plan, 0, 0, int(min_green_s * S), int(max_extension_s * S))
        self.t_ns, self._begin_ns = 0, 0
        self.begins: list[tuple[int, int]] = [(0, 0)]  # phase, when it began

    def to(self, t_ns: int) -> SignalControl:
        """Play until a time."""
        while self.t_ns < t_ns:
            if self.t_ns >= self.control.end_ns:
                phase = (self.control.phase + 1) % len(self.plan)
                self.begins.append((phase, self.t_ns))
                self.control.begin(phase, self.t_ns)
            self.t_ns = min(self.t_ns + S, t_ns, max(self.control.end_ns, self.t_ns + STEP))
            self.control.at(self.t_ns)
        return self.control

    def lengths(self) -> list[tuple[int, int]]:
        """Phase and length of each one that is over."""
        return [(phase, end - begin) for (phase, begin), (_, end) in zip(self.begins, self.begins[1:], strict=False)]
