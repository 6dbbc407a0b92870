"""Immediate forward, and store and repeat: messages that others hand to the unit (RSU specification 4.1, app. C)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from v2x.stations.roadside import Inputs, Order, Said, Spoken, UnitSite

#: Messages that a unit keeps; one more replaces the oldest (project choice: a unit's memory has an end).
MOST_KEPT = 64


@dataclass
class _Kept:
    """An order that is repeated, and the unit's clock when it is next due."""

    order: Order
    due_utc_ns: int

    @property
    def stop_utc_ns(self) -> float:
        """When it ends, infinity for never."""
        return inf if self.order.stop_utc_ns is None else self.order.stop_utc_ns


class RepeatService:
    """Sends what it is given. A repeated message is replaced by a newer one of the same bytes.

    Parameters
    ----------
    site
        The unit's installation.
    """

    hears: frozenset[str] = frozenset()

    def __init__(self, site: UnitSite) -> None:
        self._site = site
        self._kept: list[_Kept] = []
        for order in site.stored:
            self._take(order, 0, site.read_clock(0))

    @classmethod
    def at(cls, site: UnitSite) -> RepeatService:
        """Every unit can be told to send something."""
        return cls(site)

    def step(self, start_ns: int, end_ns: int, inputs: Inputs) -> Spoken:
        """See `v2x.stations.roadside.Service`."""
        if not inputs.orders and not self._kept:
            return Spoken()
        start_utc_ns, end_utc_ns = self._site.read_clock(start_ns), self._site.read_clock(end_ns)
        spoken = Spoken()
        for order in inputs.orders:
            spoken.pc5 += self._take(order, start_ns, start_utc_ns)
        for kept in self._kept:
            order = kept.order
            while kept.due_utc_ns < min(end_utc_ns, kept.stop_utc_ns):
                t_ns = start_ns + max(0, kept.due_utc_ns - start_utc_ns)
                spoken.pc5.append(Said(t_ns, order.type, order.data, order.priority))
                kept.due_utc_ns += order.interval_ns
        self._kept = [
            kept for kept in self._kept if kept.order.stop_utc_ns is None or end_utc_ns < kept.order.stop_utc_ns
        ]
        return spoken

    def _take(self, order: Order, t_ns: int, clock_ns: int) -> list[Said]:
        """Keep an order that is to be repeated; what is to be said at once."""
        if order.interval_ns == 0:
            return [Said(t_ns, order.type, order.data, order.priority)]
        first_ns = clock_ns if order.start_utc_ns is None else max(order.start_utc_ns, clock_ns)
        others = [kept for kept in self._kept if kept.order.data != order.data]
        self._kept = [*others[-(MOST_KEPT - 1) :], _Kept(order, first_ns)]
        return []
