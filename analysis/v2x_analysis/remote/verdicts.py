"""A run against its profile: a verdict on each row, one on all of them, a grade, and which row broke first.

Rows of the unit ``run`` are exact: this run, as it was. The others ask for a share of observations that keep the bound
(95 % for a p95, 99 % for a share on time), and get exact bounds on it (`v2x_analysis.binomial`): the effective sample
is what scatters like the blocks of 10 s do, and at most the number of observations (``sample``) or of seconds that have
any (``outage``: stalls take all messages of some tenths of a second at once, so a second counts once). Where nothing
fails that leaves the rule of three: a share R is shown by 3/(1 - R) of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from v2x.clock import NS_PER_S
from v2x.scenario.remote_profiles import RemoteRow
from v2x_analysis.binomial import clean_sample, exact_interval
from v2x_analysis.judging import Bound, Judgement, Verdict
from v2x_analysis.measurement import RATIO, Measured, Measurement, absent, count
from v2x_analysis.remote.driven import profile_of
from v2x_analysis.remote.measured import measured, tracked
from v2x_analysis.remote.tracked import Kept
from v2x_analysis.run import Run

#: Confidence of the bounds.
SURE = 0.95

#: Part of a bound up to which a row gets its whole margin, and from which on none.
_GOOD, _BAD = 0.8, 1.2

_VALUES: dict[Verdict, float | None] = {"PASS": 1.0, "FAIL": 0.0, "INCONCLUSIVE": None}


@dataclass(frozen=True)
class Judged:
    """A row and how it came out.

    Attributes
    ----------
    row
        It.
    judgement
        Verdict, value, evidence.
    margin
        0 to 1 for the grade; None where there is no value, or for information.
    broke_ns
        When its bound was lost, of one that failed; None if at no moment in particular.
    left_out
        What it is about did not happen, and its profile does not require that: it does not keep the verdict open.
    """

    row: RemoteRow
    judgement: Judgement
    margin: float | None
    broke_ns: int | None
    left_out: bool = False


def figures(run: Run) -> dict[str, Measured]:
    """``remote.requirement.*``, ``remote.profile_met``, ``remote.grade``, ``remote.first_broken_s``."""
    rows = run.derived(judged)
    name = profile_of(run).profile
    each: dict[str, Measured] = {
        one.row.key: Measurement(_VALUES[one.judgement.verdict], "1", one.judgement.n_units, remark=_remark(one))
        for one in rows
    }
    verdict, first = overall(rows), first_broken(rows)
    return {
        "remote.profile_met": Measurement(_VALUES[verdict], "1", len(rows), remark=f"{name}: {verdict}, {_why(rows)}"),
        "remote.grade": _grade(rows),
        "remote.first_broken_s": absent("s", "nothing broke at a moment of its own")
        if first is None or first.broke_ns is None
        else count(first.broke_ns / NS_PER_S, "s", remark=f"{first.row.id}: {first.row.title}"),
        **each,
    }


def judged(run: Run) -> tuple[Judged, ...]:
    """The verdict on each row of the run's profile, in its order."""
    return tuple(_judged(run, row) for row in profile_of(run).rows)


def overall(rows: Sequence[Judged]) -> Verdict:
    """FAIL if any hard row failed, INCONCLUSIVE if any that is not left out is open, else PASS."""
    verdicts = {one.judgement.verdict for one in rows if one.row.level == "hard" and not one.left_out}
    return "FAIL" if "FAIL" in verdicts else "INCONCLUSIVE" if "INCONCLUSIVE" in verdicts else "PASS"


def first_broken(rows: Sequence[Judged]) -> Judged | None:
    """The row, hard or soft, whose bound was lost first."""
    broken = [one for one in rows if one.broke_ns is not None and one.row.level != "info"]
    return min(broken, key=lambda one: (one.broke_ns, one.row.level), default=None)


def margin(row: RemoteRow, value: float) -> float:
    """1 up to 80 % of the limit, 0 from 120 % on, linear between; of a share at least, by what is missing of all."""
    if row.at_most is not None:
        used, allowed = value, row.at_most
    elif row.limit <= 1.0:
        used, allowed = 1.0 - value, 1.0 - row.limit
    else:
        used, allowed = row.limit, value
    if allowed <= 0.0:
        return 1.0 if used <= 0.0 else 0.0
    return min(1.0, max(0.0, (_BAD - used / allowed) / (_BAD - _GOOD)))


