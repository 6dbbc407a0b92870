"""How the leaders drove by the scenario, and the stretches in which a platoon drove as one string, undisturbed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from v2x.clock import NS_PER_S
from v2x.scenario.model_platoon import BrakeLeader, Platoon, SineLeader
from v2x_analysis.measurement import I64
from v2x_analysis.platooning.grid import Grid, Mask, grid, platoons
from v2x_analysis.run import Run


@dataclass(frozen=True)
class Excitation:
    """What the leaders do.

    Attributes
    ----------
    start_s
        They leave their constant speed.
    until_s
        That ends and a braking begins; infinite if none does.
    frequency_hz
        Of the sinusoid in between; None if there is none.
    brake_at_s
        When they brake; None if they never do.
    """

    start_s: float
    until_s: float
    frequency_hz: float | None
    brake_at_s: float | None


@dataclass(frozen=True)
class Stretch:
    """A platoon of constant members, at the steps ``first`` up to before ``last``.

    ``members`` are their columns of the grid, the leader first, (vehicles,).
    """

    platoon: int
    members: I64
    first: int
    last: int


def excitation(plan: Platoon) -> Excitation:
    """What the scenario has the leaders do."""
    leader = plan.leader
    if isinstance(leader, SineLeader):
        end_s = np.inf if leader.brake_at_s is None else leader.brake_at_s
        return Excitation(leader.start_s, end_s, leader.frequency_hz, leader.brake_at_s)
    if isinstance(leader, BrakeLeader):
        return Excitation(leader.brake_at_s, np.inf, None, leader.brake_at_s)
    times_s, speeds_mps = (np.array(column) for column in zip(*leader.points, strict=True))
    slopes = np.diff(speeds_mps) / np.diff(times_s)
    if not slopes.any():
        return Excitation(float(times_s[-1]), np.inf, None, None)
    brakes = float(times_s[slopes.argmin()]) if slopes.min() < 0.0 else None
    return Excitation(float(times_s[np.flatnonzero(slopes)[0]]), np.inf, None, brakes)


def rosters(whole: Grid, step: int) -> Iterator[I64]:
    """Members of each platoon at a step, as columns of the grid, the leader first; none of one without a follower."""
    for number in platoons(whole):
        columns = np.flatnonzero(whole.platoon[step] == number)
        if len(columns) > 1:
            yield columns[np.argsort(whole.position[step, columns], kind="stable")]


def stretches(whole: Grid, from_s: float, until_s: float, *, undisturbed: bool) -> Iterator[Stretch]:
    """The longest stretch of each platoon between two times; none of one that has no follower.

    ``undisturbed``: no safety layer overrides a member in it.
    """
    begin, end = np.searchsorted(whole.t_ns, [from_s * NS_PER_S, min(until_s, 1e9) * NS_PER_S])
    overridden = whole.texts("override")[0][begin:end] >= 0
    place = np.where(whole.platoon >= 0, whole.position, -1)[begin:end]
    for number in platoons(whole):
        own = whole.platoon[begin:end] == number
        columns = np.flatnonzero(own.any(axis=0))
        where = np.where(own[:, columns], place[:, columns], -1)
        broken = (overridden[:, columns] & own[:, columns]).any(axis=1) & undisturbed
        changed = np.r_[True, (where[1:] != where[:-1]).any(axis=1)] if len(where) else np.zeros(0, bool)
        first, last = _longest(broken, changed)
        if last > first:
            members = columns[np.argsort(where[first], kind="stable")][-int((where[first] >= 0).sum()) :]
            if len(members) > 1:
                yield Stretch(number, members, int(begin) + first, int(begin) + last)


def undisturbed_stretches(run: Run) -> tuple[Stretch, ...]:
    """Longest stretch of each platoon under the leader's excitation in which no safety layer overrode a member."""
    return _stretches(run, undisturbed=True)


def all_stretches(run: Run) -> tuple[Stretch, ...]:
    """The same, overridden or not."""
    return _stretches(run, undisturbed=False)


def overridden_share(whole: Grid, stretch: Stretch) -> float:
    """Share of the members' steps of a stretch in which a safety layer overrode them."""
    codes = whole.texts("override")[0]
    return float((codes[stretch.first : stretch.last, stretch.members] >= 0).mean())


def _stretches(run: Run, *, undisturbed: bool) -> tuple[Stretch, ...]:
    whole, plan = run.derived(grid), run.plan.platoon
    if whole is None or plan is None:
        return ()
    driven = excitation(plan)
    return tuple(stretches(whole, driven.start_s, driven.until_s, undisturbed=undisturbed))


def _longest(broken: Mask, changed: Mask) -> tuple[int, int]:
    """Begin and end of the longest run of rows that are not broken and between which nothing changed."""
    edges = np.r_[np.flatnonzero(changed | broken | np.r_[False, broken[:-1]]), len(broken)] if len(broken) else []
    spans = [(int(a), int(b)) for a, b in pairwise(edges) if not broken[a]]
    return max(spans, key=lambda span: span[1] - span[0], default=(0, 0))
