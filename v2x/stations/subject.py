"""A vehicle under test: its on-board unit belongs to the fleet, its receptions, applications and driver are its own."""

from __future__ import annotations

from collections.abc import Sequence

from v2x.messages.model import Message, VehicleStates
from v2x.stations.base import Alert, Application, EventSink, Inbox, View
from v2x.stations.driver import Driver
from v2x.traffic.base import DriveCommand


class Subject:
    """Applications of one vehicle, what they know, and who minds what they say.

    Parameters
    ----------
    name
        Id of the road user.
    applications
        Programs on board, called in this order.
    uu
        Whether it also talks to the network.
    driver
        Reacts to alerts and advice; None: nobody does.
    event
        Its log: an alert's beginning (``alert.start``, with its figures) and end (``alert.end``).
    """

    def __init__(
        self, name: str, applications: Sequence[Application], uu: bool, driver: Driver | None, event: EventSink
    ) -> None:
        self.name, self.uu = name, uu
        self._applications, self._driver, self._event = applications, driver, event
        #: Types of messages that one of the applications looks at.
        self.hears = frozenset[str]().union(*(application.hears for application in applications))
        self._own: VehicleStates | None = None
        self._alerts: dict[tuple[str, str], Alert] = {}

    def sense(self, own: VehicleStates) -> None:
        """Its own state as it last sent it, one row."""
        self._own = own

    def on_step(self, clock_ns: int, inbox: Inbox) -> tuple[list[Message], DriveCommand | None]:
        """Run the applications on what has arrived; ``clock_ns`` is its own clock (UTC).

        Returns
        -------
        tuple
            Messages to send, and what the driver now does differently, None if nothing.
        """
        view = View(clock_ns, self._own, inbox)
        outputs = [application.on_step(view) for application in self._applications]
        self._log([alert for output in outputs for alert in output.alerts])
        advised = [output.speed_mps for output in outputs if output.speed_mps is not None]
        command = None
        if self._driver is not None:
            command = self._driver.on_step(clock_ns, tuple(self._alerts.values()), min(advised, default=None))
        return [message for output in outputs for message in output.say], command

    def _log(self, alerts: Sequence[Alert]) -> None:
        present = {(alert.application, alert.about): alert for alert in alerts}
        for key, alert in present.items():
            if key not in self._alerts:
                what = {"application": alert.application, "about": alert.about}
                self._event("alert.start", what | dict(alert.fields))
        for key in sorted(self._alerts.keys() - present.keys()):
            self._event("alert.end", dict(zip(("application", "about"), key, strict=True)))
        self._alerts = present
