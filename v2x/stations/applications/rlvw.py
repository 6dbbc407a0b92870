"""Red light violation warning: at this speed the vehicle would cross the line on red (MAP, SPAT)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scipy.special import ndtri

from v2x.clock import NS_PER_S
from v2x.messages.model import Connection, SignalGroup
from v2x.scenario.use_cases import use_case
from v2x.stations.applications.approach import Maps, Matched
from v2x.stations.applications.braking import Braking, brakes_enough, needed_mps2
from v2x.stations.applications.latch import Latch
from v2x.stations.applications.motion import Own
from v2x.stations.applications.phases import STOP, Phases, lights_at
from v2x.stations.applications.shared import SHARED
from v2x.stations.applications.turn_rule import may_turn_on_red
from v2x.stations.base import EventSink, Output, View


@dataclass(frozen=True)
class Settings(Braking):
    """Figures.

    Attributes
    ----------
    turn_mps
        Speed at the line of a vehicle that turns right.
    turn_brake_mps2
        How hard it brakes for the turn; who would have to brake harder is not about to turn.
    sure_share
        The error of the vehicle's place along the road is at most its bound with this probability, one-sided.
    min_mps
        Slower vehicles are not warned.
    confirm_s, hold_s
        As in `Latch`.
    """

    turn_mps: float
    turn_brake_mps2: float
    sure_share: float
    min_mps: float
    confirm_s: float
    hold_s: float


class RedLight:
    """Warns when every movement that the vehicle may be about to make is forbidden at its arrival.

    The route is not known to it. A lane with several movements is judged by all of them, and several lanes that the
    vehicle may be in by all of theirs: it stays silent as long as one of them may go. Nor is the way to the line known
    better than the vehicle's place: the driver gets time for a line that is nearer by the bound of its error, and room
    to slow down for a turn up to one that is further by as much.
    """

    hears = frozenset({"MAP", "SPAT"})

    def __init__(self, event: EventSink) -> None:  # noqa: ARG002
        self._settings = use_case("rlvw").settings(Settings)
        self._maps, self._phases = Maps(), Phases()
        self._latch = Latch("rlvw", self._settings.confirm_s, self._settings.hold_s)
        self._told_of: frozenset[int | None] = frozenset()
        self._bound_sigmas = float(ndtri(self._settings.sure_share))

    def on_step(self, view: View) -> Output:
        """See `v2x.stations.base.Application`."""
        self._maps.hear(view)
        self._phases.hear(view)
        own = Own.of(view)
        matched = self._maps.match(own) if own is not None else None
        present: dict[str, dict[str, Any]] = {}
        if own is not None and matched is not None and own.speed_mps >= self._settings.min_mps:
            about = f"{matched.place[0]}/{matched.place[1]}"
            told = self._latch.told(about)
            if self._is_time(own, matched.to_line_m, told) and self._forbidden(view.clock_ns, own, matched, told):
                present[about] = {
                    "to_line_m": round(matched.to_line_m, 1),
                    "speed_mps": round(own.speed_mps, 2),
                    "needed_mps2": round(needed_mps2(own.speed_mps, matched.to_line_m), 2),
                }
        return Output(self._latch.update(view.clock_ns, present))

    def _is_time(self, own: Own, to_line_m: float, told: bool) -> bool:
        """Near the line and not about to stop anyway; once it is told, until the line."""
        if told or to_line_m <= 0.0:
            return to_line_m > 0.0
        near = to_line_m - self._bound_sigmas * own.sigma_m <= self._settings.distance_m(own.speed_mps)
        return near and not brakes_enough(own.accel_mps2, own.speed_mps, to_line_m)

    def _forbidden(self, clock_ns: int, own: Own, matched: Matched, told: bool) -> bool:
        """Whether no movement of any lane that the vehicle may be in may go when it arrives.

        Once it is told, the lights of that moment are what counts: a driver who brakes looks like one who turns, and a
        position may stray to another lane.
        """
        groups = self._phases.groups(matched)
        arrival_ns = clock_ns + round(matched.to_line_m / own.speed_mps * NS_PER_S)
        if not told:
            moves = [each for lane in matched.lanes for each in lane.connections]
            if not moves or any(self._may_turn(each, own, matched) for each in moves):
                return False
            self._told_of = frozenset(each.signal_group for each in moves)
        return not any(_is_open(number, groups, arrival_ns) for number in self._told_of)

    def _may_turn(self, connection: Connection, own: Own, matched: Matched) -> bool:
        """Whether the vehicle may turn right on red, and is slow enough to be about to."""
        slowing = own.speed_mps**2 - self._settings.turn_mps**2
        turning_mps2 = self._settings.turn_brake_mps2 + SHARED.brake_slack_mps2
        can_turn = slowing <= 2.0 * turning_mps2 * (matched.to_line_m + self._bound_sigmas * own.sigma_m)
        return connection.maneuver == "right" and can_turn and may_turn_on_red(connection, matched, self._phases)


def _is_open(number: int | None, groups: Mapping[int, SignalGroup], utc_ns: int) -> bool:
    """Whether a group may show another light than red at a time: also where nothing is known of it."""
    group = None if number is None else groups.get(number)
    lights = frozenset() if group is None else lights_at(group, utc_ns)
    return not lights or not lights <= STOP
