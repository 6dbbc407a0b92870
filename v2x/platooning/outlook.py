"""What is ahead of the vehicles of platoons, from one scene of the traffic to the next. Truth, for sensor models."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from v2x.control.guard import MARGIN_M, radar_limit_mps2
from v2x.control.plant import Plant
from v2x.control.radar import NOBODY, Road
from v2x.jit import compiled
from v2x.scenario.model_platoon import CONTROL_STEP_NS
from v2x.traffic.base import F64, KINDS, Snapshot
from v2x.traffic.steered import Moved, Sights, Steered

I64 = NDArray[np.int64]

#: How far ahead the traffic is asked to look, metres: past the reach of the radars.
SIGHT_M = 250.0
#: A yellow light is passed if stopping took more than this, m/s^2 (assumed).
YELLOW_MPS2 = 4.0
#: Strangers are numbered from here on, members by their place in the arrays.
_STRANGERS = 1 << 20
_STEP_S = CONTROL_STEP_NS / 1e9
_HEAVY = np.array([kind in ("bus", "truck") for kind in KINDS], np.int8)


@compiled
def _advance(gap: F64, speed: F64, by_member: I64, theirs: F64, their_accel: F64, step_s: float, out: F64) -> None:
    """Gaps and how fast they grow, (2, platoon, vehicle), so much later: whoever is ahead, a member or a stranger."""
    for r in range(gap.shape[0]):
        for i in range(gap.shape[1]):
            other = by_member[r, i]
            theirs[r, i] = max(theirs[r, i] + their_accel[r, i] * step_s, 0.0)
            rate = (theirs[r, i] if other < 0 else speed.flat[other]) - speed[r, i]
            out[0, r, i], out[1, r, i] = gap[r, i] + rate * step_s, rate


class Outlook:
    """Positions at the last scene, and the road ahead now; arrays of shape (platoon, vehicle).

    A gap changes with the motion of both vehicles: a member's is its plant's, a stranger keeps the acceleration of the
    scene's beginning.

    Parameters
    ----------
    station
        Names.
    plant
        Their motion.

    Attributes
    ----------
    present
        Whether a vehicle is in the field.
    x_m, y_m, lon_deg, lat_deg, heading_deg
        Centre and course when the scene began.
    length_m, heavy
        What it is.
    allowed_mps
        Speed limit where it is.
    lane_left_m, lane_changes
        As in `v2x.traffic.steered.Sights`.
    gap_m
        To whoever is ahead, inf if nobody is.
    target
        Who that is, as in `v2x.control.radar.Road`.
    """

    def __init__(self, station: NDArray[np.object_], plant: Plant) -> None:
        self._station, self._plant = station, plant
        shape = station.shape
        flat: F64 = np.zeros(shape, np.float64)
        self._member = {name: row for row, name in enumerate(station.ravel().tolist())}
        self._stranger: dict[str, int] = {}
        self.present = np.zeros(shape, np.bool_)
        self.x_m, self.y_m, self.lon_deg, self.lat_deg = flat.copy(), flat.copy(), flat.copy(), flat.copy()
        self.heading_deg, self.length_m, self.heavy = flat.copy(), flat.copy(), np.zeros(shape, np.int8)
        self.allowed_mps, self.gap_m, self._stop_m = flat + np.inf, flat + np.inf, flat + np.inf
        self._rate_mps, self._lines = flat.copy(), False
        self.lane_changes = np.zeros(shape, np.int64)
        self.lane_left_m = flat + np.inf
        self.target = np.full(shape, NOBODY, np.int64)
        self.ahead = np.full(shape, "", object)
        self._way_m, self._theirs_mps, self._their_accel_mps2 = flat.copy(), flat.copy(), flat.copy()
        self._by_member = np.full(shape, -1, np.int64)

    def see(self, snapshot: Snapshot, traffic: Steered) -> None:
        """A new scene."""
        names = self._station.ravel().tolist()
        shape, sights = self._station.shape, traffic.sights(snapshot, names, SIGHT_M)
        self.present = sights.present.reshape(shape)
        rows = [snapshot.index_of(name) for name in names]
        here = np.flatnonzero(sights.present)
        at = np.array([rows[row] for row in here.tolist()], np.intp)
        for name in ("x_m", "y_m", "lon_deg", "lat_deg", "heading_deg", "length_m"):
            getattr(self, name).ravel()[here] = getattr(snapshot, name)[at]
        self.heavy.ravel()[here] = _HEAVY[snapshot.type[at]]
        self.gap_m, self.ahead = sights.gap_m.reshape(shape).copy(), sights.ahead.reshape(shape)
        self.lane_left_m, self.lane_changes = sights.lane_left_m.reshape(shape), sights.lane_changes.reshape(shape)
        self._stop_m = np.minimum(self._line_m(sights), self.lane_left_m)
        self._lines = bool(np.isfinite(self._stop_m).any())
        self.allowed_mps = sights.allowed_mps.reshape(shape)
        target = [self._number(name) for name in sights.ahead.tolist()]
        self.target = np.array(target, np.int64).reshape(shape)
        self._by_member = np.where((self.target >= 0) & (self.target < _STRANGERS), self.target, -1)
        nobody = self.target == NOBODY
        self._theirs_mps = np.where(nobody, 0.0, sights.ahead_speed_mps.reshape(shape))
        self._their_accel_mps2 = np.where(nobody, 0.0, sights.ahead_accel_mps2.reshape(shape))
        self._way_m = self._plant.way_m.copy()
        self._move_on(0.0)

    def _line_m(self, sights: Sights) -> F64:
        """Way to the closed line that each minds: a yellow light is passed where one would have to brake too hard."""
        stop_m, speed = sights.stop_m.reshape(self._station.shape), self._plant.speed_mps
        passes = (sights.stop == "yellow").reshape(stop_m.shape) & (
            speed**2 > 2.0 * YELLOW_MPS2 * np.maximum(stop_m, 0.0)
        )
        return np.where(passes | (sights.stop == "").reshape(stop_m.shape), np.inf, stop_m)

    def _number(self, name: str) -> int:
        if not name:
            return NOBODY
        if name in self._member:
            return self._member[name]
        return self._stranger.setdefault(name, _STRANGERS + len(self._stranger))

    def road(self) -> Road:
        """The road ahead now, for radars."""
        return Road(self.gap_m, self._rate_mps, self.target)

    def ceiling_mps2(self) -> F64 | None:
        """Greatest acceleration with which they still stop at closed lines; None where no line is closed."""
        if not self._lines:
            return None
        plant = self._plant
        far_m = np.minimum(self._stop_m, SIGHT_M)  # what is no line is a line that asks for nothing yet
        left_m = far_m - self.way_m() + MARGIN_M  # up to the line itself
        still = np.zeros_like(left_m)
        return radar_limit_mps2(
            left_m, -plant.speed_mps, still, plant.speed_mps, plant.accel_mps2, plant.lag_s, plant.dead_s
        )

    def advance(self) -> None:
        """A control step later: the plant has moved."""
        self._move_on(_STEP_S)

    def _move_on(self, step_s: float) -> None:
        road = np.empty((2, *self.gap_m.shape))
        theirs = self._by_member, self._theirs_mps, self._their_accel_mps2
        _advance(self.gap_m, self._plant.speed_mps, *theirs, step_s, road)
        self.gap_m, self._rate_mps = road

    def way_m(self) -> F64:
        """How far they have come since the scene began."""
        way_m: F64 = self._plant.way_m - self._way_m
        return way_m

    def moves(self, lane_change: NDArray[np.int64]) -> list[Moved]:
        """How they have moved since the scene began; ``lane_change``: as in `Moved`, in the shape of all else."""
        columns = (self._station, self.way_m(), self._plant.speed_mps, self._plant.accel_mps2, lane_change)
        return [Moved(*row) for row in zip(*(column[self.present].tolist() for column in columns), strict=True)]
