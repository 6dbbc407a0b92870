"""What stations hear of each other in a slot, and what they have sensed of a second."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from links.sensing_kit import GOOD, LEAST_MW, Lab, causes, rules, tables

from v2x.links.base import Cause

LEAK = 10.0**-2.82


def send_at(lab: Lab, station: int, slot: int, sub: int, width: int = 1, **flow: int) -> int:
    """A packet that goes on the air in a given slot and sub-channel; its number."""
    number = lab.flow(station, **flow)
    lab.plant(number, slot, sub)
    lab.radios.flows["width"][number] = width
    return lab.send(number, slot - 1, width=width)[0]


def test_two_that_send_in_one_slot_miss_each_other_and_nobody_else_does():
    lab = Lab(GOOD, 3)
    first, second = send_at(lab, 0, 10, 0), send_at(lab, 1, 10, 2)
    (third,) = lab.send(lab.flow(1), 109)
    fates = lab.run(120)
    assert causes(fates, first) == {lab.seats[1]: Cause.HALF_DUPLEX, lab.seats[2]: Cause.DELIVERED}
    assert causes(fates, second) == {lab.seats[0]: Cause.HALF_DUPLEX, lab.seats[2]: Cause.DELIVERED}
    assert set(causes(fates, third).values()) == {Cause.DELIVERED}


def test_causes_in_the_order_of_the_paper():
    """Too weak to be noticed; lost to noise alone; lost to another in the same sub-channel; got through beside it."""
    gain = np.zeros((4, 4))
    gain[0] = [0, 0.5 * LEAST_MW, 1.5e-11, GOOD]
    lab = Lab(np.maximum(gain, gain.T), rules=rules(sensitivity_mw=1e-11))
    lab.gain[0, 1] = lab.gain[1, 0] = 0.5e-11
    alone = send_at(lab, 0, 5, 1)
    assert causes(lab.run(10), alone) == {
        lab.seats[1]: Cause.BELOW_SENSITIVITY,
        lab.seats[2]: Cause.PROPAGATION,  # 1.8 dB of the 3 it needs
        lab.seats[3]: Cause.DELIVERED,
    }


@pytest.mark.parametrize(("ratio", "cause"), [(1.9, Cause.COLLISION), (2.1, Cause.DELIVERED)])
def test_a_collision_is_lost_below_the_needed_ratio_only(ratio, cause):
    gain = np.zeros((3, 3))
    gain[0, 2], gain[1, 2] = 1e-6 * ratio, 1e-6 - 1e-11  # with the noise: one over ``ratio``
    lab = Lab(gain + gain.T)
    packet = send_at(lab, 0, 5, 1)
    send_at(lab, 1, 5, 1)
    assert causes(lab.run(10), packet)[lab.seats[2]] == cause


def test_a_wide_block_shares_its_power_among_its_subchannels():
    """Of two sub-channels one is disturbed: the block meets that power, and twice the noise."""
    gain = np.zeros((3, 3))
    gain[0, 2], gain[1, 2] = 2.1e-6, 1e-6
    lab = Lab(gain + gain.T)
    packet = send_at(lab, 0, 5, 0, width=2)
    send_at(lab, 1, 5, 1)
    fates = lab.run(6)
    assert causes(fates, packet)[lab.seats[2]] == Cause.DELIVERED
    sensed = lab.radios.senses.rssi[5, :, lab.seats[2]]
    assert sensed == pytest.approx([1.05e-6, 2.05e-6, 0.0, 0.0], rel=1e-6)


def test_neighbouring_carriers_leak_and_share_one_radio():
    """cn10: vehicles on the lower carrier, roadside units on the upper one, 28.2 dB apart."""
    carrier = np.array([0, 0, 1, 1])
    leak = np.where(carrier[:, None] == carrier, np.eye(4), LEAK)
    gain = np.zeros((4, 4))
    gain[0, 2], gain[1, 2] = 1e-8, 1e-5  # the roadside unit 30 dB stronger: 1.8 dB too much through the leak
    gain[0, 3] = gain[1, 3] = 1e-7
    lab = Lab(gain + gain.T, tables=tables(4, carrier=carrier, leak=leak))
    vehicle, roadside = send_at(lab, 0, 5, 0, high=1), send_at(lab, 1, 5, 2, low=2)
    other = send_at(lab, 2, 105, 0, high=1)
    answer = send_at(lab, 3, 105, 2, low=2)
    fates = lab.run(110)
    assert causes(fates, vehicle) == {lab.seats[2]: Cause.COLLISION, lab.seats[3]: Cause.DELIVERED}
    assert causes(fates, roadside) == {lab.seats[2]: Cause.DELIVERED, lab.seats[3]: Cause.DELIVERED}
    assert set(causes(fates, other).values()) == {Cause.DELIVERED}
    assert set(causes(fates, answer).values()) == {Cause.DELIVERED}
    lab.gain[2, 3] = lab.gain[3, 2] = GOOD
    lab.send(lab.flow(2), 204)
    lab.send(lab.flow(3), 204)
    fates = lab.run(210)
    deaf = fates[fates["cause"] == Cause.HALF_DUPLEX]
    assert set(deaf["seat"].tolist()) == {int(lab.seats[2]), int(lab.seats[3])}


def test_sums_of_s_rssi_stay_exact_over_many_orders_of_magnitude():
    """Random traffic at powers 90 dB apart for three seconds: each sum is that of its ten slots, to the last bit."""
    rng = np.random.default_rng(3)
    loud = 10.0 ** rng.uniform(-11, -1, (12, 12))
    lab = Lab(np.tril(loud, -1) + np.tril(loud, -1).T, rules=rules(rssi_floor_mw=1e-14, sensitivity_mw=1e-14))
    for station in range(12):
        flow = lab.flow(station, interval=20 if station % 2 else 100, budget=20 if station % 2 else 100)
        lab.send(flow, np.arange(station, 3000, 20 if station % 2 else 100))
    lab.run(3000)
    senses = lab.radios.senses
    assert (senses.rssi > 0).sum() > 3000
    sums = senses.rssi.reshape(10, 100, *senses.rssi.shape[1:]).transpose(1, 2, 3, 0)
    for cell in np.ndindex(senses.rssi_sum.shape):
        exact = sum((Fraction(float(value)) for value in sums[cell]), Fraction(0))
        assert Fraction(float(senses.rssi_sum[cell])) == exact


def test_who_sends_senses_nothing_and_noise_below_the_floor_is_nothing():
    gain = np.zeros((3, 3))
    gain[0, 1], gain[0, 2] = 1e-9, 0.9 * LEAST_MW
    lab = Lab(gain + gain.T)
    send_at(lab, 0, 5, 0)
    send_at(lab, 1, 105, 1)
    lab.send(lab.flow(0), 104)
    lab.run(110)
    rssi = lab.radios.senses.rssi[:, :, lab.seats]
    assert rssi[5, :, 1] == pytest.approx([1e-9, 0, 0, 0])  # the neighbour
    assert not rssi[5, :, 2].any()  # too far
    assert not rssi[105, :, 0].any()  # sends itself
    assert not rssi[105, :, 1].any()


def test_busy_ratio_counts_subchannels_over_100_ms():
    """One of four sub-channels in 5 of 100 slots, at the receiver; by its own ears the sender's channel is free."""
    lab = Lab(GOOD, 2)
    flow = lab.flow(0, interval=20, budget=20)
    lab.send(flow, range(0, 100, 20))
    lab.run(200)
    lab.send(flow, range(200, 300, 20))
    lab.run(300)
    assert lab.radios.senses.cbr[0, lab.seats].tolist() == [0.0, 5 / 400]


