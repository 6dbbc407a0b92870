"""The verdict: each criterion's interval against its bound, and all of them together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from v2x.errors import RunFolderError
from v2x.record.folder import SCORECARD, write_atomic
from v2x.scenario.model import Criterion
from v2x_analysis.bootstrap import interval
from v2x_analysis.contents import checked
from v2x_analysis.measurement import Measurement
from v2x_analysis.metrics import check_metric, measure
from v2x_analysis.run import Run

Verdict = Literal["PASS", "FAIL", "INCONCLUSIVE"]
Bound = Annotated[dict[Literal["at_least", "at_most"], float], Field(min_length=1, max_length=1)]


@dataclass(frozen=True)
class Judgement:
    """One criterion and how it came out.

    Attributes
    ----------
    metric, bound, confidence, min_units, source
        The criterion; ``bound`` is ``{"at_least": x}`` or ``{"at_most": x}``.
    value, value_unit
        What was measured, None if nothing was.
    interval
        Confidence interval of the value, None where there are too few units for one.
    unit, n_units
        Kind and number of independent units.
    verdict, reason
        And why, where it is not for the interval.
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


@dataclass(frozen=True)
class Figure:
    """A measurement as the scorecard lists it: value (None if unavailable), unit, observations, independent units."""

    value: float | None
    unit: str
    n: int
    n_units: int


@dataclass(frozen=True)
class Scorecard:
    """All figures of a run and the verdict on its criteria.

    Attributes
    ----------
    verdict
        FAIL if any criterion failed, else INCONCLUSIVE if any is (or there is none), else PASS.
    criteria
        One `Judgement` a criterion, in the scenario's order.
    metrics
        Key -> figure.
    run
        Which run: folder, scenario, seed, digest, status.
    """

    verdict: Verdict
    criteria: tuple[Judgement, ...]
    metrics: dict[str, Figure]
    run: dict[str, Any]

    def flat(self) -> dict[str, float | None]:
        """Key -> value, for ``v2x run --json``."""
        return {key: figure.value for key, figure in self.metrics.items()}

    def to_json(self) -> dict[str, Any]:
        """The content of ``scorecard.json``; all numbers are finite, what is unavailable is None."""
        return asdict(self)

    def write(self, folder: Path) -> Path:
        """Write ``scorecard.json`` into the run folder."""
        path = folder / SCORECARD
        write_atomic(path, json.dumps(self.to_json(), ensure_ascii=False, allow_nan=False, indent=2) + "\n")
        return path

    @classmethod
    def read(cls, folder: Path) -> Scorecard:
        """The scorecard that `score` left in a run folder; `RunFolderError` if there is none that can be read."""
        path = folder / SCORECARD
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunFolderError(f"no readable scorecard: {error}", file=path) from error
        return checked(cls, content, path)


def score(folder: str | Path | Run) -> Scorecard:
    """Measure a run, judge it by the ``pass_if`` of its scenario and write ``scorecard.json``.

    Raises
    ------
    RunFolderError
        If the folder is no run.
    InputError
        If a criterion names a metric that does not exist.
    """
    run = folder if isinstance(folder, Run) else Run(folder)
    criteria = run.plan.pass_if
    for criterion in criteria:
        check_metric(criterion.metric)
    measured = measure(run)
    judged = tuple(judge(criterion, measured.get(criterion.metric), run.seed) for criterion in criteria)
    figures = {key: Figure(m.value, m.unit, m.n, m.n_units) for key, m in measured.items()}
    about = {key: run.manifest.get(key) for key in ("scenario", "field", "profile", "seed", "digest", "status")}
    card = Scorecard(overall([j.verdict for j in judged]), judged, figures, about)
    card.write(run.folder)
    return card


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """One verdict of many. Nothing asked is nothing proved: no criteria is INCONCLUSIVE."""
    if "FAIL" in verdicts:
        return "FAIL"
    return "PASS" if verdicts and set(verdicts) == {"PASS"} else "INCONCLUSIVE"


def judge(criterion: Criterion, measurement: Measurement | None, seed: int) -> Judgement:
    """Verdict on one criterion: PASS if the whole interval keeps the bound, FAIL if none of it does.

    Parameters
    ----------
    criterion
        What is asked.
    measurement
        What the run gives for its metric, None if nothing.
    seed
        Of the run, for the bootstrap.
    """
    kind, units, reason = _unit(criterion, measurement)
    span = None
    if measurement is not None and measurement.value is not None and not reason:
        exact = kind == "run"
        span = (
            (measurement.value, measurement.value)
            if exact
            else interval(measurement, kind, criterion.confidence, seed, criterion.metric)
        )
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


def _unit(criterion: Criterion, measurement: Measurement | None) -> tuple[str, int, str]:
    """Kind and number of units to judge by, and why they will not do (empty if they will).

    A count of the run is exact, whatever unit was asked for; and ``unit: run`` asks about this run alone, as it was.
    """
    if measurement is None or measurement.value is None:
        return criterion.unit, 0, "nothing was measured in this run"
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
