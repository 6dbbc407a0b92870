"""How often a peer may speak: a token bucket each, in memory that does not grow with the number of names."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from v2x.clock import NS_PER_S


class RateLimits:
    """Token buckets by peer.

    Parameters
    ----------
    rate_hz
        Messages a second that a peer may send on average.
    burst
        Messages that it may send at once after a pause.
    most
        Peers that are remembered. One more, and the one that was silent for longest is forgotten: it begins with a full
        bucket when it comes back.
    """

    def __init__(self, rate_hz: float, burst: int, most: int) -> None:
        self._per_ns, self._burst, self._most = rate_hz / NS_PER_S, float(burst), most
        self._buckets: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def admit(self, peer: Hashable, now_ns: int) -> bool:
        """Whether a message of the peer that arrives now is let through; takes its token."""
        tokens, seen_ns = self._buckets.get(peer, (self._burst, now_ns))
        tokens = min(self._burst, tokens + (now_ns - seen_ns) * self._per_ns)
        admitted = tokens >= 1.0
        self._buckets[peer] = tokens - admitted, now_ns
        self._buckets.move_to_end(peer)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return admitted
