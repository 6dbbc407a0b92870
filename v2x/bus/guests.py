"""Stations of others in the run: who is there, where, and what they say."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import hypot

from v2x.bus.exchange import Route
from v2x.clock import NS_PER_S
from v2x.errors import InputError
from v2x.geo import Plane
from v2x.messages.frame import Outgoing
from v2x.messages.profile import Profile
from v2x.outside import Guest
from v2x.rng import key_of
from v2x.traffic.base import REACH_M

#: Before the name of each guest in the run, so that it is nobody else's.
PREFIX = "guest."
#: Guests that may be there at a time, frames that each may have waiting, and how far ahead (project choices).
MOST_GUESTS, MOST_FRAMES, AHEAD_NS = 64, 2000, 10 * NS_PER_S
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


@dataclass(frozen=True)
class Frame:
    """What a guest wants to say.

    Attributes
    ----------
    t_ns
        When, simulated time; None: now.
    arrived_ns
        When it came in, monotonic.
    data
        A MessageFrame, not yet checked.
    number
        What the guest calls it, for complaints.
    """

    t_ns: int | None
    arrived_ns: int
    data: bytes
    number: int | str | None


@dataclass(frozen=True)
class Complaint:
    """Why a frame does not go on the air: ``reason`` for the guest, ``kind`` for the counts."""

    route: Route
    number: int | str | None
    kind: str
    reason: str


@dataclass
class _Member:
    guest: Guest
    route: Route
    waiting: list[Frame] = field(default_factory=list)


class Guests:
    """Those who are there.

    Parameters
    ----------
    profile
        Message family of the run.
    plane
        Plane of the run: guests must be on it.
    """

    def __init__(self, profile: Profile, plane: Plane) -> None:
        self._profile, self._plane = profile, plane
        self._members: dict[bytes, _Member] = {}
        self._unsaid = 0

    def join(self, route: Route, station: str, lon_deg: float, lat_deg: float, antenna_m: float) -> str:
        """Put a station into the field; its name in the run.

        Raises
        ------
        InputError
            The name is none or taken, the place is not in the field, or there are too many already.
        """
        if not _NAME.fullmatch(station):
            raise InputError("1 to 32 letters, digits, '.', '_' and '-' are a name", path="station")
        name = PREFIX + station
        others = {member.guest.name for identity, member in self._members.items() if identity != route.identity}
        if name in others:
            raise InputError("taken", path="station")
        if len(others) >= MOST_GUESTS:
            raise InputError(f"{MOST_GUESTS} guests are there already")
        x_m, y_m = self._place(lon_deg, lat_deg)
        self.leave(route)
        self._members[route.identity] = _Member(Guest(name, key_of(name), x_m, y_m, antenna_m), route)
        return name

    def move(self, route: Route, lon_deg: float, lat_deg: float) -> None:
        """Put a guest elsewhere; `InputError` if it has not joined or the place is not in the field."""
        member = self._member(route)
        x_m, y_m = self._place(lon_deg, lat_deg)
        member.guest = replace(member.guest, x_m=x_m, y_m=y_m)

    def say(self, route: Route, frame: Frame) -> None:
        """Keep a frame until its time; `InputError` if the guest has not joined, or has too many waiting."""
        member = self._member(route)
        if len(member.waiting) >= MOST_FRAMES:
            raise InputError(f"{MOST_FRAMES} frames are waiting already")
        member.waiting.append(frame)

    def leave(self, route: Route) -> bool:
        """Take a guest out of the field; whether it was there."""
        member = self._members.pop(route.identity, None)
        if member is None:
            return False
        self._unsaid += len(member.waiting)
        return True

    @property
    def unsaid(self) -> int:
        """Frames of guests that left before their time had come, and those that still wait."""
        return self._unsaid + sum(len(member.waiting) for member in self._members.values())

    def name(self, route: Route) -> str:
        """Name in the run of who is at the other end; `InputError` if nobody has joined from there."""
        return self._member(route).guest.name

    def present(self) -> list[Guest]:
        """Who is there, sorted by name."""
        return [member.guest for member in self._sorted()]

    def routes(self) -> dict[str, Route]:
        """How each guest is reached, by name."""
        return {member.guest.name: member.route for member in self._sorted()}

    def spoken(
        self, start_ns: int, end_ns: int, heard_ns: Callable[[int, int], int]
    ) -> tuple[list[tuple[Guest, Outgoing]], list[Complaint]]:
        """What goes on the air in [start, end), by guest and in the order in which each said it; and what does not.

        ``heard_ns`` times a frame without a time: (monotonic time of arrival, start) -> simulated time in the step.
        """
        due: list[tuple[_Member, Frame, int]] = []
        for member in self._sorted():
            times = [
                (frame, heard_ns(frame.arrived_ns, start_ns) if frame.t_ns is None else frame.t_ns)
                for frame in member.waiting
            ]
            due += [(member, frame, t_ns) for frame, t_ns in times if t_ns < end_ns]
            member.waiting = [frame for frame, t_ns in times if t_ns >= end_ns]
        if not due:
            return [], []
        found = self._profile.decode_frames([frame.data for _, frame, _ in due])
        types = found.types()
        said: list[tuple[Guest, Outgoing]] = []
        complaints: list[Complaint] = []
        for row, (member, frame, t_ns) in enumerate(due):
            if row in found.errors:
                complaints.append(Complaint(member.route, frame.number, "bad_frame", str(found.errors[row])))
            elif t_ns < start_ns:
                reason = f"at {t_ns} ns: the run is at {start_ns} ns"
                complaints.append(Complaint(member.route, frame.number, "late_frame", reason))
            else:
                said.append((member.guest, Outgoing(t_ns, types[row], frame.data)))
        return said, complaints

    def _sorted(self) -> Sequence[_Member]:
        return sorted(self._members.values(), key=lambda member: member.guest.name)

    def _member(self, route: Route) -> _Member:
        member = self._members.get(route.identity)
        if member is None:
            raise InputError("join first")
        return member

    def _place(self, lon_deg: float, lat_deg: float) -> tuple[float, float]:
        """On the plane; `InputError` if it is not in the field."""
        (x_m,), (y_m,) = self._plane.to_xy([lon_deg], [lat_deg])
        if not hypot(x_m, y_m) <= REACH_M:  # not finite where the projection ends
            raise InputError(f"farther than {REACH_M / 1000:g} km from the field", path="lon_deg")
        return float(x_m), float(y_m)
