"""What the roadside says, from what its controller shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from v2x.messages.model import Intersection, Lane, MapData, Notice, SignalPhases
from v2x.messages.profile import Profile, get_profile
from v2x.stations.notices import NoticeService
from v2x.traffic.base import SignalHead
from v2x_roadside.services import MAX_MAP_BYTES, MapService, SpatService

PROFILE = get_profile("j2735")
S = 1_000_000_000
UTC = 1_770_000_000 * S
HEAD = SignalHead(
    junction="J",
    groups={1: "green", 2: "red"},
    since_ns={1: -5 * S, 2: -9 * S},
    until_ns={1: 10 * S, 2: 14 * S},
    upcoming={1: (("yellow", 10 * S, 13 * S), ("red", 13 * S, 60 * S)), 2: (("green", 14 * S, 40 * S),)},
)


def test_spat_gives_present_and_following_states_in_the_units_clock() -> None:
    offset = UTC + 3_000  # the unit's clock is 3 us ahead
    message = SpatService(PROFILE, 3, 22, "x").message(7, 2 * S, offset + 2 * S, HEAD)
    assert (message.msg_count, message.region, message.intersection) == (7, 3, 22)
    present, following, *_ = message.groups[0].states
    assert (present.light, present.start_utc_ns, present.likely_end_utc_ns) == (
        "green",
        offset - 5 * S,
        offset + 10 * S,
    )
    assert (following.light, following.min_end_utc_ns) == ("yellow", offset + 13 * S)


def test_a_light_that_changed_since_the_step_began_is_the_new_one() -> None:
    message = SpatService(PROFILE, 3, 22, "x").message(0, 10 * S, UTC + 10 * S, HEAD)
    assert message.groups[0].states[0].light == "yellow"
    assert message.groups[1].states[0].light == "red"


def test_without_a_plan_nothing_is_promised() -> None:
    head = SignalHead("J", {1: "red"}, {1: 0})
    (state,) = SpatService(PROFILE, 0, 1, "x").message(0, S, UTC + S, head).groups[0].states
    assert state.light == "red" and state.min_end_utc_ns is None and state.likely_end_utc_ns is None


@pytest.mark.parametrize("name", ["j2735", "csae-a"])
def test_spat_frames_are_the_messages_of_their_times(name: str) -> None:
    """Through both ends of HEAD, and over to a new plan."""
    profile = get_profile(name)
    service = SpatService(profile, 3, 22, "x")
    new = replace(HEAD, until_ns={1: 100 * S, 2: 120 * S}, upcoming={})
    for step in range(300):
        t_ns, head = step * S // 10, HEAD if step < 200 else new
        expected = profile.encode(service.message(step % 128, t_ns, UTC + t_ns, head))
        assert service.frame(step % 128, t_ns, UTC + t_ns, head) == expected


def test_spat_is_encoded_when_the_plan_changes_and_not_when_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[int] = []

    def standing(self: Profile, message: SignalPhases) -> object:
        encoded.append(message.utc_ns - UTC)
        return original(self, message)

    original = Profile.standing
    monkeypatch.setattr(Profile, "standing", standing)
    service = SpatService(PROFILE, 3, 22, "x")
    for step in range(150):
        service.frame(0, step * S // 10, UTC + step * S // 10, replace(HEAD))  # equal, not the same
    assert encoded == [0, 10 * S, 13 * S, 14 * S]


def test_map_says_the_minute_that_it_is_sent_in() -> None:
    lane = Lane(1, "vehicle", True, np.array([[50.0, 0.0], [10.0, 0.0]]), 3.5)
    service = MapService(PROFILE, Intersection(3, 22, "x", 39.0, 117.0, float("nan"), (lane,)))
    for t_ns in (0, 59 * S, 3600 * S):
        ((type_name, data),) = service.frames(0, UTC + t_ns)
        assert type_name == "MAP"
        minute = (UTC + t_ns) // (60 * S) * 60 * S
        _, message = PROFILE.decode(data, UTC + t_ns + 120 * S)
        assert message.utc_ns == minute


def test_notices_come_and_go() -> None:
    early = Notice(1, "roadworks", 39.0, 117.0, float("nan"), UTC, UTC + 10 * S)
    late = Notice(2, "obstacle", 39.0, 117.0, float("nan"), UTC + 5 * S)
    service = NoticeService(2**40 + 9, (39.0, 117.0, np.nan), (early, late))

    def ids(t_s: int) -> list[int]:
        message = service.message(130, UTC + t_s * S)
        return [] if message is None else [notice.id for notice in message.notices]

    assert [ids(t) for t in (-1, 0, 5, 9, 10)] == [[], [1], [1, 2], [1, 2], [2]]
    message = service.message(130, UTC)
    assert message is not None and message.sender_id == 9 and message.msg_count == 2


def test_a_long_map_goes_out_in_fragments() -> None:
    rows = np.linspace(0.0, 100.0, 20)
    lanes = tuple(
        Lane(k, "vehicle", True, np.column_stack([np.full(20, 4.0 * k), rows]), 3.5, link=f"{k // 6}")
        for k in range(1, 49)
    )
    service = MapService(PROFILE, Intersection(3, 22, "x", 39.0, 117.0, 3.0, lanes))
    frames = service.frames(0, UTC)
    assert len(frames) > 1 and max(len(data) for _, data in frames) <= MAX_MAP_BYTES
    heard = [PROFILE.decode(data, UTC)[1] for _, data in frames]
    assert [lane.id for part in heard if isinstance(part, MapData) for lane in part.intersections[0].lanes] == [
        lane.id for lane in lanes
    ]


def test_maps_are_counted_where_the_family_counts_them() -> None:
    lane = Lane(1, "vehicle", True, np.array([[50.0, 0.0], [10.0, 0.0]]), 3.5, link="a")
    profile = get_profile("csae-a")
    service = MapService(profile, Intersection(3, 22, "x", 39.0, 117.0, 3.0, (lane,)))
    heard = [profile.decode(service.frames(count, UTC + count * S)[0][1], UTC)[1] for count in (0, 1, 127, 0)]
    assert [message.msg_count for message in heard if isinstance(message, MapData)] == [0, 1, 127, 0]
