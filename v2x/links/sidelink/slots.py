"""The sidelink slot by slot: packets come, resources are chosen, blocks go on the air, fates are booked."""

from __future__ import annotations

import numpy as np

from v2x.jit import compiled, hashed, unit
from v2x.links.base import STRIP_M, Cause
from v2x.links.sidelink.air import misses_within, receive, sense, superpose
from v2x.links.sidelink.selection import choose, choose_single, drawn_counter, reserved_power
from v2x.links.sidelink.state import I64, NONE, U64, Near, Rows, Rules, Senses, Tables

_CONGESTION = int(Cause.CONGESTION_CONTROL)
_QUEUE, _EXPIRED = int(Cause.QUEUE), int(Cause.EXPIRED)


@compiled
def run_slots(
    flows: Rows,
    seats: Rows,
    senses: Senses,
    near: Near,
    rules: Rules,
    tables: Tables,
    packets: Rows,
    fates: Rows,
    tally: I64,
    roots: U64,
    read: int,
    first: int,
    last: int,
) -> tuple[int, int, int]:
    """Run the slots from ``first`` to before ``last``.

    Parameters
    ----------
    flows, seats, senses
        What the radios remember; changed.
    near, rules, tables
        Where they are and how they work.
    packets
        What they get to send, ascending in slot; the first ``read`` ones are with their flows already.
    fates
        Room for receptions that somebody watches.
    tally
        (kinds, causes, strips) counts of the others; added to.
    roots
        (3,) of the draws for selection, reception and keeping.

    Returns
    -------
    tuple of int
        Next slot (before ``last`` if the room might not suffice), packets read, and fates written.
    """
    total = np.zeros((senses.rssi.shape[1], len(seats)))
    on_air, low = np.empty(len(flows), np.int64), np.empty(len(flows), np.int64)
    fate = np.empty(len(seats), np.int64)
    written = 0
    for now in range(first, last):
        if rules.recheck:
            _recheck(flows, seats, senses, near, rules, roots[0], now)
        sent = _collect(flows, seats, senses, rules, roots[2], on_air, low, now)
        coming = read
        while coming < len(packets) and packets[coming].slot <= now:
            coming += 1
        if written + len(seats) * (sent + coming - read) > len(fates):
            return now, read, written
        superpose(flows, near, tables, on_air[:sent], low[:sent], total)
        for row in range(sent):
            number = on_air[row]
            receive(flows, seats, senses, near, rules, tables, total, roots[1], number, low[row], now, fate)
            if _conclude(flows[number], senses, near, rules, number, fate):
                flow = flows[number]
                written = _book(seats, near, rules, fates, tally, flow, flow.tx_id, now, fate, written)
                flow.tx_id = NONE
        for row in range(read, coming):
            packet = packets[row]
            flow = flows[packet.flow]
            refused = packet.refused or (_CONGESTION if _exceeds(flow, packet, senses, rules, tables) else 0)
            if refused:
                fate[:] = refused
                written = _book(seats, near, rules, fates, tally, flow, packet.tx_id, now, fate, written)
                continue
            if flow.tx_id != NONE:  # a newer message replaces one that still waits
                _judge(flow, senses, near, packet.flow, _QUEUE, fate)
                written = _book(seats, near, rules, fates, tally, flow, flow.tx_id, now, fate, written)
            _admit(flows, seats, senses, near, rules, roots[0], packet, now)
        read = coming
        sense(seats, senses, rules, tables, total, now)
    return last, read, written


@compiled
def _exceeds(flow: Rows, packet: Rows, senses: Senses, rules: Rules, tables: Tables) -> bool:
    """Whether a packet would take its station over the limit of channel occupancy (TS 36.213 clause 14.1.1.4B)."""
    carrier = tables.carrier[flow.low]
    row = 0
    while tables.limits[row, 0] < senses.cbr[carrier, flow.seat]:
        row += 1
    limit = tables.limits[row, flow.pppp]
    used = np.sum(senses.used[flow.pppp - 1 :, flow.seat]) + packet.width * packet.segments * packet.attempts
    return bool(limit < 1.0 and used > limit * rules.sensing * (flow.high - flow.low + 1))


@compiled
def _admit(
    flows: Rows, seats: Rows, senses: Senses, near: Near, rules: Rules, root: np.uint64, packet: Rows, now: int
) -> None:
    """Give a packet to its flow; where the flow's resources do not suit it, choose others."""
    flow = flows[packet.flow]
    flow.tx_id, flow.arrived, flow.done = packet.tx_id, now, 0
    flow.segments, flow.attempts = packet.segments, packet.attempts
    blocks = packet.segments * packet.attempts
    suits = packet.width <= flow.width and packet.code == flow.code and blocks == flow.blocks
    if not (suits and flow.slot[0] != NONE and flow.slot[blocks - 1] - now <= flow.budget):
        flow.width, flow.code = packet.width, packet.code
        choose(flows, seats, senses, near, rules, root, packet.flow, now)
    elif flow.singles and blocks == 1:
        flow.to_single -= 1
        if flow.to_single <= 0:
            choose_single(flows, seats, senses, near, rules, root, packet.flow, now)
    if blocks > 1:
        senses.got[packet.flow, :] = 0
        senses.why[packet.flow, :] = _EXPIRED


