"""A grid of settings on the closed track: each cell at each frequency in replicas, many of these in one array.

Cells that differ only in what their law has no use for (the time gap under constant spacing, the delay where nobody is
heard) are driven once.

Draws are keyed by the replica's number in its cell. So a cell comes out the same alone and in any grid, and the n-th
strings of all cells and frequencies meet the same phases, losses and radar errors: common random numbers, with which
cells differ by their settings more than by luck (Glasserman and Yao, Management Science 38(6), 1992).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.control.laws import law
from v2x.control.leader import Sine
from v2x.control.measures import Closest, SineFit
from v2x.control.platoon_string import Decision, Vehicles
from v2x.control.study import Track, run
from v2x.control.study_link import StudyLink
from v2x.scenario.model_platoon import CONTROL_STEP_NS, Fallback
from v2x.scenario.model_radar import IdealRadar, NoisyRadar
from v2x.scenario.model_string_study import Cell, StringStudy

F64 = NDArray[np.float64]

#: Vehicles driven at once: memory stays below some 100 MB at the longest delay, and columns in the processor's cache.
BATCH_VEHICLES = 10_000
#: What only laws that hear somebody have a use for.
_OF_MESSAGES = ("feed_forward", "beacon_hz", "quantised", "delay_ms", "loss")
#: What is one for all strings of an array.
_OF_ALL = ("controller", "followers", "radar", "fallback", "feed_forward", "quantised")


@dataclass(frozen=True)
class Driven:
    """What came of one cell at one frequency.

    Attributes
    ----------
    cell
        As `effective` has it.
    frequency_hz
        Of the leader's speed.
    amplitude_mps
        Of each vehicle's speed at that frequency, the leader first, (replica, vehicle).
    least_m
        Smallest gap of each follower from the first step on, (replica, follower).
    limited
        Share of the steps after the transient in which a follower's limits decided, (replica, follower).
    """

    cell: Cell
    frequency_hz: float
    amplitude_mps: F64
    least_m: F64
    limited: F64


def unused(cell: Cell) -> tuple[str, ...]:
    """Keys of a cell that mean nothing to its law."""
    chosen = law(cell.controller)
    gap = () if "time_gap_s" in chosen.defaults else ("time_gap_s",)
    return gap if chosen.hears else (*gap, *_OF_MESSAGES)


def effective(cell: Cell) -> Cell:
    """The cell with the law's own gaps where it has none, and the defaults where its law has no use for a value."""
    gaps = {
        name: value if value is not None else law(cell.controller).defaults.get(name)
        for name, value in (("time_gap_s", cell.time_gap_s), ("spacing_m", cell.spacing_m))
    }
    return cell.model_copy(update=gaps | {name: Cell.model_fields[name].default for name in unused(cell)})


def batches(study: StringStudy) -> list[list[tuple[Cell, float]]]:
    """What is driven together: cells and frequencies, each once, as many as make up `BATCH_VEHICLES`."""
    alike: defaultdict[tuple[object, ...], list[tuple[Cell, float]]] = defaultdict(list)
    for cell in dict.fromkeys(map(effective, study.cells())):
        alike[tuple(getattr(cell, name) for name in _OF_ALL)] += [(cell, f) for f in study.leader.frequency_hz]
    found = []
    for points in alike.values():
        most = max(1, BATCH_VEHICLES // (study.replicas * (points[0][0].followers + 1)))
        found += [points[begin : begin + most] for begin in range(0, len(points), most)]
    return found


def drive(study: StringStudy, points: Sequence[tuple[Cell, float]]) -> Iterator[Driven]:
    """One of the `batches`, in their order."""
    track = _track(study, [cell for cell, _ in points])
    frequency_hz = np.repeat([f for _, f in points], study.replicas)
    shape = (track.replicas, track.followers + 1)
    mean_mps, amplitude_mps = np.asarray(track.speed_mps)[:, None], study.leader.amplitude_mps
    leader = Sine(mean_mps, frequency_hz[:, None], amplitude_mps, 0.0)
    fit, closest = SineFit(frequency_hz, study.settle_s, *shape), Closest(*shape)
    limits = _Limits(study.settle_s, shape)
    run(track, leader, study.duration_s, [fit, closest, limits])
    swings_mps = np.abs(fit.phasor_mps)
    for row, (cell, f) in enumerate(points):
        own = slice(row * study.replicas, (row + 1) * study.replicas)
        yield Driven(cell, f, swings_mps[own], closest.least_m[own, 1:], limits.share[own, 1:])


class _Limits:
    """How often the limits of the vehicles decided, (replica, vehicle)."""

    def __init__(self, from_s: float, shape: tuple[int, int]) -> None:
        self._from_ns, self._steps, self._limited = round(from_s * NS_PER_S), 0, np.zeros(shape)

    def see(self, t_ns: int, decision: Decision, gap_m: F64) -> None:  # noqa: ARG002
        """As `Measure`."""
        if t_ns >= self._from_ns:
            self._steps += 1
            self._limited += decision.limited

    @property
    def share(self) -> F64:
        """Of the steps seen."""
        return self._limited / max(self._steps, 1)


def _track(study: StringStudy, cells: Sequence[Cell]) -> Track:
    """A string for each replica of each cell."""
    one = cells[0]

    def each(name: str, scale: float = 1.0) -> F64:
        return np.repeat([scale * float(getattr(cell, name)) for cell in cells], study.replicas)

    gains = {name: each(name)[:, None] for name in ("time_gap_s", "spacing_m") if name in law(one.controller).defaults}
    figures = ("engine_lag_s", "dead_time_s", "max_accel_mps2", "max_brake_mps2")
    return Track(
        law=one.controller,
        speed_mps=each("speed_mps"),
        replicas=len(cells) * study.replicas,
        followers=one.followers,
        gains=gains,
        vehicles=Vehicles(*(each(name)[:, None] for name in figures)),
        link=StudyLink(
            delay_s=each("delay_ms", 1e-3), beacon_s=1.0 / each("beacon_hz"), loss=each("loss"), quantised=one.quantised
        ),
        radar=IdealRadar(kind="ideal") if one.radar == "ideal" else NoisyRadar(kind="noisy"),
        fallback=Fallback(enabled=one.fallback),
        feed_forward=one.feed_forward,
        seed=study.seed,
        numbers=np.tile(np.arange(study.replicas), len(cells)),
        step_ns=CONTROL_STEP_NS,
    )
