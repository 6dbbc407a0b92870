"""A run that others take part in: the engine's `Outside`, on top of sockets, guests, orders, grants and the wall clock.

All that peers ask for is carried out between two steps, by the run's own thread. So nothing here needs a lock, and in
lock step what is asked before a grant has happened before the step that the grant allows.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from v2x.bus.counts import Judged
from v2x.bus.desk import Desk
from v2x.bus.exchange import AT_ONCE, Answer, Gone, Inbound, Outbound, Route, Text
from v2x.bus.grant import Grants
from v2x.bus.ground import Ground
from v2x.bus.guests import Guests
from v2x.bus.orders import Orders
from v2x.bus.pacing import Pacer
from v2x.bus.publisher import DatagramExport, publication
from v2x.bus.settings import Addresses, Bounds, Keys, Terms
from v2x.bus.socket_process import SocketProcess
from v2x.bus.wheel import Wheel
from v2x.clock import NS_PER_S
from v2x.errors import InputError
from v2x.links.waiting import Arrival
from v2x.messages.frame import Frames, Outgoing
from v2x.outside import Guest, Nobody
from v2x.remote.external import Look, Word
from v2x.stations.roadside import Order

#: Guests are told so often that the service lives, and thereby found out if they do not.
_TICK_NS = NS_PER_S
#: Longest wait before looking around again, seconds.
_NAP_S = 0.1


class Live(Nobody):
    """The service, as the run sees it. A context manager: inside, the sockets are open.

    Parameters
    ----------
    ground, terms
        What is played, and how.
    addresses, bounds, keys
        The sockets.
    export
        What goes out over UDP.
    """

    def __init__(
        self,
        ground: Ground,
        terms: Terms,
        addresses: Addresses,
        bounds: Bounds,
        keys: Keys | None = None,
        export: DatagramExport | None = None,
    ) -> None:
        self._ground, self._terms, self._export = ground, terms, export
        self._pacer = Pacer(terms.speed, ground.step_ns, hold=not terms.peers)
        self._grants = Grants(terms.peers)
        self._guests = Guests(ground.profile, ground.plane)
        self._orders = Orders(ground.profile, ground.units)
        self._judged = Judged()
        listening = self._guests if ground.listens else None
        self._wheel = None if ground.cockpit is None else Wheel(ground.cockpit)
        self._desk = Desk(listening, self._grants, self._wheel, self._judged, times_needed=bool(terms.peers))
        self._routes: Mapping[str, Route] = {}
        self._next_tick_ns = 0
        self._ended = False
        self._status: dict[str, Any] = {}
        self._sockets = SocketProcess(addresses, bounds, keys, self._pacer.table)
        self._show_status()
        self.listens = self._sockets.listens

    def __enter__(self) -> Live:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close(hurry=exc[0] is not None)

    def close(self, *, hurry: bool) -> None:
        """Tell everybody that this is the end, and end; safe to call twice.

        Parameters
        ----------
        hurry
            The run was broken off: what is still held for its instant is not sent.
        """
        if self._ended:
            return
        self._ended = True
        try:
            self._say_goodbye(self._desk.now_ns + (0 if hurry else self._ground.step_ns))
        finally:
            self._judged.unserved += len(self._sockets.end(hurry=hurry))

    def statistics(self) -> dict[str, Any]:
        """All counts, ready for JSON."""
        return {
            **self._sockets.counts,
            "run": {**asdict(self._judged), "refused": dict(sorted(self._judged.refused.items()))},
            "guests": len(self._guests.present()),
            "seat": None if self._wheel is None else asdict(self._wheel.counts),
            "frames_unsaid": self._guests.unsaid,
            "peers": self._grants.names,
            "steps": self._pacer.statistics(),
        }

    # ------------------------------------------------------------------ Outside

    def begin(self, t_ns: int) -> Sequence[Guest]:
        """Wait for the wall clock and for every peer's grant, and meanwhile serve requests."""
        self._desk.now_ns = t_ns
        owing_since_ns, nap_s = time.monotonic_ns(), 0.0
        while True:
            self._serve(self._sockets.take(nap_s))
            self._answer_granted(t_ns)
            self._show_status()
            owing = self._grants.owing(t_ns)
            if not owing and t_ns > 0 and not self._pacer.started:
                self._start(t_ns)
            left_ns = self._pacer.left_ns(t_ns)
            if not owing and left_ns <= 0:
                break
            if owing:
                self._lose_patience(owing, owing_since_ns, t_ns)
                nap_s = _NAP_S
            else:
                time.sleep(min(left_ns / NS_PER_S, _NAP_S))
            self._tick(t_ns)
        self._pacer.begun(t_ns)
        self._routes = self._guests.routes()
        return self._guests.present()

    def arrived(self, arrivals: Sequence[Arrival]) -> None:
        """Pass on what guests hear."""
        self._sockets.send(
            [
                Answer(arrival.t_ns, self._routes[arrival.receiver], _heard(arrival), arrival.data)
                for arrival in arrivals
            ]
        )

    def orders(self) -> Mapping[str, tuple[Order, ...]]:
        """What came in over UDP."""
        return self._orders.due()

    def spoken(self, start_ns: int, end_ns: int) -> Sequence[tuple[Guest, Outgoing]]:
        """What guests say, as far as it is valid; the others are told why not."""
        said, complaints = self._guests.spoken(start_ns, end_ns, self._pacer.heard_ns)
        self._judged.frames += len(said)
        self._judged.refused.update(complaint.kind for complaint in complaints)
        self._sockets.send(
            [
                Answer(AT_ONCE, complaint.route, {"re": "say", "id": complaint.number, "error": complaint.reason})
                for complaint in complaints
            ]
        )
        return said

    def aired(self, frames: Frames, channel: str) -> None:
        """Publish."""
        items = publication(frames, channel, self._ground.profile.name, self._ground.plane)
        if self._export is not None:
            items += self._export.datagrams(frames, channel)
        self._sockets.send(items)

    def words(self, end_ns: int) -> Sequence[Word]:
        """What who drives from afar has said."""
        return () if self._wheel is None else self._wheel.words(end_ns)

    def shown(self, looks: Sequence[Look]) -> None:
        """Show it to who drives from afar, if anybody is there."""
        if self._wheel is not None:
            self._sockets.send(self._wheel.shown(looks))

    # ------------------------------------------------------------------ inside

    def _start(self, t_ns: int) -> None:
        """Fix the wall-clock time of simulated time 0: behind the first step, which takes longer than all others."""
        wall_ns = self._terms.zero_wall_ns
        zero_ns = None if wall_ns is None else time.monotonic_ns() + wall_ns - time.time_ns()
        self._sockets.start_clock(self._pacer.start(t_ns, zero_ns))

    def _say_goodbye(self, end_ns: int) -> None:
        self._desk.now_ns = end_ns
        self._show_status()
        end = {"now_ns": end_ns, "ended": True}
        answers = [self._granted(route, end_ns, end) for route in self._grants.all_waiting()]
        answers += [Answer(end_ns, route, {"do": "end", **end}) for route in self._present()]
        self._sockets.send(list[Outbound](answers))

    def _serve(self, items: Sequence[Inbound]) -> None:
        answers: list[Outbound] = []
        for item in items:
            if isinstance(item, Text):
                self._take_order(item.data)
            elif isinstance(item, Gone):
                self._lose(item.route)
            else:
                answers += self._desk.serve(item)
        self._sockets.send(answers)

    def _lose(self, route: Route) -> None:
        """There is nobody at the other end."""
        if route.socket == "intake":
            self._judged.guests_gone += self._guests.leave(route)
            if self._wheel is not None:
                self._wheel.counts.gone += self._wheel.rise(route)

    def _present(self) -> list[Route]:
        """Who is told things unasked: guests, and who drives from afar."""
        seated = () if self._wheel is None or self._wheel.route is None else (self._wheel.route,)
        return list(dict.fromkeys((*self._guests.routes().values(), *seated)))

    def _take_order(self, data: bytes) -> None:
        try:
            self._orders.take(data)
            self._judged.orders += 1
        except InputError:
            self._judged.bad_orders += 1

    def _answer_granted(self, t_ns: int) -> None:
        routes = self._grants.reached(t_ns)
        self._sockets.send([self._granted(route, t_ns, {"now_ns": t_ns}) for route in routes])

    @staticmethod
    def _granted(route: Route, at_ns: int, reply: dict[str, Any]) -> Answer:
        head = {"re": "grant"} if route.socket == "intake" else {}
        return Answer(at_ns, route, {**head, **reply}, numbered=True)

    def _lose_patience(self, owing: Sequence[str], since_ns: int, t_ns: int) -> None:
        """Drop peers that have been owed for too long; those that never came are waited for."""
        if time.monotonic_ns() - since_ns < self._terms.patience_ns:
            return
        for name in sorted(set(owing) - set(self._grants.absent())):
            self._grants.drop(name)
            self._judged.peers_dropped.append({"peer": name, "t_ns": t_ns})

    def _tick(self, t_ns: int) -> None:
        """Tell all who are there that the service lives."""
        if time.monotonic_ns() >= self._next_tick_ns:
            self._next_tick_ns = time.monotonic_ns() + _TICK_NS
            ticks = [Answer(AT_ONCE, route, {"do": "tick", "now_ns": t_ns}) for route in self._present()]
            self._sockets.send(list[Outbound](ticks))

    def _show_status(self) -> None:
        """Keep the topic ``status`` up to date."""
        status = {
            "now_ns": self._desk.now_ns,
            "start_utc_ns": self._ground.start_utc_ns,
            "profile": self._ground.profile.name,
            "waits_for": self._grants.absent(),
            "ended": self._ended,
        }
        if status != self._status:
            self._status = status
            self._sockets.show_status(status)


def _heard(arrival: Arrival) -> dict[str, Any]:
    return {
        "do": "heard",
        "t_ns": arrival.t_ns,
        "link": arrival.link,
        "type": arrival.type,
        "tx_id": arrival.tx_id,
    }
