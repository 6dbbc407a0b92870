"""Devices of people on foot or on two wheels: phones that say where they are. No state from step to step.

As in `v2x.stations.fleet`, phase, equipment, identity and count are pure functions of the person and the time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS, SimClock, to_ns
from v2x.geo import displace, wrap_deg
from v2x.messages.frame import Frames
from v2x.messages.model_perception import UserKind, VulnerableRoadUser
from v2x.messages.profile import Profile
from v2x.rng import OnceAStation, Stream
from v2x.scenario.model import Motion
from v2x.scenario.model import Sensors as SensorsConfig
from v2x.scenario.model_perception import PersonalDevices as Config
from v2x.stations.kinematics import extrapolate
from v2x.stations.schedule import Schedule
from v2x.stations.sensors import Sensors
from v2x.traffic.base import KINDS, Snapshot

_USERS: dict[str, UserKind] = {"ebike": "cyclist", "bicycle": "cyclist", "pedestrian": "pedestrian"}


class PersonalDevices:
    """All devices that people carry, and their personal safety messages.

    Parameters
    ----------
    config
        Who has one, and how good it is.
    sensors
        Clock, delays and ideal parts of the scenario's stations; positioning and motion are a device's own.
    profile
        Message family.
    clock
        The run's time grid.
    seed
        Seed of the run.
    """

    def __init__(self, config: Config, sensors: SensorsConfig, profile: Profile, clock: SimClock, seed: int) -> None:
        shares = {str(kind): share for kind, share in config.penetration.items()}
        self._share = np.array([shares.get(kind, 0.0) for kind in KINDS])
        self._profile, self._clock = profile, clock
        motion = Motion(heading_sigma_deg=config.heading_sigma_deg, speed_sigma_mps=config.speed_sigma_mps)
        self._sensors = Sensors(sensors.model_copy(update={"gnss": config.gnss, "motion": motion}), seed)
        self._equipment = OnceAStation(Stream(seed, "vru.equipment").uniform)
        # whoever has an on-board unit, too, has two receivers with errors of their own
        self._device = Stream(seed, "vru.device")
        self._times = Schedule(config.psm_rate_hz, Stream(seed, "vru.psm"))
        self._identity, self._identity_ns = Stream(seed, "vru.identity"), to_ns(config.temporary_id_s)
        self._id_shift = np.uint64(64 - profile.temporary_id_bits)

    def carried(self, snapshot: Snapshot) -> NDArray[np.bool_]:
        """Which road users carry a device, (n,)."""
        return self._equipment.of(snapshot.key) < self._share[snapshot.type]

    def emit(self, snapshot: Snapshot, carried: NDArray[np.bool_]) -> Frames:
        """The messages generated between this snapshot and the next."""
        candidates = carried.nonzero()[0]
        if not len(candidates):
            return Frames.by([])
        end_ns = snapshot.t_ns + self._clock.step_ns
        which, t_ns, count = self._times.due(snapshot.key[candidates], snapshot.t_ns, end_ns)
        rows = candidates[which]
        messages = self._messages(snapshot, rows, t_ns, count) if len(rows) else []
        return Frames(
            t_ns=t_ns + self._sensors.transmit_ns,
            station=snapshot.id[rows],
            key=snapshot.key[rows],
            type=np.full(len(rows), "PSM", object),
            data=[self._profile.encode(message)[1] for message in messages],
            x_m=snapshot.x_m[rows],
            y_m=snapshot.y_m[rows],
        )

    def _messages(
        self, snapshot: Snapshot, rows: NDArray[np.intp], t_ns: NDArray[np.int64], count: NDArray[np.int64]
    ) -> list[VulnerableRoadUser]:
        """What the devices believe at the whole millisecond of their own clocks that their messages name."""
        keys = self._device.bits(snapshot.key[rows])
        clock_ns = self._clock.start_utc_ns + self._sensors.clocks.read_ns(keys, t_ns)
        since_tick_ns = clock_ns % NS_PER_MS
        motion = extrapolate(snapshot, rows, t_ns - since_tick_ns)
        fix = self._sensors.gnss.measure(keys, t_ns - since_tick_ns)
        error = self._sensors.motion.measure(keys, t_ns - since_tick_ns, motion.speed_mps)
        lon, lat = displace(
            snapshot.lon_deg[rows], snapshot.lat_deg[rows], motion.east_m + fix.east_m, motion.north_m + fix.north_m
        )
        phase_ns = (self._identity.uniform(keys) * self._identity_ns).astype(np.int64)
        identity = self._identity.bits(keys, (t_ns + phase_ns) // self._identity_ns) >> self._id_shift
        columns = (
            (count % 128).tolist(),
            identity.tolist(),
            (clock_ns - since_tick_ns).tolist(),
            [_USERS[KINDS[kind]] for kind in snapshot.type[rows].tolist()],
            lat.tolist(),
            lon.tolist(),
            np.maximum(motion.speed_mps + error.speed_mps, 0.0).tolist(),
            wrap_deg(motion.heading_deg + error.heading_deg).tolist(),
            [np.nan] * len(rows),  # a phone knows no elevation worth sending
            fix.semi_major_m.tolist(),
            fix.semi_minor_m.tolist(),
            fix.orientation_deg.tolist(),
        )
        return [VulnerableRoadUser(*row) for row in zip(*columns, strict=True)]
