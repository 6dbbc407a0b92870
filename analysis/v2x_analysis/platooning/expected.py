"""What theory lets expect of a run: a homogeneous string whose messages are always as old as they were in the mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from v2x.control.laws import law
from v2x.scenario.model_platoon import Member
from v2x_analysis.measurement import Measured, count, counts
from v2x_analysis.platooning.grid import grid
from v2x_analysis.platooning.stability import gains, usual_age_ms
from v2x_analysis.platooning.theory import (
    LAWS,
    ROUNDING,
    Setting,
    gain_per_vehicle,
    smallest_stable_time_gap_s,
    worst_gain,
)
from v2x_analysis.run import Run

#: Laws for which theory has a smallest stable time gap.
_WITH_TIME_GAP = ("acc", "ploeg", "degraded")


def setting(run: Run) -> Setting | None:
    """The run as theory sees it; None for mixed strings, and where a law got no message that it cannot do without.

    None as well for a law of another package, which theory does not know. Messages get the constant delay that makes
    them as old, in the mean, as what followers used of the vehicle ahead.
    """
    plan, whole = run.plan.platoon, run.derived(grid)
    if plan is None or whole is None or any(_differs(member) for member in plan.members):
        return None
    if plan.controller not in LAWS:
        return None
    chosen, beacon_s = law(plan.controller), 1.0 / plan.beacon_hz
    age_ms = run.derived(usual_age_ms)
    if chosen.hears and age_ms is None:
        return None
    wait_s = (beacon_s - whole.step_s) / 2.0  # of what is held until the next message
    delay_s = max(0.0, (age_ms or 0.0) / 1e3 - wait_s)
    given = {name: getattr(plan, name, None) for name in chosen.defaults}
    return Setting(
        law=plan.controller,
        gains={name: value for name, value in given.items() if value is not None},
        lag_s=plan.engine_lag_s,
        dead_s=plan.dead_time_s,
        delay_s=delay_s,
        beacon_s=beacon_s,
        feed_forward=plan.feed_forward,
        dt_s=whole.step_s,
    )


@dataclass(frozen=True)
class Outlook:
    """What theory says of all frequencies, for the run's messages.

    Attributes
    ----------
    worst_gain, at_hz
        Greatest gain from a vehicle to the next at any frequency, and that frequency.
    time_gap_s, smallest_s
        The run's time gap and the smallest string-stable one; NaN for laws without, or where none is large enough.
    """

    worst_gain: float
    at_hz: float
    time_gap_s: float
    smallest_s: float

    @property
    def stable(self) -> bool:
        """Whether nothing is amplified."""
        return self.worst_gain <= 1.0 + ROUNDING

    @property
    def margin_s(self) -> float:
        """By how much the time gap is larger than it must be."""
        return self.time_gap_s - self.smallest_s


def outlook(run: Run) -> Outlook | None:
    """None where `setting` is."""
    known, plan = run.derived(setting), run.plan.platoon
    if known is None or plan is None:
        return None
    worst, at_hz = worst_gain(known, plan.followers)
    if known.law not in _WITH_TIME_GAP:
        return Outlook(worst, at_hz, np.nan, np.nan)
    own_s = known.gains.get("time_gap_s", law(known.law).defaults["time_gap_s"])
    return Outlook(worst, at_hz, own_s, smallest_stable_time_gap_s(known, within_s=0.001))


def figures(run: Run) -> dict[str, Measured]:
    """``platoon.theory.gain_per_vehicle`` at the leader's frequency, ``.worst_gain`` at any, ``.time_gap_margin_s``."""
    known, found, plan = run.derived(setting), run.derived(gains), run.plan.platoon
    result: dict[str, Measured] = {}
    if known is None or plan is None:
        return result
    words = f"constant delay of {known.delay_s * 1e3:.0f} ms, {plan.beacon_hz:g} Hz, ideal radar, no limits"
    if found is not None:
        expected = gain_per_vehicle(known, found.frequency_hz, len(found.mean))[0]
        result["platoon.theory.gain_per_vehicle"] = counts(expected, remark=words)
    beyond = run.derived(outlook)
    if beyond is not None:
        remark = f"at {beyond.at_hz:.3g} Hz: {words}"
        result["platoon.theory.worst_gain"] = count(beyond.worst_gain, remark=remark)
        if np.isfinite(beyond.margin_s):
            remark = f"smallest string-stable time gap {beyond.smallest_s:.3f} s: {words}"
            result["platoon.theory.time_gap_margin_s"] = count(beyond.margin_s, "s", remark=remark)
    return result


def _differs(member: Member) -> bool:
    """Whether a vehicle's control is not the platoon's; its kind and brakes do not enter the linear theory."""
    own = (member.controller, member.time_gap_s, member.spacing_m, member.engine_lag_s, member.dead_time_s)
    return any(value is not None for value in own)
