"""The truth about other road users: who was ahead, who crossed, and how little room there was.

Positions, speeds and outlines are the recorded ones; what would have come is told by constant speeds, as in the
surrogate safety measures time to collision (TTC) and deceleration rate to avoid a crash (DRAC).
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from v2x.scenario.use_cases import use_case
from v2x_analysis.applications.oracles import Hazards
from v2x_analysis.applications.surroundings import Others, Surroundings
from v2x_analysis.measurement import F64
from v2x_analysis.run import Run

_VEHICLES = ("car", "bus", "truck")
_UNPROTECTED = ("pedestrian", "bicycle", "ebike")
#: Below this, a speed or deceleration is none.
_NONE = 0.1


@dataclass(frozen=True)
class _Ahead:
    """Bars of FCW and EBW."""

    min_mps: float
    margin_m: float


@dataclass(frozen=True)
class _Forward(_Ahead):
    """Bars of FCW."""

    ttc_s: float
    drac_mps2: float
    required_ttc_s: float


@dataclass(frozen=True)
class _Braking(_Ahead):
    """Bars of EBW."""

    hard_mps2: float
    required_mps2: float
    headway_s: float
    required_headway_s: float


@dataclass(frozen=True)
class _Unprotected:
    """Bars of VRUCW."""

    min_mps: float
    margin_m: float
    window_s: float
    crossing_mps: float
    ttc_s: float
    required_ttc_s: float


@dataclass(frozen=True)
class _Emergency:
    """Bars of EVW."""

    range_m: float
    near_m: float
    approach_mps: float
    required_m: float
    required_mps: float


def fcw(around: Surroundings) -> Hazards:
    """A vehicle ahead in the way: short TTC, or hard braking needed; a lead that brakes is taken to go on braking."""
    bars, others = use_case("fcw").oracle_settings(_Forward), around.others
    own_mps, own_accel = around.speed_mps[others.step], around.accel_mps2[others.step]
    gap_m, in_way, surely = _ahead(around, _VEHICLES, bars.margin_m)
    closing_mps = own_mps - others.along_mps
    lead_brakes = others.accel_mps2 < -_NONE
    stops_m = np.where(lead_brakes, others.along_mps**2 / (2.0 * np.maximum(-others.accel_mps2, _NONE)), 0.0)
    gone_mps = np.where(lead_brakes, own_mps, np.maximum(closing_mps, 0.0))
    needed_mps2 = gone_mps**2 / (2.0 * (gap_m + stops_m))
    ttc_s = np.where(closing_mps > _NONE, gap_m / np.maximum(closing_mps, _NONE), np.inf)
    hazard = in_way & (own_mps >= bars.min_mps) & ((ttc_s <= bars.ttc_s) | (needed_mps2 >= bars.drac_mps2))
    required = surely & (ttc_s <= bars.required_ttc_s) & (-own_accel < needed_mps2) & _speaks(around)
    conflict_s = np.minimum(ttc_s, (gap_m + stops_m) / np.maximum(gone_mps, _NONE))
    return Hazards.of(others.step[hazard], conflict_s[hazard], required[hazard])


def ebw(around: Surroundings) -> Hazards:
    """A vehicle ahead in the way brakes hard; required if it sends BSMs and surely flags the braking."""
    bars, others = use_case("ebw").oracle_settings(_Braking), around.others
    own_mps = around.speed_mps[others.step]
    gap_m, in_way, surely = _ahead(around, _VEHICLES, bars.margin_m)
    headway_s = gap_m / np.maximum(own_mps, _NONE)
    brakes = others.accel_mps2 <= -bars.hard_mps2
    hazard = in_way & brakes & (own_mps >= bars.min_mps) & (headway_s <= bars.headway_s)
    required = surely & (headway_s <= bars.required_headway_s) & (others.accel_mps2 <= -bars.required_mps2)
    required &= _speaks(around)
    return Hazards.of(others.step[hazard], headway_s[hazard], required[hazard])


def vrucw(around: Surroundings) -> Hazards:
    """Somebody on foot or on two wheels stands in the way, or crosses it when the subject is there."""
    bars, others = use_case("vrucw").oracle_settings(_Unprotected), around.others
    own_mps, own_accel = around.speed_mps[others.step], around.accel_mps2[others.step]
    gap_m = np.maximum(_gap_m(around), 0.0)
    closing_mps = np.maximum(own_mps - others.along_mps, _NONE)
    ttc_s = gap_m / closing_mps
    relevant = np.isin(others.kind, _UNPROTECTED) & (others.ahead_m > 0.0) & (own_mps > others.along_mps)
    relevant &= (own_mps >= bars.min_mps) & (ttc_s <= bars.ttc_s)
    hazard = relevant & _meets(around, closing_mps, bars.margin_m, bars.window_s, bars.crossing_mps)
    needed_mps2 = closing_mps**2 / (2.0 * np.maximum(gap_m, _NONE))
    required = _meets(around, closing_mps, 0.0, 0.0, bars.crossing_mps)
    required &= (ttc_s <= bars.required_ttc_s) & (-own_accel < needed_mps2)
    return Hazards.of(others.step[hazard], ttc_s[hazard], required[hazard])


def evw(around: Surroundings) -> Hazards:
    """An emergency vehicle comes nearer, or is beside.

    One that is caught up with while it surely drives away by its own motion asks nothing of the subject; an alert is
    required of one that does not drive away at all.
    """
    bars, others = use_case("evw").oracle_settings(_Emergency), around.others
    patterns = around.run.plan.stations.obu.emergency_vehicles
    responding = [name for name in pd.unique(others.id) if any(fnmatch.fnmatch(name, p) for p in patterns)]
    away_m = np.maximum(np.hypot(others.ahead_m, others.right_m), _NONE)
    leaving_mps = (others.ahead_m * others.along_mps + others.right_m * others.across_mps) / away_m
    nearing_mps = around.speed_mps[others.step] * others.ahead_m / away_m - leaving_mps
    comes = (nearing_mps >= bars.approach_mps) & (leaving_mps < bars.required_mps)
    matters = comes | (away_m <= bars.near_m)
    hazard = pd.Series(others.id).isin(responding).to_numpy() & (away_m <= bars.range_m) & matters
    required = (away_m <= bars.required_m) & (nearing_mps >= bars.required_mps) & (leaving_mps <= 0.0)
    conflict_s = away_m / np.maximum(nearing_mps, _NONE)
    return Hazards.of(others.step[hazard], conflict_s[hazard], required[hazard])


def senders(run: Run) -> frozenset[str]:
    """Stations that sent a BSM in the run: of the others nobody can be told."""
    return frozenset(run.tx.loc[run.tx["type"] == "BSM", "station"].astype(str).unique())


def _speaks(around: Surroundings) -> NDArray[np.bool_]:
    return pd.Series(around.others.id).isin(around.run.derived(senders)).to_numpy()


def _gap_m(around: Surroundings) -> F64:
    """From the subject's front to the rear of each other, as if all drove the same way."""
    others = around.others
    return np.asarray(others.ahead_m - (others.length_m + around.length_m) / 2.0)


