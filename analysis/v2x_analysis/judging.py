"""Verdicts on single criteria: the interval of a figure, or exact bounds on a reliability, against what is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field

from v2x.scenario.model import Criterion
from v2x.scenario.requirements import Requirement
from v2x_analysis.binomial import Exact, clean_sample, clopper_pearson, exact_interval
from v2x_analysis.bootstrap import interval
from v2x_analysis.measurement import RATIO, Measurement, Series, absent
from v2x_analysis.metrics.requirements import Evidence, assumes_range
from v2x_analysis.observed import ENCOUNTER_M

Verdict = Literal["PASS", "FAIL", "INCONCLUSIVE"]
#: Verdicts from the best to the worst.
_SEVERITY: tuple[Verdict, ...] = ("PASS", "INCONCLUSIVE", "FAIL")
Bound = Annotated[dict[Literal["at_least", "at_most"], float], Field(min_length=1, max_length=1)]


@dataclass(frozen=True)
class Judgement:
    """One criterion and how it came out.

    Attributes
    ----------
    metric, bound, confidence, min_units, source
        The criterion; ``bound`` is ``{"at_least": x}`` or ``{"at_most": x}``. Of a requirement, ``min_units`` is
        how many would show the reliability if none of them failed.
    value, value_unit
        What was measured, None if nothing was.
    interval
        Confidence interval of the value, None where there are too few units for one.
    unit, n_units
        Kind and number of independent units.
    verdict, reason
        And why, where it is not for the interval.
    status
        Of a row of a standard or profile, how well its bound is known: ``read`` in its document, ``secondary`` (told by
        others), ``memory``, ``assumed``; empty for criteria of the scenario's own.
    """

    metric: str
    bound: Bound
    confidence: float
    min_units: int
    source: str
    value: float | None
    value_unit: str
    interval: tuple[float, float] | None
    unit: str
    n_units: int
    verdict: Verdict
    reason: str = ""
    status: str = ""

    @property
    def of_standard(self) -> bool:
        """Whether it is a row of ``requirements.yaml``."""
        return self.metric.startswith("requirement.")

    @property
    def unverified(self) -> bool:
        """Whether somebody else's bound was not read in its document: then it is no conformity, however it came out."""
        return self.status in ("secondary", "memory") or (self.of_standard and self.status != "read")


def judge(criterion: Criterion, measurement: Measurement | None, seed: int) -> Judgement:
    """Verdict on the bound of a metric: PASS if the whole interval keeps it, FAIL if none of it does.

    Parameters
    ----------
    criterion
        What is asked.
    measurement
        What the run gives for its metric, None if nothing.
    seed
        Of the run, for the bootstrap.
    """
    if criterion.metric is None:
        raise ValueError("a criterion without a metric is for judge_requirement")
    kind, units, reason = _unit(criterion, measurement)
    span = None
    if measurement is not None and measurement.value is not None and not reason:
        trials = measurement.trials(kind)
        if kind == "run":
            span = (measurement.value, measurement.value)
        elif trials is not None:
            span = clopper_pearson(*trials, criterion.confidence)
        else:
            span = interval(measurement, kind, criterion.confidence, seed, criterion.metric)
    at_least, at_most = criterion.at_least, criterion.at_most
    return Judgement(
        metric=criterion.metric,
        bound={"at_least": at_least} if at_least is not None else {"at_most": float(at_most or 0.0)},
        confidence=criterion.confidence,
        min_units=criterion.min_units,
        source=criterion.source,
        value=measurement.value if measurement else None,
        value_unit=measurement.unit if measurement else "",
        interval=span,
        unit=kind,
        n_units=units,
        verdict=_verdict(span, at_least, at_most),
        reason=reason,
    )


