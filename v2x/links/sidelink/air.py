"""What is received in one slot: who sends, what adds up where, and which blocks get through.

The losses are told apart in the order of Gonzalez-Martin et al. 2019 (doi:10.1109/TVT.2018.2888704): a receiver that
sends itself, a signal too weak to be noticed, one lost to noise alone, one lost to others' signals. One draw for a
block and receiver decides against noise and against interference, so a collision is a loss that noise alone would not
be.
"""

from __future__ import annotations

import numpy as np

from v2x.jit import compiled, hashed, unit
from v2x.links.base import Cause
from v2x.links.sidelink.state import F64, I64, Near, Rows, Rules, Senses, Tables

_HALF_DUPLEX, _BELOW_SENSITIVITY = int(Cause.HALF_DUPLEX), int(Cause.BELOW_SENSITIVITY)
_PROPAGATION, _COLLISION = int(Cause.PROPAGATION), int(Cause.COLLISION)


@compiled
def superpose(flows: Rows, near: Near, tables: Tables, on_air: I64, low: I64, total: F64) -> None:
    """Add up all signals of a slot: ``total`` (sub-channels, seats), mW in each, with what leaks over.

    ``on_air`` are the flows that send a block, ``low`` its first sub-channel.
    """
    total[:] = 0.0
    for row in range(len(on_air)):
        flow = flows[on_air[row]]
        begin, end = near.begin[flow.seat], near.end[flow.seat]
        for into in range(len(total)):
            power = flow.power_mw * np.sum(tables.leak[low[row] : low[row] + flow.width, into]) / flow.width
            if power > 0.0:
                for place in range(begin, end):
                    total[into, near.other[place]] += power * near.gain[place]


@compiled
def sense(seats: Rows, senses: Senses, rules: Rules, tables: Tables, total: F64, now: int) -> None:
    """Enter a slot into what stations have sensed; who sends senses nothing."""
    row, phase = now % rules.sensing, now % rules.step
    for sub in range(len(total)):
        rssi, rssi_sum = senses.rssi[row, sub], senses.rssi_sum[phase, sub]
        busy = senses.busy[tables.carrier[sub]]
        for seat in range(len(seats)):
            power = np.float32(total[sub, seat]) if seats[seat].sending != now else np.float32(0.0)
            busy[seat] += power > rules.busy_mw
            sensed = power if power >= rules.rssi_floor_mw else np.float32(0.0)
            # exact: differences of float32 numbers within 60 dB of each other have room in a float64
            rssi_sum[seat] += np.float64(sensed) - np.float64(rssi[seat])
            rssi[seat] = sensed
    if (now + 1) % rules.step == 0:
        for carrier in range(len(senses.busy)):
            senses.cbr[carrier] = senses.busy[carrier] / (rules.step * np.sum(tables.carrier == carrier))
            senses.busy[carrier] = 0


@compiled
def receive(
    flows: Rows,
    seats: Rows,
    senses: Senses,
    near: Near,
    rules: Rules,
    tables: Tables,
    total: F64,
    root: np.uint64,
    number: int,
    low: int,
    now: int,
    fate: I64,
) -> None:
    """Fate of one block at each neighbour of its sender, as `Cause` codes in the neighbours' order.

    Who reads the control information learns of the reservations; it needs a SINR of its own, with the block's luck.
    """
    flow = flows[number]
    seat, high = flow.seat, low + flow.width
    power_mw, noise_mw = flow.power_mw, rules.noise_mw * flow.width * tables.noise_share[flow.code]
    needed, sci_needed = tables.needed[flow.code], tables.sci_needed[flow.code]
    own = np.sum(tables.leak[low:high, low:high]) / flow.width  # its power in its own sub-channels
    word = hashed(hashed(root, seats[seat].key), np.uint64(now))
    heard, begin = senses.heard[number], near.begin[seat]
    for place in range(begin, near.end[seat]):
        other = near.other[place]
        heard[other] = 0.0
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
            if signal > sci_needed[luck] * disturbed:
                heard[other] = signal / flow.width


@compiled
def misses_within(near: Near, seat: int, fate: I64, distance_m: float) -> bool:
    """Whether a receiver within a distance has missed a block: it would ask for another attempt."""
    begin, missing = near.begin[seat], 0
    for place in range(begin, near.end[seat]):
        missing += fate[place - begin] != 0 and near.distance_m[place] <= distance_m
    return missing > 0
