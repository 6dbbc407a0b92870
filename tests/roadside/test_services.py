"""MAP and notices: what a unit says again and again."""

from __future__ import annotations

import numpy as np
import pytest
from light_kit import UTC, S, site

from v2x.messages.model import Intersection, Lane, MapData, Notice
from v2x.messages.profile import get_profile
from v2x.stations.notices import NoticeService
from v2x.stations.roadside import Inputs
from v2x_roadside.map_service import MAX_MAP_BYTES, MapService

NAN = float("nan")


def lane(number: int, points: np.ndarray, link: str = "") -> Lane:
    return Lane(number, "vehicle", True, points, 3.5, link=link)


def maps(profile: str, *lanes: Lane) -> MapService:
    intersection = Intersection(3, 22, "x", 39.0, 117.0, 3.0, lanes)
    return MapService(site(profile, intersection), intersection)


ONE = lane(1, np.array([[50.0, 0.0], [10.0, 0.0]]), "a")


def test_map_says_the_minute_that_it_is_sent_in() -> None:
    service, profile = maps("j2735", ONE), get_profile("j2735")
    for t_ns in (0, 59 * S, 3600 * S):
        ((type_name, data),) = service.frames(0, UTC + t_ns)
        assert type_name == "MAP"
        minute = (UTC + t_ns) // (60 * S) * 60 * S
        _, message = profile.decode(data, UTC + t_ns + 120 * S)
        assert isinstance(message, MapData) and message.utc_ns == minute


def test_a_long_map_goes_out_in_fragments() -> None:
    rows = np.linspace(0.0, 100.0, 20)
    lanes = [lane(k, np.column_stack([np.full(20, 4.0 * k), rows]), f"{k // 6}") for k in range(1, 49)]
    frames = maps("j2735", *lanes).frames(0, UTC)
    assert len(frames) > 1 and max(len(data) for _, data in frames) <= MAX_MAP_BYTES
    heard = [get_profile("j2735").decode(data, UTC)[1] for _, data in frames]
    assert [each.id for part in heard if isinstance(part, MapData) for each in part.intersections[0].lanes] == [
        each.id for each in lanes
    ]


def test_maps_are_counted_where_the_family_counts_them() -> None:
    service, profile = maps("csae", ONE), get_profile("csae")
    heard = [profile.decode(service.frames(count, UTC + count * S)[0][1], UTC)[1] for count in (0, 1, 127, 0)]
    assert [message.msg_count for message in heard if isinstance(message, MapData)] == [0, 1, 127, 0]


@pytest.mark.parametrize(("rate_hz", "sent"), [(0.0, 0), (1.0, 10), (2.0, 20)])
def test_maps_are_sent_at_their_rate(rate_hz: float, sent: int) -> None:
    where = site(intersection=Intersection(3, 22, "x", 39.0, 117.0, 3.0, (ONE,)), map_rate_hz=rate_hz)
    service = MapService.at(where)
    assert service is not None
    times = [said.t_ns for k in range(100) for said in service.step(k * S // 10, (k + 1) * S // 10, Inputs()).pc5]
    assert len(times) == sent and all(0 <= t_ns < 10 * S for t_ns in times)


def test_no_geometry_no_map() -> None:
    assert MapService.at(site()) is None


def test_notices_come_and_go() -> None:
    early = Notice(1, "roadworks", 39.0, 117.0, NAN, UTC, UTC + 10 * S)
    late = Notice(2, "obstacle", 39.0, 117.0, NAN, UTC + 5 * S)
    service = NoticeService(2**40 + 9, (39.0, 117.0, np.nan), (early, late))

    def ids(t_s: int) -> list[int]:
        message = service.message(130, UTC + t_s * S)
        return [] if message is None else [notice.id for notice in message.notices]

    assert [ids(t) for t in (-1, 0, 5, 9, 10)] == [[], [1], [1, 2], [1, 2], [2]]
    message = service.message(130, UTC)
    assert message is not None and message.sender_id == 9 and message.msg_count == 2
