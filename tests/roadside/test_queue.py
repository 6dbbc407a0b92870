"""Queues and stopped vehicles on the approaches, as notices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from perception_kit import GROUND, LAT, LON, MS, UTC, S, sightings, site

from v2x.messages.model import Lane, Notice, RoadsideInformation
from v2x.messages.profile import get_profile
from v2x.stations.perception import Scan
from v2x.stations.roadside import Inputs, UnitSite
from v2x.stations.sightings import Sightings
from v2x_roadside.notice_service import AnnouncementService
from v2x_roadside.perception_service import PerceptionService

#: The approach from the west: two lanes, driven eastwards, stop line 10 m west of the middle.
LANES = (
    *(
        Lane(number, "vehicle", True, np.array([[-10.0, north], [-60.0, north], [-110.0, north]]), 3.5, link="west")
        for number, north in ((1, -2.0), (2, -5.5))
    ),
    Lane(9, "vehicle", False, np.array([[10.0, -2.0], [110.0, -2.0]]), 3.5),
)


def queue(
    count: int, lane_north: float = -2.0, first: float = -14.0, gap: float = 7.0, **more: Any
) -> list[dict[str, Any]]:
    """Cars that stand one behind the other, from the stop line on."""
    place = [{"east_m": first - gap * k, "north_m": lane_north} for k in range(count)]
    return [{"number": 100 * abs(int(lane_north)) + k, "heading_deg": 90.0, **at, **more} for k, at in enumerate(place)]


class Unit:
    """A unit's eyes and voice."""

    def __init__(self, where: UnitSite) -> None:
        self.site = where
        eyes, voice = PerceptionService.at(where), AnnouncementService.at(where)
        assert eyes is not None and voice is not None
        self.eyes, self.voice, self.t_ns = eyes, voice, 0

    def watch(self, seconds: float, objects: list[dict[str, Any]]) -> None:
        for _ in range(round(seconds * 10)):
            seen = sightings(*objects) if objects else Sightings.none()
            self.eyes.step(self.t_ns, self.t_ns + 100 * MS, Inputs(scans=(Scan(self.t_ns, 0, seen),)))
            self.t_ns += 100 * MS

    def said(self) -> RoadsideInformation | None:
        """The next RSI or TIM, as it is heard."""
        spoken = self.voice.step(self.t_ns, self.t_ns + S, Inputs()).pc5
        if not spoken:
            return None
        message = self.site.profile.decode(spoken[0].data, UTC + self.t_ns)[1]
        assert isinstance(message, RoadsideInformation)
        return message


@pytest.mark.parametrize("profile", ["csae-a", "csae-b", "j2735"])
def test_a_queue_is_announced_from_its_tail_to_the_stop_line(profile: str) -> None:
    log: list[tuple[str, dict[str, Any]]] = []
    unit = Unit(site(profile, LANES, log=log))
    unit.watch(3.0, queue(8))
    assert unit.said() is None  # not yet for long enough
    unit.watch(3.0, queue(8))
    message = unit.said()
    assert message is not None
    (notice,) = message.notices
    assert (notice.id, notice.cause) == (255, "congestion")
    east, north = GROUND.to_xy([notice.lon_deg], [notice.lat_deg])
    tail = -14.0 - 7 * 7.0 - 2.25
    assert (east[0], north[0]) == pytest.approx((tail, -2.0), abs=0.5)
    assert notice.path_m[-1] == pytest.approx((-10.0 - tail, 0.0), abs=0.5)  # in driving direction
    assert notice.path_width_m == pytest.approx(7.0, abs=0.1)
    assert log == [
        ("notice.found", {"cause": "congestion", "id": 255, "lane": 1, "length_m": pytest.approx(-10 - tail, abs=0.5)})
    ]


def test_it_grows_and_is_revoked_a_while_after_it_has_gone() -> None:
    log: list[tuple[str, dict[str, Any]]] = []
    unit = Unit(site(lanes=LANES, log=log))
    unit.watch(6.0, queue(8))
    unit.watch(3.0, queue(12))
    (longer,) = unit.site.found
    assert longer.path_m[-1][0] == pytest.approx(4.0 + 11 * 7.0 + 2.25, abs=0.5)
    unit.watch(4.0, [])
    assert [notice.id for notice in unit.site.found] == [longer.id]
    unit.watch(5.0, [])
    assert unit.site.found == [] and unit.said() is None
    assert log[-1] == ("notice.revoked", {"cause": "congestion", "id": 255})


@pytest.mark.parametrize(
    "objects",
    [
        queue(4),  # too short
        queue(8, speed_mps=4.0),  # it moves
        queue(8, gap=25.0)[:4],  # no row
        queue(8, heading_deg=0.0),  # not along the lane
        queue(8, lane_north=8.0),  # beside the road
        queue(8, kind="cyclist"),
    ],
)
def test_what_is_no_queue(objects: list[dict[str, Any]]) -> None:
    unit = Unit(site(lanes=LANES))
    unit.watch(8.0, objects)
    assert unit.site.found == []


def test_one_notice_an_approach_that_of_the_longest_lane() -> None:
    unit = Unit(site(lanes=LANES))
    unit.watch(6.0, queue(7) + queue(10, lane_north=-5.5))
    (notice,) = unit.site.found
    assert notice.path_m[-1][0] == pytest.approx(4.0 + 9 * 7.0 + 2.25, abs=0.5)


def test_numbers_keep_clear_of_the_scenarios_notices_and_of_the_room_in_a_message() -> None:
    mine = tuple(Notice(255 - k, "obstacle", LAT, LON, float("nan"), UTC, radius_m=10.0) for k in range(7))
    unit = Unit(site(lanes=LANES, notices=mine))
    unit.watch(6.0, queue(8))
    message = unit.said()
    assert message is not None and sorted(notice.id for notice in message.notices) == list(range(248, 256))
    full = Unit(site(lanes=LANES, notices=(*mine, Notice(1, "fog", LAT, LON, float("nan"), UTC, radius_m=10.0))))
    full.watch(6.0, queue(8))
    message = full.said()
    assert message is not None and len(message.notices) == 8  # what the scenario announces goes first


def test_a_lone_vehicle_that_stands_away_from_the_stop_line() -> None:
    config = {"min_length_m": 40.0, "stopped_s": 10.0}
    unit = Unit(site(lanes=LANES, queues=config))
    waiting, broken = {"east_m": -13.0, "north_m": -2.0}, {"east_m": -60.0, "north_m": -5.5, "number": 2}
    objects = [{"heading_deg": 90.0, **each} for each in (waiting, broken)]
    unit.watch(9.0, objects)
    assert unit.site.found == []
    unit.watch(6.0, objects)
    (notice,) = unit.site.found
    assert (notice.cause, notice.radius_m) == ("stopped_vehicle", 10.0)
    assert GROUND.to_xy([notice.lon_deg], [notice.lat_deg])[0][0] == pytest.approx(-62.25, abs=0.5)
    assert get_profile("j2735").encode(RoadsideInformation(0, UTC, 1, LAT, LON, float("nan"), (notice,)))


def test_without_queues_in_the_scenario_nothing_is_watched() -> None:
    where = site(lanes=LANES, queues=None)
    assert AnnouncementService.at(where) is None
    eyes = PerceptionService.at(where)
    assert eyes is not None
    for step in range(80):
        scan = Scan(step * 100 * MS, 0, sightings(*queue(8)))
        eyes.step(scan.t_ns, scan.t_ns + 100 * MS, Inputs(scans=(scan,)))
    assert where.found == []