def _ahead(
    around: Surroundings, kinds: tuple[str, ...], margin_m: float
) -> tuple[F64, NDArray[np.bool_], NDArray[np.bool_]]:
    """Gap to each other, who may be ahead in the way, and who surely is: their outline overlaps the straight way."""
    others, shared = around.others, use_case("shared").values
    gap_m = _gap_m(around)
    ahead = (gap_m > 0.0) & np.isin(others.kind, kinds) & (np.abs(others.turn_deg) <= shared["same_way_deg"])
    half_m = (others.width_m + around.width_m) / 2.0
    beside_m = np.abs(others.right_m)
    return gap_m, ahead & (beside_m <= half_m + margin_m), ahead & (beside_m <= half_m)


def _meets(
    around: Surroundings, closing_mps: F64, margin_m: float, window_s: float, crossing_mps: float
) -> NDArray[np.bool_]:
    """Whether others stand in the subject's way, or are in it at the same time, give or take the window."""
    others: Others = around.others
    reach_m = (others.length_m + around.length_m) / 2.0
    half_m = (others.width_m + around.width_m) / 2.0 + margin_m
    arrives_s, passes_s = (others.ahead_m - reach_m) / closing_mps, (others.ahead_m + reach_m) / closing_mps
    crossing = np.abs(others.across_mps) >= crossing_mps
    across_mps = np.where(crossing, others.across_mps, 1.0)
    sides_s = np.stack([(-half_m - others.right_m) / across_mps, (half_m - others.right_m) / across_mps])
    enters_s, leaves_s = sides_s.min(axis=0) - window_s, sides_s.max(axis=0) + window_s
    meets = (enters_s <= passes_s) & (arrives_s <= leaves_s)
    return np.asarray(np.where(crossing, meets, np.abs(others.right_m) <= half_m))
