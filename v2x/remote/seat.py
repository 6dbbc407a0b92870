"""The operator's seat: what is on the screen becomes commands, which go back to the vehicle."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from math import inf

import numpy as np

from v2x.remote.around import View
from v2x.remote.beat import Beat
from v2x.remote.command import Command
from v2x.remote.driver import Driver, OnScreen
from v2x.remote.operators.base import Seen
from v2x.remote.operators.pedals import Road
from v2x.remote.operators.predictive import PredictiveDisplay
from v2x.remote.past import Taken
from v2x.remote.uplink import Uplink
from v2x.remote.wire import LOST_NS, Wire

#: IPv4 and UDP around a command (RFC 791, RFC 768).
HEADER_BYTES = 28

#: How far ahead bends are looked at, and at which distance: beyond any braking at the speeds here. Assumed.
_BENDS_M = np.arange(0.0, 120.0, 2.0)

#: What a picture taken at a time shows: course and telemetry, and what is along the way.
Picture = Callable[[int], tuple[Taken, View]]


class Seat:
    """One operator's desk, and the commands that are on their way from there.

    Parameters
    ----------
    driver
        Who sits there.
    front_m
        From the rear axle to the vehicle's front.
    uplink
        The screens.
    wire
        The connection.
    beat
        When commands are sent.
    payload_bytes
        Of a command.
    picture
        What pictures show.
    display
        What moves pictures on, if anything.
    """

    def __init__(
        self,
        driver: Driver,
        front_m: float,
        uplink: Uplink,
        wire: Wire,
        beat: Beat,
        payload_bytes: int,
        picture: Picture,
        display: PredictiveDisplay | None = None,
    ) -> None:
        self._driver, self._uplink, self._wire, self._beat = driver, uplink, wire, beat
        self._front_m = front_m
        self._air_bytes = np.array([payload_bytes + HEADER_BYTES])
        self._picture, self._display = picture, display
        self._next = 0
        self._coming: list[tuple[int, int, Command]] = []  # heap by arrival
        self._sent: list[tuple[Command, int]] = []

    def work(self, until_ns: int) -> None:
        """All commands that are sent before ``until_ns``."""
        while (t_ns := self._beat.at_ns(self._next)) < until_ns:
            asked = self._driver.drive(t_ns, self._screen(t_ns))
            number, self._next = self._next, self._next + 1
            if asked is None:
                continue
            command = Command(number, t_ns, *asked)
            if self._display is not None:
                self._display.sent(t_ns, np.array([command.steer_rad]))
            at_ns = int(self._wire.send("downlink", np.array([t_ns]), self._air_bytes)[0])
            self._sent.append((command, at_ns))
            if at_ns != LOST_NS:
                heappush(self._coming, (at_ns, command.number, command))

    def sent(self) -> list[tuple[Command, int]]:
        """Commands since the last call, and when each arrives, `LOST_NS` for never."""
        sent, self._sent = self._sent, []
        return sent

    def due(self, t_ns: int) -> list[tuple[int, Command]]:
        """Commands that have arrived at the vehicle by then, and when, in order of time."""
        due = []
        while self._coming and self._coming[0][0] <= t_ns:
            at_ns, _, command = heappop(self._coming)
            due.append((at_ns, command))
        return due

    def _screen(self, t_ns: int) -> OnScreen | None:
        """What is to be seen there, None while it is blank."""
        shown = self._uplink.look(t_ns)
        if shown is None:
            return None
        captured_ns = shown.frame.captured_ns
        taken, view = self._picture(captured_ns)
        speed = np.array([taken.speed_mps])
        seen = Seen(t_ns, np.array([captured_ns]), taken.ahead, speed, np.array([taken.command_s]))
        drawn = seen if self._display is None else self._display.show(seen)
        return OnScreen(drawn, self._road(taken, view), taken.cap_mps)

    def _road(self, taken: Taken, view: View) -> Road:
        """What a picture shows lengthwise."""
        course = taken.ahead.course
        return Road(
            bends_m=_BENDS_M,
            curvature_pm=taken.ahead.curvature_pm(_BENDS_M),
            limit_mps=course.limit_mps(taken.station_m + _BENDS_M),
            gap_m=view.gap_m,
            ahead_mps=view.ahead_mps,
            stop_m=view.stop_m,
            left_m=inf if course.closed else course.length_m - taken.station_m - self._front_m,
        )