def judge_series(criterion: Criterion, series: Series, seed: int) -> Judgement:
    """Verdict on all entries of a series: that on the worst of them, whose place the reason tells.

    The worst is one that fails, else one that is open, else the one that is nearest to the bound.
    """
    if not series.entries:
        return judge(criterion, absent(series.unit, series.remark), seed)
    judged = [judge(criterion, entry, seed) for entry in series.entries]
    sign = 1.0 if criterion.at_least is None else -1.0

    def badness(place: int) -> tuple[int, float]:
        value = judged[place].value
        return _SEVERITY.index(judged[place].verdict), float("inf") if value is None else sign * value

    worst = max(range(len(judged)), key=badness)
    place = f"entry {worst + 1} of {len(judged)}"
    return replace(judged[worst], reason="; ".join(filter(None, [place, judged[worst].reason])))


def judge_requirement(row: Requirement, found: Evidence | None, confidence: float) -> Judgement:
    """Verdict on a requirement by exact bounds on the share of messages in time; one second of a link is one unit.

    PASS also needs what the row asks for on the air: a lighter load proves less. What fails with less has failed. And
    PASS needs a row that was read in its document: what is kept of a row at second hand is no conformity.

    Parameters
    ----------
    row
        A requirement with a reliability.
    found
        What the run says about it, None if nothing.
    confidence
        Of the bounds, two-sided.
    """
    if row.reliability is None:
        raise ValueError(f"{row.id} states no reliability")
    needed = clean_sample(row.reliability, confidence)
    bounds = exact_interval(found.in_time, found.tries, found.link_seconds, confidence) if found else None
    verdict = _verdict((bounds.low, bounds.high) if bounds else None, row.reliability, None)
    reason = _why_open(row, found, bounds, needed) if verdict != "FAIL" else ""
    return Judgement(
        metric=row.key,
        bound={"at_least": row.reliability},
        confidence=confidence,
        min_units=needed,
        source=row.words + (f"; range not given, taken as {ENCOUNTER_M:g} m" if assumes_range(row) else ""),
        value=found.reliability.value if found else None,
        value_unit=RATIO,
        interval=(bounds.low, bounds.high) if bounds else None,
        unit="link_second",
        n_units=int(bounds.effective) if bounds else 0,
        verdict="INCONCLUSIVE" if verdict == "PASS" and reason else verdict,
        reason=reason,
        status=row.status,
    )


def _why_open(row: Requirement, found: Evidence | None, bounds: Exact | None, needed: int) -> str:
    """Why a requirement is not shown, empty if it is or if only the figure itself is to blame."""
    if found is None:
        return "nothing was measured in this run"
    if bounds is None:
        return "one block of 10 s does not tell how failures cluster"
    reasons = [f"{int(bounds.effective):,} of {needed:,} independent units"] if bounds.effective < needed else []
    if lacking := found.load.lacks(row):
        reasons.append("tried with less: " + ", ".join(lacking))
    if row.status != "read":
        reasons.append("the row was not read in its document")
    return "; ".join(reasons)


def _unit(criterion: Criterion, measurement: Measurement | None) -> tuple[str, int, str]:
    """Kind and number of units to judge by, and why they will not do (empty if they will).

    A count of the run is exact, whatever unit was asked for; and ``unit: run`` asks about this run alone, as it was.
    """
    if measurement is None or measurement.value is None:
        remark = measurement.remark if measurement else ""
        return criterion.unit, 0, remark or "nothing was measured in this run"
    if measurement.sample is None or criterion.unit == "run":
        return "run", 1, ""
    if criterion.unit == "seed":
        return "seed", 1, "one run is one seed; judge several runs together"
    if criterion.unit not in measurement.sample.units:
        kinds = ", ".join(measurement.sample.units)
        return criterion.unit, 0, f"not counted by {criterion.unit}; this metric's units are {kinds}, run"
    units = measurement.units_of(criterion.unit)
    if units < criterion.min_units:
        return criterion.unit, units, f"{units} of {criterion.min_units} independent units"
    return criterion.unit, units, ""


def _verdict(span: tuple[float, float] | None, at_least: float | None, at_most: float | None) -> Verdict:
    if span is None:
        return "INCONCLUSIVE"
    low, high = span
    if at_least is not None:
        return "PASS" if low >= at_least else "FAIL" if high < at_least else "INCONCLUSIVE"
    bound = float(at_most or 0.0)
    return "PASS" if high <= bound else "FAIL" if low > bound else "INCONCLUSIVE"
