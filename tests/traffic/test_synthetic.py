from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod

from v2x.clock import NS_PER_S, SimClock
from v2x.errors import TrafficError
from v2x.geo import Plane, turn_deg
from v2x.scenario.model import SyntheticTraffic as Config
from v2x.traffic.synthetic import LANE_WIDTH_M, SyntheticTraffic

ORIGIN = {"crs": "wgs84", "lon_deg": 117.36, "lat_deg": 39.08}
CLOCK = SimClock(0, NS_PER_S // 10, 60 * NS_PER_S)
GEOD = Geod(ellps="WGS84")


TANGENT = Plane.tangent(117.36, 39.08)


def _traffic(plane: Plane = TANGENT, **config: object) -> SyntheticTraffic:
    return SyntheticTraffic(Config(kind="synthetic", origin=ORIGIN, **config), CLOCK, plane)  # type: ignore[arg-type]


@pytest.mark.parametrize("plane", [TANGENT, Plane("+proj=utm +zone=50 +ellps=WGS84 +units=m")])
@pytest.mark.parametrize("heading", [0.0, 77.0, 270.0])
def test_motion_on_the_ellipsoid(plane: Plane, heading: float) -> None:
    """Way and direction of the leader against geodesics; UTM's scale is 0.99961 here."""
    with _traffic(plane, vehicles=1, speed_mps=20.0, accel_mps2=0.5, heading_deg=heading) as traffic:
        traffic.start()
        a, b = traffic.step(0), traffic.step(20 * NS_PER_S)
    azimuth, _, way = GEOD.inv(a.lon_deg[0], a.lat_deg[0], b.lon_deg[0], b.lat_deg[0])
    assert way == pytest.approx(20 * 20 + 0.25 * 400, rel=5e-4)
    assert abs(float(turn_deg(a.heading_deg[0], azimuth))) < 0.01
    assert float(turn_deg(a.heading_deg[0], heading)) == pytest.approx(0.0, abs=1e-9)
    assert b.speed_mps[0] == 30.0 and b.accel_mps2[0] == 0.5


def test_braking_vehicles_stop_and_stay() -> None:
    traffic = _traffic(vehicles=1, speed_mps=10.0, accel_mps2=-2.0)
    before, at, after = (traffic.step(round(t * NS_PER_S)) for t in (4.9, 5.0, 50.0))
    assert before.speed_mps[0] == pytest.approx(0.2) and before.accel_mps2[0] == -2.0
    assert at.speed_mps[0] == after.speed_mps[0] == after.accel_mps2[0] == 0.0
    assert after.x_m[0] - traffic.step(0).x_m[0] == pytest.approx(25.0)


def test_lanes_and_rows() -> None:
    snapshot = _traffic(vehicles=5, lanes=2, spacing_m=30.0, heading_deg=90.0).step(0)
    assert np.allclose(snapshot.x_m, [0, 0, -30, -30, -60], atol=1e-6)
    assert np.allclose(snapshot.y_m, [0, -LANE_WIDTH_M, 0, -LANE_WIDTH_M, 0], atol=1e-6)
    assert snapshot.lane.tolist() == ["lane0", "lane1", "lane0", "lane1", "lane0"]
    assert list(snapshot.id) == sorted(snapshot.id) and snapshot.index_of("veh00003") == 3


def test_no_vehicles_is_an_empty_snapshot() -> None:
    traffic = _traffic(vehicles=0)
    assert len(traffic.step(0)) == 0 and traffic.signals() == traffic.notes() == []


@pytest.mark.parametrize("config", [{"spacing_m": 1e6}, {"speed_mps": 1e6}, {"accel_mps2": 1e9}])
def test_vehicles_that_leave_the_plane_are_refused(config: dict[str, float]) -> None:
    with pytest.raises(TrafficError, match="km from the origin"):
        _traffic(vehicles=5, **config)
