"""The vehicle's own sensors along its way: a radar in front and one behind, with the errors of those of platoons.

They are what is on board when nobody drives it any more; where it is on its course the vehicle knows exactly (assumed:
for the seconds of a manoeuvre odometry is good enough).
"""

from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_S
from v2x.control.radar import Road, build_radar
from v2x.control.singer import Singer
from v2x.remote.around import View
from v2x.remote.sensed import Sensed
from v2x.remote.vehicle.bicycle import STEP_NS
from v2x.rng import key_of
from v2x.scenario.model_radar import Radar as Config

_REAR = key_of("rear")


class Sensors:
    """Both radars of one vehicle.

    Parameters
    ----------
    config
        Their figures.
    key
        Station key of the vehicle.
    seed
        Seed of the run.
    """

    def __init__(self, config: Config, key: int, seed: int) -> None:
        shape = (1, 2)  # one vehicle: in front, behind
        self._radar = build_radar(config, np.array([[key, key ^ _REAR]], np.uint64), seed, STEP_NS)
        self._singer = Singer(shape, STEP_NS / NS_PER_S, self._radar.cycle_s, self._radar.rate_sigma_mps)
        self._road = Road(np.zeros(shape), np.zeros(shape), np.zeros(shape, np.int64))
        self._speed_mps = np.zeros(shape)

    def look(self, t_ns: int, view: View, speed_mps: float) -> Sensed:
        """What they tell at a control step, to be asked at each, in order; the view is the truth."""
        road = self._road
        road.gap_m[0] = view.gap_m, view.follower_gap_m
        road.rate_mps[0] = view.ahead_mps - speed_mps, speed_mps - view.follower_mps
        road.target[0] = view.ahead, view.follower
        self._speed_mps[:] = speed_mps
        seen = self._radar.look(t_ns, road, self._speed_mps)
        accel_mps2 = self._singer.follow(seen)
        (ahead_m, behind_m), (ahead_mps, behind_mps) = seen.gap_m[0].tolist(), seen.rate_mps[0].tolist()
        return Sensed(ahead_m, ahead_mps, float(accel_mps2[0, 0]), behind_m, behind_mps, self._radar.late_s)
