"""What a station is: it gets bytes and its own clock, and hands bytes to its radio. It never sees the simulation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from v2x.messages.model import Message, VehicleStates

#: What an application works out of what it knew.
T = TypeVar("T")
K = TypeVar("K")

#: Writes one event of a station: kind and its fields.
EventSink = Callable[[str, dict[str, Any]], None]


class Received(NamedTuple):
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
    data
        The frame.
    """

    link: str
    type: str
    message: Message | dict[str, Any]
    clock_ns: int
    data: bytes = b""


@dataclass(frozen=True)
class Inbox:
    """What has reached a station since it last looked.

    Attributes
    ----------
    received
        All messages but BSMs, in order of arrival.
    states
        BSMs, one row each, in order of arrival.
    states_clock_ns
        (n,) UTC nanoseconds that the station's own clock showed at the arrival of each row.
    states_data
        The frame of each row.
    unread
        Type -> number of messages that have arrived but are of no use to the station, which does not decode them.
    """

    received: tuple[Received, ...] = ()
    states: VehicleStates = field(default_factory=VehicleStates.none)
    states_clock_ns: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    states_data: tuple[bytes, ...] = ()
    unread: Mapping[str, int] = field(default_factory=dict)


#: The inbox of a station that nothing has reached.
EMPTY = Inbox()


@dataclass(frozen=True)
class View:
    """All that an application may know at one step.

    Attributes
    ----------
    clock_ns
        UTC nanoseconds by the station's own clock.
    own
        The vehicle's own state as its sensors last gave it (one row), None before the first.
    inbox
        What has arrived since the last step.
    """

    clock_ns: int
    own: VehicleStates | None
    inbox: Inbox = field(default_factory=Inbox)
    _done: dict[tuple[Any, int], tuple[Any, Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, work: Callable[[View, K], T], known: K) -> T:
        """``work(self, known)``, done once for all applications on board that begin from the very same object.

        They hear the same messages: what one of them makes of these holds for the others, who must not change it.
        """
        key = work, id(known)
        if key not in self._done:
            self._done[key] = work(self, known), known  # which keeps it alive, and so its id its own
        found: T = self._done[key][0]
        return found


@dataclass(frozen=True)
class Alert:
    """A danger that an application tells the driver of, for as long as it returns it.

    Attributes
    ----------
    application
        Abbreviation of the use case in small letters, e.g. ``rlvw``.
    about
        What it is about: the same as long as it is the same danger.
    fields
        Figures at this moment for the event log, e.g. ``{"ttc_s": 2.1}``: JSON values.
    """

    application: str
    about: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Output:
    """What an application wants at one step.

    Attributes
    ----------
    alerts
        All dangers at present.
    speed_mps
        Speed that the driver is advised not to exceed, None: no advice.
    say
        Messages to send over PC5.
    """

    alerts: tuple[Alert, ...] = ()
    speed_mps: float | None = None
    say: tuple[Message, ...] = ()


class Application(Protocol):
    """A program on board a subject. A class that is made with an `EventSink`."""

    #: Types of messages that it looks at.
    hears: frozenset[str]

    def on_step(self, view: View) -> Output:
        """Called once a step with what the station knows."""
