"""What the roadside says, from what its controller shows."""

from __future__ import annotations

import numpy as np

from v2x.messages.model import Notice
from v2x.stations.notices import NoticeService
from v2x.traffic.base import SignalHead
from v2x_roadside.services import SpatService

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
    message = SpatService(3, 22, "x").message(7, 2 * S, offset + 2 * S, HEAD)
    assert (message.msg_count, message.region, message.intersection) == (7, 3, 22)
    present, following, *_ = message.groups[0].states
    assert (present.light, present.start_utc_ns, present.likely_end_utc_ns) == (
        "green",
        offset - 5 * S,
        offset + 10 * S,
    )
    assert (following.light, following.min_end_utc_ns) == ("yellow", offset + 13 * S)


def test_a_light_that_changed_since_the_step_began_is_the_new_one() -> None:
    message = SpatService(3, 22, "x").message(0, 10 * S, UTC + 10 * S, HEAD)
    assert message.groups[0].states[0].light == "yellow"
    assert message.groups[1].states[0].light == "red"


def test_without_a_plan_nothing_is_promised() -> None:
    head = SignalHead("J", {1: "red"}, {1: 0})
    (state,) = SpatService(0, 1, "x").message(0, S, UTC + S, head).groups[0].states
    assert state.light == "red" and state.min_end_utc_ns is None and state.likely_end_utc_ns is None


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
