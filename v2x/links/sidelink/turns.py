"""Whose turn it is in a slot: packets that wait for their resources, the resources' next time, the reselection counter.

A station sends one block at a time, on whichever carrier; of several that fall into one slot the most urgent goes.
"""

from __future__ import annotations

import numpy as np

from v2x.jit import compiled, hashed, unit
from v2x.links.base import I64
from v2x.links.sidelink.choice import drawn_counter
from v2x.links.sidelink.state import NONE, Net, Rows


@compiled
def collect(net: Net, now: int, on_air: I64, low: I64, overdue: I64) -> tuple[int, int]:
    """Find the blocks that go on the air, and move on the resources whose time is now.

    Returns
    -------
    tuple of int
        How many blocks: their flows are in ``on_air``, ascending by station key so that sums do not depend on seats,
        and their first sub-channels in ``low``. How many packets have waited past their delay budget: their flows are
        in ``overdue``.
    """
    sent = late = 0
    for seat in range(len(net.seats)):
        if net.seats[seat].turn != now:
            continue
        best, best_low, number = NONE, NONE, net.seats[seat].first_flow
        while number != NONE:
            flow = net.flows[number]
            if flow.tx_id != NONE and now - flow.arrived > flow.budget:
                overdue[late] = number
                late += 1
            elif flow.tx_id != NONE:
                first = _turn(flow, now)
                if first != NONE and (best == NONE or flow.pppp < net.flows[best].pppp):
                    best, best_low = number, first
            number = flow.next_of_seat
        if best != NONE:
            _enter(net, best, best_low, now, on_air, low, sent)
            sent += 1
        number = net.seats[seat].first_flow
        while number != NONE:
            _go_on(net, number, number == best, now)
            number = net.flows[number].next_of_seat
        net.seats[seat].turn = next_turn(net, seat, now)
    return sent, late


@compiled
def next_turn(net: Net, seat: int, now: int) -> int:
    """The slot after ``now`` in which `collect` must look at a station again."""
    turn, number = np.iinfo(np.int64).max, net.seats[seat].first_flow
    while number != NONE:
        flow = net.flows[number]
        for place in range(flow.places):
            turn = min(turn, flow.slot[place]) if flow.slot[place] > now else turn
        turn = min(turn, flow.single_slot) if flow.single_slot > now else turn
        turn = min(turn, max(flow.arrived + flow.budget, now) + 1) if flow.tx_id != NONE else turn
        number = flow.next_of_seat
    return turn


@compiled
def forget_oldest(net: Net, now: int) -> None:
    """Take the slot that falls out of the last second out of what stations know of their own sending."""
    senses, row, phase = net.senses, now % net.rules.sensing, now % net.rules.step
    for seat in range(len(net.seats)):
        if senses.sent[row, seat]:
            senses.used[senses.urgency[row, seat] - 1, seat] -= senses.sent[row, seat]
            senses.spoken[phase, seat] -= 1
            senses.sent[row, seat] = 0


@compiled
def _turn(flow: Rows, now: int) -> int:
    """First sub-channel in which a flow's packet may go now, or `NONE`."""
    if flow.single_slot >= now:  # it has left the reserved resources for one of its own
        return flow.single_sub if flow.single_slot == now else NONE
    place = flow.done % flow.places
    return flow.sub[place] if flow.slot[place] == now else NONE


@compiled
def _enter(net: Net, number: int, first: int, now: int, on_air: I64, low: I64, sent: int) -> None:
    """Put a block on the air, and remember that its station sends."""
    flow, senses = net.flows[number], net.senses
    seat, key, row = flow.seat, net.seats[flow.seat].key, sent
    while row > 0 and net.seats[net.flows[on_air[row - 1]].seat].key > key:
        on_air[row], low[row] = on_air[row - 1], low[row - 1]
        row -= 1
    on_air[row], low[row] = number, first
    net.seats[seat].sending = now
    senses.sent[now % net.rules.sensing, seat], senses.urgency[now % net.rules.sensing, seat] = flow.width, flow.pppp
    senses.spoken[now % net.rules.step, seat] += 1
    senses.used[flow.pppp - 1, seat] += flow.width


@compiled
def _go_on(net: Net, number: int, sends: bool, now: int) -> None:
    """Count the packet that begins, and move resources on to their next time.

    The counter counts packets that are sent; when it has run down, resources are kept or given up (TS 36.321 clause
    5.14.1.1). What is left out for once is not announced for its next time.
    """
    flow, rules = net.flows[number], net.rules
    single = flow.single_slot == now
    if sends and flow.done == 0:
        flow.used = now
        flow.counter -= 1
        if flow.counter == 0 and flow.interval:
            word = hashed(hashed(hashed(net.roots.keeping, net.seats[flow.seat].key), np.uint64(now)), flow.luck)
            flow.staying = unit(word) < rules.keep
            flow.counter = drawn_counter(flow.interval, rules.step, word)
    for place in range(flow.places):
        if flow.slot[place] == now or (single and not flow.staying):
            if place == 0:
                flow.announced = sends and not single
            flow.slot[place] = flow.slot[place] + flow.interval if flow.staying else NONE
