"""What peers may ask for: reads their requests, carries them out, says what to answer. docs/live.md is the protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from v2x.bus.counts import Judged
from v2x.bus.exchange import AT_ONCE, Answer, Request
from v2x.bus.grant import Grants
from v2x.bus.guests import AHEAD_NS, Frame, Guests
from v2x.bus.wheel import Wheel
from v2x.errors import InputError
from v2x.registry import did_you_mean
from v2x.remote.external import Word
from v2x.scenario.bodies import ANTENNA_HEIGHT_M

_MOST_NS = 2**63 - 1
_LONGEST_NAME = 64
#: Kinds of station, and how high their antennas are unless they say so; a roadside unit's is the scenario's default.
_ROLES = {**ANTENNA_HEIGHT_M, "rsu": 6.0}
_MOST_ANTENNA_M = 100.0

Reply = dict[str, Any] | None


class Desk:
    """Serves requests, one at a time, in the order in which they come.

    Parameters
    ----------
    guests
        None where nobody can join: a recorded run does not listen.
    grants
        The lock step.
    wheel
        The seat of who drives from afar, None where nobody outside does.
    judged
        Counts.
    times_needed
        Whether frames must say their time: in lock step the time of arrival means nothing.
    """

    def __init__(
        self, guests: Guests | None, grants: Grants, wheel: Wheel | None, judged: Judged, *, times_needed: bool
    ) -> None:
        self._guests, self._grants, self._wheel = guests, grants, wheel
        self._judged, self._times_needed = judged, times_needed
        self.now_ns = 0
        self._verbs: dict[str, Callable[[Request], Reply]] = {
            "join": self._join,
            "move": self._move,
            "say": self._say,
            "leave": self._leave,
            "sit": self._sit,
            "drive": self._drive,
            "rise": self._rise,
            "grant": self._grant,
        }

    def serve(self, request: Request) -> list[Answer]:
        """Carry out a request."""
        header = request.header
        verb = "grant" if request.route.socket == "grant" else header.get("do")
        known = self._verbs.get(verb) if isinstance(verb, str) else None
        try:
            if known is None:
                name = str(verb)[:_LONGEST_NAME]
                raise InputError(f"unknown '{name}', {did_you_mean(name, list(self._verbs))}", path="do")
            reply = known(request)
            self._judged.requests += 1
        except InputError as error:
            self._judged.refused[verb if known is not None and isinstance(verb, str) else "unknown"] += 1
            reply = {"error": str(error)}
        if reply is None:
            return []
        if request.route.socket == "grant":
            return [Answer(AT_ONCE, request.route, reply)]
        return [Answer(AT_ONCE, request.route, {"re": verb, **_number_of(header), **reply})]

    # ------------------------------------------------------------------ verbs

    def _join(self, request: Request) -> Reply:
        header = request.header
        role = header.get("role", "car")
        if role not in _ROLES:
            name = str(role)[:_LONGEST_NAME]
            raise InputError(f"unknown '{name}', {did_you_mean(name, list(_ROLES))}", path="role")
        antenna_m = _ROLES[role] if "antenna_m" not in header else _real(header, "antenna_m", 0.1, _MOST_ANTENNA_M)
        name = self._there.join(request.route, _text(header, "station"), *_place(header), antenna_m)
        return {"ok": True, "station": name, "now_ns": self.now_ns}

    def _move(self, request: Request) -> Reply:
        self._there.move(request.route, *_place(request.header))
        return {"ok": True}

    def _say(self, request: Request) -> Reply:
        header = request.header
        t_ns = self._time(header)
        if t_ns is None and self._times_needed:
            raise InputError("needed in lock step", path="t_ns")
        number = _number_of(header).get("id")
        self._there.say(request.route, Frame(t_ns, request.arrived_ns, request.payload, number))
        return None

    def _leave(self, request: Request) -> Reply:
        if not self._there.leave(request.route):
            raise InputError("join first")
        return {"ok": True}

    def _grant(self, request: Request) -> Reply:
        header = request.header
        own_name = request.route.socket == "intake" and "peer" not in header
        peer = self._there.name(request.route) if own_name else _text(header, "peer")
        self._grants.grant(peer, _whole(header, "until_ns"), request.route)
        return None

    def _sit(self, request: Request) -> Reply:
        return {"ok": True, **self._seat.sit(request.route), "now_ns": self.now_ns}

    def _drive(self, request: Request) -> Reply:
        header, t_ns = request.header, self._time(request.header)
        if t_ns is not None and t_ns < self.now_ns:
            raise InputError(f"the run is at {self.now_ns} ns", path="t_ns")
        can = self._seat.cockpit
        steer_rad = _real(header, "steer_rad", -can.max_steer_rad, can.max_steer_rad)
        accel_mps2 = _real(header, "accel_mps2", -can.max_brake_mps2, can.max_accel_mps2)
        from_ns = self.now_ns if t_ns is None else t_ns
        self._seat.drive(request.route, Word(from_ns, _whole(header, "captured_ns"), steer_rad, accel_mps2))
        return None

    def _rise(self, request: Request) -> Reply:
        if not self._seat.rise(request.route):
            raise InputError("sit first")
        return {"ok": True}

    def _time(self, header: dict[str, Any]) -> int | None:
        """When what is asked for is to happen, if it says so; `InputError` if that is too far ahead."""
        t_ns = _whole(header, "t_ns") if "t_ns" in header else None
        if t_ns is not None and t_ns > self.now_ns + AHEAD_NS:
            raise InputError(f"more than {AHEAD_NS // 10**9} s ahead", path="t_ns")
        return t_ns

    @property
    def _seat(self) -> Wheel:
        if self._wheel is None:
            raise InputError("nobody outside drives here: that takes a run with remote.operator: external")
        return self._wheel

    @property
    def _there(self) -> Guests:
        if self._guests is None:
            raise InputError("this is a recorded run: nobody hears you")
        return self._guests


def _number_of(header: dict[str, Any]) -> dict[str, Any]:
    """The ``id`` of a request, as far as it is one."""
    number = header.get("id")
    short = isinstance(number, str) and len(number) <= _LONGEST_NAME
    return {"id": number} if short or (isinstance(number, int) and abs(number) <= _MOST_NS) else {}


def _text(header: dict[str, Any], key: str) -> str:
    value = header.get(key)
    if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST_NAME:
        raise InputError(f"expected 1 to {_LONGEST_NAME} characters", path=key)
    return value


def _whole(header: dict[str, Any], key: str) -> int:
    value = header.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_NS:
        raise InputError("expected whole nanoseconds from 0 on", path=key)
    return value


def _real(header: dict[str, Any], key: str, low: float, high: float) -> float:
    value = header.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:  # nor NaN
        raise InputError(f"expected a number from {low:g} to {high:g}", path=key)
    return float(value)


def _place(header: dict[str, Any]) -> tuple[float, float]:
    return _real(header, "lon_deg", -180.0, 180.0), _real(header, "lat_deg", -90.0, 90.0)
