"""What the radio sees of a snapshot: antennas, names, and bodies on the plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from pyproj import Geod

from v2x.assembly import PlacedUnit
from v2x.geo import Plane, turn_deg
from v2x.outside import Guest
from v2x.rng import key_of
from v2x.scene import SceneMaker, mobiles, sender_of
from v2x.traffic.base import KINDS, Snapshot

#: A plane whose north is about half a degree off: 0.9 degrees east of its central meridian, origin in the field.
PLANE = Plane("+proj=utm +zone=50 +ellps=WGS84 +units=m", -577_800.0, -4_322_600.0)
NAMES = np.array(["bike", "bus", "car", "truck", "walker"], object)
TYPES = np.array([KINDS.index(kind) for kind in ("bicycle", "bus", "car", "truck", "pedestrian")], np.int8)
HEADING_DEG = np.array([0.0, 45.0, 0.2, 180.0, 359.9])
STEP_NS = 50_000_000


@dataclass
class Unit:
    name: str

    @property
    def key(self) -> int:
        return key_of(self.name)


def snapshot() -> Snapshot:
    rng = np.random.default_rng(3)
    x_m, y_m = rng.uniform(0.0, 3000.0, (2, len(NAMES)))
    lon_deg, lat_deg = PLANE.to_lonlat(x_m, y_m)
    still, length_m = np.zeros(len(NAMES)), np.array([1.8, 12.0, 4.6, 13.0, 0.5])
    return Snapshot(
        t_ns=700_000_000,
        id=NAMES,
        key=np.array([key_of(name) for name in NAMES], np.uint64),
        type=TYPES,
        x_m=x_m,
        y_m=y_m,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        heading_deg=HEADING_DEG,
        speed_mps=still,
        accel_mps2=still,
        yaw_rate_dps=still,
        length_m=length_m,
        width_m=length_m / 3,
        lane=np.full(len(NAMES), "", object),
    )


def units(*heights_m: float) -> list[PlacedUnit]:
    made: list[Any] = [Unit(f"RSU-{i}") for i in range(len(heights_m))]
    return [PlacedUnit(unit, 10.0 * i, 20.0 * i, heights_m[i], None, None) for i, unit in enumerate(made)]


def test_stations_are_the_equipped_in_their_order_then_the_units() -> None:
    now, equipped = snapshot(), np.array([False, True, True, False, True])
    scene, names = SceneMaker(units(5.0, 6.5), PLANE, STEP_NS).scene(now, equipped)
    assert names.tolist() == ["bus", "car", "walker", "RSU-0", "RSU-1"]
    stations = scene.stations
    assert stations.key.tolist() == [key_of(name) for name in names]
    assert stations.x_m.tolist() == [*now.x_m[equipped], 0.0, 10.0]
    assert stations.y_m.tolist() == [*now.y_m[equipped], 0.0, 20.0]
    assert stations.antenna_m.tolist() == [3.0, 1.6, 1.2, 5.0, 6.5]
    assert (scene.t_ns, scene.until_ns) == (700_000_000, 750_000_000)


def test_guests_stand_where_they_say() -> None:
    now = snapshot()
    guest = Guest("guest.obu", key_of("guest.obu"), 30.0, -40.0, 1.5)
    scene, names = SceneMaker(units(5.0), PLANE, STEP_NS).scene(now, np.zeros(len(now), bool), [guest])
    assert names.tolist() == ["RSU-0", "guest.obu"]
    assert scene.stations.key.tolist() == [key_of("RSU-0"), guest.key]
    assert scene.stations.antenna_m.tolist() == [5.0, 1.5]
    assert sender_of(guest)[2:] == (scene.stations.x_m[1], scene.stations.y_m[1]) == (30.0, -40.0)


def test_bodies_are_all_road_users_with_or_without_a_radio() -> None:
    now = snapshot()
    scene, names = SceneMaker([], PLANE, STEP_NS).scene(now, np.zeros(len(now), bool))
    assert len(scene.stations) == len(names) == 0
    bodies = scene.bodies
    assert bodies.key.tolist() == now.key.tolist()
    assert (bodies.x_m.tolist(), bodies.y_m.tolist()) == (now.x_m.tolist(), now.y_m.tolist())
    assert (bodies.length_m.tolist(), bodies.width_m.tolist()) == (now.length_m.tolist(), now.width_m.tolist())
    assert bodies.height_m.tolist() == [0.0, 3.0, 1.6, 3.0, 0.0]


def test_bodies_lie_on_the_plane_as_they_lie_on_the_ground() -> None:
    """From a body's centre 20 m along its true heading, on the ellipsoid, is along its heading on the plane."""
    now = snapshot()
    scene, _ = SceneMaker([], PLANE, STEP_NS).scene(now, np.ones(len(now), bool))
    lon_deg, lat_deg, _ = Geod(ellps="WGS84").fwd(now.lon_deg, now.lat_deg, now.heading_deg, np.full(len(now), 20.0))
    x_m, y_m = PLANE.to_xy(lon_deg, lat_deg)
    on_plane_deg = np.degrees(np.arctan2(x_m - now.x_m, y_m - now.y_m))
    assert np.abs(turn_deg(on_plane_deg, scene.bodies.heading_deg)).max() < 0.03
    assert np.abs(turn_deg(on_plane_deg, now.heading_deg)).min() > 0.5  # what it would be without convergence


@pytest.mark.parametrize("rows", [[], [3, 0, 3]])
def test_mobiles_are_the_asked_for_in_the_asked_order(rows: list[int]) -> None:
    now = snapshot()
    stations = mobiles(now, np.array(rows, np.intp))
    assert stations.key.tolist() == [now.key[row] for row in rows]
    assert stations.x_m.tolist() == [now.x_m[row] for row in rows]
    assert stations.antenna_m.tolist() == [[1.2, 3.0, 1.6, 3.0, 1.2][row] for row in rows]
