"""SPAT of the unit's own intersection: what its signal controller has told, and how far that can be relied on."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from v2x.clock import NS_PER_S, to_ns
from v2x.messages.model import Light, SignalGroup, SignalPhases, SignalState
from v2x.messages.standing import Standing
from v2x.rng import Stream
from v2x.stations.controller import Told
from v2x.stations.roadside import Inputs, Said, Spoken, UnitSite
from v2x.stations.schedule import Schedule
from v2x_roadside.forecast import Forecast, Trust

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
#: Lights whose length no controller varies.
_FIXED = ("yellow", "red_yellow")
#: Least confidence that SAE J2735 can say (DE_TimeIntervalConfidence).
_LEAST_CONFIDENCE = 0.21
#: The most urgent of what is sent again and again: it is late at once (project choice).
PRIORITY = 6

#: What the unit knows: reports come; none has come lately; none has for so long that the lights are unknown.
Stage = Literal["live", "silent", "lost"]


class SpatService:
    """SPAT from reports.

    A plan is put into the unit's own time when it is new. Until it changes that stays as it is, so the clock's drift
    meanwhile (some microseconds; a TimeMark has tenths of a second) is not in it.

    Parameters
    ----------
    site
        The unit's installation.
    intersection
        Region, number and name.
    """

    hears: frozenset[str] = frozenset()

    def __init__(self, site: UnitSite, intersection: tuple[int, int, str], revision: int = 1) -> None:
        self._profile, self._read_clock, self._event = site.profile, site.read_clock, site.event
        region, number, name = intersection
        self._empty = SignalPhases(0, 0, region, number, revision, (), name)
        self._times = Schedule(site.config.spat_rate_hz, Stream(site.seed, "rsu.spat")).ticks(site.key)
        wire = site.config.controller
        self._silent_ns, self._lost_ns = to_ns(wire.silent_s), to_ns(wire.lost_s)
        self._forecast = Forecast(wire)
        self._stage: Stage = "live"
        self._standing: Standing | None = None
        self._until_ns: int | None = None

    @classmethod
    def at(cls, site: UnitSite) -> SpatService | None:
        """The service of a site, None where there is no signal."""
        return cls(site, site.spat) if site.spat is not None else None

    def step(self, start_ns: int, end_ns: int, inputs: Inputs) -> Spoken:
        """See `v2x.stations.roadside.Service`."""
        for report in inputs.reports:
            change = self._forecast.learn(report)
            if change.news:
                self._standing = None
            if change.shift_ns:
                self._event("spat.plan_changed", {"shift_s": round(change.shift_ns / NS_PER_S, 3)})
        spoken = Spoken()
        for t_ns, count in self._times.due(start_ns, end_ns):
            frame = self.frame(count % 128, t_ns)
            if frame is not None:
                spoken.pc5.append(Said(t_ns, *frame, PRIORITY))
        return spoken

    def frame(self, count: int, t_ns: int) -> tuple[str, bytes] | None:
        """Type and bytes of `message`; None before the first report."""
        heard_ns = self._forecast.heard_ns
        if heard_ns is None:
            return None
        silence_ns = t_ns - heard_ns
        stage: Stage = "lost" if silence_ns > self._lost_ns else "silent" if silence_ns > self._silent_ns else "live"
        if stage != self._stage:
            self._event(f"spat.{stage}", {})
            self._stage, self._standing = stage, None
        if self._standing is None or (self._until_ns is not None and t_ns >= self._until_ns):
            message = self.message(count, t_ns)
            self._until_ns = self._changes_ns(message, t_ns)
            self._standing = self._profile.standing(message)
        return self._standing.type, self._standing.at(self._read_clock(t_ns), count)

    def message(self, count: int, t_ns: int) -> SignalPhases:
        """The SPAT at a time."""
        trust, clock_ns = self._forecast.trust(), self._read_clock(t_ns)
        groups = tuple(
            SignalGroup(group, self._states(self._forecast.ahead(group, t_ns), trust, t_ns, clock_ns - t_ns))
            for group in self._forecast.groups
        )
        return replace(self._empty, msg_count=count, utc_ns=clock_ns, groups=groups)

    def _states(self, lights: list[Told], trust: Trust, t_ns: int, shift_ns: int) -> tuple[SignalState, ...]:
        """States still to come, the present one first: the light may have changed since the report."""
        if self._stage != "live":
            lights = self._last_known(lights, trust, t_ns)
        if not lights:
            return (SignalState("unavailable", None, None),)
        return tuple(_state(each, trust, t_ns, shift_ns, present=k == 0) for k, each in enumerate(lights))

    def _last_known(self, lights: list[Told], trust: Trust, t_ns: int) -> list[Told]:
        """Without reports: the light that was last told, while it cannot have ended, and no promise."""
        heard_ns = self._forecast.heard_ns
        if self._stage == "lost" or not lights or heard_ns is None:
            return []
        light, start_ns, end_ns = lights[0]
        over = end_ns is not None and (start_ns > heard_ns or t_ns >= end_ns - trust.early_ns)
        return [] if over else [Told(light, start_ns, None)]

    def _changes_ns(self, message: SignalPhases, t_ns: int) -> int | None:
        """When the message will say something else: an end is reached, the earliest or the likely one."""
        shift_ns = message.utc_ns - t_ns
        instants = [
            instant_ns - shift_ns
            for group in message.groups
            for state in group.states
            for instant_ns in (state.min_end_utc_ns, state.likely_end_utc_ns)
            if instant_ns is not None
        ]
        if self._stage == "silent":
            trust = self._forecast.trust()
            ends = [each.end_ns for group in self._forecast.groups for each in self._forecast.ahead(group, t_ns)[:1]]
            instants += [end_ns - trust.early_ns for end_ns in ends if end_ns is not None]
        return min((instant_ns for instant_ns in instants if instant_ns > t_ns), default=None)


def _state(told: Told, trust: Trust, t_ns: int, shift_ns: int, *, present: bool) -> SignalState:
    """One light and when it holds; an earliest end that is past says nothing, the light may end at any time."""
    light, start_ns, end_ns = told
    if end_ns is None:
        return SignalState(_LIGHTS[light], start_ns + shift_ns, None)
    sure = present and light in _FIXED
    earliest_ns = end_ns if sure else end_ns - trust.early_ns
    return SignalState(
        _LIGHTS[light],
        start_ns + shift_ns,
        min_end_utc_ns=earliest_ns + shift_ns if earliest_ns > t_ns else None,
        max_end_utc_ns=end_ns + shift_ns + (0 if sure else trust.late_ns),
        likely_end_utc_ns=end_ns + shift_ns,
        confidence=max(trust.confidence, _LEAST_CONFIDENCE),
    )
