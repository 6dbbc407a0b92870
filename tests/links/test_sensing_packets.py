"""From a packet's arrival at its radio to its end: queue, segments, attempts, budget, congestion control, one-shot."""

from __future__ import annotations

import numpy as np
import pytest
from links.sensing_kit import GOOD, Lab, causes, even, rules, tables

from v2x.links.base import Cause


def slots(fates: np.ndarray) -> dict[int, int]:
    """Packet -> slot in which it was decided."""
    return dict(zip(fates["tx_id"].tolist(), fates["slot"].tolist(), strict=True))


def test_a_newer_message_replaces_one_that_waits():
    lab = Lab(GOOD, 2)
    flow = lab.flow(0)
    old, new = lab.send(flow, [0, 1])
    lab.plant(flow, 50, 0)
    fates = lab.run(60)
    assert causes(fates, old) == {lab.seats[1]: Cause.QUEUE}
    assert causes(fates, new) == {lab.seats[1]: Cause.DELIVERED}
    assert slots(fates) == {old: 1, new: 50}


def test_a_refused_packet_reaches_nobody_and_leaves_the_waiting_one_alone():
    lab = Lab(GOOD, 3)
    flow = lab.flow(0)
    (sent,), (refused,) = lab.send(flow, 0), lab.send(flow, 0, refused=int(Cause.OVERSIZE))
    fates = lab.run(110)
    assert set(causes(fates, refused).values()) == {Cause.OVERSIZE}
    assert set(causes(fates, sent).values()) == {Cause.DELIVERED}


def test_messages_off_the_reservation_grid_wait_for_their_resource():
    """Every 143 ms over reservations of 100 ms: the wait is the same modulo 100 ms, and part of the latency."""
    lab = Lab(GOOD, 2, rules=rules(keep=1.0))
    flow = lab.flow(0)
    sent = np.arange(0, 14300, 143)
    packets = lab.send(flow, sent)
    fates = lab.run(14500)
    wait = np.array([slots(fates)[packet] for packet in packets]) - sent
    assert wait.min() >= 1
    assert wait.max() <= 100
    assert len(set(((sent + wait) % 100).tolist())) == 1
    assert even(wait, 1, 100)


def test_resources_not_used_for_a_second_are_given_up():
    lab = Lab(GOOD, 2, rules=rules(keep=1.0))
    kept, lost = lab.flow(0), lab.flow(1)
    lab.send(kept, [0, 950])
    lab.send(lost, [0, 1200])
    lab.run(101)
    before = lab.field("slot", [kept, lost]) % 100
    lab.run(1201)
    used = lab.field("used", [kept, lost])
    after = lab.field("slot", [kept, lost]) % 100
    assert after[0] == before[0]
    assert used[1] == 1200  # chosen anew


def test_the_counter_counts_packets_not_periods():
    lab = Lab(0.0, 1)
    flow = lab.flow(0)
    lab.send(flow, np.arange(0, 5000, 300))
    lab.run(1)
    drawn = lab.radios.flows["counter"][flow]
    slot = lab.radios.flows["slot"][flow, 0]
    for sent in range(1, drawn):
        lab.run(300 * sent)
        assert lab.radios.flows["counter"][flow] == drawn - sent
        assert (lab.radios.flows["slot"][flow, 0] - slot) % 100 == 0


@pytest.mark.parametrize("attempts", [1, 2])
def test_all_segments_are_needed(attempts):
    """Of two segments a receiver misses one each time: it has nothing. Another one misses each only once."""
    lab = Lab(GOOD, 3)
    flow, busy = lab.flow(0), lab.flow(1)
    (packet,) = lab.send(flow, 0, segments=2, attempts=attempts)
    lab.run(1)
    times = lab.radios.flows["slot"][flow][: 2 * attempts].copy()
    assert (np.diff(times) > 0).all()
    lab.plant(busy, times[1], 3)
    lab.send(busy, times[1] - 1)  # deaf for the second segment's first attempt
    fates = lab.run(101)
    assert causes(fates, packet)[lab.seats[2]] == Cause.DELIVERED
    assert causes(fates, packet)[lab.seats[1]] == (Cause.HALF_DUPLEX if attempts == 1 else Cause.DELIVERED)
    assert slots(fates[fates["tx_id"] == packet])[packet] == times[-1]


