"""What a roadside unit says: one class a service, each from its inputs and its clock to frames.

Both messages stand: encoded once, and sent with new stamps until what they say changes.
"""

from __future__ import annotations

from dataclasses import replace

from v2x.messages.model import (
    Intersection,
    Light,
    MapData,
    SignalGroup,
    SignalPhases,
    SignalState,
)
from v2x.messages.profile import Profile
from v2x.messages.standing import Standing
from v2x.traffic.base import SignalHead

#: A controller's light as a message's light.
_LIGHTS: dict[str, Light] = {
    "red": "red",
    "red_yellow": "red_yellow",
    "yellow": "yellow",
    "green": "green",
    "permissive": "permissive_green",
    "flashing_yellow": "flashing_yellow",
    "off": "off",
}


#: Longest MAP in one frame: leaves room for header, signature and certificate (some 240 bytes, ``docs/framing.md``) in
#: the 1400 bytes that a packet may have.
MAX_MAP_BYTES = 1100


class MapService:
    """MAP of the unit's own intersection; the geometry never changes during a run, so neither does the revision."""

    def __init__(self, profile: Profile, intersection: Intersection, revision: int = 1) -> None:
        self._profile, self._revision, self._intersection = profile, revision, intersection
        self._standing: list[Standing] = []

    def frames(self, count: int, clock_ns: int) -> list[tuple[str, bytes]]:
        """Type and bytes of the MAP as of now: one frame, or the fragments of a long one (`v2x.messages.split`)."""
        if not self._standing:
            whole = MapData(count, clock_ns, self._revision, (self._intersection,))
            self._standing = [self._profile.standing(part) for part in self._profile.fitting(whole, MAX_MAP_BYTES)]
        return [(standing.type, standing.at(clock_ns, count)) for standing in self._standing]


class SpatService:
    """SPAT of the unit's own intersection from what the signal controller shows and plans.

    A plan is put into the unit's own time when it is new. Until it changes that stays as it is, so the clock's drift
    meanwhile (some microseconds; a TimeMark has tenths of a second) is not in it.
    """

    def __init__(self, profile: Profile, region: int, intersection: int, name: str, revision: int = 1) -> None:
        self._profile = profile
        self._empty = SignalPhases(0, 0, region, intersection, revision, (), name)
        self._head: SignalHead | None = None
        self._until_ns: int | None = None
        self._standing: Standing | None = None

    def frame(self, count: int, t_ns: int, clock_ns: int, head: SignalHead) -> tuple[str, bytes]:
        """Type and bytes of `message`."""
        ended = self._until_ns is not None and t_ns >= self._until_ns
        if self._standing is None or ended or head != self._head:
            message = self.message(count, t_ns, clock_ns, head)
            ends = [group.states[0].max_end_utc_ns for group in message.groups if group.states]
            known = [end_ns - clock_ns + t_ns for end_ns in ends if end_ns is not None]
            self._head, self._until_ns = head, min(known, default=None)
            self._standing = self._profile.standing(message)
        return self._standing.type, self._standing.at(clock_ns, count)

    def message(self, count: int, t_ns: int, clock_ns: int, head: SignalHead) -> SignalPhases:
        """The SPAT at ``t_ns``; ``clock_ns`` is what the unit's clock shows then (UTC)."""
        groups = tuple(self._group(group, t_ns, clock_ns, head) for group in sorted(head.groups))
        return replace(self._empty, msg_count=count, utc_ns=clock_ns, groups=groups)

    def _group(self, group: int, t_ns: int, clock_ns: int, head: SignalHead) -> SignalGroup:
        """States still to come, the present one first: the light may have changed since the head was read."""
        shift_ns = clock_ns - t_ns
        end_ns = head.until_ns.get(group)
        if end_ns is None:  # no plan known: say what is shown and since when, promise nothing
            light = _LIGHTS[head.groups[group]]
            return SignalGroup(group, (SignalState(light, head.since_ns[group] + shift_ns, None),))
        runs = ((head.groups[group], head.since_ns[group], end_ns), *head.upcoming.get(group, ()))
        ahead = [(light, start, end) for light, start, end in runs if end > t_ns]
        return SignalGroup(
            group,
            tuple(
                SignalState(
                    light=_LIGHTS[light],
                    start_utc_ns=start + shift_ns,
                    min_end_utc_ns=end + shift_ns,
                    max_end_utc_ns=end + shift_ns,
                    likely_end_utc_ns=end + shift_ns,
                    confidence=1.0,
                )
                for light, start, end in ahead
            ),
        )
