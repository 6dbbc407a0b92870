"""Vehicles that negotiate: what each one's protocol is told, and what its intent means for how it drives.

Once a scene all protocols think; in between nothing changes but the messages. All that they know is what they have
heard, their own clock, radar and position, and a look at the lanes beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S, SimClock
from v2x.control.platoon_string import FREE, LEADER, Decision, PlatoonString
from v2x.control.steady import steady_gap_m
from v2x.messages.model_cooperation import PlatoonManagement
from v2x.platooning.approach import approach_mps
from v2x.platooning.crew import Crew
from v2x.platooning.formation import NO_PLATOON, Formation
from v2x.platooning.hearsay import Hearsay
from v2x.platooning.lane_changing import LAST_M, LEFT, RIGHT, LaneChanging, Look
from v2x.platooning.neighbours import Around, Lanes, Names, around
from v2x.platooning.outlook import Outlook
from v2x.platooning.protocol.negotiator import Negotiator
from v2x.platooning.protocol.states import LEADERS, OUTSIDE, STRANGER, Brake, Intent, Senses, State
from v2x.platooning.script import CutIn, Script
from v2x.platooning.turns import Turns
from v2x.rng import Stream
from v2x.scenario.model_platoon import Platoon
from v2x.stations.base import EventSink
from v2x.traffic.base import F64

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Who judges by those that it wants to be with whether it is in their lane; others know, from where they have changed.
_JUDGES = (State.FREE, State.SEARCHING, State.ASKING, State.ASKING_MERGE, State.MERGING)
#: Who drives to where it wants in.
_APPROACH = (State.SEARCHING, State.ASKING, State.JOINING)
#: A gap that is larger than the one asked for by this share and this much is still the one of a member. Assumed.
_IN_PLACE_SHARE, _IN_PLACE_M = 1.2, 2.0
#: Who is this much farther behind than asked for catches up within the speed limit, m; nearer, its law has its way.
_FAR_M = 5.0
#: Share of the gap of radar driving at which a gap is safe by radar. Assumed.
_SAFE_SHARE = 0.9


class Cooperation:
    """The protocols of all vehicles of a run.

    Parameters
    ----------
    config
        The scenario's ``platoon``.
    crew, identity, key
        The vehicles, their temporary identities and their station keys, (n,).
    string
        How they drive.
    hearsay
        What they have heard, all in one circle.
    formation
        Who follows whom; kept as the protocols have it.
    notes
        Where the events of each go, (n,).
    clock, seed
        Of the run.

    Attributes
    ----------
    ceiling_mps2
        Upper bound of the acceleration of those who brake together, (n,).
    warn_mps2
        What the vehicles announce to command, +inf where they announce nothing, (n,).
    """

    def __init__(
        self,
        config: Platoon,
        crew: Crew,
        identity: NDArray[np.uint64],
        key: NDArray[np.uint64],
        string: PlatoonString,
        hearsay: Hearsay,
        formation: Formation,
        notes: Sequence[EventSink],
        clock: SimClock,
        seed: int,
    ) -> None:
        n = len(crew.names)
        self._protocol, self._crew, self._string, self._hearsay = config.protocol, crew, string, hearsay
        self._decision: Decision | None = None
        self._formation, self._notes, self._identity = formation, notes, [int(number) for number in identity]
        self._ramp_m = config.fallback.gap_change_mps * clock.step_ns / NS_PER_S
        self._laws = [str(each.controller) for each in crew.settings]
        self._own_law, self._acc = [string.code_of(name) for name in self._laws], string.code_of("acc")
        self._cruise_mps = crew.speed_mps
        self._hardest = np.array([each.max_brake_mps2 for each in crew.settings], float)
        self._turns = Turns(config.protocol.rate_hz, Stream(seed, "platoon.statement"), key)
        self._negotiators = [
            Negotiator(number, config.protocol, clock.start_utc_ns, partial(self._note, row))
            for row, number in enumerate(self._identity)
        ]
        for number in range(crew.platoons):
            members = tuple(self._identity[row] for row in crew.rows(number))
            for row in crew.rows(number):
                self._negotiators[row].start_in(members, members[0])
        self._script, self._cutting = Script(config.manoeuvres, crew, identity), list[CutIn]()
        self._lanes = Lanes(n, clock.step_ns / NS_PER_S)
        self._names = Names(formation.ahead)
        self._changing = LaneChanging(crew.names, self._lanes)
        self.ceiling_mps2, self.warn_mps2 = np.full(n, np.inf), np.full(n, np.inf)

    @property
    def lane_change(self) -> I64:
        """Direction in which each is to change lanes in the coming step, (n,), as in `v2x.traffic.steered.Moved`."""
        return self._changing.ordered

    def speakers(self, step: int, present: Bools) -> list[int]:
        """Rows of those who may say something at a control step."""
        rows: list[int] = self._turns.due(step, present).tolist()
        return rows

    def statement(self, row: int, clock_ns: int) -> PlatoonManagement | None:
        """What one of them says, if anything."""
        return self._negotiators[row].statement(clock_ns)

    def hear(self, row: int, message: PlatoonManagement, clock_ns: int) -> None:
        """A vehicle gets a message."""
        self._negotiators[row].hear(message, clock_ns)

    def watch(self, decision: Decision) -> None:
        """A control step."""
        self._decision = decision
        self._names.track(decision.sighting.new_target[0])

    # ------------------------------------------------------------------ a scene

    def think(
        self,
        t_ns: int,
        clock_ns: I64,
        fix: tuple[F64, F64, F64],
        speed_mps: F64,
        outlook: Outlook,
        look: Look,
    ) -> None:
        """All protocols think, and what they want becomes how the vehicles drive.

        Parameters
        ----------
        t_ns, clock_ns
            Now: in truth, and by everybody's own clock, (n,).
        fix
            Longitude, latitude and heading of each as it senses them, (n,).
        speed_mps
            Speed of each as it senses it, (n,).
        outlook, look
            Of the new scene.

        Raises
        ------
        TrafficError
            At the begin, if one is right behind another.
        """
        if self._decision is None:
            self._crew.check_apart(outlook.ahead[0], outlook.gap_m[0])
        for row, meant in self._script.due(t_ns):
            kind = "cut_in" if isinstance(meant, CutIn) else meant.kind
            self._notes[row]("platoon.manoeuvre", {"wish": kind})
            if not outlook.present[0, row]:
                self._undone(row, kind, "it has left the field")
            elif isinstance(meant, CutIn):
                self._cutting.append(meant)
            else:
                self._negotiators[row].want(meant)
        changed = self._changing.settle(t_ns, outlook)
        for row, direction in changed.items():
            self._notes[row]("platoon.lane_change", {"to": "left" if direction == LEFT else "right"})
        seen = around(self._hearsay, clock_ns, fix, outlook.length_m.ravel(), self._protocol.hard_mps2)
        radar = self._radar(seen, speed_mps)
        for row in np.flatnonzero(outlook.present.ravel()).tolist():
            self._judge_lane(row, seen)
            intent = self._negotiators[row].step(self._senses(row, int(clock_ns[row]), seen, radar))
            self._form(row, intent)
            self._drive(row, intent, seen, radar, outlook)
            self._change_lanes(row, intent, float(speed_mps[row]), outlook, look)
        for cutting in list(self._cutting):
            if changed.get(cutting.row) == cutting.direction:
                self._has_changed(cutting, t_ns)
            else:
                self._cut_in(cutting, float(speed_mps[cutting.row]), seen, look)

    def _row(self, identity: int | None) -> int | None:
        return None if identity is None else self._hearsay.row_of(identity)

    def _judge_lane(self, row: int, seen: Around) -> None:
        one, cut = self._negotiators[row], [other for each in self._cutting if each.row == row for other in each.among]
        if one.state in _JUDGES or cut:
            company = [other for each in one.company if (other := self._row(each)) is not None]
            self._lanes.judge(row, company or cut, seen)

    def _senses(self, row: int, clock_ns: int, seen: Around, radar: _Radar) -> Senses:
        along_m, sighted = seen.along_m[row], radar.sighted[row]
        return Senses(
            clock_ns=clock_ns,
            in_lane=bool(self._lanes.inside[row]),
            ahead=sighted if sighted is None or sighted == STRANGER else self._identity[sighted],
            in_place=bool(radar.in_place[row]),
            gap_safe=bool(radar.safe[row]),
            along_m={self._identity[other]: float(along_m[other]) for other in np.flatnonzero(np.isfinite(along_m))},
            must_brake=bool(radar.must_brake[row]),
            warned=frozenset(self._identity[other] for other in np.flatnonzero(seen.warned[row])),
            braking=frozenset(self._identity[other] for other in np.flatnonzero(seen.braking[row])),
        )

    def _radar(self, seen: Around, speed_mps: F64) -> _Radar:
        """What the radars say; nothing before the first control step."""
        n, decision = len(self._identity), self._decision
        if decision is None:
            nobody = np.zeros(n, np.bool_)
            return _Radar([None] * n, np.full(n, np.nan), nobody, ~nobody, nobody, np.zeros(n))
        gap_m, gains = decision.sighting.gap_m[0], self._string.gains
        by_law = {name: steady_gap_m(name, gains[name], speed_mps[None])[0] for name in {*self._laws, "acc"}}
        own_m = np.array([by_law[name][row] for row, name in enumerate(self._laws)])
        hard = decision.commanded_mps2[0] <= -self._protocol.hard_mps2
        return _Radar(
            sighted=self._names.see(seen, gap_m),
            gap_m=gap_m,
            in_place=gap_m <= _IN_PLACE_SHARE * own_m + _IN_PLACE_M,
            safe=~(gap_m < _SAFE_SHARE * by_law["acc"]),
            must_brake=decision.guarded[0] & hard,
            error_m=decision.error_m[0],
        )

    def _form(self, row: int, intent: Intent) -> None:
        """Whom the vehicle follows, and its place."""
        form, ahead, first = self._formation, self._row(intent.ahead), self._row(intent.leader)
        form.ahead[row] = row if ahead is None else ahead
        form.first[row] = row if first is None else first
        inside = intent.leader is not None and self._identity[row] in intent.members
        form.place[row] = intent.members.index(self._identity[row]) if inside else 0
        form.platoon[row] = self._number(form.first[row]) if inside else NO_PLATOON

    def _number(self, leader: int) -> int:
        crew = self._crew
        groups = int(crew.platoon[-1]) + 1
        return int(crew.platoon[leader]) if crew.place[leader] == 0 else groups + int(leader)

    def _drive(self, row: int, intent: Intent, seen: Around, radar: _Radar, outlook: Outlook) -> None:
        """Law, speed, room and braking."""
        string, form = self._string, self._formation
        allowed = float(outlook.allowed_mps[0, row])
        leads = intent.state in LEADERS and intent.state is not State.MERGING
        form.profiled[row] &= leads and intent.brake is Brake.CALM
        if intent.cooperative:
            far = radar.error_m[row] > _FAR_M or np.isnan(radar.gap_m[row])
            code, speed = self._own_law[row], allowed if far else np.inf
        elif leads:
            code, speed = LEADER, allowed if form.profiled[row] else float(self._cruise_mps[row])
        elif intent.ahead is not None and self._lanes.inside[row]:  # catches up with them
            code, speed = FREE if np.isnan(radar.gap_m[row]) else self._acc, allowed
        else:
            code, speed = FREE, self._beside_mps(row, intent, seen)
        string.code[0, row], string.set_speed_mps[0, row] = code, min(speed, allowed) if speed < np.inf else speed
        string.place[0, row] = form.place[row]
        self._make_room(row, intent, float(radar.error_m[row]))
        brakes = -min(self._protocol.brake_mps2, self._hardest[row])
        self.ceiling_mps2[row] = brakes if intent.brake is Brake.BRAKING else np.inf
        self.warn_mps2[row] = brakes if intent.warn else np.inf

    def _beside_mps(self, row: int, intent: Intent, seen: Around) -> float:
        """Speed of one that drives on its own: towards the place where it wants in, or as it likes."""
        towards = None
        if intent.state in _APPROACH and not self._lanes.inside[row]:
            first = next(iter(self._negotiators[row].company), None)
            towards = approach_mps(row, self._row(intent.ahead), self._row(first), seen)
        return float(self._cruise_mps[row]) if towards is None else towards

    def _make_room(self, row: int, intent: Intent, error_m: float) -> None:
        """Open the gap by what is asked for, not faster than any other change of it; and close none that may not be."""
        extra = self._string.extra_m
        before = float(extra[0, row])
        extra[0, row] = before + min(max(intent.extra_gap_m - before, -self._ramp_m), self._ramp_m)
        if intent.cooperative and not intent.close_up and error_m > 0.0:
            extra[0, row] = max(extra[0, row], before + error_m)

    # ------------------------------------------------------------------ lanes

    def _change_lanes(self, row: int, intent: Intent, speed: float, outlook: Outlook, look: Look) -> None:
        if intent.lane == "in":
            self._changing.order(row, (self._changing.towards(row),), speed, look, squeeze=True, inside=True)
            return
        own = int(np.sign(outlook.lane_changes[0, row]))
        if intent.lane == "out":
            elsewhere = () if self._crew.settings[row].route else (RIGHT, LEFT)  # who has a way of its own waits for it
            self._changing.order(row, (own,) if own else elsewhere, speed, look, squeeze=False, inside=False)
        elif own and intent.state in OUTSIDE:
            last = float(outlook.lane_left_m[0, row]) < LAST_M
            self._changing.order(row, (own,), speed, look, squeeze=last)

    def _has_changed(self, cutting: CutIn, t_ns: int) -> None:
        """One who cuts in is in, or out again."""
        if cutting.out_ns is None:
            cutting.out_ns, cutting.back, cutting.direction = t_ns + cutting.for_ns, -cutting.direction, 0
            self._notes[cutting.row]("platoon.cut_in", {})
        else:
            self._cutting.remove(cutting)

    def _cut_in(self, cutting: CutIn, speed: float, seen: Around, look: Look) -> None:
        """Into the lane of the others where it fits between two of them; later back."""
        row, wanted = cutting.row, cutting.back
        if cutting.out_ns is None:
            if look.t_ns >= cutting.until_ns:
                self._cutting.remove(cutting)
                self._undone(row, "cut_in", "time-out")
                return
            along_m = seen.along_m[row, cutting.among]
            among = bool((along_m > 0.0).any() and (along_m < 0.0).any())
            wanted = self._changing.towards(row) if among and not self._lanes.inside[row] else 0
        elif look.t_ns < cutting.out_ns:
            wanted = 0
        goes = wanted and self._changing.order(row, (wanted,), speed, look, squeeze=cutting.out_ns is None)
        cutting.direction = wanted if goes else 0

    def _undone(self, row: int, kind: str, why: str) -> None:
        """What a vehicle set out to do comes to nothing before it is begun."""
        self._notes[row]("platoon.wish", {"wish": kind, "ends": "undone", "why": why})

    def _note(self, row: int, kind: str, fields: Mapping[str, object]) -> None:
        """An event of a vehicle, with the names of those whom it is about."""
        self._notes[row](f"platoon.{kind}", {key: self._named(value) for key, value in fields.items()})

    def _named(self, value: object) -> object:
        if isinstance(value, tuple):
            return [self._named(each) for each in value]
        if isinstance(value, float):
            return round(value, 3)
        row = self._hearsay.row_of(value) if isinstance(value, int) else None
        return value if row is None else self._crew.names[row]


@dataclass(frozen=True)
class _Radar:
    """What the radars say, (n,): whom and how far off, if the gap is a member's or safe, if they must brake."""

    sighted: list[int | None]
    gap_m: F64
    in_place: Bools
    safe: Bools
    must_brake: Bools
    error_m: F64
