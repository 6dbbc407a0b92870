"""Arrivals become inboxes: BSMs in columns, the rest one by one, each by its receiver's clock."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from v2x.errors import CodecError
from v2x.links.waiting import Arrival
from v2x.messages.model import NAN, Intersection, Lane, MapData, VehicleStates
from v2x.messages.profile import get_profile
from v2x.reception import Reception

UTC_NS = 1_772_000_000_000_000_000
MS = 1_000_000
LANE = Lane(1, "vehicle", True, np.array([[0.0, 0.0], [0.0, 50.0]]), 3.5)
MAP = MapData(3, UTC_NS, 1, (Intersection(3, 22, "x", 39.05, 117.05, NAN, (LANE,)),))
ALL = frozenset({"BSM", "MAP", "SPAT"})


def bsm(who: int, speed_mps: float, profile: str) -> bytes:
    one = {name: np.ones(1, column.dtype) for name, column in vars(VehicleStates.none()).items()}
    state = replace(
        VehicleStates(**one),
        temporary_id=np.array([who], np.uint64),
        utc_ns=np.array([UTC_NS]),
        speed_mps=np.array([speed_mps]),
    )
    return get_profile(profile).encode(state)[1]


def arrival(tx_id: int, receiver: str, data: bytes, kind: str = "BSM", t_ns: int = 5 * MS) -> Arrival:
    return Arrival(t_ns, tx_id, receiver, "pc5", kind, data, 0, 10.0)


def reception(profile: str, complaints: list[tuple[int, str, str]]) -> Reception:
    def complain(bad: Arrival, error: CodecError) -> None:
        complaints.append((bad.tx_id, bad.receiver, str(error)))

    fast_ns = {"fast": 1 * MS}
    return Reception(get_profile(profile), lambda name, t_ns: UTC_NS + t_ns + fast_ns.get(name, 0), complain)


@pytest.mark.parametrize("profile", ["j2735", "csae"])
def test_each_receiver_gets_its_bsms_in_order_of_arrival_by_its_own_clock(profile: str) -> None:
    first, second = bsm(7, 10.0, profile), bsm(9, 20.0, profile)
    got = reception(profile, []).inboxes(
        [
            arrival(1, "a", first),
            arrival(1, "fast", first),
            arrival(2, "fast", second, t_ns=6 * MS),
            arrival(1, "late", first, t_ns=7 * MS),
        ],
        dict.fromkeys(("a", "fast", "late"), ALL),
    )
    assert {name: inbox.states.temporary_id.tolist() for name, inbox in got.items()} == {
        "a": [7],
        "fast": [7, 9],
        "late": [7],
    }
    assert got["fast"].states.speed_mps.tolist() == pytest.approx([10.0, 20.0])
    assert got["fast"].states_clock_ns.tolist() == [UTC_NS + 6 * MS, UTC_NS + 7 * MS]
    assert got["late"].states_clock_ns.tolist() == [UTC_NS + 7 * MS]
    assert got["late"].states.utc_ns.tolist() == [UTC_NS]


def test_other_messages_come_one_by_one_beside_the_bsms() -> None:
    kind, data = get_profile("j2735").encode(MAP)
    inbox = reception("j2735", []).inboxes(
        [arrival(1, "a", bsm(7, 1.0, "j2735")), arrival(2, "a", data, kind)], {"a": ALL}
    )["a"]
    assert len(inbox.states) == 1
    (received,) = inbox.received
    assert (received.type, received.link, received.clock_ns) == ("MAP", "pc5", UTC_NS + 5 * MS)


def test_bad_bytes_harm_nobody_else_and_are_told() -> None:
    good, cut = bsm(7, 1.0, "j2735"), bsm(8, 1.0, "j2735")[:-3]
    _, other = get_profile("j2735").encode(MAP)
    complaints: list[tuple[int, str, str]] = []
    got = reception("j2735", complaints).inboxes(
        [
            arrival(1, "a", cut),
            arrival(2, "a", good),
            arrival(3, "b", b"\xff\x00", "SPAT"),
            arrival(4, "b", other, "BSM"),
            arrival(1, "c", cut),
        ],
        dict.fromkeys("abc", ALL),
    )
    assert got["a"].states.temporary_id.tolist() == [7]
    assert set(got) == {"a"}
    assert [(tx_id, receiver) for tx_id, receiver, _ in complaints] == [(1, "a"), (3, "b"), (4, "b"), (1, "c")]


def test_nothing_arrived_is_no_inbox() -> None:
    assert reception("j2735", []).inboxes([], {}) == {}


def test_what_a_station_has_no_use_for_is_counted_and_not_decoded() -> None:
    """Bytes that are no message at all do no harm to who does not look at them."""
    complaints: list[tuple[int, str, str]] = []
    some = [arrival(1, "a", b"\xff", "MAP"), arrival(2, "a", b"\xff", "MAP"), arrival(3, "a", bsm(7, 1.0, "j2735"))]
    inbox = reception("j2735", complaints).inboxes(some, {"a": frozenset({"SPAT"})})["a"]
    assert (dict(inbox.unread), len(inbox.states), inbox.received) == ({"MAP": 2, "BSM": 1}, 0, ())
    assert not complaints
