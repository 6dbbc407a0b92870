"""Strings of vehicles under control laws: what each commands at a control step, and how it moves.

Arrays of shape (replica, vehicle): the platoons of a run or the replicas of a study. Vehicle 0 leads. Nothing here
knows of SUMO or of messages: each step is given the road ahead (for the radar model alone), what was heard, and bounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_S
from v2x.control.fallback import DEGRADED_LAW, FREE, LEADER, MODES, NO_LAW, Modes
from v2x.control.guard import limit_mps2
from v2x.control.laws import law as law_of
from v2x.control.laws.base import FeedForward, Gains, Heard, Law, Situation
from v2x.control.plant import Plant, filled
from v2x.control.radar import Radar, Road, Sighting
from v2x.control.singer import Singer
from v2x.jit import compiled
from v2x.scenario.model_platoon import CONTROL_STEP_NS, Fallback

__all__ = ["FREE", "LEADER", "MODES", "Decision", "PlatoonString", "Vehicles"]

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Gain of the speed while a vehicle holds its set speed, 1/s (Plexe's), and its strongest braking, m/s^2 (assumed).
CRUISE_PS, CRUISE_BRAKE_MPS2 = 1.0, 2.0
#: Time constant with which a follower that sees nobody lets go of its brake, and after which it drives on as if it were
#: alone, s. Assumed.
BLIND_S = 5.0


@dataclass(frozen=True)
class Vehicles:
    """What the vehicles are, each value one for all or an array that broadcasts to (replica, vehicle)."""

    lag_s: ArrayLike = 0.5
    dead_s: ArrayLike = 0.0
    max_accel_mps2: ArrayLike = 2.5
    max_brake_mps2: ArrayLike = 8.0


@dataclass
class Decision:
    """One control step of all vehicles, (replica, vehicle); good until the next one.

    Attributes
    ----------
    speed_mps, accel_mps2
        True motion at the step, before the command acts.
    commanded_mps2
        Acceleration commanded.
    mode
        Index into `v2x.control.fallback.MODES`.
    sighting
        What the radar reported.
    error_m
        Gap by radar less the gap asked for, as the law in force sees it; NaN without a target.
    guarded, overridden, limited
        Whether emergency braking by radar, the bound from outside or the limits of the vehicle decided.
    """

    speed_mps: F64
    accel_mps2: F64
    commanded_mps2: F64
    mode: I8
    sighting: Sighting
    error_m: F64
    guarded: Bools
    overridden: Bools
    limited: Bools

    @classmethod
    def room(cls, shape: tuple[int, int]) -> Decision:
        """Arrays of that shape to be filled."""
        speed, accel, commanded, error = np.empty((4, *shape))
        guarded, overridden, limited = np.empty((3, *shape), np.bool_)
        mode, sighting = np.empty(shape, np.int8), Sighting.room(shape)
        return cls(speed, accel, commanded, mode, sighting, error, guarded, overridden, limited)


@compiled
def _ask(
    gap: F64,
    wanted: F64,
    wanted_before: F64,
    active: I8,
    before: I8,
    most: float,
    asked_extra: F64,
    offset: F64,
    extra: F64,
    error: F64,
) -> None:
    """Where another law takes over, go on from the gap asked before and approach the new one by ``most`` a step."""
    for i in range(offset.size):
        far: float = offset.flat[i]
        if active.flat[i] != before.flat[i]:
            far += wanted_before.flat[i] - wanted.flat[i]
        if active.flat[i] == NO_LAW or before.flat[i] == NO_LAW or np.isnan(far) or abs(far) <= most:
            far = 0.0
        else:
            far -= most if far > 0.0 else -most
        offset.flat[i] = far
        extra.flat[i] = asked_extra.flat[i] + far
        error.flat[i] = gap.flat[i] - wanted.flat[i] - extra.flat[i]


@compiled
def _settle(
    chosen: F64,
    code: I8,
    active: I8,
    speed: F64,
    accel: F64,
    before: F64,
    kept: float,
    blind: I64,
    blind_most: int,
    set_speed: F64,
    driven: F64,
    guarding: bool,
    gap: F64,
    rate: F64,
    estimated: F64,
    late: float,
    lag: F64,
    dead: F64,
    ceiling: F64,
    max_accel: F64,
    max_brake: F64,
    guarded: Bools,
    overridden: Bools,
    limited: Bools,
) -> None:
    """Bound what the laws chose, in place, and say what decided."""
    for r in range(chosen.shape[0]):
        for i in range(chosen.shape[1]):
            u, v = chosen[r, i], speed[r, i]
            blind[r, i] = blind[r, i] + 1 if np.isnan(gap[r, i]) else 0
            if np.isnan(u) or active[r, i] == NO_LAW:
                # Nobody ahead. A follower that has lost sight of somebody does not let go of its brake at once; when
                # nobody has been there for a while it goes on as one that is alone.
                alone = code[r, i] < 0 or blind[r, i] > blind_most
                u = np.inf if alone else min(0.0, before[r, i]) * kept
            if code[r, i] == LEADER:
                u = min(u, driven[r, i])
            if set_speed[r, i] < np.inf:
                u = min(u, max(CRUISE_PS * (set_speed[r, i] - v), -CRUISE_BRAKE_MPS2))
            if u == np.inf:
                u = 0.0
            bound = np.inf
            if guarding:
                bound = limit_mps2(gap[r, i], rate[r, i], estimated[r, i], v, accel[r, i], lag[r, i], dead[r, i], late)
            guarded[r, i] = bound < u
            u = min(u, bound)
            overridden[r, i] = ceiling[r, i] < u
            u = min(u, ceiling[r, i])
            within = min(max(u, -max_brake[r, i]), max_accel[r, i])
            limited[r, i] = within != u
            chosen[r, i] = within


class PlatoonString:
    """Strings of vehicles, (replica, vehicle).

    A protocol may write `code`, `place`, `extra_m`, `set_speed_mps` and the arrays in `gains` from step to step. A law
    that takes over from another goes on from the gap that was asked for before and approaches its own at
    ``fallback.gap_change_mps``; changes of gains and of `extra_m` act at once.

    Parameters
    ----------
    speed_mps
        Speeds at the start, (replica, vehicle).
    vehicles
        What the vehicles are.
    gains
        Law -> its gains, for all laws that are to be used; ``acc`` and ``degraded`` among them, which the others fall
        back to.
    own
        Law of each vehicle: a name, or an array of names that broadcasts to (replica, vehicle). Vehicle 0 leads all the
        same.
    radar
        Their radars.
    fallback
        What they do when messages stay away. Off, they go on with what they heard last, and there is no emergency
        braking by radar.
    feed_forward
        Which acceleration they take from messages.
    step_ns
        Control step.

    Attributes
    ----------
    plant
        Their motion.
    code
        Law of each vehicle: `LEADER`, `FREE` or `code_of` a name.
    place
        Number in its string, 0 for the leader.
    extra_m
        Gap asked for beyond that of the law.
    set_speed_mps
        Speed not to be exceeded by one's own will; infinite for none.
    """

    def __init__(
        self,
        speed_mps: F64,
        vehicles: Vehicles,
        gains: Mapping[str, Gains],
        own: ArrayLike,
        radar: Radar,
        fallback: Fallback,
        feed_forward: FeedForward = "desired",
        step_ns: int = CONTROL_STEP_NS,
    ) -> None:
        shape = (speed_mps.shape[0], speed_mps.shape[1])
        self._dt_s = step_ns / NS_PER_S
        self._radar, self._feed_forward, self._guarding = radar, feed_forward, fallback.enabled
        self.plant = Plant(self._dt_s, speed_mps, vehicles.lag_s, vehicles.dead_s)
        self._max_accel, self._max_brake = (
            filled(shape, vehicles.max_accel_mps2),
            filled(shape, vehicles.max_brake_mps2),
        )
        self._names = ("degraded", "acc", *sorted(set(gains) - {"degraded", "acc"}))
        self._laws: tuple[Law, ...] = tuple(law_of(name) for name in self._names)
        self.gains = {name: {gain: filled(shape, value) for gain, value in gains[name].items()} for name in self._names}
        self.code = np.vectorize(self.code_of, otypes=[np.int8])(np.broadcast_to(np.asarray(own, np.str_), shape))
        self.code[:, 0] = LEADER
        self.place = filled(shape, np.arange(shape[1]))
        self.extra_m, self.set_speed_mps = np.zeros(shape), np.full(shape, np.inf)
        self._modes = Modes(fallback, self._laws, shape, step_ns)
        self._estimator = Singer(shape, self._dt_s, radar.cycle_s, radar.rate_sigma_mps)
        self._kept = 1.0 - self._dt_s / BLIND_S
        self._blind, self._blind_most = np.zeros(shape, np.int64), round(BLIND_S / self._dt_s)
        self._ramp_m = fallback.gap_change_mps * self._dt_s
        self._offset_m, self._free_way = np.zeros(shape), np.full(shape, np.inf)
        self._active: I8 | None = None
        self._wanted_m, self._asked_m = np.zeros(shape), np.zeros(shape)
        self._decision = Decision.room(shape)

    def code_of(self, name: str) -> int:
        """Number of a law in `code`."""
        return self._names.index(name)

    def step(
        self,
        t_ns: int,
        road: Road,
        ahead: Heard,
        leader: Heard,
        driven_mps2: F64,
        ceiling_mps2: F64 | None = None,
        sensed: tuple[F64, F64] | None = None,
    ) -> Decision:
        """Decide and move: from the state at ``t_ns`` to that one control step later.

        Parameters
        ----------
        t_ns
            Time of the step.
        road
            The truth ahead, for the radars.
        ahead, leader
            What was heard so far.
        driven_mps2
            What leaders are told to command; they yield to a vehicle that their radar sees. Ignored for others.
        ceiling_mps2
            Upper bounds of the acceleration (stop lines, safety), +inf where there is none.
        sensed
            Own speeds and accelerations as the vehicles sense them, m/s and m/s^2; None for exactly.

        Raises
        ------
        ValueError
            If arrays are not of shape (replica, vehicle).
        """
        plant, done = self.plant, self._decision
        done.speed_mps[:], done.accel_mps2[:] = plant.speed_mps, plant.accel_mps2
        speed, accel = (done.speed_mps, done.accel_mps2) if sensed is None else sensed
        ceiling, shape = self._free_way if ceiling_mps2 is None else ceiling_mps2, self.code.shape
        for column in (road.gap_m, ahead.age_s, leader.age_s, driven_mps2, ceiling, speed, accel):
            if column.shape != shape:  # compiled loops would not notice
                raise ValueError(f"an array of shape {column.shape} for vehicles of shape {shape}")
        seen = done.sighting = self._radar.look(t_ns, road, speed)
        active, done.mode, used = self._modes.decide(self.code, ahead.age_s, leader.age_s, seen.gap_m)
        estimated = self._estimator.accel_mps2
        if self._guarding or DEGRADED_LAW in used:
            estimated = self._estimator.follow(seen)
        now = Situation(
            self._dt_s, self._feed_forward, speed, accel, plant.commanded_mps2, seen.gap_m, seen.rate_mps,
            estimated, ahead, leader, self.place, self.extra_m,
        )  # fmt: skip
        chosen = done.commanded_mps2 = self._choose(now, active, used, done.error_m)
        _settle(
            chosen, self.code, active, speed, accel, plant.commanded_mps2, self._kept, self._blind,
            self._blind_most, self.set_speed_mps, driven_mps2,
            self._guarding, seen.gap_m, seen.rate_mps, estimated, self._radar.late_s, plant.lag_s, plant.dead_s,
            ceiling, self._max_accel, self._max_brake, done.guarded, done.overridden, done.limited,
        )  # fmt: skip
        plant.move(chosen)
        return done

    def _choose(self, now: Situation, active: I8, used: list[int], error: F64) -> F64:
        """Acceleration by the law in force; fills in its gap error."""
        forces = [(self._laws[number], self.gains[self._names[number]]) for number in used]
        wanted = _in_force(active, used, [law.wanted_gap_m(now, gains) for law, gains in forces])
        if self._active is None:  # they begin with asking for the gap that they have, as far as they have to fall back
            fell = (self.code >= 0) & (active != self.code) & np.isfinite(now.gap_m)
            self._offset_m[fell] = (now.gap_m - wanted - self.extra_m)[fell]
            self._active, self._wanted_m = active, wanted
        _ask(
            now.gap_m, wanted, self._wanted_m, active, self._active, self._ramp_m,
            self.extra_m, self._offset_m, self._asked_m, error,
        )  # fmt: skip
        self._active, self._wanted_m, now.extra_m = active, wanted, self._asked_m
        return _in_force(active, used, [law.accel_mps2(now, gains, error) for law, gains in forces])


def _in_force(active: I8, used: list[int], columns: list[F64]) -> F64:
    """What the law in force gives for each vehicle, of the columns of those that are used; anything where none is."""
    if not columns:
        return np.full(active.shape, np.nan)
    chosen = columns[0]
    for number, column in zip(used[1:], columns[1:], strict=True):
        chosen = np.where(active == number, column, chosen)
    return chosen