@compiled
def _recheck(flows: Rows, seats: Rows, senses: Senses, near: Near, rules: Rules, root: np.uint64, now: int) -> None:
    """Re-evaluation (TS 38.214 clause 8.1.4): a selection that nobody knows of yet gives way to one just heard."""
    for number in range(len(flows)):
        flow = flows[number]
        fresh = flow.tx_id != NONE and not flow.announced and flow.done == 0
        if fresh and flow.slot[0] == now + rules.recheck:
            heard = reserved_power(flows, seats, senses, near, rules, number, now)
            row, low = flow.slot[0] - now - rules.first, flow.sub[0]
            if 0 <= row < len(heard) and np.max(heard[row, low : low + flow.width]) > rules.threshold_mw:
                choose(flows, seats, senses, near, rules, root, number, now)


@compiled
def _collect(
    flows: Rows, seats: Rows, senses: Senses, rules: Rules, root: np.uint64, on_air: I64, low: I64, now: int
) -> int:
    """Find the blocks that go on the air in a slot, and move their resources on; a station sends one at a time."""
    sent, row, phase = 0, now % rules.sensing, now % rules.step
    for seat in range(len(seats)):
        if senses.sent[row, seat]:
            senses.used[senses.urgency[row, seat] - 1, seat] -= senses.sent[row, seat]
            senses.spoken[phase, seat] -= 1
            senses.sent[row, seat] = 0
    for number in range(len(flows)):
        flow = flows[number]
        if flow.single_slot == now and _ready(flow, seats, now):
            _send(flow, seats, senses, row, phase, now)
            on_air[sent], low[sent] = number, flow.single_sub
            sent += 1
        for place in range(flow.blocks):
            if flow.slot[place] == now:
                ready = flow.single_slot <= now and _ready(flow, seats, now)
                if ready:
                    _send(flow, seats, senses, row, phase, now)
                    on_air[sent], low[sent] = number, flow.sub[place]
                    sent += 1
                if ready or place == 0:  # a resource left out is not announced for its next time
                    flow.announced = ready
                _go_on(flow, rules, hashed(hashed(root, seats[flow.seat].key), np.uint64(now)), place)
    return sent


@compiled
def _ready(flow: Rows, seats: Rows, now: int) -> bool:
    """Whether a flow has something to send, and its station does not send something else in this slot."""
    return bool(flow.tx_id != NONE and flow.arrived < now and seats[flow.seat].sending != now)


@compiled
def _send(flow: Rows, seats: Rows, senses: Senses, row: int, phase: int, now: int) -> None:
    """Remember of a station that it sends in this slot."""
    seats[flow.seat].sending = now
    senses.spoken[phase, flow.seat] += 1
    senses.sent[row, flow.seat], senses.urgency[row, flow.seat] = flow.width, flow.pppp
    senses.used[flow.pppp - 1, flow.seat] += flow.width


@compiled
def _go_on(flow: Rows, rules: Rules, word: np.uint64, place: int) -> None:
    """Move a resource on to its next time, or give it up when the counter has run down (TS 36.321 clause 5.14.1.1)."""
    if place == 0:
        flow.counter -= 1
        flow.staying = flow.interval > 0
        if flow.counter == 0 and flow.staying:
            word = hashed(word, np.uint64(flow.kind))
            flow.staying = unit(word) < rules.keep
            if flow.staying:
                flow.counter = drawn_counter(flow.interval, rules.step, word)
    flow.slot[place] = flow.slot[place] + flow.interval if flow.staying else NONE


@compiled
def _conclude(flow: Rows, senses: Senses, near: Near, rules: Rules, number: int, fate: I64) -> bool:
    """Enter a block's fates for its packet; if that was the last block, turn them into the packet's."""
    flow.done += 1
    blocks = flow.segments * flow.attempts
    if blocks == 1:
        return True
    segment = (flow.done - 1) % flow.segments
    begin = near.begin[flow.seat]
    for row in range(begin, near.end[flow.seat]):
        other = near.other[row]
        if fate[row - begin] == 0:
            senses.got[number, other] |= 1 << segment
        elif not senses.got[number, other] >> segment & 1:
            senses.why[number, other] = fate[row - begin]
    enough = flow.segments == 1 and rules.feedback_m > 0.0
    if flow.done < blocks and not (enough and not misses_within(near, flow.seat, fate, rules.feedback_m)):
        return False
    _judge(flow, senses, near, number, _EXPIRED, fate)
    return True


@compiled
def _judge(flow: Rows, senses: Senses, near: Near, number: int, cause: int, fate: I64) -> None:
    """Fate of a packet: those who have all segments got it, the others lost it for their last miss or ``cause``."""
    whole, begin = (1 << flow.segments) - 1, near.begin[flow.seat]
    for row in range(begin, near.end[flow.seat]):
        other = near.other[row]
        if flow.done == 0:
            fate[row - begin] = cause
        elif senses.got[number, other] & whole == whole:
            fate[row - begin] = 0
        else:
            fate[row - begin] = senses.why[number, other]


@compiled
def _book(
    seats: Rows,
    near: Near,
    rules: Rules,
    fates: Rows,
    tally: I64,
    flow: Rows,
    tx_id: int,
    now: int,
    fate: I64,
    written: int,
) -> int:
    """Enter the receptions of a packet, as rows if somebody watches, else as counts."""
    begin, sender_watched = near.begin[flow.seat], seats[flow.seat].watched
    counts = tally[flow.kind]
    for row in range(begin, near.end[flow.seat]):
        if near.distance_m[row] <= rules.reach_m:
            if sender_watched or seats[near.other[row]].watched:
                entry = fates[written]
                entry.tx_id, entry.seat, entry.slot = tx_id, near.other[row], now
                entry.distance_m, entry.cause = near.distance_m[row], fate[row - begin]
                written += 1
            else:
                counts[fate[row - begin], int(near.distance_m[row] / STRIP_M)] += 1
    return written
