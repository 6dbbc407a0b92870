"""A small world for the protocol: cars on one lane and a lane beside it, and a radio that loses, delays and repeats.

Deterministic: all chance comes from one generator. The protocol sees clocks that are some milliseconds off, decoded
statements, and senses; what is asserted about the truth is asserted here, outside of it.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from v2x.messages.csae.clpmm import from_asn1, to_asn1
from v2x.messages.model_cooperation import PlatoonManagement
from v2x.platooning.protocol.negotiator import Negotiator
from v2x.platooning.protocol.roster import Roster
from v2x.platooning.protocol.states import STRANGER, Brake, Intent, Senses, State, Wish
from v2x.platooning.protocol.transitions import BOUNDS, bound_s
from v2x.scenario.model_manoeuvres import PlatoonProtocol

S = 1_000_000_000
T0 = 1_772_442_000 * S
TICK_S = 0.2
LENGTH_M, REACH_M, CRUISE_MPS = 5.0, 150.0, 22.0
CLOSE_M, RADAR_M, SAFE_M = 10.0, 25.0, 20.0
CALM = (State.FREE, State.FOLLOWING, State.LEADING)
#: Shorter times, so that thousand histories take minutes.
BRISK = PlatoonProtocol(
    silence_s=2.5, forget_s=5, answer_s=1.5, ask_s=25, join_s=20, leave_s=12, dissolve_s=8, cut_in_s=5, succession_s=0.6
)


@dataclass
class Air:
    """What the radio does at present: shares of copies lost, repeated and late, and by how much."""

    loss: float = 0.0
    twice: float = 0.0
    late: float = 0.0
    late_s: float = 1.0


@dataclass
class Car:
    me: int
    x_m: float
    speed_mps: float = CRUISE_MPS
    in_lane: bool = True
    cruise_mps: float = CRUISE_MPS
    accel_mps2: float = 0.0
    negotiator: Negotiator | None = None  # None: a stranger
    error_ns: int = 0
    mute: bool = False
    deaf: bool = False
    intent: Intent | None = None
    led_by: deque[tuple[float, int | None]] = field(default_factory=lambda: deque(maxlen=12))
    waits_since_s: float = 0.0


class World:
    """Cars, their radio, and time."""

    def __init__(self, config: PlatoonProtocol | None = None, seed: int = 0) -> None:
        self.config = config or PlatoonProtocol()
        self.chance = random.Random(seed)
        self.air = Air()
        self.cars: dict[int, Car] = {}
        self.t_s = 0.0
        self.log: list[tuple[float, int, str, Mapping[str, object]]] = []
        self._under_way: list[tuple[float, int, int, PlatoonManagement]] = []
        self._sent = 0
        self._ahead: dict[int, Car | None] = {}
        self.disagree_since_s: float | None = None

    # Building.

    def add(self, me: int, x_m: float, *, in_lane: bool = True, stranger: bool = False) -> Car:
        car = self.cars[me] = Car(me, x_m, in_lane=in_lane, error_ns=self.chance.randint(-5, 5) * 1_000_000)
        if not stranger:
            self.start(me)
        return car

    def start(self, me: int) -> Negotiator:
        """Switch a car's protocol on (again): it remembers nothing."""
        car = self.cars[me]

        def note(kind: str, fields: Mapping[str, object]) -> None:
            self.log.append((round(self.t_s, 1), me, kind, fields))
            if kind == "state" and {fields["before"], fields["after"]} != {"joining", "closing"}:
                car.waits_since_s = self.t_s

        car.negotiator = Negotiator(me, self.config, self.clock_ns(car), note)
        return car.negotiator

    def platoon(self, members: tuple[int, ...], front_m: float = 0.0, number: int | None = None) -> None:
        """A platoon that has formed before, at cooperative gaps."""
        for place, me in enumerate(members):
            car = self.add(me, front_m - place * (LENGTH_M + CLOSE_M))
            assert car.negotiator is not None
            car.negotiator.start_in(members, number or members[0])

    def want(self, me: int, wish: Wish) -> None:
        negotiator = self.cars[me].negotiator
        assert negotiator is not None
        negotiator.want(wish)

    def clock_ns(self, car: Car) -> int:
        return T0 + round(self.t_s * S) + car.error_ns

    # A step: statements, then thoughts, then motion.

    def run(self, until_s: float, each: Callable[[], None] = lambda: None) -> None:
        while self.t_s < until_s - 1e-9:
            self.step()
            each()

    def run_until(self, holds: Callable[[], bool], within_s: float, each: Callable[[], None] = lambda: None) -> None:
        end_s = self.t_s + within_s
        while not holds():
            assert self.t_s < end_s, f"not within {within_s} s:\n{self.story()}"
            self.step()
            each()

    def step(self) -> None:
        self.t_s = round(self.t_s + TICK_S, 6)
        speaking = [car for car in self.cars.values() if car.negotiator is not None]
        for car in speaking:
            said = car.negotiator.statement(self.clock_ns(car)) if car.negotiator else None
            if said is not None and not car.mute:
                self._broadcast(over_the_air(said))
        while self._under_way and self._under_way[0][0] <= self.t_s:
            _, _, to, message = heapq.heappop(self._under_way)
            car = self.cars[to]
            if car.negotiator is not None and not car.deaf:
                car.negotiator.hear(message, self.clock_ns(car))
        self._line_up()
        sensed = {car.me: self.sense(car) for car in speaking}
        for car in speaking:
            assert car.negotiator is not None
            car.intent = car.negotiator.step(sensed[car.me])
            car.led_by.append((self.t_s, car.intent.leader))
        self._check(sensed)
        self._move()
        self._line_up()

    def _broadcast(self, message: PlatoonManagement) -> None:
        for car in self.cars.values():
            if car.negotiator is None or car.me == message.temporary_id:
                continue
            for _ in range(2 if self.chance.random() < self.air.twice else 1):
                if self.chance.random() < self.air.loss:
                    continue
                late_s = self.chance.random() * self.air.late_s if self.chance.random() < self.air.late else 0.0
                self._sent += 1
                heapq.heappush(self._under_way, (self.t_s + late_s, self._sent, car.me, message))

    # The truth, and what of it a car senses.

    def ahead(self, car: Car) -> Car | None:
        return self._ahead.get(car.me)

    def _line_up(self) -> None:
        """Find out who is ahead of each in the lane."""
        ahead = None
        for car in sorted(self.cars.values(), key=lambda each: -each.x_m):
            self._ahead[car.me] = ahead
            ahead = car if car.in_lane else ahead

    def gap_m(self, car: Car) -> float:
        ahead = self.ahead(car)
        return float("inf") if ahead is None else ahead.x_m - car.x_m - LENGTH_M

    def sense(self, car: Car) -> Senses:
        ahead, gap_m = self.ahead(car), self.gap_m(car)
        seen = ahead if ahead is not None and car.in_lane and gap_m < REACH_M else None
        name = None if seen is None else (STRANGER if seen.negotiator is None or seen.mute else seen.me)
        heard = [each for each in self.cars.values() if each.negotiator and not each.mute and each is not car]
        return Senses(
            clock_ns=self.clock_ns(car),
            in_lane=car.in_lane,
            ahead=name,
            in_place=seen is not None and gap_m < CLOSE_M + 3.0,
            gap_safe=gap_m >= SAFE_M or not car.in_lane,
            along_m={each.me: each.x_m - car.x_m for each in heard},
            warned=frozenset(each.me for each in heard if each.intent and each.intent.warn),
            braking=frozenset(each.me for each in heard if each.accel_mps2 < -4.0),
        )

    def _move(self) -> None:
        speeds = {car.me: self._speed(car) for car in self.cars.values()}
        for car in self.cars.values():
            hard = self.gap_m(car) < CLOSE_M or (car.intent is not None and car.intent.brake is Brake.BRAKING)
            least = -6.0 if hard else -3.5
            step = min(max(speeds[car.me] - car.speed_mps, least * TICK_S), 2.5 * TICK_S)
            car.accel_mps2 = step / TICK_S
            car.speed_mps += step
            car.x_m += car.speed_mps * TICK_S
        for car in self.cars.values():
            if car.intent is not None and car.intent.lane == "out":
                car.in_lane = False
            elif car.intent is not None and car.intent.lane == "in" and self.room(car):
                car.in_lane = True

    def room(self, car: Car) -> bool:
        """Whether its own sensors see room beside it, for two seconds of closing in at either end."""
        for each in self.cars.values():
            closing_mps = (car.speed_mps - each.speed_mps) * (1 if each.x_m > car.x_m else -1)
            if each.in_lane and abs(each.x_m - car.x_m) < LENGTH_M + 3.0 + 2.0 * max(closing_mps, 0.0):
                return False
        return True

    def _speed(self, car: Car) -> float:
        intent, ahead = car.intent, self.ahead(car)
        if intent is not None and intent.brake is Brake.BRAKING:
            return 0.0
        if not car.in_lane:
            return self._speed_beside(car)
        if ahead is None or self.gap_m(car) > REACH_M:
            return car.cruise_mps + (8.0 if intent is not None and intent.ahead is not None else 0.0)
        gap_m, wanted_m = self.gap_m(car), RADAR_M
        if intent is not None and intent.cooperative:
            wanted_m = CLOSE_M if intent.close_up else max(gap_m, CLOSE_M)
        wanted_m += intent.extra_gap_m if intent is not None else 0.0
        follow = ahead.speed_mps + 0.35 * (gap_m - wanted_m)
        return max(min(follow, car.cruise_mps + 8.0), min(ahead.speed_mps, car.cruise_mps) - 5.0, 0.0)

    def _speed_beside(self, car: Car) -> float:
        """Towards the place where it wants in: behind the one ahead, or in front of the first."""
        intent = car.intent
        if intent is None or intent.state not in (State.SEARCHING, State.ASKING, State.JOINING):
            return car.cruise_mps
        if intent.ahead is not None:
            reference, at_m = self.cars[intent.ahead], -(LENGTH_M + 7.0)
        else:
            target = next((each for each in intent.members if each != car.me), None)
            first = [each for each in self.cars.values() if each.in_lane and each.intent is not None]
            reference = self.cars[target] if target is not None else max(first, key=lambda each: each.x_m)
            at_m = LENGTH_M + 20.0
        to_m = reference.x_m + at_m - car.x_m
        return min(max(reference.speed_mps + 0.3 * to_m, reference.speed_mps - 8.0), reference.speed_mps + 8.0)

    # What must hold.

    def _check(self, sensed: Mapping[int, Senses]) -> None:
        """Nobody follows one closely who does not agree, no wait outlasts its bound, nobody drives into another."""
        for car in self.cars.values():
            if car.in_lane:
                assert self.gap_m(car) > 0.0, f"{car.me} drove into another\n{self.story()}"
            if car.intent is None or car.negotiator is None:
                continue
            if car.intent.cooperative:
                self._check_agreed(car)
            assert car.intent.brake is Brake.CALM or not car.intent.close_up
            state, since_s = car.intent.state, car.waits_since_s
            bounded = state not in BOUNDS or self.t_s - since_s <= bound_s(self.config, state) + 2 * TICK_S
            assert bounded, f"{car.me} is {state} since {since_s}\n{self.story()}"

    def _check_agreed(self, car: Car) -> None:
        """The vehicle ahead, in truth, was lately in the platoon of whom follows it closely."""
        ahead = self.ahead(car)
        assert ahead is not None and ahead.negotiator is not None and car.negotiator is not None, self.story()
        platoon, close_up = car.negotiator._mind.platoon, car.intent is not None and car.intent.close_up
        assert platoon is not None
        within_s = self.config.fresh_s * (1 if close_up else 2) + TICK_S + 0.02  # and clocks differ
        lately, own = ({led for t_s, led in each.led_by if t_s >= self.t_s - within_s} for each in (ahead, car))
        agreed = lately & ({platoon.leader} if close_up else {platoon.leader, *own}) - {None}
        assert agreed, f"{car.me} follows {ahead.me} closely, which was led by {lately}\n{self.story()}"
        assert not close_up or ahead.me in platoon.staying

    def rosters(self) -> dict[int, Roster]:
        """Lists of all who lead now, by leader."""
        lists = {}
        for car in self.cars.values():
            if car.negotiator is not None and car.negotiator._mind.leads:
                lists[car.me] = car.negotiator._mind.own
        return lists

    def disagreements(self) -> list[str]:
        """Where vehicles differ about who is in which platoon and in what order."""
        lists, found = self.rosters(), []
        for car in self.cars.values():
            intent = car.intent
            if intent is None or car.negotiator is None or intent.state in (State.DISMISSED, State.DISSOLVING):
                continue
            own = [leader for leader, roster in lists.items() if roster.full(car.me)]
            member = intent.role != "free"
            if member and own != [intent.leader]:
                found.append(f"{car.me} ({intent.state}) is led by {intent.leader} and listed by {own}")
            elif member and intent.leader in lists and intent.members != lists[intent.leader].members:
                found.append(f"{car.me} has {intent.members}, its leader {lists[intent.leader].members}")
            elif not member and own:
                found.append(f"{car.me} is {intent.state} and listed by {own}")
        return found

    def watch_agreement(self) -> float:
        """Seconds for which they have not been of one opinion."""
        if not self.disagreements():
            self.disagree_since_s = None
        elif self.disagree_since_s is None:
            self.disagree_since_s = self.t_s
        return 0.0 if self.disagree_since_s is None else self.t_s - self.disagree_since_s

    def state(self, me: int) -> State:
        negotiator = self.cars[me].negotiator
        assert negotiator is not None
        return negotiator.state

    def members(self, me: int) -> tuple[int, ...]:
        intent = self.cars[me].intent
        return () if intent is None else intent.members

    def ends(self, me: int) -> list[tuple[object, object]]:
        """How the manoeuvres of a vehicle's own wish ended: (wish, done or undone)."""
        return [(f["wish"], f["ends"]) for _, who, kind, f in self.log if who == me and kind == "state" and f["ends"]]

    def story(self) -> str:
        lines = [f"{t:6.1f} {who} {kind} {dict(fields)}" for t, who, kind, fields in self.log[-60:]]
        now = [f"{c.me}: x {c.x_m:.0f} lane {c.in_lane} gap {self.gap_m(c):.1f} {c.intent}" for c in self.cars.values()]
        return "\n".join([*lines, f"t {self.t_s}", *now, *self.disagreements()])


def over_the_air(message: PlatoonManagement) -> PlatoonManagement:
    """What is left of a statement as a T/CSAE 157 CLPMM, the narrower of the two families."""
    value = to_asn1(message)
    return replace(from_asn1(value, message.utc_ns), utc_ns=message.utc_ns)
