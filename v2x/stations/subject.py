"""A vehicle under test: its on-board unit belongs to the fleet, its receptions and applications are its own."""

from __future__ import annotations

from collections.abc import Sequence

from v2x.messages.model import VehicleStates
from v2x.stations.base import Application, Received, View


class Subject:
    """Applications of one vehicle and what they know.

    Parameters
    ----------
    name
        Id of the road user.
    applications
        Programs on board, called in this order.
    uu
        Whether it also talks to the network.
    """

    def __init__(self, name: str, applications: Sequence[Application], uu: bool) -> None:
        self.name, self.uu = name, uu
        self._applications = applications
        self._own: VehicleStates | None = None

    def sense(self, own: VehicleStates) -> None:
        """Its own state as it last sent it, one row."""
        self._own = own

    def on_step(self, clock_ns: int, received: Sequence[Received]) -> None:
        """Run the applications on what has arrived; ``clock_ns`` is its own clock (UTC)."""
        view = View(clock_ns, self._own, tuple(received))
        for application in self._applications:
            application.on_step(view)
