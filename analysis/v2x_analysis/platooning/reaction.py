"""The smallest gap from which the measured reaction, and the brakes as stated, still end without contact.

A vehicle ahead brakes by b_l; the one behind does so by b_f, a reaction time r later. With equal speeds v before, it
then drives v r + v^2 / (2 b_f) - v^2 / (2 b_l) farther until both stand; with the stronger brake it comes nearest
earlier, at equal speeds, by r^2 b_f b_l / (2 (b_f - b_l)). That is the safe distance of Shalev-Shwartz et al., *On a
formal model of safe and scalable self-driving cars* (2017), lemma 2, without its acceleration during the reaction
(from memory); the second case is elementary. The reaction contains the age of messages or the radar's delay, what the
control law adds, and the difference of the actuators.

It ends where the follower begins to brake, and the formula has it brake as hard as it can from then on. What followers
did lose of their gaps is therefore told beside it, from both measured speeds: with less than that they would have
touched, driving as they did. Where they touched, the larger of both is the smallest safe gap. Where they did not, the
loss is no bound: a law with a time gap uses its gap up as the speed falls, and brakes harder in a smaller one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from v2x.clock import NS_PER_S
from v2x.scenario.model_platoon import Platoon
from v2x.scenario.model_radar import NoisyRadar
from v2x_analysis.measurement import F64, I64, Measured, absent, count, counts
from v2x_analysis.platooning.grid import Grid, grid
from v2x_analysis.platooning.strings import excitation, rosters, stretches
from v2x_analysis.run import Run

#: A vehicle has begun to brake when its deceleration exceeds this share of the leader's braking, and by a fifth what
#: any member did in the seconds before; but no more than half of the leader's is asked for. Assumed: the foot of the
#: curve is the reaction, what a control law makes of its gap afterwards is not, and a swing before is no braking.
_FOOT, _ABOVE_SWING, _AT_MOST, _BEFORE_S = 0.1, 1.2, 0.5, 10.0

#: Quantile of the age of messages that stands for the reaction where nobody braked.
_OLD = 0.999


@dataclass(frozen=True)
class Reactions:
    """What followers need, by their place in the platoon; the largest of all platoons, NaN where it is not known.

    Attributes
    ----------
    reaction_s
        After the vehicle ahead, (n,).
    gap_m
        Smallest safe gap, (n,).
    lost_m
        What was lost of the gap from the leader's braking on, (n,); NaN where nobody braked.
    words
        Where the reaction comes from.
    """

    reaction_s: F64
    gap_m: F64
    lost_m: F64
    words: str


def safe_gap_m(speed_mps: float, reaction_s: float, brake_mps2: float, brake_ahead_mps2: float) -> float:
    """Smallest gap from which two vehicles of one speed brake to standstill without contact.

    Parameters
    ----------
    speed_mps
        Of both, before.
    reaction_s
        From the braking ahead to the own one.
    brake_mps2, brake_ahead_mps2
        Decelerations of the one behind and of the one ahead, positive.
    """
    standstill = speed_mps * reaction_s + speed_mps**2 / (2.0 * brake_mps2) - speed_mps**2 / (2.0 * brake_ahead_mps2)
    if brake_mps2 > brake_ahead_mps2:
        meet_s = brake_mps2 * reaction_s / (brake_mps2 - brake_ahead_mps2)
        if meet_s < speed_mps / brake_ahead_mps2:
            return brake_mps2 * brake_ahead_mps2 * reaction_s**2 / (2.0 * (brake_mps2 - brake_ahead_mps2))
    return max(0.0, standstill)


def reactions(run: Run) -> Reactions | None:
    """Reactions to the leader's braking; without one, what messages' ages and actuators let expect."""
    whole, plan = run.derived(grid), run.plan.platoon
    if whole is None or plan is None or not whole.follower.any():
        return None
    brake_at_s = excitation(plan).brake_at_s
    if brake_at_s is not None and brake_at_s < whole.t_s[-1]:
        found = _measured(whole, plan, brake_at_s)
        if found is not None:
            return found
    return _expected(whole, plan)


def figures(run: Run) -> dict[str, Measured]:
    """``platoon.minimal_safe_gap_m`` of the follower that needs most; of each, and its ``reaction_s``."""
    found = run.derived(reactions)
    if found is None or np.isnan(found.gap_m).all():
        return {"platoon.minimal_safe_gap_m": absent("m", "no reaction is known")} if run.derived(grid) else {}
    return {
        "platoon.minimal_safe_gap_m": count(float(np.nanmax(found.gap_m)), "m", len(found.gap_m), found.words),
        "platoon.minimal_safe_gap_m.by_follower": counts(found.gap_m, "m", remark=found.words),
        "platoon.reaction_s": counts(found.reaction_s, "s", remark=found.words),
        "platoon.lost_gap_m": counts(found.lost_m, "m", remark=found.words),
    }


def _measured(whole: Grid, plan: Platoon, brake_at_s: float) -> Reactions | None:
    """From the times at which members begin to brake after the leader; None if no follower does."""
    step = int(np.searchsorted(whole.t_ns, brake_at_s * NS_PER_S))
    known = []
    for members in rosters(whole, step):
        reaction_s = np.diff(_braking_s(whole, plan, members, step))
        reaction_s = np.maximum(reaction_s, 0.0)  # who brakes before the vehicle ahead does not need a gap for it
        speed_mps = whole.numbers("speed_mps")[step, members]
        gaps_m = np.array([_gap_m(plan, k, speed_mps[k + 1], reaction_s[k]) for k in range(len(reaction_s))])
        lost_m = _lost_m(whole, members, step)
        touched = lost_m >= whole.numbers("gap_m")[step, members[1:]]
        known.append(np.array([reaction_s, np.where(touched, np.fmax(gaps_m, lost_m), gaps_m), lost_m]))
    if not known or all(np.isnan(each[0]).all() for each in known):
        return None
    reaction_s, gap_m, lost_m = _largest(known)
    words = (
        f"reaction measured at the braking at {brake_at_s:g} s, up to {np.nanmax(reaction_s):.2f} s; brakes as stated; "
        f"gaps that were lost, up to {np.nanmax(lost_m):.1f} m, count where vehicles touched"
    )
    return Reactions(reaction_s, gap_m, lost_m, words)


def _lost_m(whole: Grid, members: I64, step: int) -> F64:
    """How much nearer each follower comes to the one ahead at most, from the step on, by both speeds, (n,)."""
    speed_mps = whole.numbers("speed_mps")[step:, members]
    nearer_m = np.cumsum(np.nan_to_num(speed_mps[:, 1:] - speed_mps[:, :-1]), axis=0) * whole.step_s
    return np.asarray(nearer_m.max(axis=0, initial=0.0))


def _braking_s(whole: Grid, plan: Platoon, members: I64, step: int) -> F64:
    """How long after the step each member begins to brake, NaN if it does not, (vehicles,)."""
    accel_mps2 = whole.numbers("accel_mps2")[:, members]
    after = accel_mps2[step:]
    leader = plan.leader
    brake_mps2 = -float(np.nanmin(after[:, 0])) if leader.kind == "profile" else leader.brake_mps2
    before = accel_mps2[max(0, step - round(_BEFORE_S / whole.step_s)) : step]
    swing_mps2 = float(np.abs(before).max(initial=0.0, where=~np.isnan(before)))
    level_mps2 = np.clip(_ABOVE_SWING * swing_mps2, _FOOT * brake_mps2, _AT_MOST * brake_mps2)
    reached = after <= -level_mps2
    return np.asarray(np.where(reached.any(axis=0), reached.argmax(axis=0) * whole.step_s, np.nan))


def _expected(whole: Grid, plan: Platoon) -> Reactions:
    """From the ages of messages (of radar echoes where there are none) and the actuators, at the highest speed."""
    known, quantile = [], 0.0
    for each in stretches(whole, 0.0, np.inf, undisturbed=False):
        ages_ms = whole.numbers("aoi_ahead_ms")[each.first : each.last, each.members[1:]]
        speed_mps = whole.numbers("speed_mps")[each.first : each.last, each.members[1:]].max(axis=0)
        reaction_s = np.array([_delay_s(plan, k, ages_ms[:, k]) + whole.step_s for k in range(ages_ms.shape[1])])
        gaps_m = np.array([_gap_m(plan, k, speed_mps[k], reaction_s[k]) for k in range(len(reaction_s))])
        known.append(np.array([reaction_s, gaps_m, np.full(len(gaps_m), np.nan)]))
        quantile = max(quantile, float(reaction_s.max()))
    if not known:
        return Reactions(np.array([np.nan]), np.array([np.nan]), np.array([np.nan]), "")
    reaction_s, gap_m, lost_m = _largest(known)
    words = (
        f"no braking: reaction from the {_OLD:.1%} quantile of the messages' age, the control step and the actuators, "
        f"up to {quantile:.2f} s; brakes as stated"
    )
    return Reactions(reaction_s, gap_m, lost_m, words)


def _delay_s(plan: Platoon, follower: int, age_ms: F64) -> float:
    """Detection and actuator of a follower (0 is the first).

    A desired acceleration is known before it acts, so of the actuator only the difference counts.
    """
    heard_ms = age_ms[~np.isnan(age_ms)]
    own_s, ahead_s = _actuator_s(plan, follower + 1), _actuator_s(plan, follower)
    if len(heard_ms) and plan.feed_forward == "desired":
        return float(np.quantile(heard_ms, _OLD)) / 1e3 + max(0.0, own_s - ahead_s)
    radar = plan.radar
    seen_ms = radar.latency_ms + radar.cycle_ms if isinstance(radar, NoisyRadar) else 0.0
    detected_ms = float(np.quantile(heard_ms, _OLD)) if len(heard_ms) else seen_ms
    return detected_ms / 1e3 + own_s


def _gap_m(plan: Platoon, follower: int, speed_mps: float, reaction_s: float) -> float:
    """Smallest safe gap of a follower (0 is the first), by the brakes that the scenario states."""
    own, ahead = (_brake_mps2(plan, place) for place in (follower + 1, follower))
    return safe_gap_m(speed_mps, reaction_s, own, ahead) if np.isfinite(reaction_s) else np.nan


def _brake_mps2(plan: Platoon, place: int) -> float:
    own = plan.members[place].max_brake_mps2 if place < len(plan.members) else None
    return plan.max_brake_mps2 if own is None else own


def _actuator_s(plan: Platoon, place: int) -> float:
    """Engine lag and dead time of the vehicle at a place."""
    member = plan.members[place] if place < len(plan.members) else None
    lag_s = plan.engine_lag_s if member is None or member.engine_lag_s is None else member.engine_lag_s
    dead_s = plan.dead_time_s if member is None or member.dead_time_s is None else member.dead_time_s
    return lag_s + dead_s


def _largest(known: list[F64]) -> F64:
    """Largest value of each place over platoons, of rows that are (3, n) each."""
    most = max(each.shape[1] for each in known)
    padded = np.stack([np.pad(each, ((0, 0), (0, most - each.shape[1])), constant_values=np.nan) for each in known])
    return np.asarray(np.fmax.reduce(padded, axis=0))
