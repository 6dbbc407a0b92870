"""Lane changes of steered vehicles: wished by the protocol, a way that leads elsewhere, or a cut-in; allowed by a look.

The look is the truth of the traffic, as a sensor around the vehicle would have it within some ten metres.
"""

from __future__ import annotations

import numpy as np

from v2x.clock import to_ns
from v2x.platooning.neighbours import LANE_M, Lanes
from v2x.platooning.outlook import Outlook
from v2x.traffic.base import Snapshot
from v2x.traffic.steered import Side, Steered

#: Left and right, in the order of `v2x.traffic.steered.Steered.sides`.
LEFT, RIGHT = +1, -1
#: Room that is left at either end of one who is let in, or forces its way, m; and of others besides, s. Assumed.
ROOM_M, ROOM_S = 3.0, 0.5
#: Room for the approach of the two ends, s. Assumed.
CLOSING_S = 2.0
#: Between two lane changes of a vehicle, s. Assumed.
AGAIN_S = 4.0
#: So close to the end of a lane, anybody takes the room that there is, m. Assumed.
LAST_M = 80.0


class Look:
    """The lanes beside vehicles in one scene."""

    def __init__(self, snapshot: Snapshot, traffic: Steered) -> None:
        self.t_ns, self._snapshot, self._traffic = snapshot.t_ns, snapshot, traffic
        self._sides: dict[str, tuple[Side, Side]] = {}

    def side(self, name: str, direction: int) -> Side:
        """The lane to the left or right of a vehicle."""
        if name not in self._sides:
            self._sides[name] = self._traffic.sides(self._snapshot, name)
        return self._sides[name][direction == RIGHT]


class LaneChanging:
    """Carries wishes out, one change at a time and vehicle.

    Attributes
    ----------
    ordered
        Direction that each is to take in the coming step, 0 for none, (n,).
    """

    def __init__(self, names: tuple[str, ...], lanes: Lanes) -> None:
        self._names, self._lanes = names, lanes
        self.ordered = np.zeros(len(names), np.int64)
        self._inside: dict[int, bool | None] = {}
        self._course = np.full((3, len(names)), np.nan)
        self._since_ns = np.full(len(names), -to_ns(AGAIN_S))

    def settle(self, t_ns: int, outlook: Outlook) -> dict[int, int]:
        """What has come of the last orders: rows of those who have changed lanes, and where to.

        Who has changed is where its old lane did not lead: lanes are numbered anew on every edge.
        """
        x_m, y_m, heading_rad = self._course
        self._course = np.stack([outlook.x_m[0], outlook.y_m[0], np.radians(outlook.heading_deg[0])])
        left_m = (self._course[1] - y_m) * np.sin(heading_rad) - (self._course[0] - x_m) * np.cos(heading_rad)
        done = self.ordered * left_m > LANE_M / 2.0
        changed = {int(row): int(self.ordered[row]) for row in np.flatnonzero(done)}
        for row, direction in changed.items():
            self._lanes.changed(row, direction, self._inside.get(row))
        self._since_ns[done] = t_ns
        self.ordered[:] = 0
        return changed

    def towards(self, row: int) -> int:
        """Direction of the lane of those that a vehicle wants to be with."""
        return RIGHT if self._lanes.right_m[row] > 0.0 else LEFT

    def order(
        self,
        row: int,
        directions: tuple[int, ...],
        speed_mps: float,
        look: Look,
        *,
        squeeze: bool,
        inside: bool | None = None,
    ) -> bool:
        """Change to the first of these lanes that has room; whether it will.

        ``squeeze``: to take what there is. ``inside``: whether that is the lane of those that it is with, if known.
        """
        if look.t_ns - self._since_ns[row] < to_ns(AGAIN_S):
            return False
        for direction in directions:
            side = look.side(self._names[row], direction)
            if has_room(side, speed_mps, ROOM_M if squeeze else ROOM_M + ROOM_S * speed_mps):
                self.ordered[row], self._inside[row] = direction, inside
                return True
        return False


def has_room(side: Side, speed_mps: float, room_m: float) -> bool:
    """Whether a vehicle fits between the two in the next lane."""
    if not side.has_lane:
        return False
    ahead, behind = side.leader, side.follower
    if ahead is not None and ahead.gap_m < room_m + CLOSING_S * max(speed_mps - ahead.speed_mps, 0.0):
        return False
    return behind is None or behind.gap_m >= room_m + CLOSING_S * max(behind.speed_mps - speed_mps, 0.0)
