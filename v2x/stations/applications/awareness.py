"""Cooperative awareness: who is around, what the roadside says, and how old that knowledge is."""

from __future__ import annotations

from v2x.clock import NS_PER_S
from v2x.messages.model import MapData, RoadsideInformation, SignalPhases
from v2x.stations.base import EventSink, Output, Received, View
from v2x.stations.neighbours import Neighbours


class Awareness:
    """Keeps the neighbour table, announces new intersections and notices, reports the table's age each second."""

    hears = frozenset({"BSM", "MAP", "RSI", "SPAT", "TIM"})

    def __init__(self, event: EventSink) -> None:
        self._event = event
        self._neighbours = Neighbours()
        self._maps: set[tuple[int, int, int]] = set()
        self._signals: set[tuple[int, int]] = set()
        self._notices: set[tuple[int, int]] = set()
        self._report_due_ns = 0

    def on_step(self, view: View) -> Output:
        """Take in what arrived, then report if a second has passed; it only watches."""
        self._neighbours.hear(view.inbox.states)
        for received in view.inbox.received:
            self._take(received)
        if view.clock_ns >= self._report_due_ns:
            self._report_due_ns = (view.clock_ns // NS_PER_S + 1) * NS_PER_S
            self._event("awareness", self._neighbours.summary(view.clock_ns))
        return Output()

    def _take(self, received: Received) -> None:
        match received.message:
            case MapData() as geometry:
                for crossing in geometry.intersections:
                    key = (crossing.region, crossing.id, geometry.revision)
                    if key not in self._maps:
                        self._maps.add(key)
                        self._event("map.new", {"region": key[0], "intersection": key[1], "revision": key[2]})
            case SignalPhases() as phases:
                place = (phases.region, phases.intersection)
                if place not in self._signals:
                    self._signals.add(place)
                    self._event("spat.new", {"region": place[0], "intersection": place[1]})
            case RoadsideInformation() as information:
                for notice in information.notices:
                    name = (information.sender_id, notice.id)
                    if name not in self._notices:
                        self._notices.add(name)
                        fields = {"sender": name[0], "notice": notice.id, "cause": notice.cause, "link": received.link}
                        self._event("notice.new", fields)
