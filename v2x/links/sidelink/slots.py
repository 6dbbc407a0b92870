"""The sidelink slot by slot: packets come, resources are chosen, blocks go on the air, fates are booked."""

from __future__ import annotations

import numpy as np

from v2x.jit import compiled
from v2x.links.base import I64, Cause
from v2x.links.sidelink.air import receive, sense, superpose
from v2x.links.sidelink.choice import choose, still_good
from v2x.links.sidelink.outcome import book, conclude, judge, open_packet
from v2x.links.sidelink.state import NONE, Net, Rows
from v2x.links.sidelink.turns import collect, forget_oldest, next_turn

_CONGESTION = int(Cause.CONGESTION_CONTROL)
_QUEUE, _EXPIRED = int(Cause.QUEUE), int(Cause.EXPIRED)


@compiled
def run_slots(net: Net, packets: Rows, counts: I64, fates: Rows, first: int, last: int) -> Rows:
    """Run the slots from ``first`` to before ``last``.

    Parameters
    ----------
    net
        Who is there; changed.
    packets
        What they get to send, ascending in slot.
    counts
        (kinds, causes, strips) receptions that nobody watches; added to.
    fates
        Room for the others.
    first, last
        The slots.

    Returns
    -------
    ndarray of `FATE`
        Receptions that somebody watches, in order of slot.
    """
    total = np.zeros((net.senses.rssi.shape[1], len(net.seats)))
    on_air, low = np.empty(len(net.seats), np.int64), np.empty(len(net.seats), np.int64)
    overdue, fate = np.empty(len(net.flows), np.int64), np.empty(len(net.seats), np.int64)
    read = written = 0
    for now in range(first, last):
        if net.rules.recheck:
            _look_again(net, now)
        forget_oldest(net, now)
        sent, late = collect(net, now, on_air, low, overdue)
        superpose(net, on_air[:sent], low[:sent], total)
        for row in range(sent):
            flow = net.flows[on_air[row]]
            receive(net, on_air[row], low[row], now, total, fate)
            if conclude(net, on_air[row], fate):
                fates, written = book(net, flow, flow.tx_id, now, fate, fates, written, counts)
                flow.tx_id = NONE
        for row in range(late):
            flow = net.flows[overdue[row]]
            judge(net, overdue[row], _EXPIRED, fate)
            fates, written = book(net, flow, flow.tx_id, now, fate, fates, written, counts)
            flow.tx_id = NONE
        while read < len(packets) and packets[read].slot <= now:
            packet = packets[read]
            flow = net.flows[packet.flow]
            refused = packet.refused or (_CONGESTION if _exceeds(net, flow, packet) else 0)
            if refused:
                fate[:] = refused
                fates, written = book(net, flow, packet.tx_id, now, fate, fates, written, counts)
            else:
                if flow.tx_id != NONE:  # a newer message replaces one that still waits
                    judge(net, packet.flow, _QUEUE, fate)
                    fates, written = book(net, flow, flow.tx_id, now, fate, fates, written, counts)
                _admit(net, packet, now)
            read += 1
        sense(net, total, now)
    return fates[:written]


@compiled
def _look_again(net: Net, now: int) -> None:
    """Re-evaluation (TS 38.214 clause 8.1.4): resources that nobody knows of yet must still be candidates."""
    for number in range(len(net.flows)):
        flow = net.flows[number]
        if flow.slot[0] != now + net.rules.recheck or flow.tx_id == NONE or flow.done or flow.announced:
            continue
        if not still_good(net, number, now):
            choose(net, number, now, False)
            net.seats[flow.seat].turn = next_turn(net, flow.seat, now)


@compiled
def _exceeds(net: Net, flow: Rows, packet: Rows) -> bool:
    """Whether a packet would take its station over the limit of channel occupancy (TS 36.213 clause 14.1.1.4B)."""
    senses, limits, row = net.senses, net.tables.limits, 0
    while limits[row, 0] < senses.cbr[net.tables.carrier[flow.low], flow.seat]:
        row += 1
    limit, used = limits[row, flow.pppp], packet.width * packet.segments * packet.attempts
    for pppp in range(flow.pppp, limits.shape[1]):
        used += senses.used[pppp - 1, flow.seat]
    return bool(limit < 1.0 and used > limit * net.rules.sensing * (flow.high - flow.low + 1))


@compiled
def _admit(net: Net, packet: Rows, now: int) -> None:
    """Give a packet to its flow; where the flow's resources do not suit it, choose others (TS 36.321 clause 5.14.1.1).

    They suit a packet that fits them at an allowed MCS. Resources that were not used for a second are given up.
    """
    flow = net.flows[packet.flow]
    flow.tx_id, flow.arrived, flow.done = packet.tx_id, now, 0
    flow.segments, flow.attempts = packet.segments, packet.attempts
    held = flow.slot[0] != NONE and now - flow.used <= net.rules.sensing
    code = net.tables.fitting[packet.size, flow.width]
    fits = code != NONE and packet.segments <= flow.places
    if held and fits:
        flow.attempts = min(packet.attempts, flow.places // packet.segments)
        flow.code = code
    keeps = held and fits and _last_slot(flow) - now <= flow.budget
    if not keeps:
        net.outgrown[0] += held and not fits
        flow.width, flow.code, flow.attempts = packet.width, packet.code, packet.attempts
    elif flow.singles and flow.places == 1:
        flow.to_single -= 1
    if not keeps or (flow.singles and flow.to_single == 0):
        choose(net, packet.flow, now, keeps)
    if flow.segments * flow.attempts > 1:
        open_packet(net.senses, packet.flow)
    net.seats[flow.seat].turn = next_turn(net, flow.seat, now)


@compiled
def _last_slot(flow: Rows) -> int:
    """Slot of the last block of a packet that begins at the next time of the first place."""
    last = flow.slot[flow.segments * flow.attempts - 1]
    return int(last + flow.interval if last < flow.slot[0] else last)
