"""When vehicles say where they are, if the road is full: rate control of SAE J3161/1 (for DSRC: J2945/1).

A vehicle that many others are near sends less often, unless it moves otherwise than they would guess from its last
message. Every 100 ms it counts its neighbours, smooths the count, and sends

- at once, with a probability that grows with the tracking error, or
- when ``Max_ITT`` has passed since its last message.

The standards are not public. Formulas and figures are those of an LTE-V2X model for ns-3 and of Qualcomm's telux stack.
Their power control (SUPRA) is left out: its range could not be confirmed. Assumed: that the shortest time between two
messages, 100 ms, holds for those sent at once as well, and that others guess by constant velocity.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.rng import OnceAStation, Stream

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

#: Vehicles within this count as neighbours (vPERRange), metres.
NEAR_M = 100.0
#: Weight of a new count in the smoothed one (vDensityWeightFactor).
DENSITY_WEIGHT = 0.05
#: Neighbours up to which the rate is not lowered (vDensityCoefficient B).
DENSITY_COEFFICIENT = 25.0
#: Shortest and longest time between messages (vMaxITT), and between decisions (vTxRateCntrlInt).
MIN_ITT_MS, MAX_ITT_MS, INTERVAL_MS = 100.0, 600.0, 100.0
#: A message is not brought forward by less than this (vRescheduleTh).
RESCHEDULE_MS = 25.0
#: Tracking error from which to send more often (vTEMin), and at once (vTEMax), metres; its weight (alpha), 1/m^2.
ERROR_MIN_M, ERROR_MAX_M, ERROR_SENSITIVITY = 0.2, 0.5, 75.0

_INTERVAL_NS = round(INTERVAL_MS * NS_PER_MS)
#: Farther than any run, yet the sum of two fits into 64 bits.
_LONG_NS = 2**61


def max_itt_ms(density: ArrayLike) -> F64:
    """Longest time between two messages for a smoothed number of neighbours: 100 N/B within 100 to 600 ms."""
    return np.clip(MIN_ITT_MS * np.asarray(density, np.float64) / DENSITY_COEFFICIENT, MIN_ITT_MS, MAX_ITT_MS)


def send_probability(error_m: ArrayLike) -> F64:
    """Probability to send at once: 1 - exp(-75 (e - 0.2 m)^2) from 0.2 m on, 1 from 0.5 m on."""
    error = np.asarray(error_m, np.float64)
    grows = 1.0 - np.exp(-ERROR_SENSITIVITY * (error - ERROR_MIN_M) ** 2)
    return np.where(error >= ERROR_MAX_M, 1.0, np.where(error >= ERROR_MIN_M, grows, 0.0))


def neighbours_within(x_m: F64, y_m: F64, range_m: float = NEAR_M) -> I64:
    """How many of the other stations are near each."""
    if not len(x_m):
        return np.zeros(0, np.int64)
    places = np.column_stack([x_m, y_m])
    with_itself = KDTree(places).query_ball_point(places, range_m, return_length=True)
    return np.asarray(with_itself, np.int64) - 1


@dataclass(frozen=True)
class Motion:
    """Vehicles at one instant, one row each: station key, place and velocity on the plane, neighbours in `NEAR_M`."""

    key: U64
    x_m: F64
    y_m: F64
    vx_mps: F64
    vy_mps: F64
    neighbours: I64

    def after(self, wait_ns: I64) -> tuple[F64, F64]:
        """Where they are so much later, going on as they do."""
        wait_s = wait_ns / NS_PER_S
        return self.x_m + self.vx_mps * wait_s, self.y_m + self.vy_mps * wait_s


class RateControl:
    """Instants at which vehicles send, in place of those of a fixed rate.

    Each vehicle decides every 100 ms at a phase of its own, sends its first message at its first decision, and is
    forgotten when it leaves. Its fate depends on its own motion and neighbours alone.

    Parameters
    ----------
    seed
        Seed of the run.
    """

    def __init__(self, seed: int) -> None:
        self._phases = OnceAStation(
            lambda keys: (Stream(seed, "obu.rate_phase").uniform(keys) * _INTERVAL_NS).astype(np.int64)
        )
        self._chance = Stream(seed, "obu.rate_chance")
        self._memory = _Memory.new(np.zeros(0, np.uint64))

    def due(self, start_ns: int, end_ns: int, motion: Motion) -> tuple[NDArray[np.intp], I64, I64]:
        """Messages within [start, end), for consecutive intervals.

        Parameters
        ----------
        start_ns, end_ns
            The interval.
        motion
            Vehicles at its start.

        Returns
        -------
        row, t_ns, count
            Row in ``motion``, instant, and number of its earlier messages, ascending (row, instant).
        """
        self._memory = self._memory.of(motion.key)
        phase_ns = self._phases.of(motion.key)
        sent = []
        for begin_ns in range(start_ns, end_ns, _INTERVAL_NS):  # one decision and one message in each at most
            finish_ns = np.full(len(motion.key), min(begin_ns + _INTERVAL_NS, end_ns))
            decision_ns = begin_ns + (phase_ns - begin_ns) % _INTERVAL_NS
            sent.append(self._send(motion, start_ns, np.minimum(decision_ns, finish_ns)))
            self._decide(motion, start_ns, decision_ns, decision_ns < finish_ns)
            sent.append(self._send(motion, start_ns, finish_ns))
        row, t_ns, count = (np.concatenate(column) for column in zip(*sent, strict=True))
        order = np.lexsort((t_ns, row))
        return row[order], t_ns[order], count[order]

    def itt_ms(self, key: U64) -> F64:
        """Present longest time between messages of vehicles, NaN before their first decision."""
        return max_itt_ms(self._memory.of(key).density)

    def _decide(self, motion: Motion, start_ns: int, now_ns: I64, decides: NDArray[np.bool_]) -> None:
        """Count the neighbours; bring the next message forward where density or motion ask for it."""
        memory = self._memory
        known = np.where(np.isnan(memory.density), motion.neighbours, memory.density)
        density = DENSITY_WEIGHT * motion.neighbours + (1.0 - DENSITY_WEIGHT) * known
        silent_ns = now_ns - memory.sent_ns
        x_m, y_m = motion.after(now_ns - start_ns)
        guessed_x_m = memory.x_m + memory.vx_mps * silent_ns / NS_PER_S
        guessed_y_m = memory.y_m + memory.vy_mps * silent_ns / NS_PER_S
        chance = send_probability(np.hypot(x_m - guessed_x_m, y_m - guessed_y_m))
        at_once = (self._chance.uniform(motion.key, now_ns) < chance) & (silent_ns >= _ns(MIN_ITT_MS))
        by_density_ns = np.maximum(memory.sent_ns + _ns(max_itt_ms(density)), now_ns)
        wanted_ns = np.where(at_once, now_ns, by_density_ns)
        earlier = memory.next_ns - wanted_ns >= _ns(RESCHEDULE_MS)
        memory.density[decides] = density[decides]
        memory.next_ns[decides & earlier] = wanted_ns[decides & earlier]

    def _send(self, motion: Motion, start_ns: int, until_ns: I64) -> tuple[NDArray[np.intp], I64, I64]:
        """Messages planned for before ``until_ns``; after each the next is planned by the density."""
        memory = self._memory
        rows = np.flatnonzero(memory.next_ns < until_ns)
        t_ns, count = memory.next_ns[rows], memory.count[rows]
        x_m, y_m = motion.after(memory.next_ns - start_ns)
        memory.x_m[rows], memory.y_m[rows] = x_m[rows], y_m[rows]
        memory.vx_mps[rows], memory.vy_mps[rows] = motion.vx_mps[rows], motion.vy_mps[rows]
        memory.sent_ns[rows] = t_ns
        memory.next_ns[rows] = t_ns + _ns(max_itt_ms(memory.density[rows]))
        memory.count[rows] = count + 1
        return rows, t_ns, count


@dataclass
class _Memory:
    """What vehicles remember, a row each; changed in place."""

    key: U64
    #: Smoothed number of neighbours, NaN before the first count.
    density: F64
    #: The last message, and the place and velocity in it.
    sent_ns: I64
    x_m: F64
    y_m: F64
    vx_mps: F64
    vy_mps: F64
    #: Messages so far, and when the next one is planned.
    count: I64
    next_ns: I64

    @classmethod
    def new(cls, key: U64) -> _Memory:
        """Vehicles that have said nothing yet, and plan to at their first decision."""
        n = len(key)
        unknown = (np.full(n, np.nan) for _ in range(5))
        density, x_m, y_m, vx_mps, vy_mps = unknown
        return cls(
            key, density, np.full(n, -_LONG_NS), x_m, y_m, vx_mps, vy_mps, np.zeros(n, np.int64), np.full(n, _LONG_NS)
        )  # fmt: skip

    def of(self, key: U64) -> _Memory:
        """Memory of these vehicles in this order; whoever is not among them is forgotten."""
        if np.array_equal(key, self.key):
            return self
        memory = _Memory.new(key.copy())
        _, here, there = np.intersect1d(key, self.key, assume_unique=True, return_indices=True)
        for column in fields(self):
            getattr(memory, column.name)[here] = getattr(self, column.name)[there]
        return memory


def _ns(span_ms: ArrayLike) -> I64:
    return np.round(np.asarray(span_ms) * NS_PER_MS).astype(np.int64)
