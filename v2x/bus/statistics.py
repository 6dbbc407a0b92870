"""What became of everything that the proxy received, in memory that does not grow."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from v2x.clock import NS_PER_MS, NS_PER_S

#: Significant bits of a counted duration: an error of at most 1/32.
_BITS = 6


class Durations:
    """Counts of durations, each rounded up to six significant bits."""

    def __init__(self) -> None:
        self._counts = Counter[int]()
        self._longest_ns = 0

    def add(self, duration_ns: int) -> None:
        """Count one; below zero counts as zero."""
        duration_ns = max(duration_ns, 0)
        shift = max(duration_ns.bit_length() - _BITS, 0)
        self._counts[-(-duration_ns >> shift) << shift] += 1
        self._longest_ns = max(self._longest_ns, duration_ns)

    def quantile_ms(self, share: float) -> float | None:
        """Upper bound, by at most 1/32 too high, of what a ``share`` of them stays below; None without any."""
        wanted = max(ceil(share * self._counts.total()), 1)
        for upper_ns, count in sorted(self._counts.items()):
            wanted -= count
            if wanted <= 0:
                return min(upper_ns, self._longest_ns) / NS_PER_MS
        return None

    def as_json(self) -> dict[str, Any]:
        """Quantiles, the longest, and the counts as ``[upper bound in ms, how many]``."""
        figures: dict[str, Any] = {f"p{100 * share:g}": self.quantile_ms(share) for share in (0.5, 0.95, 0.99)}
        figures["max"] = self._longest_ns / NS_PER_MS if self._counts else None
        figures["counts"] = [[upper_ns / NS_PER_MS, count] for upper_ns, count in sorted(self._counts.items())]
        return figures


@dataclass
class Statistics:
    """Counts of one proxy. Each datagram that was received is in exactly one of the others, or still waits.

    Attributes
    ----------
    received
        All that reached the proxy.
    forwarded
        Sent on.
    lost
        Lost by the link model, by the name of the `v2x.links.base.Cause`.
    oversize
        Longer than allowed: dropped whole, never cut.
    too_many_flows
        Of a sender beyond the number that is kept apart.
    queue_full
        Came when the release queue was full.
    send_errors
        Refused by the system when sent on, by the error's name.
    lateness
        From due to sent.
    """

    received: int = 0
    forwarded: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    oversize: int = 0
    too_many_flows: int = 0
    queue_full: int = 0
    send_errors: Counter[str] = field(default_factory=Counter)
    lateness: Durations = field(default_factory=Durations)

    def as_json(self, *, waiting: int, flows: int, overflowed: int, duration_ns: int) -> dict[str, Any]:
        """All figures.

        Parameters
        ----------
        waiting
            Datagrams still held.
        flows
            Senders that were kept apart.
        overflowed
            Datagrams that the system dropped before the proxy could read them; they are not in ``received``.
        duration_ns
            How long the proxy worked.
        """
        return {
            "duration_s": duration_ns / NS_PER_S,
            "flows": flows,
            "received": self.received,
            "forwarded": self.forwarded,
            "lost": dict(sorted(self.lost.items())),
            "oversize": self.oversize,
            "too_many_flows": self.too_many_flows,
            "queue_full": self.queue_full,
            "send_errors": dict(sorted(self.send_errors.items())),
            "waiting": waiting,
            "receive_buffer_overflow": overflowed,
            "lateness_ms": self.lateness.as_json(),
        }
