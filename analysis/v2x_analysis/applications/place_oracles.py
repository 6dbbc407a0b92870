"""The truth about places that notices tell of: whether the subject was in one or on its way there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.geo import turn_deg
from v2x.scenario.use_cases import use_case
from v2x_analysis.applications.oracles import Hazards
from v2x_analysis.applications.surroundings import Surroundings, tangent
from v2x_analysis.contents import NoticePlace
from v2x_analysis.ground import field_of
from v2x_analysis.measurement import F64

_QUEUE, _LIMIT = "congestion", "speed_limit"
_SIGNS = (_LIMIT,)


@dataclass(frozen=True)
class _Place:
    """Bars of HLW, IVS and TJW."""

    min_mps: float
    ahead_s: float
    ahead_m: float
    margin_m: float
    required_s: float


@dataclass(frozen=True)
class _Jam(_Place):
    """Bars of TJW: of queues that nobody planned, too."""

    queue_mps: float
    queue_count: float


def hlw(around: Surroundings) -> Hazards:
    """A hazardous place ahead, or the subject in it."""
    return _places(around, use_case("hlw").oracle_settings(_Place), lambda n: not _is_sign(n) and n.cause != _QUEUE)


def ivs(around: Surroundings) -> Hazards:
    """A sign's stretch ahead, or the subject in it."""
    return _places(around, use_case("ivs").oracle_settings(_Place), _is_sign)


def tjw(around: Surroundings) -> Hazards:
    """A queue ahead: announced by the scenario, or really standing there."""
    bars = use_case("tjw").oracle_settings(_Jam)
    planned = _places(around, bars, lambda notice: notice.cause == _QUEUE)
    others = around.others
    standing = (others.ahead_m > 0.0) & (np.hypot(others.along_mps, others.across_mps) <= bars.queue_mps)
    standing &= (np.abs(others.turn_deg) <= use_case("shared").values["lane_way_deg"]) & (
        others.ahead_m <= bars.ahead_m
    )
    standing &= np.abs(others.right_m) <= bars.margin_m
    step, row, number = np.unique(others.step[standing], return_inverse=True, return_counts=True)
    nearest_m = np.full(len(step), np.inf)
    np.minimum.at(nearest_m, row, others.ahead_m[standing])
    queue = (number >= bars.queue_count) & (around.speed_mps[step] >= bars.min_mps)
    conflict_s = nearest_m[queue] / around.speed_mps[step[queue]]
    return Hazards.of(
        np.r_[planned.step, step[queue]],
        np.r_[planned.conflict_s, conflict_s],
        np.r_[planned.required, np.zeros(int(queue.sum()), bool)],
    )


def ahead_m(around: Surroundings, notice: NoticePlace, margin_m: float) -> F64:
    """Way from the subject's front to the place at each step: 0 in it, infinite where it does not lead there.

    A path counts in its own direction and is taken to begin as a straight road; a circle lies ahead where the course
    meets it. ``margin_m`` widens both.
    """
    field = around.run.derived(field_of)
    lon_deg, lat_deg = notice.at.lonlat(field.plane if field else None)
    at_m = around.place_m(lon_deg, lat_deg)
    if len(notice.path) > 1:
        around_m = tangent(lon_deg, lat_deg)
        path = np.array([around_m.to_xy(*p.lonlat(field.plane if field else None)) for p in notice.path], float)
        return _along_path(around, at_m, path.reshape(-1, 2), notice.path_width_m / 2.0 + margin_m)
    return _to_circle(around, at_m, (notice.radius_m or 0.0) + margin_m)


def holds(around: Surroundings, notice: NoticePlace) -> NDArray[np.bool_]:
    """Whether a notice is in force at each step."""
    t_s = around.t_ns / NS_PER_S
    return np.asarray((t_s >= notice.start_s) & (t_s < (np.inf if notice.end_s is None else notice.end_s)))


def _is_sign(notice: NoticePlace) -> bool:
    return notice.cause in _SIGNS or notice.cause.startswith("sign_")


def _places(around: Surroundings, bars: _Place, concerns: Callable[[NoticePlace], bool]) -> Hazards:
    steps, conflicts, required = [], [], []
    for notice in around.run.plan.notices:
        if not concerns(notice):
            continue
        moving = holds(around, notice) & (around.speed_mps >= bars.min_mps)
        speed_mps = np.maximum(around.speed_mps, 0.1)
        way_m, strict_m = ahead_m(around, notice, bars.margin_m), ahead_m(around, notice, 0.0)
        step = np.flatnonzero(moving & (way_m <= np.maximum(bars.ahead_m, speed_mps * bars.ahead_s)))
        steps.append(step)
        conflicts.append(way_m[step] / speed_mps[step])
        required.append(strict_m[step] <= speed_mps[step] * bars.required_s)
    if not steps:
        return Hazards.of(np.zeros(0, np.intp), np.zeros(0), np.zeros(0, bool))
    return Hazards.of(np.concatenate(steps), np.concatenate(conflicts), np.concatenate(required))


def _along_path(around: Surroundings, at_m: F64, path_m: F64, half_m: float) -> F64:
    nearest = np.full(len(at_m), np.inf)
    lane_way_deg = use_case("shared").values["lane_way_deg"]
    for number, (start_m, step_m) in enumerate(zip(path_m[:-1], np.diff(path_m, axis=0), strict=True)):
        length_m = max(float(np.hypot(*step_m)), 1e-9)
        unit, way_deg = step_m / length_m, float(np.degrees(np.arctan2(*step_m)))
        along_m, beside_m = _components(at_m - start_m, np.broadcast_to(unit, at_m.shape))
        on = (np.abs(turn_deg(around.heading_deg, way_deg)) <= lane_way_deg) & (np.abs(beside_m) <= half_m)
        on &= along_m <= length_m + around.length_m / 2.0
        nearest = np.where(on & (along_m >= -around.length_m / 2.0), 0.0, nearest)
        if number == 0:
            before = on & (along_m < -around.length_m / 2.0)
            nearest = np.where(before, np.minimum(nearest, -along_m - around.length_m / 2.0), nearest)
    return nearest


def _to_circle(around: Surroundings, at_m: F64, radius_m: float) -> F64:
    along_m, beside_m = _components(-at_m, around.course)
    away_m = np.hypot(*at_m.T)
    lane_m = use_case("shared").values["lane_m"]
    leads = (along_m > 0.0) & (np.abs(beside_m) <= radius_m + lane_m)
    way_m = np.maximum(away_m - radius_m - around.length_m / 2.0, 0.0)
    return np.where(away_m <= radius_m, 0.0, np.where(leads, way_m, np.inf))


def _components(vectors: F64, units: F64) -> tuple[F64, F64]:
    """Components of each vector along its unit vector and to the right of that, (s,) each."""
    along = (vectors * units).sum(axis=1)
    return along, vectors[:, 0] * units[:, 1] - vectors[:, 1] * units[:, 0]
