"""How near the vehicle came to the cones of a slalom.

Cones stand on the line that the slalom swings about (`v2x.remote.slalom`), that of the way through the field. Here they
are points; how thick they are is in the bound of a profile.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x_analysis.measurement import F64
from v2x_analysis.remote.driven import driven, planned
from v2x_analysis.remote.places import Places, shared
from v2x_analysis.remote.planned_way import planned_way
from v2x_analysis.remote.tracked import Observed, Tracked
from v2x_analysis.run import Run

#: The vehicle is looked at so often, s: at 30 km/h it moves by 8 cm in between.
_STEP_S = 0.01


def tracked(run: Run) -> dict[str, Tracked]:
    """``remote.cone_clearance_m``: the body's least distance from a cone; of each cone, when it was nearest."""
    if run.derived(driven) is None:
        return {}
    way = run.derived(planned_way)
    points = shapely.points(way.cones_m if way is not None else np.zeros((0, 2)))
    found = [_nearest(each.own.been, points) for each in run.derived(shared)]
    station = np.repeat(np.arange(len(found)), [len(t_s) for t_s, _ in found])
    t_s, away_m = (np.concatenate(column) for column in zip(*found, strict=True))
    observed = Observed(np.rint(t_s * NS_PER_S).astype(np.int64), away_m, station)
    happened = run.derived(planned).slalom is not None
    empty = "where it drove is not known" if happened else "no cones in this run"
    return {"remote.cone_clearance_m": Tracked(observed, "min", "m", empty=empty, happened=happened)}


def _nearest(own: Places, points: NDArray[np.object_]) -> tuple[F64, F64]:
    """When the vehicle was nearest to each point, s, and how near, m; nothing if it was nowhere."""
    if not len(own.t_s) or not len(points):
        return np.zeros(0), np.zeros(0)
    t_s = np.arange(own.t_s[0], own.t_s[-1], _STEP_S)
    tree = shapely.STRtree(own.at(t_s).rectangles())
    (_, row), away_m = tree.query_nearest(points, return_distance=True, all_matches=False)
    return t_s[row], away_m
