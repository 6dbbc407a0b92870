"""The network between vehicle and desk, packet by packet, as the run's link over Uu carries it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS, to_ns
from v2x.jit import compiled
from v2x.links.base import Carried, Cause, Direction, Transmissions
from v2x.scenario.model_remote import RemoteNetwork

I64 = NDArray[np.int64]

#: Arrival of what never arrives.
LOST_NS = -1
_DELIVERED = int(Cause.DELIVERED)

#: What the link does with packets, see `v2x.links.base.PointLink.carry`.
Carry = Callable[[Transmissions, Direction], Carried]


class Second(Protocol):
    """A link that carries a copy of each packet."""

    def sooner_ns(self, packets: Transmissions, direction: Direction, first_ns: I64) -> I64:
        """When the first copy arrives, (n,), given when the first link's does; `LOST_NS` if neither."""


class Wire:
    """Both directions of one vehicle's connection.

    Parameters
    ----------
    config
        What is added to the link, or takes its place.
    carry
        The link.
    key
        Station key of the vehicle.
    second
        Another link that carries a copy, if there is one.
    """

    def __init__(self, config: RemoteNetwork, carry: Carry, key: int, second: Second | None = None) -> None:
        self._carry, self._second = carry if config.kind == "uu" else at_once, second
        self._extra_ns = round(config.extra_one_way_ms * NS_PER_MS)
        self._last_ns: dict[Direction, int] = {"uplink": -1, "downlink": -1}
        self._outages_ns = outages_of(config.outages_s)
        self._alike = lru_cache(1024)(partial(_alike, np.uint64(key)))

    def send(self, direction: Direction, sent_ns: I64, air_bytes: I64) -> I64:
        """When packets arrive, (n,), `LOST_NS` for those that never do.

        Parameters
        ----------
        direction
            ``uplink`` for what the vehicle sends.
        sent_ns
            When they are handed over; each goes a nanosecond after the one before at least, since draws of the link
            are keyed by the time.
        air_bytes
            Sizes with all headers.
        """
        sent_ns = _one_by_one(sent_ns, self._last_ns[direction])
        self._last_ns[direction] = int(sent_ns[-1])
        number, sender, nowhere, kind = self._alike(len(sent_ns))
        packets = Transmissions(number, sent_ns, sender, nowhere, nowhere, air_bytes, kind)
        arrived_ns = arrivals_ns(self._carry, self._outages_ns, packets, direction)
        if self._second is not None:
            arrived_ns = self._second.sooner_ns(packets, direction, arrived_ns)
        return _later(arrived_ns, self._extra_ns) if self._extra_ns else arrived_ns


def outages_of(outages_s: Sequence[tuple[float, float]]) -> I64:
    """Outages in nanoseconds, (k, 2)."""
    return np.array([(to_ns(begin_s), to_ns(end_s)) for begin_s, end_s in outages_s], np.int64).reshape(-1, 2)


def arrivals_ns(carry: Carry, outages_ns: I64, packets: Transmissions, direction: Direction) -> I64:
    """When packets arrive over a link with outages, (n,), `LOST_NS` for those that never do."""
    carried = carry(packets, direction)
    return _arrivals(packets.t_ns, carried.t_ns, carried.cause, outages_ns)


@compiled
def _arrivals(sent_ns: I64, t_ns: I64, cause: NDArray[np.int8], outages_ns: I64) -> I64:
    arrived_ns = t_ns.copy()
    for row in range(len(t_ns)):
        lost = cause[row] != _DELIVERED
        for outage in range(len(outages_ns)):
            lost |= outages_ns[outage, 0] <= sent_ns[row] < outages_ns[outage, 1]
        if lost:
            arrived_ns[row] = LOST_NS
    return arrived_ns


@compiled
def _later(arrived_ns: I64, extra_ns: int) -> I64:
    later_ns = arrived_ns.copy()
    for row in range(len(later_ns)):
        if later_ns[row] != LOST_NS:
            later_ns[row] += extra_ns
    return later_ns


def _alike(key: np.uint64, n: int) -> tuple[I64, NDArray[np.uint64], NDArray[np.float64], NDArray[np.object_]]:
    """What n packets of a station have in common, and their numbers."""
    return np.arange(n), np.full(n, key), np.zeros(n), np.full(n, "", object)


@compiled
def _one_by_one(sent_ns: I64, last_ns: int) -> I64:
    """Times that are a nanosecond apart at least, the first after ``last_ns``."""
    apart_ns = np.empty_like(sent_ns)
    for row in range(len(sent_ns)):
        last_ns = max(sent_ns[row], last_ns + 1)
        apart_ns[row] = last_ns
    return apart_ns


def at_once(packets: Transmissions, direction: Direction) -> Carried:  # noqa: ARG001
    """No network at all."""
    return Carried(packets.t_ns, np.zeros(len(packets), np.int8))