def test_a_blind_retransmission_follows_within_15_slots_and_repairs_a_miss():
    lab = Lab(0.0, 3000)
    flows = [lab.flow(station) for station in range(3000)]
    for flow in flows:
        lab.send(flow, 0, attempts=2)
    lab.run(1)
    gap = lab.radios.flows["slot"][flows][:, 1] - lab.radios.flows["slot"][flows][:, 0]
    assert (gap.min(), gap.max()) == (1, 15)
    assert (lab.field("attempts", flows) == 2).all()

    lab = Lab(GOOD, 3)
    flow, busy = lab.flow(0), lab.flow(1)
    (packet,) = lab.send(flow, 0, attempts=2)
    lab.run(1)
    first = lab.radios.flows["slot"][flow, 0]
    lab.plant(busy, first, 3)
    lab.send(busy, first - 1)
    assert set(causes(lab.run(120), packet).values()) == {Cause.DELIVERED}


@pytest.mark.parametrize(("distance_m", "attempts"), [(50.0, 3), (150.0, 1)])
def test_feedback_ends_the_attempts_when_nobody_near_asks(distance_m, attempts):
    """The receiver never gets it: asked for within 100 m, left at one attempt beyond."""
    lab = Lab(0.5e-10, 2, distance_m, rules(feedback_m=100.0, apart=4, spread=31, ranking=False))
    flow = lab.flow(0, interval=0)
    (packet,) = lab.send(flow, 0, attempts=3)
    lab.run(1)
    times = lab.radios.flows["slot"][flow][:3].copy()
    assert (np.diff(times) >= 4).all()
    assert times[2] - times[0] <= 31
    fates = lab.run(101)
    assert causes(fates, packet) == {lab.seats[1]: Cause.BELOW_SENSITIVITY}
    assert slots(fates)[packet] == times[attempts - 1]
    assert lab.radios.senses.used[4, lab.seats[0]] == attempts


def test_a_packet_that_misses_its_only_slot_expires_with_its_budget():
    """The station's more urgent message takes the slot; the other has no further one."""
    lab = Lab(GOOD, 2)
    single, urgent = lab.flow(0, "MAP", interval=0, pppp=7, budget=40), lab.flow(0, pppp=2)
    (packet,) = lab.send(single, 0)
    lab.run(1)
    lab.plant(urgent, lab.radios.flows["slot"][single, 0], 3)
    (first,) = lab.send(urgent, 0)
    fates = lab.run(100)
    assert causes(fates, first) == {lab.seats[1]: Cause.DELIVERED}
    assert causes(fates, packet) == {lab.seats[1]: Cause.EXPIRED}
    assert slots(fates)[packet] == 41


def test_resources_beyond_the_budget_are_left_for_others():
    lab = Lab(GOOD, 2)
    flow = lab.flow(0, budget=30)
    lab.plant(flow, 80, 0)
    (packet,) = lab.send(flow, 0)
    assert slots(lab.run(31))[packet] <= 30


def test_a_bigger_packet_makes_the_station_choose_anew_and_a_smaller_one_does_not():
    lab = Lab(0.0, 1)
    flow = lab.flow(0)
    lab.send(flow, 0, width=2)
    lab.send(flow, [100, 200], width=1)
    lab.send(flow, 300, width=3)
    lab.run(100)
    before = lab.radios.flows["slot"][flow, 0]
    lab.run(300)
    assert lab.radios.flows["slot"][flow, 0] == before + 200
    assert lab.radios.outgrown[0] == 0
    assert lab.radios.senses.used[4, lab.seats[0]] == 6  # padded: three times two
    lab.run(301)
    assert lab.radios.outgrown[0] == 1
    assert lab.radios.flows["width"][flow] == 3


def test_two_flows_of_a_station_never_meet():
    lab = Lab(0.0, 300, tables=tables(2))
    pairs = [(lab.flow(station), lab.flow(station, "SPAT", interval=50, budget=50)) for station in range(300)]
    for number, (slow, fast) in enumerate(pairs):
        lab.send(slow, np.arange(number % 100, 5000, 100))
        lab.send(fast, np.arange(number % 37, 5000, 50))
    for now in range(0, 5000, 10):
        lab.run(now)
        reserved = lab.radios.flows["slot"][np.array(pairs), 0]
        both = (reserved > 0).all(axis=1)
        assert (reserved[both, 0] % 50 != reserved[both, 1] % 50).all()
        assert both.sum() > 200 or now < 200


def test_a_busy_channel_lowers_what_a_station_may_use():
    """No limit up to a busy ratio of 0.3, 3 % of 400 sub-channels above: the 13th packet within a second is dropped."""
    limits = np.array([[0.3] + [1.0] * 8, [np.inf] + [0.03] * 8])
    sent = []
    for cbr in (0.3, 0.31):
        lab = Lab(GOOD, 2, rules=rules(sensing=100, step=10, last=10), tables=tables(limits=limits))
        flow = lab.flow(0, interval=5, budget=5)
        packets = lab.send(flow, range(0, 100, 5))
        dropped = set()
        for now in range(1, 110):
            lab.radios.senses.cbr[:] = cbr
            fates = lab.run(now)
            dropped |= set(fates["tx_id"][fates["cause"] == Cause.CONGESTION_CONTROL].tolist())
        sent.append(len(packets) - len(dropped))
    assert sent == [20, 12]


