"""What a station is: it gets bytes and its own clock, and hands bytes to its radio. It never sees the simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from v2x.messages.model import Message, VehicleStates

#: Writes one event of a station: kind and its fields.
EventSink = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True)
class Received:
    """A message as an application gets it.

    Attributes
    ----------
    link
        ``pc5`` or ``uu``.
    type
        Message type, e.g. ``BSM``.
    message
        The decoded message: an SI dataclass, or the raw values of a type outside the physical model.
    clock_ns
        UTC nanoseconds that the station's own clock showed at the arrival.
    """

    link: str
    type: str
    message: Message | dict[str, Any]
    clock_ns: int


@dataclass(frozen=True)
class View:
    """All that an application may know at one step.

    Attributes
    ----------
    clock_ns
        UTC nanoseconds by the station's own clock.
    own
        The vehicle's own state as its sensors last gave it (one row), None before the first.
    received
        What has arrived since the last step, in order of arrival.
    """

    clock_ns: int
    own: VehicleStates | None
    received: tuple[Received, ...]


class Application(Protocol):
    """A program on board a subject. A class with the station's id and an `EventSink` as its arguments."""

    def on_step(self, view: View) -> None:
        """Called once a step with what the station knows."""
