"""An application of one's own: it tells others how far it sees, and warns its driver of fog that others tell of."""

from __future__ import annotations

from v2x.clock import NS_PER_S
from v2x.geo import Plane
from v2x.stations.base import Alert, EventSink, Output, View
from v2x_fog.message import FogReport

#: What a vehicle of this example sees, metres: it stands for a sensor.
SEES_M = 80.0
#: Warned within this distance of a report of less than so much sight, metres (our choice).
NEAR_M, FOG_M = 250.0, 150.0


class Fog:
    """Says FOG once a second, and warns while the newest report near by tells of fog."""

    hears = frozenset({"FOG"})

    def __init__(self, event: EventSink) -> None:
        self._event = event
        self._due_ns = 0
        self._newest: FogReport | None = None

    def on_step(self, view: View) -> Output:
        """All that it knows is in the view: its own sensors, and decoded messages with the time of its own clock."""
        for received in view.inbox.received:
            if isinstance(received.message, FogReport):
                self._newest = received.message
        own = view.own
        if own is None:
            return Output()
        lat_deg, lon_deg = float(own.lat_deg[0]), float(own.lon_deg[0])
        say = ()
        if view.clock_ns >= self._due_ns:
            self._due_ns = view.clock_ns + NS_PER_S
            say = (FogReport(int(own.temporary_id[0]), view.clock_ns, lat_deg, lon_deg, SEES_M),)
        alerts = ()
        if self._newest is not None and self._newest.visibility_m < FOG_M:
            x_m, y_m = Plane.tangent(lon_deg, lat_deg).to_xy([self._newest.lon_deg], [self._newest.lat_deg])
            distance_m = float((x_m[0] ** 2 + y_m[0] ** 2) ** 0.5)
            if distance_m < NEAR_M:
                alerts = (Alert("fog", "fog", {"distance_m": round(distance_m, 1)}),)
        return Output(alerts=alerts, say=say)
