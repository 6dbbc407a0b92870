"""Deceleration rate to avoid a crash (DRAC): how hard the vehicle had to brake so as not to touch who was ahead.

Closing speed²/(2 gap), at each record: Almqvist, Hydén and Risser (1991) and Archer (2005), from memory; as the
documentation of SUMO's SSM device has it for one behind the other. Ahead is whoever's rectangle, where it is now, the
vehicle's own rectangle is going to touch first on the way that it went on to drive; the gap is the way until then, and
the other's speed that along it. Beyond its last place the way is drawn out straight on for 50 m (assumed). So bends and
lane changes need no lanes, and who drives off in time is no less ahead. Who drives across does not keep ahead: for
those there are times to collision and `v2x_analysis.remote.encroachment`.
"""

from __future__ import annotations

import numpy as np
import shapely

from v2x.clock import NS_PER_S
from v2x_analysis.measurement import F64
from v2x_analysis.remote.conduct import STOPPED_MPS
from v2x_analysis.remote.driven import driven
from v2x_analysis.remote.places import Rows, Shared, shared
from v2x_analysis.remote.tracked import Observed, Tracked
from v2x_analysis.run import Run

#: Who drives across by more than this is not ahead, rad. Assumed, as of the operator's view (`v2x.remote.around`).
_ACROSS_RAD = np.pi / 3.0


def tracked(run: Run) -> dict[str, Tracked]:
    """``remote.drac_max_mps2``."""
    if run.derived(driven) is None:
        return {}
    found = [needed(each) for each in run.derived(shared)]
    station = np.repeat(np.arange(len(found)), [len(t_s) for t_s, _ in found])
    t_s, mps2 = (np.concatenate(column) for column in zip(*found, strict=True))
    observed = Observed(np.rint(t_s * NS_PER_S).astype(np.int64), mps2, station)
    return {"remote.drac_max_mps2": Tracked(observed, "max", "m/s^2", bound=0.0)}


def needed(places: Shared) -> tuple[F64, F64]:
    """When the vehicle came nearer to somebody ahead, s, and the deceleration it took, m/s², (n,) each."""
    own, others = places.own, places.others
    now = np.searchsorted(own.t_s, others.t_s[places.other_row])
    later = np.flatnonzero(places.own_row >= now)
    later = later[np.lexsort((places.own_row[later], places.other_row[later]))]
    first = later[np.unique(places.other_row[later], return_index=True)[1]]
    turn_rad, standing = places.turn_rad[first], others.speed_mps[places.other_row[first]] < STOPPED_MPS
    ahead = (places.own_row[first] > now[first]) & ((turn_rad <= _ACROSS_RAD) | standing)
    first, turn_rad = first[ahead], turn_rad[ahead]
    now, touch, other = now[first], places.own_row[first], places.other_row[first]
    gap_m = _gap_m(places, now, touch, other)
    closing_mps = own.speed_mps[now] - others.speed_mps[other] * np.cos(turn_rad)
    nearest = np.lexsort((gap_m, now))
    nearest = nearest[np.unique(now[nearest], return_index=True)[1]]
    nearest = nearest[(closing_mps[nearest] > 0.0) & (own.speed_mps[now[nearest]] > STOPPED_MPS)]
    return own.t_s[now[nearest]], closing_mps[nearest] ** 2 / (2.0 * gap_m[nearest])


def _gap_m(places: Shared, now: Rows, touch: Rows, other: Rows) -> F64:
    """Way from one row to where the vehicle touches others: to the row before that, and what is left of it then."""
    own, before = places.own, touch - 1
    way_m = np.append(0.0, np.cumsum(np.hypot(np.diff(own.x_m), np.diff(own.y_m))))
    left_m = shapely.distance(own.rows(before).rectangles(), places.others.rows(other).rectangles())
    gap_m: F64 = way_m[before] - way_m[now] + np.minimum(left_m, way_m[touch] - way_m[before])
    return gap_m
