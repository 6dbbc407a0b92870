"""Gains from vehicle to vehicle at the leader's frequency, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from v2x_analysis.measurement import F64, Measured, absent, count, counts
from v2x_analysis.platooning.grid import grid
from v2x_analysis.platooning.sine import Response, needed_s, response
from v2x_analysis.platooning.strings import all_stretches, excitation, overridden_share, undisturbed_stretches
from v2x_analysis.run import Run

#: Predecessors that swing less than this are not asked about, m/s: 2.5 times the resolution of a speed in a BSM.
AUDIBLE_MPS = 0.05

#: A stretch in which a safety layer overrides members in more of their steps is not fitted. Assumed.
MOST_OVERRIDDEN = 0.05

#: Confidence of a gain's interval.
_SURE = 0.95


@dataclass(frozen=True)
class Gains:
    """Gains of the followers, over platoons and parts of the time.

    Attributes
    ----------
    frequency_hz
        Tried.
    mean, phase_rad
        Size of the gain of each follower, in the mean over the platoons, and its phase, (n,).
    low, high
        Interval of its size at 95 %, (n,); the value itself where there is one observation.
    amplitude_mps
        Mean speed amplitude, the leader first, (n + 1,).
    head_to_tail
        Last over leader, of each platoon, (platoons,).
    """

    frequency_hz: float
    mean: F64
    phase_rad: F64
    low: F64
    high: F64
    amplitude_mps: F64
    head_to_tail: F64

    @property
    def audible(self) -> F64:
        """Gains of followers whose predecessor swings enough to tell, NaN else, (n,)."""
        return np.asarray(np.where(self.amplitude_mps[:-1] >= AUDIBLE_MPS, self.mean, np.nan))


def responses(run: Run) -> tuple[Response, ...]:
    """Responses of the run's platoons to the sinusoid; none where `unheard` says why.

    Of each platoon that of its longest undisturbed stretch, or else of its longest one if little of it is overridden.
    """
    whole, plan = run.derived(grid), run.plan.platoon
    frequency_hz = excitation(plan).frequency_hz if plan is not None else None
    if whole is None or frequency_hz is None:
        return ()
    little = [each for each in run.derived(all_stretches) if overridden_share(whole, each) <= MOST_OVERRIDDEN]
    found: dict[int, Response] = {}
    for each in (*run.derived(undisturbed_stretches), *little):
        heard = None if each.platoon in found else response(whole, each, frequency_hz)
        if heard is not None and abs(heard.amplitude_mps[0]) > 1e-6:
            found[each.platoon] = heard
    return tuple(found[number] for number in sorted(found))


def unheard(run: Run) -> str:
    """Why there is no response."""
    whole, plan = run.derived(grid), run.plan.platoon
    if plan is None:
        return "the scenario has no platoon"
    driven = excitation(plan)
    if driven.frequency_hz is None:
        return f"the leader's speed is no sinusoid but '{plan.leader.kind}': see the L2 and L-infinity gains"
    known = run.derived(all_stretches)
    if whole is None or not known:
        return "no platoon drove after the sinusoid began"
    longest = max(known, key=lambda each: each.last - each.first)
    length_s = (longest.last - longest.first) * whole.step_s
    wanted_s = needed_s(len(longest.members) - 1, driven.frequency_hz)
    if length_s < wanted_s:
        return (
            f"too short: {length_s:.4g} s with the same members, {wanted_s:.4g} s needed to settle and for one period"
        )
    share = min(overridden_share(whole, each) for each in known)
    if share > MOST_OVERRIDDEN:
        return f"a safety layer overrode members in {share:.0%} of the time, and too often to fit between"
    return "the leader's speed does not swing"


def gains(run: Run) -> Gains | None:
    """Gains over all platoons of the run; None where `unheard` says why."""
    known, plan = run.derived(responses), run.plan.platoon
    if not known or plan is None:
        return None
    most = max(len(each.amplitude_mps) for each in known)
    full = [each for each in known if len(each.amplitude_mps) == most]  # a shorter one is another string
    ratio = np.stack([each.gain for each in full])
    low, high = _interval(np.concatenate([np.abs(each.parts_gain) for each in full]))
    size = np.abs(ratio).mean(axis=0)
    return Gains(
        frequency_hz=excitation(plan).frequency_hz or np.nan,
        mean=size,
        phase_rad=np.angle(ratio.mean(axis=0)),
        low=np.minimum(low, size),
        high=np.maximum(high, size),
        amplitude_mps=np.abs([each.amplitude_mps for each in full]).mean(axis=0),
        head_to_tail=np.array([abs(each.amplitude_mps[-1] / each.amplitude_mps[0]) for each in full]),
    )


def figures(run: Run) -> dict[str, Measured]:
    """``platoon.gain_per_vehicle``, ``head_to_tail_gain``, ``speed_amplitude_mps``."""
    found, known = run.derived(gains), run.derived(responses)
    if found is None:
        why = unheard(run)
        several = {"gain_per_vehicle": "1", "speed_amplitude_mps": "m/s"}
        lists = {f"platoon.{key}": counts((), unit, remark=why) for key, unit in several.items()}
        return {**lists, "platoon.head_to_tail_gain": absent("1", why)}
    n = sum(each.periods for each in known)
    result: dict[str, Measured] = {
        "platoon.gain_per_vehicle": counts(found.mean, n=n),
        "platoon.head_to_tail_gain": count(float(found.head_to_tail.mean()), n=n),
        "platoon.speed_amplitude_mps": counts(found.amplitude_mps, "m/s", n),
    }
    if len(known) > 1:
        result["platoon.head_to_tail_gain.by_platoon"] = counts(found.head_to_tail)
        for each in known:
            result[f"platoon.gain_per_vehicle.platoon_{each.platoon}"] = counts(np.abs(each.gain), n=each.periods)
    return result


def _interval(parts: F64) -> tuple[F64, F64]:
    """Student's interval of the mean of each column, (parts, n); the value itself if there is one row."""
    middle = parts.mean(axis=0)
    if len(parts) < 2:
        return middle, middle
    half = stdtrit(len(parts) - 1, (1.0 + _SURE) / 2.0) * parts.std(axis=0, ddof=1) / np.sqrt(len(parts))
    return middle - half, middle + half


def usual_age_ms(run: Run) -> float | None:
    """Mean age of what followers know of the vehicle ahead, in the mode that they drive in most; None without messages.

    In the modes that they fall back to, messages are as old as they may be and are not used.
    """
    whole = run.derived(grid)
    if whole is None or not whole.follower.any():
        return None
    codes = whole.texts("mode")[0]
    usual = np.bincount(codes[whole.follower]).argmax()
    ages_ms = whole.numbers("aoi_ahead_ms")[whole.follower & (codes == usual)]
    ages_ms = ages_ms[~np.isnan(ages_ms)]
    return float(ages_ms.mean()) if len(ages_ms) else None
