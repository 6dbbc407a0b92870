"""What a vehicle is doing, and what a follower does when messages stay away: by the age of what was heard.

    cacc       its own law
    degraded   Ploeg's law with the acceleration ahead estimated by radar, at a larger time gap
    acc        radar alone, at a still larger one

Down at once, by as many modes as the age says; up one mode at a time, when messages have been fresh for a while. A
follower that hears its first fresh message goes to its own law at once. Laws that need no messages are at home in the
mode of their name.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.control.laws.base import Law
from v2x.jit import compiled
from v2x.scenario.model_platoon import Fallback as Config

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Law of a vehicle that drives as it is told (a leader), and of one that drives free, by ACC up to a set speed.
LEADER, FREE = -1, -2
#: What a vehicle is doing.
MODES = ("leader", "cacc", "degraded", "acc", "free")
#: Numbers of the laws that everybody can fall back to, and of no law: nobody told what to do by the road ahead.
DEGRADED_LAW, ACC_LAW, NO_LAW = 0, 1, -1
_MODE_LEADER, _MODE_CACC, _MODE_FREE = 0, 1, 4
#: How far down a follower is.
_CACC, _DEGRADED, _ACC = 0, 1, 2


@compiled
def _decide(
    code: I8,
    needs: Bools,
    home: I8,
    ahead_age: F64,
    leader_age: F64,
    gap: F64,
    enabled: bool,
    limits: tuple[float, float, float, int],
    level: I8,
    fresh_steps: I64,
    started: Bools,
    active: I8,
    mode: I8,
) -> int:
    """Fill ``active`` and ``mode``; gives the laws that anybody needs, a bit for each number."""
    degraded_after, acc_after, fresh, recover_steps = limits
    used = 0
    for r in range(code.shape[0]):
        for i in range(code.shape[1]):
            law = code[r, i]
            if law < 0:
                number = NO_LAW if np.isnan(gap[r, i]) else ACC_LAW
                mode[r, i] = _MODE_LEADER if law == LEADER else _MODE_FREE
            else:
                age = ahead_age[r, i] if needs[law, 0] else 0.0
                if needs[law, 1]:
                    age = max(age, leader_age[r, i])
                now, steps = level[r, i], fresh_steps[r, i] + 1 if age <= fresh else 0
                floor = _ACC if age > acc_after else _DEGRADED if age > degraded_after else _CACC
                if not enabled:
                    now = _CACC if age < np.inf else _ACC
                elif not started[r, i] and age <= fresh:
                    started[r, i], now = True, _CACC
                elif floor > now:
                    now = floor
                elif now > _CACC and steps > recover_steps:
                    now, steps = now - 1, 0
                level[r, i], fresh_steps[r, i] = now, steps
                down = max(now, home[law])
                number = law if down == home[law] else DEGRADED_LAW if down == _DEGRADED else ACC_LAW
                mode[r, i] = _MODE_CACC + down
            active[r, i] = number
            if number != NO_LAW:
                used |= 1 << number
    return used


class Modes:
    """Modes of all vehicles, (replica, vehicle).

    Parameters
    ----------
    config
        Ages and times.
    laws
        Laws that vehicles may have, by number; `DEGRADED_LAW` and `ACC_LAW` have their places among them.
    shape, step_ns
        Shape of everything; control step.
    """

    def __init__(self, config: Config, laws: Sequence[Law], shape: tuple[int, int], step_ns: int) -> None:
        self._enabled = config.enabled
        recover_steps = round(config.recover_s * NS_PER_S / step_ns)
        self._limits = config.degraded_after_ms / 1e3, config.acc_after_ms / 1e3, config.fresh_ms / 1e3, recover_steps
        self._needs = np.array([["ahead" in law.hears, "leader" in law.hears] for law in laws])
        self._home = np.full(len(laws), _CACC, np.int8)
        self._home[[DEGRADED_LAW, ACC_LAW]] = _DEGRADED, _ACC
        self._level, self._started = np.full(shape, _ACC, np.int8), np.zeros(shape, np.bool_)
        self._fresh_steps = np.zeros(shape, np.int64)
        self._used = lru_cache(64)(lambda bits: [number for number in range(len(laws)) if bits >> number & 1])

    def decide(self, code: I8, ahead_age_s: F64, leader_age_s: F64, gap_m: F64) -> tuple[I8, I8, list[int]]:
        """Law in force and mode of every vehicle, and the laws that anybody needs.

        Parameters
        ----------
        code
            Own law of each: a number, `LEADER` or `FREE`.
        ahead_age_s, leader_age_s
            Age of what was heard; infinite for nothing.
        gap_m
            By radar; NaN where it sees nobody.
        """
        active, mode = np.empty_like(code), np.empty_like(code)
        bits = _decide(
            code, self._needs, self._home, ahead_age_s, leader_age_s, gap_m, self._enabled, self._limits,
            self._level, self._fresh_steps, self._started, active, mode,
        )  # fmt: skip
        return active, mode, self._used(bits)
