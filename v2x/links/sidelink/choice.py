"""Taking resources: one draw among what selection leaves, and for how long.

TS 36.321 clause 5.14.1.1 (LTE mode 4) and TS 38.321 clause 5.22.1.1 (NR mode 2).
"""

from __future__ import annotations

import numpy as np

from v2x.jit import compiled, hashed, unit
from v2x.links.base import I64
from v2x.links.sidelink.selection import candidates, window
from v2x.links.sidelink.state import Net, Rows, Rules

#: What a choice draws.
_RESOURCE, _COUNTER, _SINGLE, _NEXT_SINGLE = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)


@compiled
def choose(net: Net, number: int, now: int, single: bool) -> None:
    """Take resources for a flow's packet: ``single`` for it alone, beside the reserved ones, else to reserve them."""
    flow = net.flows[number]
    word = _word(net, flow, now)
    pool = candidates(net, number, now, word)
    begin, _ = window(flow, net.rules, now)
    flow.to_single = 2 + int(unit(hashed(word, _NEXT_SINGLE)) * 5)  # that many packets on another one is due
    if single:
        runs, drawn = flow.high - flow.low - flow.width + 2, pool[int(unit(hashed(word, _SINGLE)) * len(pool))]
        flow.single_slot, flow.single_sub = begin + drawn // runs, flow.low + drawn % runs
    else:
        _take(flow, net.rules, pool, begin, hashed(word, _RESOURCE))
        flow.counter = drawn_counter(flow.interval, net.rules.step, word)
        flow.staying, flow.announced, flow.used = flow.interval > 0, 0, now


@compiled
def still_good(net: Net, number: int, now: int) -> bool:
    """Whether a flow's resources would be candidates if it chose now."""
    flow = net.flows[number]
    pool = candidates(net, number, now, _word(net, flow, now))
    begin, _ = window(flow, net.rules, now)
    runs, found = flow.high - flow.low - flow.width + 2, 0
    for place in range(flow.places):
        mine = (flow.slot[place] - begin) * runs + flow.sub[place] - flow.low
        for candidate in pool:
            found += candidate == mine
    return bool(found == flow.places)


@compiled
def drawn_counter(interval: int, step: int, word: np.uint64) -> int:
    """Reselection counter: 5 to 15 packets 100 ms or more apart, as much time for shorter intervals.

    TS 36.321 clause 5.14.1.1; TS 38.321 clause 5.22.1.1: [5 C, 15 C], C = ceil(100 ms / max(20 ms, interval)).
    """
    scale = -(-step // max(interval, step // 5)) if 0 < interval < step else 1
    return 5 * scale + int(unit(hashed(word, _COUNTER)) * (10 * scale + 1))


@compiled
def _word(net: Net, flow: Rows, now: int) -> np.uint64:
    """Start of the draws of one choice."""
    return hashed(hashed(hashed(net.roots.selection, net.seats[flow.seat].key), np.uint64(now)), flow.luck)


@compiled
def _take(flow: Rows, rules: Rules, pool: I64, begin: int, word: np.uint64) -> None:
    """Draw a resource for each block from the pool, each in a slot of its own.

    Attempts for which there is none are given up; segments without one go to the next period.
    """
    runs, blocks, taken = flow.high - flow.low - flow.width + 2, flow.segments * flow.attempts, 0
    nearest, farthest = (rules.apart, rules.spread) if flow.segments == 1 else (1, rules.last)
    left, count = pool.copy(), len(pool)
    while taken < blocks and count:
        word = hashed(word, np.uint64(taken))
        drawn = left[int(unit(word) * count)]
        slot, place = begin + drawn // runs, taken
        while place > 0 and flow.slot[place - 1] > slot:  # in order of time
            flow.slot[place], flow.sub[place] = flow.slot[place - 1], flow.sub[place - 1]
            place -= 1
        flow.slot[place], flow.sub[place] = slot, flow.low + drawn % runs
        taken, before, count = taken + 1, count, 0
        for place in range(before):
            if nearest <= abs(left[place] // runs - drawn // runs) <= farthest:
                left[count] = left[place]
                count += 1
    flow.places = taken
    flow.attempts = max(1, taken // flow.segments)
