"""Packets to pictures, against a second account of the same rules."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from video_kit import MS, frame, reassembly

from v2x.remote.video.coding import Coding, GroupOfPictures, IntraRefresh
from v2x.remote.video.packets import Frame
from v2x.remote.video.reassembly import Fate, Outcome, Patience, Reassembly

READY, INCOMPLETE, UNDECODABLE = Fate


def whole(receiver: Reassembly, number: int, at_ms: int, *, cycle: int = 5) -> list[tuple[int, Fate]]:
    """All packets of a picture come at one instant."""
    one = frame(number, intra=number % cycle == 0)
    settled = [got for index in range(one.packets) for got in receiver.arrive(at_ms * MS, one, 1 << index)]
    return [(got.number, got.fate) for got in settled]


@given(order=st.permutations(range(8)), repair=st.integers(0, 4), twice=st.lists(st.integers(0, 7), max_size=6))
def test_any_k_packets_in_any_order_make_a_picture(order: list[int], repair: int, twice: list[int]) -> None:
    one = frame(0, intra=True, data=8 - repair, repair=repair)
    receiver, settled = reassembly(), []
    packets = twice[:0] + [index for first in order for index in [first, *[first] * twice.count(first)]]
    for t_ns, index in enumerate(packets):
        settled += receiver.arrive(t_ns, one, 1 << index)
    needed = set(order[: one.data_packets])
    last = next(t_ns for t_ns in range(len(packets)) if needed <= set(packets[: t_ns + 1]))
    assert settled == [Outcome(0, last, READY, one)]


def test_a_picture_is_given_up_after_a_while() -> None:
    receiver = reassembly(patience=Patience(wait_ms=200.0))
    one = frame(0, intra=True)
    assert receiver.arrive(50 * MS, one, 0b001) == []
    assert receiver.advance(249 * MS) == []
    assert receiver.advance(400 * MS) == [Outcome(0, 250 * MS, INCOMPLETE, one)]
    assert receiver.arrive(410 * MS, one, 0b010) + receiver.arrive(410 * MS, one, 0b100) == []


def test_a_packet_that_comes_when_the_wait_is_over_is_too_late() -> None:
    for last_ns, fate in ((250 * MS - 1, READY), (250 * MS, INCOMPLETE)):
        receiver, one = reassembly(patience=Patience(wait_ms=200.0)), frame(0, intra=True, data=2)
        assert receiver.arrive(50 * MS, one, 0b10) == []
        assert [got.fate for got in receiver.arrive(last_ns, one, 0b01)] == [fate]


def test_a_picture_of_which_nothing_came_is_missed_when_a_later_one_comes() -> None:
    receiver = reassembly()
    assert whole(receiver, 0, 10) == [(0, READY)]
    assert whole(receiver, 2, 80) == []  # needs 1
    assert [(one.number, one.at_ns, one.fate) for one in receiver.advance(1000 * MS)] == [
        (1, 280 * MS, INCOMPLETE),
        (2, 280 * MS, UNDECODABLE),
    ]


def test_a_late_picture_lets_those_that_waited_for_it_go() -> None:
    receiver = reassembly()
    whole(receiver, 0, 10)
    assert whole(receiver, 2, 80) == []
    assert whole(receiver, 3, 110) == []
    assert whole(receiver, 1, 120) == [(1, READY), (2, READY), (3, READY)]


def test_with_the_policy_newer_a_later_complete_picture_ends_the_wait() -> None:
    receiver = reassembly(patience=Patience(until="newer"))
    whole(receiver, 0, 10)
    assert whole(receiver, 2, 80) == [(1, INCOMPLETE), (2, UNDECODABLE)]
    assert whole(receiver, 1, 90) == []
    assert whole(receiver, 5, 180) == [(3, INCOMPLETE), (4, INCOMPLETE), (5, READY)]


def test_after_a_loss_nothing_until_the_next_i_picture() -> None:
    receiver = reassembly(patience=Patience(until="newer"))
    fates = [whole(receiver, number, 33 * number) for number in range(12) if number != 2]
    told = dict(fate for step in fates for fate in step)
    assert [told[number] for number in range(12)] == [
        *[READY, READY, INCOMPLETE, UNDECODABLE, UNDECODABLE],
        *[READY] * 7,
    ]


def test_an_i_picture_need_not_wait_for_those_before() -> None:
    receiver = reassembly()
    whole(receiver, 0, 10)
    assert whole(receiver, 5, 180) == [(5, READY)]
    assert whole(receiver, 1, 190) == [(1, READY)]
    assert whole(receiver, 6, 210) == [(6, READY)]


def test_intra_refresh_heals_over_a_cycle() -> None:
    receiver = Reassembly(Patience(until="newer"), IntraRefresh(cycle=4))
    told = dict(
        fate
        for number in range(20)
        if number not in (3, 9, 11)
        for fate in whole(receiver, number, 33 * number, cycle=99)
    )
    ready = [number for number, fate in told.items() if fate is READY]
    assert ready == [0, 1, 2, 7, 8, 15, 16, 17, 18, 19]  # four whole pictures after 3; the wait begins anew after 11


def test_a_stream_that_is_joined_late_waits_for_an_i_picture() -> None:
    receiver = reassembly(patience=Patience(until="newer"))
    told = [whole(receiver, number, 33 * number) for number in range(3, 7)]
    assert [fate for step in told for fate in step if fate[1] is READY] == [(5, READY), (6, READY)]


class Packet(NamedTuple):
    at_ns: int
    number: int
    place: int


def oracle(packets: list[Packet], pictures: list[Frame], wait_ns: int, coding: Coding) -> list[tuple[int, int, Fate]]:
    """Fate of each picture and when it is settled, picture by picture instead of packet by packet."""
    damage, heal = (coding.cycle, 1) if coding.heals else (1, 0)
    before, before_ns, told = damage, 0, []
    for one in pictures:
        heard = [packet.at_ns for packet in packets if packet.number >= one.number]
        if not heard:
            break
        limit_ns = min(heard) + wait_ns
        first: dict[int, int] = {}
        for packet in packets:
            if packet.number == one.number:
                first.setdefault(packet.place, packet.at_ns)
        came = sorted(first.values())
        complete_ns = came[one.data_packets - 1] if len(came) >= one.data_packets else limit_ns
        if complete_ns >= limit_ns:
            before, before_ns = damage, limit_ns
            told.append((one.number, limit_ns, INCOMPLETE))
            continue
        before = 0 if one.intra else max(before - heal, 0)
        before_ns = complete_ns if one.intra else max(complete_ns, before_ns)
        told.append((one.number, before_ns, UNDECODABLE if before else READY))
    return told


@settings(max_examples=300, deadline=None)
@given(
    data=st.data(),
    coding=st.sampled_from([GroupOfPictures(4), IntraRefresh(3)]),
    count=st.integers(1, 14),
    wait_ms=st.sampled_from([5, 60, 500]),
)
def test_all_histories_of_packets_end_as_the_rules_say(
    data: st.DataObject, coding: Coding, count: int, wait_ms: int
) -> None:
    pictures = [frame(number, intra=coding.intra(number), data=2, repair=number % 2) for number in range(count)]
    delays = st.one_of(st.none(), st.integers(0, 300 * MS))
    packets = sorted(
        Packet(one.sent_ns + delay_ns, one.number, index)
        for one in pictures
        for index in [*range(one.packets), 0]  # one of them is sent twice
        if (delay_ns := data.draw(delays)) is not None
    )
    receiver = Reassembly(Patience(wait_ms=wait_ms), coding)
    come = ((packet.at_ns, pictures[packet.number], 1 << packet.place) for packet in packets)
    told = [got for each in come for got in receiver.arrive(*each)]
    told += receiver.advance(10**12)
    assert [one.at_ns for one in told] == sorted(one.at_ns for one in told)
    expected = oracle(packets, pictures, wait_ms * MS, coding)
    assert sorted((one.number, one.at_ns, one.fate) for one in told) == expected


@pytest.mark.parametrize("until", ["newer", "timeout"])
def test_to_advance_often_or_seldom_is_the_same(until: str) -> None:
    def told(every_ms: int) -> list[Outcome]:
        receiver = reassembly(patience=Patience(100.0, until="newer" if until == "newer" else "timeout"))
        got = []
        for t_ms in range(0, 2000):
            if t_ms % every_ms == 0:
                got += receiver.advance(t_ms * MS)
            number, index = divmod(t_ms, 30)
            if index < 3 and number % 7 != 3:
                got += receiver.arrive(t_ms * MS, frame(number, intra=number % 5 == 0), 1 << index)
        return got + receiver.advance(10_000 * MS)

    assert told(1) == told(500)
