"""Several runs against the profile that they share, as one sample: what no run alone is long enough to show.

Observations of runs with different seeds are independent, so rows by ``sample`` and by ``outage`` are judged as those
of one run are, by the blocks of all of them. A row by ``run`` is lost by the first run that loses it; told beside it
are the worst value and how many keep it, with exact bounds on that share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from v2x.errors import InputError
from v2x.scenario.remote_profiles import RemoteProfile, RemoteRow
from v2x_analysis.binomial import clopper_pearson
from v2x_analysis.judging import Judgement, Verdict
from v2x_analysis.measurement import F64
from v2x_analysis.remote.driven import driven, profile_of
from v2x_analysis.remote.measured import tracked
from v2x_analysis.remote.tracked import Observed, Tracked
from v2x_analysis.remote.verdicts import SURE, Judged, as_judgement, by_share, judged, left_open, overall
from v2x_analysis.run import Run


@dataclass(frozen=True)
class Pool:
    """The verdict on several runs.

    Attributes
    ----------
    profile
        Which they were held against.
    verdict
        FAIL if any hard row failed, INCONCLUSIVE if any that is not left out is open, else PASS.
    rows
        In the profile's order; without a grade, and without moments.
    """

    profile: RemoteProfile
    verdict: Verdict
    rows: tuple[Judged, ...]


def pool(runs: Iterable[Run]) -> Pool:
    """Judge runs together.

    Raises
    ------
    InputError
        There is none, one drives nothing from afar, two are held against different profiles, or two are of one
        scenario and seed.
    """
    parts, profile, seen = list[_Part](), None, dict[tuple[str, int], Path]()
    for run in runs:
        _check(run)
        found = profile_of(run)
        if profile not in (None, found):
            raise InputError(f"is held against '{found.profile}', others against '{profile.profile}'", file=run.folder)
        luck = str(run.manifest.get("scenario")), run.seed
        if luck in seen:
            raise InputError(f"shares its luck with {seen[luck]}: a seed of a scenario counts once", file=run.folder)
        seen[luck] = run.folder
        profile = found
        asked = {row.metric for row in found.rows if row.unit != "run"}
        observed = {key: each for key, each in run.derived(tracked).items() if key in asked}
        parts.append(_Part(run.derived(judged), observed))
    if profile is None:
        raise InputError("no run to be judged")
    rows = tuple(_pooled(row, [part.rows[place] for part in parts], parts) for place, row in enumerate(profile.rows))
    return Pool(profile, overall(rows), rows)


@dataclass(frozen=True)
class _Part:
    """What is kept of a run: its own verdicts, and the observations that are put together."""

    rows: tuple[Judged, ...]
    tracked: dict[str, Tracked]


def _check(run: Run) -> None:
    if run.manifest["status"] != "complete":
        raise InputError(f"the run is {run.manifest['status']}, only complete ones are pooled", file=run.folder)
    if run.derived(driven) is None:
        raise InputError("nothing is driven from afar in it", file=run.folder)


def _pooled(row: RemoteRow, alone: Sequence[Judged], parts: Sequence[_Part]) -> Judged:
    """One row of all runs."""
    if all(one.left_out for one in alone):
        return replace(alone[0], margin=None)
    if row.unit == "run":
        return Judged(row, _by_run(row, [one for one in alone if not one.left_out]), None, None)
    together = _merged([part.tracked[row.metric] for part in parts if row.metric in part.tracked])
    kept = together.kept(row) if together is not None else None
    if together is None or kept is None:
        return Judged(row, left_open(row, None, "nothing was measured in these runs"), None, None)
    return Judged(row, by_share(row, together.measurement, kept), None, None)


def _by_run(row: RemoteRow, alone: Sequence[Judged]) -> Judgement:
    """FAIL if any run failed, PASS if all passed; how many did, of those that tell."""
    told = Counter(one.judgement.verdict for one in alone)
    known = told["PASS"] + told["FAIL"]
    if not known:
        return left_open(row, None, alone[0].judgement.reason)
    span = clopper_pearson(told["PASS"], known, SURE)
    verdict: Verdict = "FAIL" if told["FAIL"] else "INCONCLUSIVE" if told["INCONCLUSIVE"] else "PASS"
    values = [one.judgement.value for one in alone if one.judgement.value is not None]
    worst = max(values) if row.at_most is not None else min(values)
    reason = f"{told['PASS']} of {known} runs keep it ({100.0 * span[0]:.3g} … {100.0 * span[1]:.3g} %)"
    if told["INCONCLUSIVE"]:
        reason += f", {told['INCONCLUSIVE']} do not tell"
    told_of = as_judgement(row, None, None, "run", known, 0, verdict, reason)
    return replace(told_of, value=worst, value_unit=alone[0].judgement.value_unit)


def _merged(each: Sequence[Tracked]) -> Tracked | None:
    """A figure of several runs: vehicles of different runs are different ones."""
    if not each:
        return None
    first, apart = 0, []
    for one in each:
        apart.append(one.observed.station + first)
        first += int(one.observed.station.max(initial=-1)) + 1
    weights: F64 | None = None
    if any(one.observed.weights is not None for one in each):
        weights = np.concatenate([one.observed.weight for one in each])
    observed = Observed(
        np.concatenate([one.observed.t_ns for one in each]),
        np.concatenate([one.observed.values for one in each]),
        np.concatenate(apart),
        weights,
    )
    return replace(each[0], observed=observed, exposure=sum(one.exposure for one in each))