def test_control_information_needs_a_ratio_of_its_own():
    """A receiver may miss the data and read the reservation, or the reverse."""
    lab = Lab(GOOD, 2, tables=tables(needed=np.full((2, 1), 1e4)))
    packet = send_at(lab, 0, 5, 0)
    assert causes(lab.run(6), packet)[lab.seats[1]] == Cause.PROPAGATION
    assert lab.radios.senses.heard[lab.flow(0), lab.seats[1]] == pytest.approx(GOOD)
    deaf = Lab(GOOD, 2, tables=tables(sci_needed=np.full((2, 1), 1e4)))
    packet = send_at(deaf, 0, 5, 0)
    assert causes(deaf.run(6), packet)[deaf.seats[1]] == Cause.DELIVERED
    assert deaf.radios.senses.heard[deaf.flow(0), deaf.seats[1]] == 0.0


def test_a_reservation_is_forgotten_when_its_next_announcement_is_missed():
    lab = Lab(GOOD, 2)
    send_at(lab, 0, 5, 0)
    flow = lab.flow(0)
    lab.run(10)
    assert lab.radios.senses.heard[flow, lab.seats[1]] > 0
    lab.send(flow, 104)
    send_at(lab, 1, 105, 2)
    lab.run(110)
    assert lab.radios.senses.heard[flow, lab.seats[1]] == 0.0
