"""What becomes of packets: blocks add up to packets, and packets are booked as rows or as counts."""

from __future__ import annotations

import numpy as np

from v2x.jit import compiled
from v2x.links.base import I64, STRIP_M, Cause
from v2x.links.sidelink.state import Net, Rows, Senses

_NOBODY = np.uint64(0)
_BELOW_SENSITIVITY = int(Cause.BELOW_SENSITIVITY)


@compiled
def open_packet(senses: Senses, number: int) -> None:
    """Begin a packet of several blocks."""
    senses.got[number, :] = 0
    senses.why[number, :] = 0


@compiled
def conclude(net: Net, number: int, fate: I64) -> bool:
    """Enter a block's fates for its packet; if it was the last block, turn them into the packet's."""
    flow, near, senses = net.flows[number], net.near, net.senses
    flow.done += 1
    blocks = flow.segments * flow.attempts
    if blocks == 1:
        return True
    segment, begin, asks = (flow.done - 1) % flow.segments, near.begin[flow.seat], 0
    for row in range(begin, near.end[flow.seat]):
        other = near.other[row]
        if fate[row - begin] == 0:
            senses.got[number, other] |= 1 << segment
        elif not senses.got[number, other] >> segment & 1:
            senses.why[number, other] = fate[row - begin]
            asks += near.distance_m[row] <= net.rules.feedback_m
    enough = net.rules.feedback_m > 0.0 and flow.segments == 1 and asks == 0
    if flow.done < blocks and not enough:
        return False
    judge(net, number, _BELOW_SENSITIVITY, fate)
    return True


@compiled
def judge(net: Net, number: int, cause: int, fate: I64) -> None:
    """Fate of a packet: who has all segments got it, others lost it for their last miss, or for ``cause``."""
    flow, near, senses = net.flows[number], net.near, net.senses
    whole, begin = (1 << flow.segments) - 1, near.begin[flow.seat]
    for row in range(begin, near.end[flow.seat]):
        other = near.other[row]
        if flow.done == 0:
            fate[row - begin] = cause
        elif senses.got[number, other] & whole == whole:
            fate[row - begin] = 0
        else:
            fate[row - begin] = senses.why[number, other] or cause


@compiled
def book(
    net: Net, flow: Rows, tx_id: int, now: int, fate: I64, fates: Rows, written: int, counts: I64
) -> tuple[Rows, int]:
    """Enter the receptions of a packet, as rows if somebody watches, else as counts.

    Returns
    -------
    tuple
        The rows, grown where they were too few, and how many are written.
    """
    near, seats = net.near, net.seats
    begin, end, speaks = near.begin[flow.seat], near.end[flow.seat], seats[flow.seat].speaks
    if written + end - begin > len(fates):
        fates = _grown(fates, end - begin)
    for row in range(begin, end):
        if near.distance_m[row] <= net.rules.reach_m:
            if (speaks & seats[near.other[row]].listens) != _NOBODY:
                entry = fates[written]
                entry.tx_id, entry.seat, entry.slot = tx_id, near.other[row], now
                entry.distance_m, entry.cause = near.distance_m[row], fate[row - begin]
                written += 1
            else:
                counts[flow.kind, fate[row - begin], int(near.distance_m[row] / STRIP_M)] += 1
    return fates, written


@compiled
def _grown(fates: Rows, more: int) -> Rows:
    """The rows with room for at least so many more."""
    wider = np.empty(2 * len(fates) + more, fates.dtype)
    wider[: len(fates)] = fates
    return wider
