"""Priority of an emergency vehicle: asks the signal ahead for green until it has passed (SRM, VIR)."""

from __future__ import annotations

from dataclasses import dataclass

from v2x.clock import NS_PER_S, to_ns
from v2x.messages.model_cooperation import PriorityRequest, RequestAction, SignalRequest, SignalRequestStatus
from v2x.scenario.use_cases import use_case
from v2x.stations.applications.approach import Maps, Matched, main_connection
from v2x.stations.applications.motion import Own
from v2x.stations.base import EventSink, Output, View

#: The nearest arrival that is announced: one step of T/CSAE 157's TimeOffset.
_SOON_NS = 10_000_000


@dataclass(frozen=True)
class Settings:
    """Figures.

    Attributes
    ----------
    reach_m
        Asks from this distance to the line on.
    repeat_s
        Asks again after this time.
    min_mps
        A slower vehicle is taken to arrive at this speed: it waits in a queue.
    green_s
        How long it needs the green from its arrival.
    cancel_count
        How often it withdraws, step by step, since any one message may be lost.
    hold_s
        Withdraws when it has not been on the approach for so long.
    """

    reach_m: float
    repeat_s: float
    min_mps: float
    green_s: float
    cancel_count: float
    hold_s: float


@dataclass
class _Asking:
    """A request under way.

    Attributes
    ----------
    number
        Of the request.
    matched, seen_ns
        Where the vehicle was when it was last on the approach, and when that was.
    next_ns
        When it asks again.
    said
        Messages about it so far.
    cancels
        Messages to withdraw it that are still to be said, None while it stands.
    """

    number: int
    matched: Matched
    seen_ns: int
    next_ns: int
    said: int = 0
    cancels: int | None = None


class Priority:
    """Asks only while the vehicle responds with siren or blue light; for straight on where its lane leads there."""

    hears = frozenset({"MAP", "RSC", "SSM"})

    def __init__(self, event: EventSink) -> None:
        self._settings = use_case("evp").settings(Settings)
        self._event = event
        self._maps = Maps()
        self._asking: _Asking | None = None
        self._count, self._number, self._verdict = 0, 0, ""

    def on_step(self, view: View) -> Output:
        """See `v2x.stations.base.Application`."""
        self._maps.hear(view)
        own = Own.of(view)
        if own is None:
            return Output()
        self._listen(view, own)
        self._follow(self._ahead(own), view.clock_ns)
        asking = self._asking
        if asking is None or view.clock_ns < asking.next_ns:
            return Output()
        request = self._request(asking, own, view.clock_ns)
        asking.said += 1
        asking.next_ns = view.clock_ns + to_ns(self._settings.repeat_s)
        if asking.cancels is not None:
            asking.cancels -= 1
            asking.next_ns = view.clock_ns
            self._asking = asking if asking.cancels > 0 else None
        return Output(say=(request,))

    def _ahead(self, own: Own) -> Matched | None:
        """The signal that the vehicle needs, None if none."""
        matched = self._maps.match(own) if own.emergency else None
        if matched is None or not 0.0 < matched.to_line_m <= self._settings.reach_m:
            return None
        connection = main_connection(matched.lanes[0])
        return matched if connection is not None and connection.signal_group is not None else None

    def _follow(self, matched: Matched | None, clock_ns: int) -> None:
        """Begin a request, go on with it, or begin to withdraw it."""
        asking = self._asking
        if asking is None:
            if matched is not None:
                self._number = (self._number + 1) % 256
                self._asking = _Asking(self._number, matched, clock_ns, clock_ns)
                self._event("evp.request", {"intersection": matched.place[1], "request": self._number})
        elif asking.cancels is None:
            if matched is not None and matched.place == asking.matched.place:
                asking.matched, asking.seen_ns = matched, clock_ns
            elif matched is not None or clock_ns - asking.seen_ns >= to_ns(self._settings.hold_s):
                asking.cancels, asking.next_ns = round(self._settings.cancel_count), clock_ns
                self._event("evp.cancel", {"intersection": asking.matched.place[1], "request": asking.number})

    def _request(self, asking: _Asking, own: Own, clock_ns: int) -> SignalRequest:
        matched = asking.matched
        connection = main_connection(matched.lanes[0])
        arrives_s = matched.to_line_m / max(own.speed_mps, self._settings.min_mps)
        # matched a moment ago: the line may have been passed since, and no message can say that
        arrive_utc_ns = max(asking.seen_ns + round(arrives_s * NS_PER_S), clock_ns + _SOON_NS)
        action: RequestAction = "request" if asking.said == 0 else "update"
        self._count = (self._count + 1) % 128
        request = PriorityRequest(
            id=asking.number,
            region=matched.place[0],
            intersection=matched.place[1],
            action=action if asking.cancels is None else "cancel",
            in_lane=matched.lanes[0].id,
            out_lane=connection.to_lane if connection is not None else None,
            maneuver=connection.maneuver if connection is not None else None,
            arrive_utc_ns=arrive_utc_ns,
            duration_s=self._settings.green_s,
        )
        return SignalRequest(
            msg_count=self._count,
            utc_ns=clock_ns,
            requester_id=own.temporary_id,
            role="emergency",
            lat_deg=own.lat_deg,
            lon_deg=own.lon_deg,
            speed_mps=own.speed_mps,
            heading_deg=own.heading_deg,
            requests=(request,),
        )

    def _listen(self, view: View, own: Own) -> None:
        """Note what the intersection decides."""
        for received in view.inbox.received:
            message = received.message
            if isinstance(message, SignalRequestStatus) and self._asking is not None:
                for status in message.statuses:
                    if status.requester_id == own.temporary_id and status.verdict != self._verdict:
                        self._verdict = status.verdict
                        self._event("evp.answer", {"intersection": message.intersection, "verdict": status.verdict})
