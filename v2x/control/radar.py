"""What a follower's radar makes of the road ahead.

The only part of a controller that is given the truth. An ideal radar hands it on; a noisy one measures once in a cycle,
with errors, and is late; it loses the target now and then, and takes its time with a target that is new. While it has
no measurement it goes on with the last one at constant closing speed, as trackers do, for at most `COAST_S`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.jit import compiled
from v2x.rng import Stream
from v2x.scenario.model_platoon import IdealRadar, NoisyRadar
from v2x.scenario.model_platoon import Radar as Config

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
Bools = NDArray[np.bool_]

#: Target where there is none.
NOBODY = -1
#: How long a target that is not measured is kept, s. Assumed.
COAST_S = 1.0
#: Standard deviation of the closing speed that estimators reckon with where the radar has no error, m/s. Assumed.
DESIGN_RATE_SIGMA_MPS = 0.1


@dataclass
class Road:
    """The truth ahead of each vehicle, (replica, vehicle).

    Attributes
    ----------
    gap_m, rate_mps
        Bumper gap, and how fast it grows: speed ahead less own speed. Anything where there is nobody.
    target
        Who it is, any number that stays the same while it is the same vehicle; `NOBODY` where there is nobody.
    """

    gap_m: F64
    rate_mps: F64
    target: I64


@dataclass
class Sighting:
    """What the radar reports, (replica, vehicle).

    Attributes
    ----------
    gap_m, rate_mps
        As in `Road`; NaN where it sees nobody.
    ahead_speed_mps
        Speed over ground of the vehicle ahead at the last echo.
    fresh
        Whether there is a new measurement since the step before.
    new_target
        Whether it is of another vehicle than the one before.
    """

    gap_m: F64
    rate_mps: F64
    ahead_speed_mps: F64
    fresh: Bools
    new_target: Bools


class Radar(Protocol):
    """A model of the radars of all vehicles."""

    cycle_s: float
    late_s: float
    """Mean age of what is reported."""
    rate_sigma_mps: float

    def look(self, t_ns: int, road: Road, speed_mps: F64) -> Sighting:
        """What they report at a control step; to be asked at each, in order. ``speed_mps``: own speeds."""
        ...


@compiled
def _hand_on(
    road_gap: F64,
    road_rate: F64,
    target: I64,
    speed: F64,
    last: I64,
    gap: F64,
    rate: F64,
    ahead: F64,
    fresh: Bools,
    new: Bools,
) -> None:
    for r in range(gap.shape[0]):
        for i in range(gap.shape[1]):
            somebody = target[r, i] != NOBODY
            gap[r, i] = road_gap[r, i] if somebody else np.nan
            rate[r, i] = road_rate[r, i] if somebody else np.nan
            ahead[r, i] = rate[r, i] + speed[r, i]
            fresh[r, i], new[r, i] = somebody, somebody and target[r, i] != last[r, i]
            last[r, i] = target[r, i]


class PerfectRadar:
    """The truth, at once."""

    late_s, rate_sigma_mps = 0.0, DESIGN_RATE_SIGMA_MPS

    def __init__(self, shape: tuple[int, int], step_ns: int) -> None:
        self.cycle_s = step_ns / NS_PER_S
        self._last = np.full(shape, NOBODY, np.int64)

    def look(self, t_ns: int, road: Road, speed_mps: F64) -> Sighting:  # noqa: ARG002
        """The truth of this step."""
        gap, rate, ahead = (np.empty_like(speed_mps) for _ in range(3))
        fresh, new = np.empty(speed_mps.shape, np.bool_), np.empty(speed_mps.shape, np.bool_)
        _hand_on(road.gap_m, road.rate_mps, road.target, speed_mps, self._last, gap, rate, ahead, fresh, new)
        return Sighting(gap, rate, ahead, fresh, new)


class MeasuringRadar:
    """Radars with errors; draws are keyed by vehicle and by the time of the echo.

    Cycle, latency and acquisition count in whole control steps (latency and acquisition rounded up). Vehicles measure
    at phases of their own. Targets that are there in the first step are tracked already.

    Parameters
    ----------
    config
        Its figures.
    keys
        Keys of the vehicles, (replica, vehicle).
    seed
        Seed of the run.
    step_ns
        Control step.
    """

    def __init__(self, config: NoisyRadar, keys: U64, seed: int, step_ns: int) -> None:
        self._config, self._keys, self._step_ns = config, keys.reshape(-1), step_ns
        self._cycle = max(1, round(config.cycle_ms * NS_PER_MS / step_ns))
        self._late = ceil(config.latency_ms * NS_PER_MS / step_ns - 1e-9)
        self._acquire = ceil(config.acquisition_s * NS_PER_S / step_ns - 1e-9)
        self._coast = round(COAST_S * NS_PER_S / step_ns)
        self.cycle_s, self.rate_sigma_mps = self._cycle * step_ns / NS_PER_S, config.rate_sigma_mps
        self.late_s = (self._late + 0.5 * (self._cycle - 1)) * step_ns / NS_PER_S
        self._range_noise, self._rate_noise = Stream(seed, "radar.range"), Stream(seed, "radar.rate")
        self._dropouts = _Dropouts(config, seed)
        phase = Stream(seed, "radar.phase").bits(self._keys) % np.uint64(self._cycle)
        self._due = [np.flatnonzero(phase == np.uint64(turn)) for turn in range(self._cycle)]
        self._shape, self._k = keys.shape, 0

    def look(self, t_ns: int, road: Road, speed_mps: F64) -> Sighting:
        """What the echoes tell that reach the controller now."""
        if self._k == 0:
            self._begin(road, speed_mps)
        slot = self._k % len(self._gaps)
        self._gaps[slot], self._rates[slot] = road.gap_m.reshape(-1), road.rate_mps.reshape(-1)
        self._targets[slot], self._speeds[slot] = road.target.reshape(-1), speed_mps.reshape(-1)
        fresh, changed = np.zeros(len(self._keys), np.bool_), np.zeros(len(self._keys), np.bool_)
        if self._k == 0:
            fresh[:] = changed[:] = self._tracked != NOBODY
        else:
            self._measure(self._k - self._late, t_ns - self._late * self._step_ns, fresh, changed)
        # Reported as measured while measurements come as they should, carried on at constant rate when they do not.
        missed = self._k - self._late - self._cycle + 1 - self._echo
        coasting = np.clip(missed, 0, self._coast) * (self._step_ns / NS_PER_S)
        gone = (missed > self._coast) | (self._tracked == NOBODY)
        gap = np.where(gone, np.nan, self._gap + coasting * self._rate).reshape(self._shape)
        rate = np.where(gone, np.nan, self._rate).reshape(self._shape)
        self._k += 1
        return Sighting(
            gap, rate, self._speed.reshape(self._shape), fresh.reshape(self._shape), changed.reshape(self._shape)
        )

    def _begin(self, road: Road, speed_mps: F64) -> None:
        """Everybody has seen what there is for long enough."""
        slots = self._late + 1
        self._gaps, self._rates = (
            np.tile(road.gap_m.reshape(-1), (slots, 1)),
            np.tile(road.rate_mps.reshape(-1), (slots, 1)),
        )
        self._targets = np.tile(road.target.reshape(-1), (slots, 1))
        self._speeds = np.tile(speed_mps.reshape(-1), (slots, 1))
        self._gap, self._rate = self._gaps[0].copy(), self._rates[0].copy()
        self._speed = self._speeds[0] + self._rate
        self._tracked = np.where(self._within(self._gap), self._targets[0], NOBODY)
        self._candidate = self._targets[0].copy()
        self._since = np.full(len(self._keys), -self._acquire, np.int64)
        self._echo = np.full(len(self._keys), -self._late, np.int64)

    def _within(self, gap_m: F64) -> Bools:
        return gap_m <= self._config.reach_m

    def _measure(self, echo: int, echo_ns: int, fresh: Bools, changed: Bools) -> None:
        """Take in the measurements whose echo was at step ``echo``; say where there were any, and of whom."""
        rows = self._due[echo % self._cycle]
        slot = echo % len(self._gaps)
        gap, target = self._gaps[slot, rows], self._targets[slot, rows]
        target = np.where(self._within(gap), target, NOBODY)
        other = target != self._candidate[rows]
        self._candidate[rows] = target
        self._since[rows[other]] = echo
        known = (target == self._tracked[rows]) | (echo - self._since[rows] >= self._acquire)
        keys = self._keys[rows]
        seen = (target != NOBODY) & known & ~self._dropouts.at(keys, echo_ns)
        rows, gap = rows[seen], gap[seen]
        keys, nonce = keys[seen], np.int64(echo_ns)
        rate = self._rates[slot, rows] + self._config.rate_sigma_mps * self._rate_noise.normal(keys, nonce)
        self._gap[rows] = np.maximum(0.0, gap + self._config.range_sigma_m * self._range_noise.normal(keys, nonce))
        self._rate[rows], self._speed[rows] = rate, self._speeds[slot, rows] + rate
        changed[rows] = self._tracked[rows] != target[seen]
        self._tracked[rows], self._echo[rows], fresh[rows] = target[seen], echo, True


class _Dropouts:
    """Times at which a radar has lost its target: at most one beginning in each cell of time, keyed by cell.

    A cell is half of the mean time between dropouts, so that each holds one with probability one half: their number is
    a little more even than a Poisson process would have it, and nothing is remembered. Lengths are exponential.
    """

    def __init__(self, config: NoisyRadar, seed: int) -> None:
        self._rate_hz, self._mean_ns = config.dropouts_per_h / 3600.0, config.dropout_s * NS_PER_S
        if self._rate_hz:
            self._cell_ns = max(1, round(0.5 * NS_PER_S / self._rate_hz))
            self._back = 1 + ceil(10.0 * self._mean_ns / self._cell_ns)  # longer ones have a chance of exp(-10)
        self._any, self._begin = Stream(seed, "radar.dropout"), Stream(seed, "radar.dropout.begin")
        self._length = Stream(seed, "radar.dropout.length")

    def at(self, keys: U64, t_ns: int) -> Bools:
        """Whether each vehicle's radar is blind at ``t_ns``."""
        blind = np.zeros(len(keys), np.bool_)
        if not self._rate_hz:
            return blind
        for back in range(self._back + 1):
            cell = np.int64(t_ns // self._cell_ns - back)
            rows = np.flatnonzero(self._any.uniform(keys, cell) < 0.5)
            begin = (float(cell) + self._begin.uniform(keys[rows], cell)) * self._cell_ns
            end = begin - np.log(self._length.uniform(keys[rows], cell)) * self._mean_ns
            blind[rows] |= (begin <= t_ns) & (t_ns < end)
        return blind


def build_radar(config: Config, keys: U64, seed: int, step_ns: int) -> Radar:
    """The radar model that a scenario means, for vehicles of these keys (replica, vehicle)."""
    if isinstance(config, IdealRadar):
        return PerfectRadar((keys.shape[0], keys.shape[1]), step_ns)
    return MeasuringRadar(config, keys, seed, step_ns)
