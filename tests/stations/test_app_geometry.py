"""What the applications share: metres, extrapolation, lanes of real MAPs, hysteresis."""

from __future__ import annotations

import numpy as np
import pytest
from app_kit import HERE, STEP_NS, T0, S, bsm, group, together
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.clock import NS_PER_S
from v2x.field.load import load_field
from v2x.geo import Plane
from v2x.messages.model import MapData, SignalGroup, SignalState
from v2x.messages.profile import get_profile
from v2x.stations.applications.approach import Maps
from v2x.stations.applications.ground import Ground
from v2x.stations.applications.latch import Latch
from v2x.stations.applications.motion import Movers, Own, Relative
from v2x.stations.applications.phases import greens, lights_at
from v2x.stations.base import Inbox, Received, View


@settings(deadline=None)
@given(st.floats(-300.0, 300.0), st.floats(-300.0, 300.0))
def test_metres_are_those_of_the_tangent_plane(east_m: float, north_m: float) -> None:
    lon, lat = Plane.tangent(HERE[1], HERE[0]).to_lonlat([east_m], [north_m])
    assert Ground.at(*HERE).metres(lat, lon)[0] == pytest.approx([east_m, north_m], abs=0.012)


@settings(deadline=None)
@given(st.floats(0.0, 30.0), st.floats(0.0, 360.0), st.floats(-6.0, 3.0), st.floats(-20.0, 20.0), st.floats(0.0, 1.0))
def test_states_are_brought_to_now(
    speed_mps: float, heading_deg: float, accel_mps2: float, yaw_dps: float, age_s: float
) -> None:
    """Against the same motion in two hundred steps."""
    state = bsm(speed_mps=speed_mps, heading_deg=heading_deg, accel_mps2=accel_mps2, yaw_rate_dps=yaw_dps)
    now = Movers.of(state).at(T0 + round(age_s * NS_PER_S))
    n = 200
    times = (np.arange(n) + 0.5) * age_s / n
    speeds = np.maximum(speed_mps + accel_mps2 * times, 0.0)
    turning = np.where(speed_mps + accel_mps2 * times > 0.0, times, speed_mps / max(-accel_mps2, 1e-9))
    course = np.radians(heading_deg + yaw_dps * turning)
    path_m = np.array([(speeds * np.sin(course)).sum(), (speeds * np.cos(course)).sum()]) * age_s / n
    assert Ground.at(*HERE).metres(now.lat_deg, now.lon_deg)[0] == pytest.approx(path_m, abs=0.2)
    assert now.speed_mps[0] == pytest.approx(max(speed_mps + accel_mps2 * age_s, 0.0), abs=1e-6)


@settings(deadline=None)
@given(st.floats(0.0, 359.9), st.floats(-50.0, 50.0), st.floats(-50.0, 50.0))
def test_the_frame_of_the_own_vehicle(heading_deg: float, ahead_m: float, right_m: float) -> None:
    course = np.radians(heading_deg)
    east_m = ahead_m * np.sin(course) + right_m * np.cos(course)
    north_m = ahead_m * np.cos(course) - right_m * np.sin(course)
    own = Own.of(View(T0, bsm(heading_deg=heading_deg, who=1)))
    assert own is not None
    others = Movers.of(together([bsm(east_m, north_m, heading_deg=heading_deg + 90.0, speed_mps=3.0)])).at(T0)
    seen = Relative.to(own, others)
    assert (seen.ahead_m[0], seen.right_m[0]) == pytest.approx((ahead_m, right_m), abs=2e-3)
    assert (seen.along_mps[0], seen.across_mps[0]) == pytest.approx((0.0, 3.0), abs=1e-9)


@pytest.mark.parametrize("name", ["j2735", "csae"])
def test_vehicles_on_the_lanes_of_a_real_map_are_found_on_them(name: str) -> None:
    """Every vehicle lane of a field's junction, over the air: 40 m before the line, as exact as a message is."""
    (intersection, *_) = load_field("dongli").intersections.values()
    profile, maps = get_profile(name), Maps()
    for part in profile.fitting(MapData(0, T0, 1, (intersection,)), 1100):
        _, back = profile.decode(profile.encode(part)[1], T0)
        maps.hear(View(T0, None, Inbox((Received("pc5", "MAP", back, T0),))))
    plane = Plane.tangent(intersection.lon_deg, intersection.lat_deg)
    lanes = [lane for lane in intersection.lanes if lane.ingress and lane.kind == "vehicle"]
    assert len(lanes) >= 8
    for lane in lanes:
        away = (lane.points_m[1] - lane.points_m[0]) / np.hypot(*(lane.points_m[1] - lane.points_m[0]))
        lon, lat = plane.to_lonlat(*(lane.points_m[0] + 40.0 * away).reshape(2, 1))
        heading_deg = float(np.degrees(np.arctan2(*-away)) % 360.0)
        own = Own.of(View(T0, bsm(who=1, lat_deg=lat[0], lon_deg=lon[0], heading_deg=heading_deg)))
        assert own is not None
        matched = maps.match(own)
        assert matched is not None and [each.id for each in matched.lanes] == [lane.id]
        assert matched.place == (intersection.region, intersection.id)
        assert matched.to_line_m == pytest.approx(40.0 - 2.5, abs=0.1)


class TestLatch:
    def test_begins_when_it_has_lasted_and_ends_when_it_has_been_gone(self) -> None:
        latch = Latch("x", 0.2, 0.3)
        on = []
        for k in range(20):
            present = {"a": {"k": k}} if 2 <= k < 8 and k != 6 else {}
            on.append([alert.fields["k"] for alert in latch.update(T0 + k * STEP_NS, present)])
        assert on[:4] == [[]] * 4 and on[4:8] == [[4], [5], [5], [7]]
        assert on[8:11] == [[7], [7], []]

    @settings(deadline=None)
    @given(st.lists(st.booleans(), min_size=1, max_size=60))
    def test_no_alert_is_shorter_than_its_hold_nor_earlier_than_confirmed(self, present: list[bool]) -> None:
        latch = Latch("x", 0.2, 0.5)
        padded = [*present, *[False] * 10]
        on = [bool(latch.update(T0 + k * STEP_NS, {"a": {}} if each else {})) for k, each in enumerate(padded)]
        for k, (before, now) in enumerate(zip([False, *on], on, strict=False)):
            if now and not before:
                assert all(padded[k - 2 : k + 1]) and k >= 2
                assert all(on[k : k + 5])
        assert not on[-1]


class TestLights:
    wide = SignalGroup(
        4,
        (
            SignalState("red", T0 - S, T0 + 5 * S, T0 + 9 * S, T0 + 6 * S),
            SignalState("green", T0 + 6 * S, T0 + 20 * S, T0 + 30 * S, T0 + 25 * S),
        ),
    )

    @pytest.mark.parametrize(
        ("at_s", "lights"),
        [(4.9, {"red"}), (5.1, {"red", "green"}), (9.1, {"green"}), (29.0, {"green"}), (31.0, set())],
    )
    def test_all_that_the_bounds_allow(self, at_s: float, lights: set[str]) -> None:
        assert lights_at(self.wide, T0 + round(at_s * S)) == lights

    def test_sure_greens_only(self) -> None:
        assert greens(self.wide) == [(T0 + 9 * S, T0 + 20 * S)]
        assert greens(group(4, ("red", 5.0), ("flashing_green", 8.0))) == [(T0 + 5 * S, T0 + 8 * S)]
        assert greens(SignalGroup(4, (SignalState("green", T0, None),))) == []
        assert lights_at(SignalGroup(4, ()), T0) == frozenset()
