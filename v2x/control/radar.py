"""What a follower's radar makes of the road ahead.

The only part of a controller that is given the truth. An ideal radar hands it on; a noisy one measures once in a cycle,
with errors, and is late; it loses the target now and then, and takes its time with a target that is new. While it has
no measurement it goes on with the last one at constant closing speed, as trackers do, for at most `COAST_S`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.jit import compiled, hashed, normal, unit
from v2x.rng import Stream
from v2x.scenario.model_radar import IdealRadar, NoisyRadar
from v2x.scenario.model_radar import Radar as Config

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
Bools = NDArray[np.bool_]
Records = NDArray[np.void]
Record = Any  #: One of them; numba knows its fields, type checkers do not.

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

    @classmethod
    def room(cls, shape: tuple[int, ...]) -> Sighting:
        """Arrays of that shape to be filled."""
        return cls(*np.empty((3, *shape)), *np.empty((2, *shape), np.bool_))


class Radar(Protocol):
    """A model of the radars of all vehicles."""

    cycle_s: float
    late_s: float
    """Mean age of what is reported."""
    rate_sigma_mps: float

    def look(self, t_ns: int, road: Road, speed_mps: F64) -> Sighting:
        """What they report at a control step, good until the next; to be asked at each, in order.

        ``speed_mps``: own speeds.
        """
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
            who, m, mps = target[r, i], road_gap[r, i], road_rate[r, i]
            somebody = who != NOBODY
            gap[r, i] = m if somebody else np.nan
            rate[r, i] = mps if somebody else np.nan
            ahead[r, i] = mps + speed[r, i] if somebody else np.nan
            fresh[r, i], new[r, i] = somebody, somebody and who != last[r, i]
            last[r, i] = who


class PerfectRadar:
    """The truth, at once."""

    late_s, rate_sigma_mps = 0.0, DESIGN_RATE_SIGMA_MPS

    def __init__(self, shape: tuple[int, int], step_ns: int) -> None:
        self.cycle_s = step_ns / NS_PER_S
        self._last, self._seen = np.full(shape, NOBODY, np.int64), Sighting.room(shape)

    def look(self, t_ns: int, road: Road, speed_mps: F64) -> Sighting:  # noqa: ARG002
        """The truth of this step."""
        seen = self._seen
        _hand_on(
            road.gap_m, road.rate_mps, road.target, speed_mps, self._last,
            seen.gap_m, seen.rate_mps, seen.ahead_speed_mps, seen.fresh, seen.new_target,
        )  # fmt: skip
        return seen


#: What was true at a control step, kept until its echo is told.
_TRUTH = np.dtype([("gap_m", "f8"), ("rate_mps", "f8"), ("speed_mps", "f8"), ("target", "i8")])
#: What a radar knows: its last measurement, of whom and from which step, and who it has seen since when.
_TRACK = np.dtype(
    [("gap_m", "f8"), ("rate_mps", "f8"), ("ahead_mps", "f8")]
    + [(name, "i8") for name in ("target", "echo", "candidate", "since")]
)
#: Where the hashes of each kind of draw start, in the order of `_PURPOSES`.
_RANGE, _RATE, _LOST, _LOST_FROM, _LOST_FOR = range(5)
_PURPOSES = ("radar.range", "radar.rate", "radar.dropout", "radar.dropout.begin", "radar.dropout.length")


class _Figures(NamedTuple):
    """Figures of the model; those without a unit count control steps."""

    cycle: int
    late: int
    acquire: int
    coast: int
    step_ns: int
    reach_m: float
    range_sigma_m: float
    rate_sigma_mps: float
    cell_ns: int
    """Cell of time in which a dropout may begin; 0 for no dropouts."""
    cells: int
    """How many of them to look back."""
    dropout_ns: float


@compiled
def _lost(key: np.uint64, t_ns: int, roots: U64, figures: _Figures) -> bool:
    """Whether a radar is blind.

    At most one dropout begins in each cell of time. A cell is half of the mean time between dropouts, so that each
    holds one with probability one half: their number is a little more even than a Poisson process would have it, and
    nothing is remembered. Lengths are exponential.
    """
    if figures.cell_ns > 0:
        for cell in range(t_ns // figures.cell_ns, t_ns // figures.cell_ns - figures.cells, -1):
            when = np.uint64(cell)
            if unit(hashed(hashed(roots[_LOST], key), when)) < 0.5:
                begin_ns = (cell + unit(hashed(hashed(roots[_LOST_FROM], key), when))) * figures.cell_ns
                length_ns = -log(unit(hashed(hashed(roots[_LOST_FOR], key), when))) * figures.dropout_ns
                if begin_ns <= t_ns < begin_ns + length_ns:
                    return True
    return False


@compiled
def _measure(
    track: Record, then: Record, key: np.uint64, echo: int, echo_ns: int, roots: U64, figures: _Figures
) -> bool:
    """Take in what was true at step ``echo``, with errors; whether there was anything to measure."""
    target = then.target if then.gap_m <= figures.reach_m else NOBODY
    if target != track.candidate:
        track.candidate, track.since = target, echo
    known = target == track.target or echo - track.since >= figures.acquire
    if target == NOBODY or not known or _lost(key, echo_ns, roots, figures):
        return False
    when = np.uint64(echo_ns)
    gap_error = figures.range_sigma_m * normal(hashed(hashed(roots[_RANGE], key), when))
    rate_error = figures.rate_sigma_mps * normal(hashed(hashed(roots[_RATE], key), when))
    track.gap_m, track.rate_mps = max(0.0, then.gap_m + gap_error), then.rate_mps + rate_error
    track.ahead_mps = then.speed_mps + track.rate_mps
    track.target, track.echo = target, echo
    return True


@compiled
def _look(
    k: int,
    t_ns: int,
    road_gap: F64,
    road_rate: F64,
    target: I64,
    speed: F64,
    keys: U64,
    turns: I64,
    truth: Records,
    tracks: Records,
    roots: U64,
    figures: _Figures,
    gap: F64,
    rate: F64,
    ahead: F64,
    fresh: Bools,
    new: Bools,
) -> None:
    echo, slots = k - figures.late, len(truth)
    echo_ns, step_s = t_ns - figures.late * figures.step_ns, figures.step_ns / NS_PER_S
    for r in range(gap.shape[0]):
        for i in range(gap.shape[1]):
            now, track = truth[k % slots, r, i], tracks[r, i]
            now.gap_m, now.rate_mps = road_gap[r, i], road_rate[r, i]
            now.speed_mps, now.target = speed[r, i], target[r, i]
            before = track.target
            if k == 0:
                fresh[r, i] = new[r, i] = before != NOBODY
            else:
                due = echo % figures.cycle == turns[r, i]
                fresh[r, i] = due and _measure(
                    track, truth[echo % slots, r, i], keys[r, i], echo, echo_ns, roots, figures
                )
                new[r, i] = track.target != before
            # Told as measured while measurements come as they should, carried on at constant rate when they do not.
            missed = echo - figures.cycle + 1 - track.echo
            if missed > figures.coast or track.target == NOBODY:
                gap[r, i] = rate[r, i] = np.nan
            else:
                gap[r, i] = track.gap_m + max(missed, 0) * step_s * track.rate_mps
                rate[r, i] = track.rate_mps
            ahead[r, i] = track.ahead_mps


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
        cycle = max(1, round(config.cycle_ms * NS_PER_MS / step_ns))
        late = ceil(config.latency_ms * NS_PER_MS / step_ns - 1e-9)
        dropout_ns, rate_hz = config.dropout_s * NS_PER_S, config.dropouts_per_h / 3600.0
        cell_ns = max(1, round(0.5 * NS_PER_S / rate_hz)) if rate_hz else 0
        self._figures = _Figures(
            cycle=cycle,
            late=late,
            acquire=ceil(config.acquisition_s * NS_PER_S / step_ns - 1e-9),
            coast=round(COAST_S * NS_PER_S / step_ns),
            step_ns=step_ns,
            reach_m=config.reach_m,
            range_sigma_m=config.range_sigma_m,
            rate_sigma_mps=config.rate_sigma_mps,
            cell_ns=cell_ns,
            cells=2 + ceil(10.0 * dropout_ns / cell_ns) if rate_hz else 0,  # longer ones have a chance of exp(-10)
            dropout_ns=dropout_ns,
        )
        self.cycle_s, self.rate_sigma_mps = cycle * step_ns / NS_PER_S, config.rate_sigma_mps
        self.late_s = (late + 0.5 * (cycle - 1)) * step_ns / NS_PER_S
        self._keys, self._k, self._seen = keys, 0, Sighting.room(keys.shape)
        self._roots = np.array([Stream(seed, purpose).root for purpose in _PURPOSES], np.uint64)
        phase = Stream(seed, "radar.phase").bits(self._keys) % np.uint64(cycle)
        self._turns = phase.astype(np.int64)
        self._truth, self._tracks = np.zeros((late + 1, *keys.shape), _TRUTH), np.zeros(keys.shape, _TRACK)

    def look(self, t_ns: int, road: Road, speed_mps: F64) -> Sighting:
        """What the echoes tell that reach the controller now."""
        if self._k == 0:
            self._begin(road, speed_mps)
        seen = self._seen
        _look(
            self._k, t_ns, road.gap_m, road.rate_mps, road.target, speed_mps,
            self._keys, self._turns, self._truth, self._tracks, self._roots, self._figures,
            seen.gap_m, seen.rate_mps, seen.ahead_speed_mps, seen.fresh, seen.new_target,
        )  # fmt: skip
        self._k += 1
        return seen

    def _begin(self, road: Road, speed_mps: F64) -> None:
        """Everybody has seen what there is for long enough."""
        gap, rate, target = road.gap_m, road.rate_mps, road.target
        truth, track, figures = self._truth, self._tracks, self._figures
        truth["gap_m"], truth["rate_mps"], truth["speed_mps"], truth["target"] = gap, rate, speed_mps, target
        track["gap_m"], track["rate_mps"], track["ahead_mps"] = gap, rate, speed_mps + rate
        track["target"] = np.where(gap <= figures.reach_m, target, NOBODY)
        track["candidate"], track["since"], track["echo"] = target, -figures.acquire, -figures.late


def build_radar(config: Config, keys: U64, seed: int, step_ns: int) -> Radar:
    """The radar model that a scenario means, for vehicles of these keys (replica, vehicle)."""
    if isinstance(config, IdealRadar):
        return PerfectRadar((keys.shape[0], keys.shape[1]), step_ns)
    return MeasuringRadar(config, keys, seed, step_ns)
