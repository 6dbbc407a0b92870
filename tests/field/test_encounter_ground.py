"""The ground of encounters: what is said of it can be said, and is true on the ellipsoid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pyproj import Geod

from v2x.field.encounter_ground import (
    ARROWS,
    DIRECTIONS_DEG,
    SITE_APART_M,
    WITH_LIGHTS,
    ZONES,
    ground_of,
    notices_of,
    place_m,
)
from v2x.field.load import field_of
from v2x.messages.consistency import map_spat_faults
from v2x.messages.model import MapData, RoadsideInformation, SignalGroup, SignalPhases
from v2x.messages.profile import get_profile
from v2x.scenario.loader import load_scenario
from v2x.scenario.model_encounters import EncounterTraffic

GEOD = Geod(ellps="WGS84")
NOW_NS = 1_772_442_000 * 10**9
PROFILES = ["j2735", "csae-a", "csae-b"]


def _config(application: str, sites: int = 40) -> EncounterTraffic:
    origin = {"crs": "wgs84", "lon_deg": 117.36, "lat_deg": 39.08}
    keys = {"kind": "encounters", "application": application, "origin": origin, "sites": sites}
    return EncounterTraffic.model_validate(keys)


@pytest.mark.parametrize("application", ["rlvw", "fcw"])
def test_lights_only_where_they_are_asked_for(application: str) -> None:
    ground = ground_of(_config(application, 3))
    lights = application in WITH_LIGHTS
    assert [site.junction for site in ground.rsu] == (["E01", "E02", "E03"] if lights else [None] * 3)
    assert (
        [junction.id for junction in ground.junctions] == list(ground.intersections) == ["E01", "E02", "E03"] * lights
    )


@pytest.mark.parametrize("profile", PROFILES)
def test_map_can_be_said_and_goes_with_spat(profile: str) -> None:
    """Encoded and decoded; the groups of the MAP are those of the lights."""
    family = get_profile(profile)
    ground = ground_of(_config("rlvw"))
    for junction in (ground.junctions[0], ground.junctions[-1]):
        _, data = family.encode(MapData(1, NOW_NS, 1, (ground.intersections[junction.id],)))
        _, message = family.decode(data, NOW_NS)
        assert isinstance(message, MapData)
        groups = tuple(SignalGroup(group, ()) for group in junction.signal_groups)
        spat = SignalPhases(1, NOW_NS, ground.region, junction.number, 1, groups)
        assert map_spat_faults(message.intersections[0], None, spat) == []
        ingress = [lane for lane in message.intersections[0].lanes if lane.ingress]
        assert [lane.connections[0].maneuver for lane in ingress] == ["straight", "right"] * 4
        assert [lane.connections[0].on_red for lane in ingress] == [False, True] * 2 + [False, False] * 2


def test_arrows_have_groups_of_their_own() -> None:
    """Round lamps share the group of straight on; where there are arrows the turn is told not to go on red."""
    for application in sorted(WITH_LIGHTS):
        field = ground_of(_config(application, 1))
        lanes = [lane for lane in field.intersections["E01"].lanes if lane.ingress]
        ways = [
            (inner.connections[0], outer.connections[0]) for inner, outer in zip(lanes[::2], lanes[1::2], strict=True)
        ]
        arrows = {direction: turn for direction, (_, turn) in enumerate(ways) if not turn.on_red}
        assert {direction: turn.signal_group for direction, turn in arrows.items()} == (
            ARROWS if application == "rlvw" else {}
        )
        assert all(turn.signal_group == ahead.signal_group for ahead, turn in ways if turn.on_red)
        assert set(field.junctions[0].signal_groups) == {each.signal_group for pair in ways for each in pair}


@pytest.mark.parametrize("site", [0, 39])
def test_metres_of_the_plane_are_metres_of_messages(site: int) -> None:
    """MAP's points against geodesics from the reference point: the farthest site is 195 km off."""
    ground = ground_of(_config("glosa"))
    intersection = ground.intersections[ground.junctions[site].id]
    for lane in intersection.lanes:
        for east_m, north_m in lane.points_m:
            lon_deg, lat_deg = ground.plane.to_lonlat(east_m, north_m + site * SITE_APART_M)
            azimuth_deg, _, way_m = GEOD.inv(intersection.lon_deg, intersection.lat_deg, lon_deg, lat_deg)
            assert way_m == pytest.approx(np.hypot(east_m, north_m), abs=0.01)
            assert np.degrees(np.arctan2(east_m, north_m)) == pytest.approx(azimuth_deg, abs=0.003)


def test_connections_lead_on_and_to_the_right() -> None:
    intersection = ground_of(_config("rlvw", 1)).intersections["E01"]
    lanes = {lane.id: lane for lane in intersection.lanes}
    assert len(lanes) == len(intersection.lanes) == 16
    for lane in intersection.lanes:
        for connection in lane.connections:
            before, after = lane.points_m, lanes[connection.to_lane].points_m
            into = before[0] - before[1]
            out = after[1] - after[0]
            turn = np.cross(np.append(into, 0.0), np.append(out, 0.0))[2] / np.hypot(*into) / np.hypot(*out)
            assert turn == pytest.approx({"straight": 0.0, "right": -1.0}[connection.maneuver])
            assert not lanes[connection.to_lane].ingress


def test_traffic_keeps_to_the_right() -> None:
    """A place beside the axis is clockwise from its direction, and ways count along it."""
    for direction, heading_deg in enumerate(DIRECTIONS_DEG):
        for (x_m, y_m), ahead_deg in (
            (place_m(direction, 1.0, 0.0), heading_deg),
            (place_m(direction, 0.0, 1.0), heading_deg + 90.0),
        ):
            assert (np.degrees(np.arctan2(x_m, y_m)) - ahead_deg) % 360.0 == pytest.approx(0.0)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("application", sorted(ZONES))
def test_notices_can_be_said(application: str, profile: str) -> None:
    family = get_profile(profile)
    notices = notices_of(_config(application), NOW_NS)
    assert len(notices) == 40
    for notice in (notices[0], notices[-1]):
        place = notice.lat_deg, notice.lon_deg, 0.0
        _, data = family.encode(RoadsideInformation(1, NOW_NS, 7, *place, (replace(notice, elevation_m=0.0),)))
        _, message = family.decode(data, NOW_NS)
        assert isinstance(message, RoadsideInformation)
        assert message.notices[0].cause == ZONES[application].cause  # type: ignore[index]
        assert np.allclose(message.notices[0].path_m, notice.path_m, atol=0.05)


def test_most_applications_have_no_notices() -> None:
    assert notices_of(_config("fcw"), NOW_NS) == ()


@pytest.mark.parametrize(
    ("scenario", "name"), [("encounters", "encounters"), ("xiqing-open", "xiqing"), ("recorded-crossroads", None)]
)
def test_the_field_of_a_run(scenario: str, name: str | None) -> None:
    field = field_of(load_scenario(scenario).scenario)
    assert (field.name if field else None) == name
