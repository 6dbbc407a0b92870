"""Post-encroachment time (PET): how soon after one road user had left a place the other came to it, on crossing ways.

After Allen, Shin and Cooper, *Analysis of traffic conflicts and collisions*, Transportation Research Record 667 (1978),
from memory; the documentation of SUMO's SSM device has the same: the second's entry into the area of conflict less the
first's exit. The area is all that both sweep with their rectangles, and the time is the least over its points. So it is
the least time by which the tracks would have to be shifted for the two to touch: 0 for a collision, the same whoever of
the two is asked, and with no line that somebody would have to draw.

Ways cross where headings differ by more than 30 degrees at the two places that come nearest: below that FHWA's SSAM
speaks of rear ends (second hand). Who follows, or merges into the same lane, has a time gap and no PET.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from v2x.clock import NS_PER_S
from v2x_analysis.remote.driven import driven
from v2x_analysis.remote.places import Rows, Shared, shared
from v2x_analysis.remote.tracked import Observed, Tracked
from v2x_analysis.run import Run

#: Whoever comes to a place later than that after the other is no conflict, s. Assumed.
WITHIN_S = 10.0

#: Ways with headings that differ by less do not cross, rad.
_ALONG_RAD = np.radians(30.0)

#: Between records, time is told in steps of this, s: a PET is up to two of them too long.
_STEP_S = 0.01

#: Records are this far apart at most, s: the steps of the traffic.
_RECORD_S = 0.1


@dataclass(frozen=True)
class Crossing:
    """Somebody's way and the vehicle's: code of who it was, when the second of the two came, and how long after."""

    who: int
    t_s: float
    pet_s: float


def tracked(run: Run) -> dict[str, Tracked]:
    """``remote.pet_min_s``."""
    if run.derived(driven) is None:
        return {}
    found = [(station, each) for station, one in enumerate(run.derived(shared)) for each in crossings(one)]
    t_ns = np.array([round(each.t_s * NS_PER_S) for _, each in found], np.int64)
    pet_s = np.array([each.pet_s for _, each in found], np.float64)
    observed = Observed(t_ns, pet_s, np.array([station for station, _ in found], np.int64))
    least = min((each for _, each in found), key=lambda each: each.pet_s, default=None)
    who = "" if least is None else f"with {run.states['id'].cat.categories[least.who]} at {least.t_s:.2f} s"
    return {"remote.pet_min_s": Tracked(observed, "min", "s", bound=WITHIN_S, remark=who)}


def crossings(places: Shared) -> Iterator[Crossing]:
    """Everybody whose way crossed the vehicle's within `WITHIN_S`."""
    after_s = places.own.t_s[places.own_row] - places.others.t_s[places.other_row]
    turn_rad, who = places.turn_rad, places.who[places.other_row]
    apart_m = np.hypot(
        places.own.x_m[places.own_row] - places.others.x_m[places.other_row],
        places.own.y_m[places.own_row] - places.others.y_m[places.other_row],
    )
    rows = np.flatnonzero(np.abs(after_s) <= WITHIN_S)
    rows = rows[np.argsort(who[rows], kind="stable")]
    for pairs in np.split(rows, np.flatnonzero(np.diff(who[rows])) + 1) if len(rows) else ():
        if turn_rad[pairs[np.argmin(apart_m[pairs])]] > _ALONG_RAD:
            least_s = np.abs(after_s[pairs]).min()
            yield _refined(places, pairs[np.abs(after_s[pairs]) < least_s + 2.0 * _RECORD_S])


def _refined(places: Shared, pairs: Rows) -> Crossing:
    """The least time between two who touch, at times up to a record before and after those of the pairs."""
    who = int(places.who[places.other_row[pairs[0]]])
    other = places.others.rows(places.who == who)
    own_s, other_s = places.own.t_s[places.own_row[pairs]], places.others.t_s[places.other_row[pairs]]
    sooner = np.arange(round(_RECORD_S / _STEP_S) + 1) * _STEP_S
    sign = np.sign(own_s - other_s)[:, None, None]  # the second comes sooner, the first leaves later
    own_s = own_s[:, None, None] - sign * sooner[:, None]
    other_s = other_s[:, None, None] + sign * sooner
    own_s, other_s = (each.ravel() for each in np.broadcast_arrays(own_s, other_s))
    mine, others = places.own.at(own_s).rectangles(), other.at(other_s).rectangles()
    touching = np.flatnonzero(shapely.intersects(mine, others))
    pet_s = np.abs(own_s - other_s)[touching]
    least = int(np.argmin(pet_s))
    return Crossing(who, float(np.maximum(own_s, other_s)[touching[least]]), float(pet_s[least]))