def _judged(run: Run, row: RemoteRow) -> Judged:
    figure = run.derived(measured).get(row.metric)
    behind = run.derived(tracked).get(row.metric)
    if not isinstance(figure, Measurement) or figure.value is None:
        remark = figure.remark if figure is not None else "not a figure of this version"
        left_out = behind is not None and not behind.happened and not row.required
        return Judged(row, left_open(row, figure, remark or "nothing was measured in this run"), None, None, left_out)
    kept = behind.kept(row) if behind is not None and row.unit != "run" else None
    if row.unit == "run":
        judgement = _exact(row, figure, figure.value)
    elif kept is None:
        judgement = left_open(row, figure, f"cannot be judged by {row.unit}s: use run")
    else:
        judgement = by_share(row, figure, kept)
    broke = behind.lost_ns(row) if behind is not None and judgement.verdict == "FAIL" else None
    return Judged(row, judgement, None if row.level == "info" else margin(row, figure.value), broke)


def _exact(row: RemoteRow, figure: Measurement, value: float) -> Judgement:
    keeps = value <= row.limit if row.at_most is not None else value >= row.limit
    return as_judgement(row, figure, (value, value), "run", 1, 1, "PASS" if keeps else "FAIL", figure.remark)


def by_share(row: RemoteRow, figure: Measurement, kept: Kept) -> Judgement:
    """Verdict on a row of the unit ``sample`` or ``outage``, by bounds on the share that keeps the limit."""
    needed = clean_sample(kept.share, SURE) if kept.share < 1.0 else 0
    at_most, unit = (kept.observations, "sample") if row.unit == "sample" else (kept.seconds, "link_second")
    bounds = exact_interval(kept.good, kept.tries, at_most, SURE) if at_most > 1 else None
    if bounds is None:
        return left_open(row, figure, "one block of 10 s does not tell how failures cluster")
    verdict: Verdict = "INCONCLUSIVE"
    if bounds.low >= kept.share:
        verdict = "PASS"
    elif bounds.high < kept.share:
        verdict = "FAIL"
    seen = float(kept.good.sum() / kept.tries.sum())
    low, high = 100.0 * bounds.low, 100.0 * bounds.high
    reason = f"{100.0 * seen:.5g} % keep it ({low:.5g} … {high:.5g} %), {100.0 * kept.share:.6g} % asked"
    if verdict == "INCONCLUSIVE" and bounds.effective < needed:
        reason += f"; {int(bounds.effective):,} of {needed:,} independent {unit.replace('_', ' ')}s"
    span = None
    if figure.unit == RATIO:
        span = (1.0 - bounds.high, 1.0 - bounds.low) if row.at_most is not None else (bounds.low, bounds.high)
    return as_judgement(row, figure, span, unit, int(bounds.effective), needed, verdict, reason)


def left_open(row: RemoteRow, figure: Measured | None, reason: str) -> Judgement:
    """INCONCLUSIVE, and why."""
    known = figure if isinstance(figure, Measurement) else None
    return as_judgement(row, known, None, row.unit, 0, 0, "INCONCLUSIVE", reason)


def as_judgement(
    row: RemoteRow, figure: Measurement | None, span: tuple[float, float] | None, unit: str, n_units: int,
    needed: int, verdict: Verdict, reason: str,
) -> Judgement:  # fmt: skip
    """A verdict with the row's own words."""
    bound: Bound = {"at_most": row.limit} if row.at_most is not None else {"at_least": row.limit}
    return Judgement(
        metric=row.metric,
        bound=bound,
        confidence=SURE,
        min_units=needed,
        source=f"{row.id} ({row.level}): {row.title}. {row.source}{_TOLD[row.status]}",
        value=figure.value if figure is not None else None,
        value_unit=figure.unit if figure is not None else "",
        interval=span,
        unit=unit,
        n_units=n_units,
        verdict=verdict,
        reason=reason,
        status=row.status,
    )


#: Status of a row, in words.
_TOLD = {"read": "", "secondary": "; second hand", "memory": "; from memory", "assumed": "; assumed"}


def _grade(rows: Sequence[Judged]) -> Measurement:
    """Weighted mean of the margins, 0 to 100."""
    parts = [(one.margin, one.row.weight) for one in rows if one.margin is not None]
    if not parts:
        return absent("1", "no row has a value")
    total = sum(weight for _, weight in parts)
    return count(100.0 * sum(part * weight for part, weight in parts) / total, n=len(parts))


def _remark(one: Judged) -> str:
    when = "" if one.broke_ns is None else f"; lost at {one.broke_ns / NS_PER_S:.2f} s"
    reason = f", {one.judgement.reason}" if one.judgement.reason else ""
    return f"{one.judgement.verdict}{' (left out)' if one.left_out else ''}: {one.row.title}{reason}{when}"


def _why(rows: Sequence[Judged]) -> str:
    """Which hard rows decide; of a PASS also which of them are left out."""
    hard = [one for one in rows if one.row.level == "hard" and not one.left_out]
    for verdict in ("FAIL", "INCONCLUSIVE"):
        names = [one.row.id for one in hard if one.judgement.verdict == verdict]
        if names:
            return f"for {', '.join(names)}"
    out = [one.row.id for one in rows if one.row.level == "hard" and one.left_out]
    return f"all of {len(hard)} hard rows" + (f"; {', '.join(out)} left out" if out else "")
