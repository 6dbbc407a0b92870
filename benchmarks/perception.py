"""What roadside perception costs: sensors, fusion and messages of a field, as a share of one core in real time.

``python benchmarks/perception.py`` prints a row a family: the median of ten seconds' steps. Twelve units at
10 Hz among 300 road users, who drive around on a plane of 1.5 km x 1.8 km; six in ten send BSMs, which all arrive.
"""

from __future__ import annotations

import time

import numpy as np

from v2x.geo import Plane
from v2x.messages.model import VehicleStates
from v2x.messages.profile import get_profile
from v2x.rng import key_of
from v2x.scenario.model import Rsu
from v2x.scenario.model_perception import Perception
from v2x.stations.base import Inbox
from v2x.stations.mast_view import Masts
from v2x.stations.perception import MastSensors
from v2x.stations.roadside import Inputs, UnitSite
from v2x.traffic.base import KINDS, Snapshot
from v2x_roadside.perception_service import PerceptionService

PLANE = Plane.tangent(117.36, 39.08)
UNITS, USERS, STEPS, STEP_NS = 12, 300, 200, 100_000_000
UTC = 1_770_000_000_000_000_000


def users(step: int) -> Snapshot:
    """All road users on streets that cross at the masts, 10 m/s east or north."""
    rng = np.random.default_rng(1)
    mast = rng.integers(0, UNITS, USERS)
    along_m = (rng.uniform(0.0, 300.0, USERS) + step) % 300.0 - 150.0
    beside_m = 3.5 * rng.integers(-3, 4, USERS)
    east = rng.uniform(size=USERS) < 0.5
    x_m = mast % 4 * 500.0 + np.where(east, along_m, beside_m)
    y_m = mast // 4 * 600.0 + np.where(east, beside_m, along_m)
    lon, lat = PLANE.to_lonlat(x_m, y_m)
    names = np.array([f"user{k:03}" for k in range(USERS)], object)
    still = np.zeros(USERS)
    return Snapshot(
        t_ns=step * STEP_NS,
        id=names,
        key=np.array([key_of(name) for name in names], np.uint64),
        type=rng.integers(0, len(KINDS), USERS).astype(np.int8),
        x_m=x_m,
        y_m=y_m,
        lon_deg=lon,
        lat_deg=lat,
        heading_deg=np.where(east, 90.0, 0.0),
        speed_mps=still + 10.0,
        accel_mps2=still,
        yaw_rate_dps=still,
        length_m=still + 4.5,
        width_m=still + 1.8,
        lane=names,
    )


def heard(snapshot: Snapshot) -> VehicleStates:
    """BSMs of six in ten."""
    some = np.arange(USERS) % 10 < 6
    known = {
        "temporary_id": snapshot.key,
        "utc_ns": np.full(USERS, UTC + snapshot.t_ns),
        "lat_deg": snapshot.lat_deg,
        "lon_deg": snapshot.lon_deg,
        "speed_mps": snapshot.speed_mps,
        "heading_deg": snapshot.heading_deg,
        "semi_major_m": np.full(USERS, 2.0),
        "semi_minor_m": np.full(USERS, 2.0),
    }
    blank = vars(VehicleStates.none())
    return VehicleStates(**{k: known.get(k, np.zeros(USERS))[some].astype(v.dtype) for k, v in blank.items()})


def site(profile: str, unit: int, config: Perception) -> UnitSite:
    """The installation of one unit."""
    (lon,), (lat,) = PLANE.to_lonlat([unit % 4 * 500.0], [unit // 4 * 600.0])
    return UnitSite(
        name=f"R{unit}",
        key=key_of(f"R{unit}"),
        place=(float(lat), float(lon), float("nan")),
        profile=get_profile(profile),
        config=Rsu(perception=config),
        intersection=None,
        spat=None,
        notices=(),
        stored=(),
        read_clock=lambda t_ns: UTC + t_ns,
        transmit_ns=0,
        seed=1,
        event=lambda *_: None,
    )


def main() -> None:
    """Measure both families."""
    config = Perception()
    x_m, y_m = np.arange(UNITS) % 4 * 500.0, np.arange(UNITS) // 4 * 600.0
    snapshots = [users(step) for step in range(STEPS)]
    inboxes = [Inbox(states=heard(each)) for each in snapshots]
    for profile in ("csae", "j2735"):
        sites = [site(profile, unit, config) for unit in range(UNITS)]
        keys = np.array([each.key for each in sites], np.uint64)
        sensors = MastSensors(config, Masts(keys, x_m, y_m, np.full(UNITS, 6.0)), PLANE, (), 1)
        services = [PerceptionService(each, config) for each in sites]
        costs_s, objects, frames = [], 0, 0
        for step, (snapshot, inbox) in enumerate(zip(snapshots, inboxes, strict=True)):
            begin_s = time.process_time()
            scans = [sensors.scans(unit, snapshot) for unit in range(UNITS)]
            seen_s = time.process_time()
            for service, scan in zip(services, scans, strict=True):
                inputs = Inputs(inbox, (), scan)
                frames += len(service.step(snapshot.t_ns, snapshot.t_ns + STEP_NS, inputs).pc5)
            objects += sum(len(each.objects) for scan in scans for each in scan)
            if step >= STEPS // 2:  # by then every shape of message has been measured and all is compiled
                costs_s.append((seen_s - begin_s, time.process_time() - seen_s))
        looking, telling = 100.0 * np.median(costs_s, axis=0) / (STEP_NS / 1e9)
        print(
            f"{profile}: {objects / STEPS / UNITS:.1f} objects a picture, {frames / STEPS:.1f} frames a step, "
            f"sensors {looking:.1f} %, fusion and messages {telling:.1f} % of a core"
        )


if __name__ == "__main__":
    main()
