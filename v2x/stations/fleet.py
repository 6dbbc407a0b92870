"""The on-board units of all equipped vehicles, as columns: sense, fill in the BSM, encode. No state from step to step.

Phase, equipment, temporary identity and message count are pure functions of the vehicle and the time, so a vehicle that
enters or leaves changes nobody else's messages (but for their times, under congestion control: `v2x.stations.pace`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS, SimClock
from v2x.geo import displace, wrap_deg
from v2x.messages.frame import Frames
from v2x.messages.model import VehicleEvent, VehicleStates
from v2x.messages.profile import Profile
from v2x.messages.scales import GRAVITY_MPS2
from v2x.rng import OnceAStation, Stream
from v2x.scenario.model import Obu
from v2x.stations.kinematics import extrapolate
from v2x.stations.pace import Pace
from v2x.stations.sensors import Sensors
from v2x.stations.temporary_ids import TemporaryIds
from v2x.traffic.base import KINDS, Snapshot

#: Kind of road user -> BasicVehicleClass (SAE J2735 / T/CSAE 53; otherTraveler-Bicycle 85, -Pedestrian 82).
_VEHICLE_CLASS = {"car": 10, "bus": 50, "truck": 25, "ebike": 40, "bicycle": 85, "pedestrian": 82}
_CLASS_OF_KIND = np.array([_VEHICLE_CLASS[kind] for kind in KINDS], np.int64)
#: BasicVehicleClass emergency-TypeUnknown: which service it is, fire, police or ambulance, is not said.
_EMERGENCY_CLASS = 60

#: What a vehicle's sensors can measure: they saturate where the BSM of both families ends (SAE J2735 YawRate, Speed).
YAW_RANGE_DPS, SPEED_RANGE_MPS = 327.67, 163.8
#: Stronger decelerations than this come from the brake pedal, not from coasting, m/s^2 (project choice).
_BRAKING_MPS2 = -0.5
#: SAE J2735 DE_VehicleEventFlags, eventHardBraking: the vehicle has decelerated or is decelerating at more than 0.4 g.
_HARD_BRAKING_MPS2 = -0.4 * GRAVITY_MPS2


@dataclass(frozen=True)
class Emission:
    """What the fleet said in one step: the frames, the sensed states in them, and the senders' rows."""

    frames: Frames
    states: VehicleStates
    rows: NDArray[np.intp]


class Fleet:
    """Equipped vehicles and their basic safety messages.

    Parameters
    ----------
    config
        Who is equipped.
    pace
        When they speak.
    sensors
        What stands between them and the truth.
    profile
        Message family.
    clock
        The run's time grid.
    identities
        What they call themselves.
    seed
        Seed of the run.
    subjects
        Names that are equipped whatever the penetration.
    """

    def __init__(
        self,
        config: Obu,
        pace: Pace,
        sensors: Sensors,
        profile: Profile,
        clock: SimClock,
        identities: TemporaryIds,
        seed: int,
        subjects: Collection[str],
    ) -> None:
        self._pace, self._sensors, self._profile, self._clock = pace, sensors, profile, clock
        shares = {str(kind): share for kind, share in config.penetration.items()}
        self._share = np.array([shares.get(kind, 0.0) for kind in KINDS])
        self._subjects = subjects
        self._responds = cache(lambda name: any(fnmatchcase(name, wanted) for wanted in config.emergency_vehicles))
        self._equipment = OnceAStation(Stream(seed, "obu.equipment").uniform)
        self._identities, self._transmit_ns = identities, sensors.transmit_ns

    def equipped(self, snapshot: Snapshot) -> NDArray[np.bool_]:
        """Which road users have an on-board unit, (n,)."""
        mask = self._equipment.of(snapshot.key) < self._share[snapshot.type]
        for name in self._subjects:
            row = snapshot.index_of(name)
            if row is not None:
                mask[row] = True
        return mask

    def emit(self, snapshot: Snapshot, equipped: NDArray[np.bool_]) -> Emission:
        """The messages generated between this snapshot and the next."""
        candidates = np.flatnonzero(equipped)
        which, t_ns, count = self._pace.due(snapshot, candidates, snapshot.t_ns + self._clock.step_ns)
        rows = candidates[which]
        states = self._sense(snapshot, rows, t_ns, count)
        frames = Frames(
            t_ns=t_ns + self._transmit_ns,
            station=snapshot.id[rows],
            key=snapshot.key[rows],
            type=np.full(len(rows), "BSM", object),
            data=self._profile.encode_vehicle_states(states),
            x_m=snapshot.x_m[rows],
            y_m=snapshot.y_m[rows],
        )
        return Emission(frames, states, rows)

    def _sense(
        self, snapshot: Snapshot, rows: NDArray[np.intp], t_ns: NDArray[np.int64], count: NDArray[np.int64]
    ) -> VehicleStates:
        """What the vehicles believe of themselves at the instant that their message names.

        secMark counts whole milliseconds of the sender's own clock: the state is taken at the last such tick.
        """
        keys = snapshot.key[rows]
        clock_ns = self._clock.start_utc_ns + self._sensors.clocks.read_ns(keys, t_ns)
        since_tick_ns = clock_ns % NS_PER_MS
        t_state_ns = t_ns - since_tick_ns
        motion = extrapolate(snapshot, rows, t_state_ns)
        fix = self._sensors.gnss.measure(keys, t_state_ns)
        error = self._sensors.motion.measure(keys, t_state_ns, motion.speed_mps)
        lon, lat = displace(
            snapshot.lon_deg[rows], snapshot.lat_deg[rows], motion.east_m + fix.east_m, motion.north_m + fix.north_m
        )
        accel = snapshot.accel_mps2[rows] + error.accel_mps2
        yaw = np.clip(snapshot.yaw_rate_dps[rows] + error.yaw_rate_dps, -YAW_RANGE_DPS, YAW_RANGE_DPS)
        identity, first = self._identities.of(keys, t_ns)
        unavailable = np.full(len(rows), np.nan)
        responds = np.fromiter(map(self._responds, snapshot.id[rows]), bool, len(rows))
        return VehicleStates(
            msg_count=(count + first) % 128,
            temporary_id=identity,
            utc_ns=clock_ns - since_tick_ns,
            lat_deg=lat,
            lon_deg=lon,
            elevation_m=unavailable,
            semi_major_m=fix.semi_major_m,
            semi_minor_m=fix.semi_minor_m,
            orientation_deg=fix.orientation_deg,
            speed_mps=np.clip(motion.speed_mps + error.speed_mps, 0.0, SPEED_RANGE_MPS),
            heading_deg=wrap_deg(motion.heading_deg + error.heading_deg),
            accel_long_mps2=accel,
            accel_lat_mps2=motion.speed_mps * np.radians(yaw),
            accel_vert_mps2=unavailable,
            yaw_rate_dps=yaw,
            brake_applied=(accel < _BRAKING_MPS2).astype(np.int8),
            width_m=snapshot.width_m[rows],
            length_m=snapshot.length_m[rows],
            vehicle_class=np.where(responds, _EMERGENCY_CLASS, _CLASS_OF_KIND[snapshot.type[rows]]),
            events=np.where(accel < _HARD_BRAKING_MPS2, int(VehicleEvent.HARD_BRAKING), 0),
            emergency=np.where(responds, np.int8(1), np.int8(-1)),
        )
