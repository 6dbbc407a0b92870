"""Choice of resources by sensing: TS 36.213 clause 14.1.1.6 (LTE mode 4) and TS 38.214 clause 8.1.4 (NR mode 2).

Candidates are all runs of sub-channels in the selection window. Those that somebody has reserved and that would disturb
are left out, fewer and fewer as the threshold rises, until a share of all is left; mode 4 then keeps the quietest of
these. One of what is left is drawn.
"""

from __future__ import annotations

import numpy as np

from v2x.jit import compiled, hashed, unit
from v2x.links.sidelink.state import F64, I64, NONE, Near, Rows, Rules, Senses


@compiled
def reserved_power(flows: Rows, seats: Rows, senses: Senses, near: Near, rules: Rules, number: int, now: int) -> F64:
    """What the sender of a flow knows of reservations: others' that it has heard, and its own.

    Returns
    -------
    ndarray of float64, shape (slots, sub-channels)
        For each slot of the selection window from ``now + rules.first`` the strongest power in a sub-channel at which
        control information was read that reserves it; infinite where the sender has another flow itself.
    """
    seat, period, begin = flows[number].seat, flows[number].interval, now + rules.first
    power = np.zeros((rules.last - rules.first + 1, senses.rssi.shape[1]))
    for place in range(near.begin[seat] - 1, near.end[seat]):
        mine = place < near.begin[seat]
        theirs = seats[seat].first_flow if mine else seats[near.other[place]].first_flow
        while theirs != NONE:
            flow = flows[theirs]
            heard = np.inf if mine else senses.heard[theirs, seat] * flow.announced
            if heard > 0.0 and theirs != number:
                # a short period is taken to go on for 100 ms (Q in clause 14.1.1.6)
                ahead = max(1, rules.step // flow.interval) if flow.interval else 1
                for block in range(flow.blocks):
                    low = 0 if mine else flow.sub[block]
                    high = power.shape[1] if mine else low + flow.width
                    for repeat in range(ahead if flow.slot[block] != NONE else 0):
                        slot = flow.slot[block] + repeat * flow.interval - begin
                        if period and slot >= period:
                            slot %= period  # they would meet in a later one of the chooser's own periods
                        if 0 <= slot < len(power):
                            for sub in range(low, high):
                                power[slot, sub] = max(power[slot, sub], heard)
            theirs = flow.next_of_seat
    return power


@compiled
def candidates(
    flows: Rows, seats: Rows, senses: Senses, near: Near, rules: Rules, number: int, now: int, word: np.uint64
) -> I64:
    """Resources that a flow may take: slot counted from ``now + rules.first``, times number of runs, plus the run."""
    flow = flows[number]
    seat, width, low = flow.seat, flow.width, flow.low
    runs = flow.high - low - width + 2
    begin, span = now + rules.first, rules.last - rules.first + 1
    heard = reserved_power(flows, seats, senses, near, rules, number, now)
    strongest = np.full(span * runs, np.inf)
    for slot in range(span):
        if not senses.spoken[(begin + slot) % rules.step, seat]:  # else it could not sense the likes of this one
            for run in range(runs):
                strongest[slot * runs + run] = np.max(heard[slot, low + run : low + run + width])
    wanted = int(np.ceil(rules.share * span * runs))
    pool = _usable(strongest, rules, wanted)
    if len(pool) == 0:  # it has sent in the likes of all slots: any of them will do
        return np.arange(span * runs)
    if rules.ranking:
        power = np.zeros(len(pool))
        for place in range(len(pool)):
            slot, first = (begin + pool[place] // runs) % rules.step, low + pool[place] % runs
            power[place] = np.sum(senses.rssi_sum[slot, first : first + width, seat])
        return _quietest(power, pool, min(len(pool), wanted), word)
    return pool


@compiled
def choose(
    flows: Rows, seats: Rows, senses: Senses, near: Near, rules: Rules, root: np.uint64, number: int, now: int
) -> None:
    """Reserve resources for all blocks of a flow's packet, and draw its reselection counter."""
    flow = flows[number]
    word = _word(root, seats[flow.seat].key, flow.kind, now)
    pool = candidates(flows, seats, senses, near, rules, number, now, word)
    _take(flow, rules, pool, flow.high - flow.low - flow.width + 2, now + rules.first, word)
    flow.counter, flow.staying, flow.announced = drawn_counter(flow.interval, rules.step, word), 0, 0
    senses.heard[number, :] = 0.0


@compiled
def choose_single(
    flows: Rows, seats: Rows, senses: Senses, near: Near, rules: Rules, root: np.uint64, number: int, now: int
) -> None:
    """Take a resource for one packet beside the reserved ones, and draw when the next one is due: 2 to 6 packets on."""
    flow = flows[number]
    word = _word(root, seats[flow.seat].key, flow.kind, now)
    pool = candidates(flows, seats, senses, near, rules, number, now, word)
    runs = flow.high - flow.low - flow.width + 2
    drawn = pool[int(unit(hashed(word, np.uint64(0x51))) * len(pool))]
    flow.single_slot, flow.single_sub = now + rules.first + drawn // runs, flow.low + drawn % runs
    flow.to_single = 2 + int(unit(hashed(word, np.uint64(0x52))) * 5)


@compiled
def _word(root: np.uint64, key: np.uint64, kind: int, now: int) -> np.uint64:
    """Start of the draws of one choice."""
    return hashed(hashed(hashed(root, key), np.uint64(now)), np.uint64(kind))


@compiled
def _usable(strongest: F64, rules: Rules, wanted: int) -> I64:
    """Candidates below the threshold, which rises until there are ``wanted``, or all that may be used at all."""
    wanted = min(wanted, len(np.flatnonzero(strongest < np.inf)))
    limit = rules.threshold_mw
    while len(np.flatnonzero(strongest < limit)) < wanted:
        limit *= rules.raise_ratio
    return np.flatnonzero(strongest < limit)


@compiled
def _quietest(power: F64, pool: I64, wanted: int, word: np.uint64) -> I64:
    """The candidates of least S-RSSI; among equal ones luck decides."""
    edge = np.sort(power)[wanted - 1]
    kept = np.concatenate((pool[power < edge], pool[power == edge]))
    below = len(np.flatnonzero(power < edge))
    for place in range(below, wanted):  # a draw without replacement: each of the equals has the same chance
        word = hashed(word, np.uint64(place))
        swap = place + int(unit(word) * (len(kept) - place))
        kept[place], kept[swap] = kept[swap], kept[place]
    return kept[:wanted]


@compiled
def _take(flow: Rows, rules: Rules, pool: I64, runs: int, begin: int, word: np.uint64) -> None:
    """Draw a resource for each block from the pool, in slots of their own as near to each other as the rules ask."""
    blocks, taken = flow.segments * flow.attempts, 0
    fits = np.ones(len(pool), np.bool_)
    spread = rules.spread if flow.segments == 1 else rules.last
    while taken < blocks and np.any(fits):
        word = hashed(word, np.uint64(0x5E1EC7 + taken))
        left = np.flatnonzero(fits)
        drawn = pool[left[int(unit(word) * len(left))]]
        flow.slot[taken], flow.sub[taken] = begin + drawn // runs, flow.low + drawn % runs
        for place in range(len(pool)):
            gap = abs(pool[place] // runs - drawn // runs)
            fits[place] &= 0 < gap <= spread
        taken += 1
    flow.blocks = taken
    for block in range(1, taken):  # in order of time
        for place in range(block, 0, -1):
            if flow.slot[place - 1] > flow.slot[place]:
                flow.slot[place - 1], flow.slot[place] = flow.slot[place], flow.slot[place - 1]
                flow.sub[place - 1], flow.sub[place] = flow.sub[place], flow.sub[place - 1]


@compiled
def drawn_counter(interval: int, step: int, word: np.uint64) -> int:
    """Reselection counter: 5 to 15 periods of 100 ms or more, as much time for shorter ones (TS 36.321 5.14.1.1)."""
    scale = int(np.ceil(step / max(interval, step // 5))) if 0 < interval < step else 1
    return 5 * scale + int(unit(hashed(word, np.uint64(0xC0))) * (10 * scale + 1))
