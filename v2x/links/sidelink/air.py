"""What is received in one slot: who sends, what adds up where, and which blocks get through.

The losses are told apart in the order of Gonzalez-Martin et al. 2019 (doi:10.1109/TVT.2018.2888704): a receiver that
sends itself, a signal too weak to be noticed, one lost to noise alone, one lost to others' signals. One draw for a
block and receiver decides against noise and against interference, so a collision is a loss that noise alone would not
be.
"""

from __future__ import annotations

import numpy as np

from v2x.jit import compiled, hashed, unit
from v2x.links.base import F64, I64, Cause
from v2x.links.sidelink.state import Net

_HALF_DUPLEX, _BELOW_SENSITIVITY = int(Cause.HALF_DUPLEX), int(Cause.BELOW_SENSITIVITY)
_PROPAGATION, _COLLISION = int(Cause.PROPAGATION), int(Cause.COLLISION)
#: Strongest S-RSSI; and a number between 0.5 and 1, beside which a float64 has room for multiples of 2**-53 only.
_LOUDEST_MW, _ROUNDING = 2.0**-4, 0.75


@compiled
def superpose(net: Net, on_air: I64, low: I64, total: F64) -> None:
    """Add up all signals of a slot: ``total`` (sub-channels, seats), mW in each, with what leaks over.

    ``on_air`` are the flows that send a block, ``low`` its first sub-channel. Who sends hears nothing.
    """
    near, leak = net.near, net.tables.leak
    total[:] = 0.0
    for row in range(len(on_air)):
        flow = net.flows[on_air[row]]
        begin, end = near.begin[flow.seat], near.end[flow.seat]
        for into in range(len(total)):
            power = flow.power_mw * np.sum(leak[low[row] : low[row] + flow.width, into]) / flow.width
            if power > 0.0:
                for place in range(begin, end):
                    total[into, near.other[place]] += power * near.gain[place]
    for row in range(len(on_air)):
        total[:, net.flows[on_air[row]].seat] = 0.0


@compiled
def sense(net: Net, total: F64, now: int) -> None:
    """Enter a slot into what stations have sensed.

    S-RSSI is kept in multiples of 2**-53 mW and ends at 2**-4 mW (-12 dBm), so that a sum of ten is exact, in whatever
    order they come and go: stations that sensed the same are equal.
    """
    senses, rules, carrier = net.senses, net.rules, net.tables.carrier
    row, phase = now % rules.sensing, now % rules.step
    for sub in range(len(total)):
        rssi, rssi_sum, busy = senses.rssi[row, sub], senses.rssi_sum[phase, sub], senses.busy[carrier[sub]]
        for seat in range(len(rssi)):
            power = total[sub, seat]
            busy[seat] += power > rules.busy_mw
            rounded = (min(power, _LOUDEST_MW) + _ROUNDING) - _ROUNDING
            sensed = np.float32(rounded if power >= rules.rssi_floor_mw else 0.0)
            rssi_sum[seat] += np.float64(sensed) - np.float64(rssi[seat])
            rssi[seat] = sensed
    if (now + 1) % rules.step == 0:
        for number in range(len(senses.busy)):
            senses.cbr[number] = senses.busy[number] / (rules.step * np.sum(carrier == number))
            senses.busy[number] = 0


@compiled
def receive(net: Net, number: int, low: int, now: int, total: F64, fate: I64) -> None:
    """Fate of one block at each neighbour of its sender, as `Cause` codes in the neighbours' order.

    Who reads the control information learns of the reservations; it needs a SINR of its own, with the block's luck.
    """
    flow, near, seats, rules, tables = net.flows[number], net.near, net.seats, net.rules, net.tables
    seat, width, power_mw, reserves = flow.seat, flow.width, flow.power_mw, flow.single_slot != now
    high, noise_mw = low + width, rules.noise_mw * width * tables.noise_share[flow.code]
    needed, sci_needed = tables.needed[flow.code], tables.sci_needed[flow.code]
    own = np.sum(tables.leak[low:high, low:high]) / width  # its power in its own sub-channels
    word = hashed(hashed(net.roots.reception, seats[seat].key), np.uint64(now))
    heard, begin = net.senses.heard[number], near.begin[seat]
    if reserves and flow.done == 0:
        heard[:] = 0.0  # what its last packet said is over
    for place in range(begin, near.end[seat]):
        other = near.other[place]
        signal = power_mw * near.gain[place]
        if seats[other].sending == now:
            fate[place - begin] = _HALF_DUPLEX
        elif signal < rules.sensitivity_mw:
            fate[place - begin] = _BELOW_SENSITIVITY
        else:
            others = -signal * own
            for sub in range(low, high):
                others += total[sub, other]
            disturbed = noise_mw + max(others, 0.0)
            luck = int(unit(hashed(word, seats[other].key)) * len(needed))
            if signal > needed[luck] * disturbed:
                fate[place - begin] = 0
            elif signal > needed[luck] * noise_mw:
                fate[place - begin] = _COLLISION
            else:
                fate[place - begin] = _PROPAGATION
            if reserves and signal > sci_needed[luck] * disturbed:
                heard[other] = signal / width