def test_less_urgent_packets_leave_room_for_urgent_ones():
    """Occupancy counts from one's own priority down: what was sent more urgently does not count against the rest."""
    limits = np.array([[np.inf] + [0.01] * 8])
    lab = Lab(GOOD, 2, tables=tables(1, limits=limits))
    lab.radios.senses.used[2, lab.seats[0]] = 10  # PPPP 3
    urgent, usual, least = (
        lab.flow(0, kind, pppp=pppp) for kind, pppp in (("BSM", 2), ("SPAT", 3), ("MAP", 5))
    )  # fmt: skip
    packets = [lab.send(flow, 0)[0] for flow in (urgent, usual, least)]
    fates = lab.run(110)
    found = [causes(fates, packet)[lab.seats[1]] for packet in packets]
    assert found == [Cause.CONGESTION_CONTROL, Cause.CONGESTION_CONTROL, Cause.DELIVERED]


def test_one_shot_packets_leave_the_reservation_in_place():
    """Every second to sixth packet goes elsewhere, evenly spread; all others stay where the resource is."""
    lab = Lab(GOOD, 2, rules=rules(keep=1.0))
    flow = lab.flow(0, singles=1)
    packets = lab.send(flow, np.arange(0, 100_000, 100))
    fates = lab.run(100_200)
    assert (fates["cause"] == Cause.DELIVERED).all()
    phase = np.array([slots(fates)[packet] for packet in packets]) % 100
    home = np.bincount(phase).argmax()
    away = np.flatnonzero(phase != home)
    gaps = np.diff(away)
    assert set(gaps[gaps < 7].tolist()) == {2, 3, 4, 5, 6}
    assert np.mean(gaps) == pytest.approx(4.0, abs=0.4)
    assert len(set(phase[away].tolist())) > 80


def test_one_shot_breaks_a_collision_that_would_last():
    """Two stations on the same resource, kept for ever: without one-shot they never hear each other again."""
    heard = []
    for singles in (0, 1):
        lab = Lab(GOOD, 2, rules=rules(keep=1.0))
        flows = [lab.flow(station, singles=singles) for station in (0, 1)]
        for flow in flows:
            lab.send(flow, 0)
        lab.run(1)
        for flow in flows:
            lab.plant(flow, 40, 1)
            lab.radios.flows["to_single"][flow] = 3 + flow % 2
            lab.send(flow, np.arange(100, 5000, 100))
        fates = lab.run(5100)
        heard.append((fates["cause"] == Cause.DELIVERED).mean())
    assert heard[0] == 0.0
    assert 0.3 < heard[1] < 0.6  # about two packets in five go alone


def test_a_selection_is_looked_at_again_before_its_first_use():
    """NR: somebody announces the chosen resource meanwhile. With re-evaluation the station goes elsewhere."""
    met = []
    for recheck in (0, 3):
        lab = Lab(GOOD, 3, rules=rules(ranking=False, recheck=recheck), tables=tables(1))
        mine, theirs = lab.flow(0), lab.flow(1)
        (packet,) = lab.send(mine, 0)
        lab.run(1)
        chosen = lab.radios.flows["slot"][mine, 0]
        lab.plant(theirs, chosen, 0, heard_mw=1.0, by=0)
        lab.send(theirs, chosen - 1)
        slot = slots(lab.run(101)).get(packet)
        met.append(slot == chosen)
        assert slot <= 100
    assert met == [True, False]


def test_stations_leave_and_come_back_with_nothing():
    """A packet on its way goes with its station; whoever takes the seat inherits nothing."""
    lab = Lab(GOOD, 3)
    flow = lab.flow(0)
    lab.plant(flow, 50, 0)
    (packet,) = lab.send(flow, 0)
    lab.run(10)
    keys = np.array([2, 3], np.uint64)
    lab.radios.seated(keys)
    lab.seats, lab.gain, lab.distance_m = lab.seats[1:], lab.gain[1:, 1:], lab.distance_m[1:, 1:]
    assert packet not in slots(lab.run(200))
    back = lab.radios.seated(np.array([2, 3, 1], np.uint64))[2]
    assert lab.radios.seats["first_flow"][back] == -1
    for column in lab.radios.senses:
        assert not column[..., back].any()
    assert not lab.radios.senses.heard[flow].any()
