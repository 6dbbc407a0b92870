"""Which resources are worth taking: TS 36.213 clause 14.1.1.6 (LTE mode 4), TS 38.214 clause 8.1.4 (NR mode 2).

Candidates are all runs of sub-channels in the selection window. Those that somebody has reserved and that would disturb
are left out, fewer and fewer as the threshold rises, until a share of all is left; mode 4 then keeps the quietest of
these.
"""

from __future__ import annotations

import numpy as np

from v2x.jit import compiled, hashed, unit
from v2x.links.base import F64, I64
from v2x.links.sidelink.state import NONE, Net, Rows, Rules

_TIES = np.uint64(0x71E5)


@compiled
def window(flow: Rows, rules: Rules, now: int) -> tuple[int, int]:
    """First slot of the selection window for a flow's packet, and its number of slots.

    From T1 to T2, or to the end of the packet's delay budget if that is sooner, or to when the next packet may come.
    """
    last = min(rules.last, flow.arrived + flow.budget - now)
    if flow.interval:
        last = min(last, rules.first + flow.interval - 1)
    return now + rules.first, max(1, last - rules.first + 1)


@compiled
def candidates(net: Net, number: int, now: int, word: np.uint64) -> I64:
    """Resources that a flow may take: slots after the window's first, times the number of runs, plus the run."""
    flow, rules, spoken = net.flows[number], net.rules, net.senses.spoken
    begin, span = window(flow, rules, now)
    again, runs = repeats(flow.interval, rules.step), flow.high - flow.low - flow.width + 2
    heard = reserved_power(net, number, begin, span)
    strongest = np.full(span * runs, np.inf)
    for slot in range(span):
        blind = 0  # a slot is out in whose likes it sent itself: it could not sense them
        for repeat in range(again):
            blind += spoken[(begin + slot + repeat * flow.interval) % rules.step, flow.seat]
        for run in range(0 if blind else runs):
            strongest[slot * runs + run] = 0.0
            for sub in range(flow.low + run, flow.low + run + flow.width):
                strongest[slot * runs + run] = max(strongest[slot * runs + run], heard[slot, sub])
    wanted = int(np.ceil(rules.share * span * runs))
    pool = _usable(strongest, rules, wanted)
    if len(pool) == 0:  # it has sent in the likes of all slots: any of them will do
        return np.arange(span * runs)
    if rules.ranking and len(pool) > wanted:
        return _quietest(_energy(net, flow, pool, begin, runs), pool, wanted, word)
    return pool


@compiled
def repeats(interval: int, step: int) -> int:
    """How often a reservation comes within 100 ms: a shorter interval counts as going on for that long (Q)."""
    return -(-step // interval) if 0 < interval < step else 1


@compiled
def reserved_power(net: Net, number: int, begin: int, span: int) -> F64:
    """What the sender of a flow knows of reservations: others' that it has heard, and its own.

    Returns
    -------
    ndarray of float64, shape (span, sub-channels)
        For each slot from ``begin`` the strongest power in a sub-channel at which control information was read that
        reserves it; infinite where the sender has another flow itself.
    """
    mine, flows, near, step = net.flows[number], net.flows, net.near, net.rules.step
    power = np.zeros((span, net.senses.rssi.shape[1]))
    theirs = net.seats[mine.seat].first_flow
    while theirs != NONE:
        flow = flows[theirs]
        if theirs != number:
            for place in range(flow.places):
                _reserve(power, flow.slot[place], flow.interval, mine.interval, begin, 0, len(power[0]), np.inf, step)
            _reserve(power, flow.single_slot, 0, mine.interval, begin, 0, len(power[0]), np.inf, step)
        theirs = flow.next_of_seat
    for row in range(near.begin[mine.seat], near.end[mine.seat]):
        theirs = net.seats[near.other[row]].first_flow
        while theirs != NONE:
            flow = flows[theirs]
            heard = net.senses.heard[theirs, mine.seat]
            if flow.announced and heard > 0.0:
                for place in range(flow.places):
                    slot, low = flow.slot[place], flow.sub[place]
                    _reserve(power, slot, flow.interval, mine.interval, begin, low, low + flow.width, heard, step)
            theirs = flow.next_of_seat
    return power


@compiled
def _reserve(
    power: F64, slot: int, interval: int, period: int, begin: int, low: int, high: int, heard: float, step: int
) -> None:
    """Enter a reservation of others, every ``interval``, into what one finds that wants to come every ``period``."""
    for repeat in range(repeats(interval, step) if slot != NONE else 0):
        ahead = slot + repeat * interval - begin
        if period and ahead >= period:
            ahead %= period  # they would meet in a later one of the chooser's own periods
        if 0 <= ahead < len(power):
            for sub in range(low, high):
                power[ahead, sub] = max(power[ahead, sub], heard)


@compiled
def _usable(strongest: F64, rules: Rules, wanted: int) -> I64:
    """Candidates below the threshold, which rises until there are ``wanted``, or all that may be used at all."""
    wanted = min(wanted, len(_below(strongest, np.inf)))
    limit = rules.threshold_mw
    pool = _below(strongest, limit)
    while len(pool) < wanted:
        limit *= rules.raise_ratio
        pool = _below(strongest, limit)
    return pool


@compiled
def _below(values: F64, limit: float) -> I64:
    """Places of the values below a limit."""
    places, found = np.empty(len(values), np.int64), 0
    for place in range(len(values)):
        if values[place] < limit:
            places[found] = place
            found += 1
    return places[:found]


@compiled
def _energy(net: Net, flow: Rows, pool: I64, begin: int, runs: int) -> F64:
    """S-RSSI of candidates, summed over the sensing window's slots that lie a multiple of the interval before."""
    power, step = np.zeros(len(pool)), net.rules.step
    for place in range(len(pool)):
        first = flow.low + pool[place] % runs
        for repeat in range(repeats(flow.interval, step)):
            phase = (begin + pool[place] // runs + repeat * flow.interval) % step
            for sub in range(first, first + flow.width):
                power[place] += net.senses.rssi_sum[phase, sub, flow.seat]
    return power


@compiled
def _quietest(power: F64, pool: I64, wanted: int, word: np.uint64) -> I64:
    """The candidates of least S-RSSI; among equal ones luck decides."""
    edge = _nth_least(power.copy(), wanted - 1)
    kept, below, ties = np.empty(len(pool), np.int64), 0, 0
    for place in range(len(pool)):
        if power[place] < edge:
            kept[below] = pool[place]
            below += 1
    for place in range(len(pool)):
        if power[place] == edge:
            kept[below + ties] = pool[place]
            ties += 1
    word = hashed(word, _TIES)
    for place in range(below, wanted):  # a draw without replacement: each of the equals has the same chance
        word = hashed(word, np.uint64(place))
        swap = place + int(unit(word) * (below + ties - place))
        kept[place], kept[swap] = kept[swap], kept[place]
    return kept[:wanted]


@compiled
def _nth_least(values: F64, n: int) -> float:
    """The value that n others are not above (Hoare's quickselect); numpy's takes the compiler ten seconds."""
    low, high = 0, len(values) - 1
    while low < high:
        pivot, left, right = values[(low + high) // 2], low, high
        while left <= right:
            while values[left] < pivot:
                left += 1
            while values[right] > pivot:
                right -= 1
            if left <= right:
                values[left], values[right] = values[right], values[left]
                left += 1
                right -= 1
        if n <= right:
            high = right
        elif n >= left:
            low = left
        else:
            break
    return float(values[n])
