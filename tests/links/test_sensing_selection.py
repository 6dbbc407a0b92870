"""Choice of resources: TS 36.213 clause 14.1.1.6, TS 36.321 clause 5.14.1.1, TS 38.214 clause 8.1.4."""

from __future__ import annotations

import numpy as np
import pytest
from links.sensing_kit import GOOD, LEAST_MW, Lab, even, rules, tables

#: Stations that choose on their own, to see what chance does.
MANY = 4000


def alone(
    n: int = MANY, interval: int = 100, budget: int = 100, subs: int = 4, **changes: object
) -> tuple[Lab, list[int]]:
    """Stations that nobody disturbs, each with a flow."""
    lab = Lab(0.0, n, rules=rules(**changes), tables=tables(subs))
    return lab, [lab.flow(station, interval=interval, budget=budget) for station in range(n)]


def first_choice(lab: Lab, flows: list[int], now: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Slots after the packet, and sub-channels, that flows choose for a packet."""
    for flow in flows:
        lab.send(flow, now)
    lab.run(now + 1)
    return lab.field("slot", flows) - now, lab.field("sub", flows)


@pytest.mark.parametrize(
    ("window", "interval", "budget", "low", "high"),
    [
        ((1, 100), 100, 100, 1, 100),
        ((4, 20), 100, 100, 4, 20),
        ((1, 100), 100, 30, 1, 30),  # not after the packet's delay budget
        ((1, 100), 50, 100, 1, 50),  # not after the next packet may have come
    ],
)
def test_access_delay_is_uniform_over_the_selection_window(window, interval, budget, low, high):
    lab, flows = alone(interval=interval, budget=budget, first=window[0], last=window[1])
    delay, sub = first_choice(lab, flows)
    assert even(delay, low, high)
    assert even(sub, 0, 3)
    assert abs(np.corrcoef(delay, sub)[0, 1]) < 4 / np.sqrt(MANY)


def test_access_delay_stays_until_the_counter_has_run_down():
    lab, flows = alone(50)
    for flow in flows:
        lab.send(flow, np.arange(0, 3000, 100))
    delays, counters = [], []
    for now in range(0, 3000, 100):
        lab.run(now + 1)  # the packet is there, and its resource known
        delays.append(lab.field("slot", flows) - now)
        counters.append(lab.field("counter", flows))
        lab.run(now + 100)
    changed = np.diff(delays, axis=0) != 0
    fresh = np.diff(counters, axis=0) > -1  # drawn anew instead of one less
    assert fresh.sum() > 80
    assert not changed[~fresh].any()
    assert changed[fresh].mean() > 0.9  # one in a hundred draws the same slot again
    stays = [np.diff(np.flatnonzero(column)) for column in fresh.T]
    assert set(np.concatenate(stays)) <= set(range(5, 16))


@pytest.mark.parametrize(("interval", "low", "high"), [(1000, 5, 15), (100, 5, 15), (50, 10, 30), (20, 25, 75)])
def test_counter_is_uniform_and_longer_for_short_intervals(interval, low, high):
    lab, flows = alone(interval=interval)
    first_choice(lab, flows)
    assert even(lab.field("counter", flows), low, high)


@pytest.mark.parametrize("keep", [0.0, 0.4, 0.8])
def test_resources_are_kept_with_the_given_probability(keep):
    lab, flows = alone(keep=keep)
    first_choice(lab, flows)
    lab.radios.flows["counter"][flows] = 1
    lab.run(101)
    kept = lab.field("slot", flows) >= 0
    assert abs(kept.mean() - keep) <= 4 * np.sqrt(keep * (1 - keep) / MANY)
    assert even(lab.field("counter", flows)[kept], 5, 15) if keep else not kept.any()


def busy_lab(powers: np.ndarray, free: int, **changes: object) -> tuple[Lab, int]:
    """A chooser among stations that hold all resources of the window but some, read at given powers."""
    lab = Lab(GOOD, len(powers) + 1, rules=rules(**changes), tables=tables(1))
    for station, power in enumerate(powers, start=1):
        lab.plant(lab.flow(station), 1 + free + station - 1, 0, power)
    return lab, lab.flow(0)


def choices(powers: np.ndarray, free: int, **changes: object) -> set[int]:
    """What the chooser takes at different seeds."""
    taken = set()
    for seed in range(40):
        lab, flow = busy_lab(powers, free, **changes)
        lab.radios._roots = lab.radios._roots._replace(selection=np.uint64(seed))
        taken |= set(first_choice(lab, [flow])[0].tolist())
    return taken


def test_what_is_reserved_is_left_alone_below_80_percent():
    taken = choices(np.full(80, 2 * LEAST_MW), free=20)
    assert taken <= set(range(1, 21))
    assert len(taken) > 10


def test_reservations_below_the_threshold_do_not_count():
    assert max(choices(np.full(80, 0.5 * LEAST_MW), free=20)) > 20


def test_threshold_rises_by_3_db_until_a_fifth_is_left():
    """Ten are free; ten at +2 dB come next, at the first rise; those at +5 dB are never needed."""
    powers = LEAST_MW * 10.0 ** (np.array([2.0] * 10 + [5.0] * 80) / 10.0)
    taken = choices(powers, free=10)
    assert taken <= set(range(1, 21))
    assert max(taken) > 10


def test_a_station_in_sight_never_takes_what_another_announced():
    """70 stations with 100 resources: whoever chooses, chooses what nobody has announced to it."""
    lab = Lab(GOOD, 70, tables=tables(1))
    flows = [lab.flow(station) for station in range(70)]
    for number, flow in enumerate(flows):
        lab.send(flow, np.arange(number * 7, 4000, 100))
    chosen = 0
    for now in range(4000):
        held = {slot % 100: flow for flow, slot in zip(flows, lab.field("slot", flows), strict=True) if slot > now}
        known = {slot: flow for slot, flow in held.items() if lab.radios.flows["announced"][flow]}
        before = lab.field("used", flows)
        lab.run(now + 1)
        for flow in np.array(flows)[(lab.field("used", flows) == now) & (before != now)].tolist():
            slot = lab.radios.flows["slot"][flow, 0]
            if lab.radios.flows["announced"][flow] == 0 and slot > now and now >= 200:
                holder = known.get(slot % 100)
                seat = lab.radios.flows["seat"][flow]
                assert holder in (None, flow) or not lab.radios.senses.heard[holder, seat]
                chosen += 1
    assert chosen > 200


def test_short_reservations_count_for_100_ms_and_long_ones_for_the_choosers_own_periods():
    every_20, once_a_second = Lab(GOOD, 2, tables=tables(1)), Lab(GOOD, 2, tables=tables(1))
    every_20.plant(every_20.flow(1, interval=20), 7, 0, 1.0)
    once_a_second.plant(once_a_second.flow(1, interval=1000), 733, 0, 1.0)
    for lab, forbidden in ((every_20, {7, 27, 47, 67, 87}), (once_a_second, {33})):
        own = lab.flow(0)
        lab.radios.senses.rssi_sum[:] = 1.0
        for slot in forbidden:  # quiet, so that nothing but the reservation keeps the chooser away
            lab.radios.senses.rssi_sum[slot] = 0.0
        taken = set()
        for seed in range(60):
            lab.radios._roots = lab.radios._roots._replace(selection=np.uint64(seed))
            lab.radios._next_slot = 0
            lab.radios.flows["slot"][own] = -1
            taken.add(int(first_choice(lab, [own])[0][0]))
            if lab is every_20:
                lab.plant(lab.flow(1, interval=20), 7, 0, 1.0)
        assert not taken & forbidden
        assert len(taken) > 20


def test_ranking_keeps_the_quietest_fifth_and_draws_evenly_among_it():
    lab, flows = alone()
    energy = np.random.default_rng(5).permutation(400).reshape(100, 4) + 1.0
    lab.radios.senses.rssi_sum[:] = energy[:, :, None]
    slot, sub = first_choice(lab, flows)
    rank = energy[slot % 100, sub] - 1
    assert even(rank.astype(int), 0, 79)


def test_ties_are_broken_evenly():
    """40 quieter resources and 200 equal ones for 80 places: each of the 200 has the same chance."""
    lab, flows = alone()
    energy = np.full(400, 9.0)
    energy[:40], energy[40:240] = 0.0, 1.0
    lab.radios.senses.rssi_sum[:] = energy.reshape(100, 4)[:, :, None]
    slot, sub = first_choice(lab, flows)
    place = (slot % 100) * 4 + sub
    assert place.max() < 240
    assert even(place[place >= 40], 40, 239)
    assert abs((place < 40).mean() - 0.5) < 4 * 0.5 / np.sqrt(MANY)


def test_short_intervals_rank_by_all_their_slots():
    """Every 50 ms: a slot is as loud as it and the one 50 later together."""
    lab, flows = alone(interval=50, subs=1)
    lab.radios.senses.rssi_sum[:] = 1.0
    lab.radios.senses.rssi_sum[20:40] = 0.0  # quiet half the time
    lab.radios.senses.rssi_sum[[5, 15, 55, 65]] = 0.0  # quiet always
    slot, _ = first_choice(lab, flows)
    assert {5, 15} <= set(slot.tolist())
    assert set(slot.tolist()) <= {5, 15, *range(20, 40)}
    assert np.isin(slot, [5, 15]).mean() == pytest.approx(0.2, abs=0.03)  # 2 of the 10 that are kept


def test_without_ranking_all_that_is_free_is_drawn_evenly():
    lab, flows = alone(ranking=False, subs=1)
    lab.radios.senses.rssi_sum[:] = np.random.default_rng(5).uniform(size=(100, 1, 1))
    assert even(first_choice(lab, flows)[0], 1, 100)


@pytest.mark.parametrize(("interval", "blind"), [(100, {30}), (50, {30}), (20, {10})])
def test_slots_in_whose_likes_a_station_sent_are_out(interval, blind):
    """It sent in slot 30 of every 100 ms: what would meet that, now or in a later period, could not be sensed."""
    lab, flows = alone(interval=interval, subs=1)
    lab.radios.senses.spoken[30] = 1
    delay, _ = first_choice(lab, flows)
    assert not set(delay.tolist()) & blind
    assert len(set(delay.tolist())) == min(interval, 100) - len(blind)
