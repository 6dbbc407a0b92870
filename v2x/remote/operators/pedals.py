"""The operator's other half: drive and brake, by what the picture shows.

Following and stopping are the intelligent driver model's (IDM; Treiber, Hennecke, Helbing, Congested traffic states in
empirical observations and microscopic simulations, Physical Review E 62, 1805, 2000). With v the own speed, v0 the
desired one, s the gap and dv the speed at which it closes,

    a (1 - (v/v0)^4 - (s*/s)^2),    s* = s0 + max(0, v T + v dv / (2 sqrt(a b))).

A closed stop line and the end of the course are standing vehicles. What is assumed beyond the model: above the desired
speed he eases off within a second or so, where the model's first terms would brake arbitrarily hard; for a bend or a
lower limit ahead he brakes by n^2/b where n is needed, as the model does for a standing vehicle, so that it ends at b;
and a line that closes when he can hardly stop is run over.

He acts a reaction time after he has seen, and makes up for that by expecting that all speeds stay as they are, as in
the human driver model (Treiber, Kesting, Helbing, Delays, inaccuracies and anticipation in microscopic traffic models,
Physica A 360, 2006). Of the age of the picture he makes up for as much as he is trained. Surprises take longer
(`v2x.remote.operators.surprise`).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_S, to_ns
from v2x.errors import InputError
from v2x.jit import compiled
from v2x.remote.operators.surprise import Thing, Watched

F64 = NDArray[np.float64]

#: Least gap that is reckoned with, m.
_LEAST_GAP_M = 0.1


@dataclass(frozen=True)
class Pedals:
    """Figures of an operator's driving and braking.

    Attributes
    ----------
    speed_mps
        Speed asked for, where all else allows it.
    lateral_mps2
        Lateral acceleration up to which bends are comfortable. Assumed.
    brake_mps2, accel_mps2, headway_s, standing_m
        b, a, T and s0 of the model: the paper's, for motorways (from memory, not verified).
    most_brake_mps2
        Hardest braking asked for. Assumed.
    settle_s
        Time in which a speed above the desired one is eased off. Assumed.
    early_s
        How long before a bend or a lower limit its speed is desired. Assumed.
    line_m
        How far before a closed stop line he means to stop. Assumed.
    line_brake_mps2
        A line that closes so late that it takes harder braking is run over. Assumed.
    reaction_s
        From seeing to the pedal while all goes as expected, from memory, not verified.
    surprise_s
        The same for something unexpected: 0.8 to 1 s, from memory, not verified.
    jump_m
        What is farther than that from where it was expected is a surprise. Assumed.
    training
        How much of the age of the picture he makes up for: 0 none, 1 all.

    Raises
    ------
    InputError
        If a surprise is answered sooner than anything else.
    """

    speed_mps: float = inf
    lateral_mps2: float = 2.0
    brake_mps2: float = 1.67
    accel_mps2: float = 0.73
    headway_s: float = 1.6
    standing_m: float = 2.0
    most_brake_mps2: float = 6.0
    settle_s: float = 1.0
    early_s: float = 1.5
    line_m: float = 1.0
    line_brake_mps2: float = 4.0
    reaction_s: float = 0.2
    surprise_s: float = 0.9
    jump_m: float = 3.0
    training: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.reaction_s <= self.surprise_s:
            raise InputError(f"a surprise takes no less than {self.reaction_s} s to answer, not {self.surprise_s} s")


@dataclass(frozen=True)
class Road:
    """What a picture shows lengthwise.

    Attributes
    ----------
    bends_m, curvature_pm
        Places of the course by their distance ahead, from 0 on and growing, and its curvature there, (k,).
    limit_mps
        Speed limit at these places, one or (k,).
    gap_m, ahead_mps
        From the own front to whoever is ahead, infinite for nobody, and his speed.
    stop_m
        From the own front to the next closed stop line, infinite for none.
    left_m
        Way that is left to the end of the course, infinite on a ring.
    """

    bends_m: F64
    curvature_pm: F64
    limit_mps: ArrayLike
    gap_m: float = inf
    ahead_mps: float = 0.0
    stop_m: float = inf
    left_m: float = inf


@compiled
def _bends(
    places: F64, curvature: F64, limit: F64, way: float, speed: float, early: float, lateral: float, brake: float
) -> tuple[float, float]:
    """Speed allowed by what is near after that way, and the acceleration for what is farther."""
    near, accel = inf, inf
    for k in range(places.size):
        allowed, bend = limit[k], abs(curvature[k])
        if bend > 0.0:
            allowed = min(allowed, sqrt(lateral / bend))
        distance = places[k] - way
        if distance <= speed * early:
            if k + 1 == places.size or places[k + 1] > way:  # the last place behind counts up to the next
                near = min(near, allowed)
        elif allowed < speed:
            needed = (speed * speed - allowed * allowed) / (2.0 * distance)
            accel = min(accel, -needed * needed / brake)
    return near, accel


class PedalWork:
    """What one operator does with the pedals.

    Parameters
    ----------
    pedals
        Figures.
    """

    def __init__(self, pedals: Pedals) -> None:
        self._pedals = pedals
        notice_s = pedals.surprise_s - pedals.reaction_s  # the reaction comes on top
        self._leader, self._line = Watched(pedals.jump_m, notice_s), Watched(pedals.jump_m, notice_s)
        self._line_is_minded = True
        self._before: tuple[int, float] | None = None
        self._way_m = 0.0
        self._decided: deque[tuple[int, float]] = deque()

    def accel_mps2(self, t_ns: int, captured_ns: int, speed_mps: float, road: Road, cap_mps: float = inf) -> float:
        """Acceleration that he asks for at a command: what he decided a reaction time ago, and until then none.

        Parameters
        ----------
        t_ns
            At his seat, in the order of time.
        captured_ns, speed_mps, road
            When the picture on the screen was taken, the speed told with it, and what it shows.
        cap_mps
            Bound of the speed by the quality of service, as he is told now; infinite without one.
        """
        self._move(captured_ns, speed_mps)
        self._decided.append((t_ns, self._decide(t_ns, captured_ns, speed_mps, road, cap_mps)))
        by_ns = t_ns - to_ns(self._pedals.reaction_s)
        while len(self._decided) > 1 and self._decided[1][0] <= by_ns:
            self._decided.popleft()
        then_ns, accel_mps2 = self._decided[0]
        return accel_mps2 if then_ns <= by_ns else 0.0

    def _move(self, captured_ns: int, speed_mps: float) -> None:
        """Own way from picture to picture, by the speeds told."""
        if self._before is not None:
            since_ns, then_mps = self._before
            self._way_m += 0.5 * (then_mps + speed_mps) * (captured_ns - since_ns) / NS_PER_S
        self._before = captured_ns, speed_mps

    def _decide(self, t_ns: int, captured_ns: int, speed_mps: float, road: Road, cap_mps: float) -> float:
        of = self._pedals
        foreseen_s = of.reaction_s + of.training * (t_ns - captured_ns) / NS_PER_S
        way_m = speed_mps * foreseen_s
        limit_mps = np.empty_like(road.bends_m)
        limit_mps[:] = road.limit_mps
        near_mps, bend_mps2 = _bends(
            road.bends_m, road.curvature_pm, limit_mps, way_m, speed_mps, of.early_s, of.lateral_mps2, of.brake_mps2
        )
        free_mps2 = min(self._free_mps2(speed_mps, min(near_mps, of.speed_mps, cap_mps)), bend_mps2)
        if speed_mps > near_mps:  # for a bend he brakes as hard as it takes
            free_mps2 = min(free_mps2, (near_mps - speed_mps) / of.settle_s)
        nearness = self._nearness(speed_mps, road.left_m - way_m + of.standing_m, 0.0)
        then_ns = captured_ns + to_ns(foreseen_s)
        for thing in self._things(t_ns, captured_ns, speed_mps, road):
            gap_m = thing.at_m(then_ns) - self._way_m - way_m
            nearness = max(nearness, self._nearness(speed_mps, gap_m, thing.speed_mps))
        return max(free_mps2 - of.accel_mps2 * nearness**2, -of.most_brake_mps2)

    def _free_mps2(self, speed_mps: float, desired_mps: float) -> float:
        """Acceleration towards the desired speed."""
        of = self._pedals
        if speed_mps < desired_mps:
            return of.accel_mps2 * (1.0 - (speed_mps / desired_mps) ** 4)
        return -min(of.brake_mps2, (speed_mps - desired_mps) / of.settle_s)

    def _nearness(self, speed_mps: float, gap_m: float, ahead_mps: float) -> float:
        """The model's s*/s."""
        of = self._pedals
        closing = speed_mps * (speed_mps - ahead_mps) / (2.0 * sqrt(of.accel_mps2 * of.brake_mps2))
        wanted_m = of.standing_m + max(0.0, speed_mps * of.headway_s + closing)
        return wanted_m / max(gap_m, _LEAST_GAP_M)

    def _things(self, t_ns: int, captured_ns: int, speed_mps: float, road: Road) -> list[Thing]:
        """Whoever is ahead and the stop line, as he takes them to be."""
        of = self._pedals
        leader = None if road.gap_m == inf else Thing(self._way_m + road.gap_m, road.ahead_mps, captured_ns)
        found, _ = self._leader.look(t_ns, leader)
        stop = None
        if road.stop_m != inf:
            stop = Thing(self._way_m + road.stop_m - of.line_m + of.standing_m, 0.0, captured_ns)
        line, new = self._line.look(t_ns, stop)
        if new:
            self._line_is_minded = speed_mps**2 <= 2.0 * of.line_brake_mps2 * road.stop_m
        elif stop is not None and line is stop and speed_mps**2 <= 2.0 * of.brake_mps2 * road.stop_m:
            self._line_is_minded = True  # somebody ahead has slowed him down before it
        return [thing for thing in (found, line if self._line_is_minded else None) if thing is not None]
