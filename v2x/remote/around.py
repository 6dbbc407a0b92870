"""Who and what is around a vehicle at a step of the traffic: what a camera shows of it, a rear sensor, and the record.

Whoever is in the vehicle's way, or is just going to be, is told by rectangles on the course, lanes or no lanes; who has
the right of way in a junction, and stop lines, by the traffic.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf, pi

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.control.radar import NOBODY
from v2x.remote.boxes import Boxes, Contact, Contacts, time_to_collision_s
from v2x.remote.course import Course
from v2x.traffic.base import Snapshot
from v2x.traffic.steered import Sights

F64 = NDArray[np.float64]

#: How far cameras and sensors look, m (assumed), and how far the traffic is asked to look.
REACH_M = 150.0
#: Who drives across by more than this does not lead or follow, rad; who is this far aside does not either, m. Assumed.
_ACROSS_RAD, _ASIDE_M = pi / 3.0, 0.2
#: Whoever is this near, m, and is going to be in the way within these times, s, at his speed and heading now, counts
#: as being ahead there, if the vehicle would be there less than so long before or after him, s: a rider beside a car
#: that turns, somebody who crosses. From farther off nobody can tell whether he is going to stop. Assumed.
_NEAR_M, _SOON_S, _TOGETHER_S = 15.0, np.arange(0.5, 4.1, 0.5), 2.0
#: The vehicle's own speed is taken to be this at least for that, m/s. Assumed.
_CREEPS_MPS = 1.0
#: Views that are remembered.
_KEPT = 256

Rows = NDArray[np.intp]
#: Gap, speed along the way, and row of somebody.
Other = tuple[float, float, int]
_NO_ONE: Other = (inf, 0.0, -1)


@dataclass(frozen=True)
class View:
    """What there is along the way at an instant.

    Attributes
    ----------
    t_ns, station_m
        When, and where the vehicle's rear axle was.
    gap_m, ahead_mps
        From bumper to bumper to whoever is ahead, and how fast that goes along; inf and 0 if there is nobody.
    ahead
        Who that is: his station key; `NOBODY` for nobody.
    stop_m
        From the front bumper to the next line that is closed, inf without one.
    follower_gap_m, follower_mps, follower
        The same behind.
    ttc_s, follower_ttc_s
        Least time to collision with anybody, and with the follower; inf if there is none.
    """

    t_ns: int
    station_m: float
    gap_m: float = inf
    ahead_mps: float = 0.0
    ahead: int = NOBODY
    stop_m: float = inf
    follower_gap_m: float = inf
    follower_mps: float = 0.0
    follower: int = NOBODY
    ttc_s: float = inf
    follower_ttc_s: float = inf

    def later(self, t_ns: int, station_m: float) -> View:
        """The same a moment later, from where the vehicle then is: others have kept their speeds."""
        passed_s, way_m = (t_ns - self.t_ns) / NS_PER_S, station_m - self.station_m
        return View(
            t_ns,
            station_m,
            self.gap_m + passed_s * self.ahead_mps - way_m,
            self.ahead_mps,
            self.ahead,
            self.stop_m - way_m,
            self.follower_gap_m - passed_s * self.follower_mps + way_m,
            self.follower_mps,
            self.follower,
            self.ttc_s,
            self.follower_ttc_s,
        )


class Around:
    """Looks around one vehicle.

    Parameters
    ----------
    name
        The vehicle's.
    course
        Its course.
    rear_m, front_m
        From its rear axle to its bumpers.
    convergence_deg
        True heading less that on the run's plane.
    """

    def __init__(self, name: str, course: Course, rear_m: float, front_m: float, convergence_deg: float) -> None:
        self._name, self._course, self._convergence_deg = name, course, convergence_deg
        self._rear_m, self._front_m = rear_m, front_m
        self._views: deque[View] = deque([View(0, 0.0)], maxlen=_KEPT)
        self._contacts = Contacts()

    def see(self, snapshot: Snapshot, sights: Sights, station_m: float) -> tuple[View, list[Contact]]:
        """A step of the traffic: the view, and collisions that have begun; ``sights`` has one row, the vehicle's."""
        row = snapshot.index_of(self._name)
        if row is None:
            return self._views[-1], []
        boxes, speed = Boxes.of(snapshot, self._convergence_deg), snapshot.speed_mps
        near = np.flatnonzero(
            (np.abs(boxes.x_m - boxes.x_m[row]) < REACH_M) & (np.abs(boxes.y_m - boxes.y_m[row]) < REACH_M)
        )
        near = near[near != row]
        ttc_s = time_to_collision_s(boxes.rows(np.array([row])), speed[row], boxes.rows(near), speed[near])
        width_m = float(boxes.width_m[row])
        front, back = self._along(boxes.rows(near), width_m, station_m)
        ahead = min(_nearest(front, speed, near), self._cuts_in(boxes, speed, near, station_m, row))
        behind = _nearest(back, speed, near)
        stop_m = inf
        if sights.present[0]:  # somebody who crosses or joins the way, and lines
            joins = snapshot.index_of(sights.ahead[0])
            if joins is not None:
                ahead = min(ahead, (float(sights.gap_m[0]), float(sights.ahead_speed_mps[0]), joins))
            stop_m = float(sights.stop_m[0]) if sights.stop[0] else inf
        keys = snapshot.key.astype(np.int64)
        view = View(
            snapshot.t_ns, station_m, ahead[0], ahead[1], _who(keys, ahead), stop_m,
            behind[0], behind[1], _who(keys, behind),
            float(ttc_s.min(initial=inf)), float(ttc_s[near == behind[2]].min(initial=inf)),
        )  # fmt: skip
        self._views.append(view)
        return view, self._contacts.look(snapshot.t_ns, snapshot.id.tolist(), boxes, speed, [row])

    def at(self, t_ns: int) -> View:
        """The last view before a time, or at it."""
        for view in reversed(self._views):
            if view.t_ns <= t_ns:
                return view
        return self._views[0]

    def _along(self, others: Boxes, width_m: float, station_m: float) -> tuple[F64, F64]:
        """Gaps to those ahead and to those behind, (n,) each; inf for whoever is neither."""
        start = np.repeat(self._course.segment_at(np.array([station_m])), len(others.x_m))
        on = self._course.project(others.x_m, others.y_m, start)
        across = np.remainder(others.heading_rad - self._course.heading_rad(on.station_m) + pi, 2.0 * pi) - pi
        aside = np.abs(on.offset_m) > (others.width_m + width_m) / 2.0 + _ASIDE_M
        out = aside | (np.abs(across) > _ACROSS_RAD)
        ahead = on.station_m - station_m
        half = others.length_m / 2.0
        front = np.where(out | (ahead < 0.0), inf, ahead - half - self._front_m)
        back = np.where(out | (ahead >= 0.0), inf, -ahead - half - self._rear_m)
        return front, back

    def _cuts_in(self, boxes: Boxes, speed_mps: F64, near: Rows, station_m: float, own: int) -> Other:
        """The first who is going to be in the way, with his speed along it."""
        x_m, y_m = self._course.point_m(np.array([station_m]))
        rows = near[np.hypot(boxes.x_m[near] - x_m, boxes.y_m[near] - y_m) < _NEAR_M]
        if not len(rows):
            return _NO_ONE
        others, mps = boxes.rows(rows), speed_mps[rows]
        then_x = others.x_m + np.multiply.outer(_SOON_S, mps * np.cos(others.heading_rad))  # (times, others)
        then_y = others.y_m + np.multiply.outer(_SOON_S, mps * np.sin(others.heading_rad))
        start = np.broadcast_to(self._course.segment_at(np.array([station_m])), then_x.shape).copy()
        on = self._course.project(then_x, then_y, start)
        across = others.heading_rad - self._course.heading_rad(on.station_m)
        half_m = 0.5 * (others.length_m * np.abs(np.sin(across)) + others.width_m * np.abs(np.cos(across)))
        gap_m = on.station_m - station_m - self._front_m - 0.5 * others.length_m
        arrives_s = np.maximum(gap_m, 0.0) / max(float(speed_mps[own]), _CREEPS_MPS)
        inside = (np.abs(on.offset_m) <= half_m + float(boxes.width_m[own]) / 2.0) & (gap_m > 0.0)
        meets = inside & (np.abs(arrives_s - _SOON_S[:, None]) < _TOGETHER_S)
        if not meets.any():
            return _NO_ONE
        gap_m = np.where(meets, gap_m, inf)
        time, other = np.unravel_index(int(np.argmin(gap_m)), gap_m.shape)
        along_mps = max(0.0, float(mps[other] * np.cos(across[time, other])))
        return float(gap_m[time, other]), along_mps, int(rows[other])


def _nearest(gap_m: F64, speed_mps: F64, rows: Rows) -> Other:
    """The one with the smallest gap, given those of some rows."""
    if not len(gap_m) or np.isinf(gap_m.min()):
        return _NO_ONE
    place = int(np.argmin(gap_m))
    return float(gap_m[place]), float(speed_mps[rows[place]]), int(rows[place])


def _who(keys: NDArray[np.int64], other: Other) -> int:
    return int(keys[other[2]]) if other[2] >= 0 else NOBODY
