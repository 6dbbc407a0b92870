"""The scorecard of a run: all its figures, the verdict on each criterion, and on all of them together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from v2x.errors import RunFolderError
from v2x.record.folder import SCORECARD, write_atomic
from v2x.scenario.model import Criterion
from v2x.scenario.requirements import requirement
from v2x_analysis.binomial import clopper_pearson, poisson_rate
from v2x_analysis.contents import checked
from v2x_analysis.judging import Judgement, Verdict, judge, judge_requirement, judge_series
from v2x_analysis.measurement import Measured, Series
from v2x_analysis.metrics import check_metric, measure
from v2x_analysis.metrics.requirements import evidence
from v2x_analysis.run import Run

#: Confidence of what is only compared.
_SURE = 0.95


@dataclass(frozen=True)
class Figure:
    """A measurement as the scorecard lists it: value (None if unavailable), unit, observations, independent units.

    The value of a series is that of each entry. ``interval`` is the exact one at 95 %, of shares of independent tries
    and of rates; None of all else. ``remark`` is why there is no value, or what it holds for.
    """

    value: float | tuple[float | None, ...] | None
    unit: str
    n: int
    n_units: int
    interval: tuple[float, float] | None = None
    remark: str = ""

    @property
    def number(self) -> float | None:
        """The value where it is a single one, else None."""
        return None if isinstance(self.value, tuple) else self.value


@dataclass(frozen=True)
class Scorecard:
    """All figures of a run and the verdict on its criteria.

    Attributes
    ----------
    verdict
        FAIL if any criterion failed, else INCONCLUSIVE if any is (or there is none), else PASS.
    criteria
        One `Judgement` a criterion, in the scenario's order.
    requirements
        For comparison, whether asked or not: what standards ask that this run has messages for.
    metrics
        Key -> figure.
    run
        Which run: folder, scenario, seed, digest, status.
    """

    verdict: Verdict
    criteria: tuple[Judgement, ...]
    metrics: dict[str, Figure]
    run: dict[str, Any]
    requirements: tuple[Judgement, ...] = ()

    def flat(self) -> dict[str, float | list[float | None] | None]:
        """Key -> value, for ``v2x run --json``; of a series, the list of its entries."""
        values = {key: figure.value for key, figure in self.metrics.items()}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}

    def singles(self) -> dict[str, tuple[float | None, str]]:
        """Key -> value and unit; entries of a series have keys of their own, ``KEY.0`` and so on."""
        found: dict[str, tuple[float | None, str]] = {}
        for key, figure in self.metrics.items():
            if isinstance(figure.value, tuple):
                found |= {f"{key}.{entry}": (value, figure.unit) for entry, value in enumerate(figure.value)}
            else:
                found[key] = figure.value, figure.unit
        return found

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
        If a criterion names a metric or a requirement that does not exist.
    """
    run = folder if isinstance(folder, Run) else Run(folder)
    criteria = run.plan.pass_if
    for criterion in criteria:
        if criterion.metric is not None:
            check_metric(criterion.metric)
    measured = measure(run)
    judged = tuple(_judged(run, criterion, measured) for criterion in criteria)
    found = run.derived(evidence).values()
    compared = tuple(judge_requirement(each.row, each, _SURE) for each in found if each.row.reliability is not None)
    figures = {key: Figure(m.value, m.unit, m.n, m.n_units, _exact(m), m.remark) for key, m in measured.items()}
    about = {key: run.manifest.get(key) for key in ("scenario", "field", "profile", "seed", "digest", "status")}
    card = Scorecard(overall([j.verdict for j in judged]), judged, figures, about, compared)
    card.write(run.folder)
    return card


def _judged(run: Run, criterion: Criterion, measured: Mapping[str, Measured]) -> Judgement:
    if criterion.requirement is not None:
        row = requirement(criterion.requirement)
        return judge_requirement(row, run.derived(evidence).get(row.id), criterion.confidence)
    found = measured.get(criterion.metric or "")
    return judge_series(criterion, found, run.seed) if isinstance(found, Series) else judge(criterion, found, run.seed)


def _exact(measurement: Measured) -> tuple[float, float] | None:
    if isinstance(measurement, Series):
        return None
    if measurement.exposure is not None:
        return poisson_rate(measurement.n, measurement.exposure, _SURE)
    kinds = measurement.sample.units if measurement.sample is not None else ()
    trials = next((measurement.trials(kind) for kind in kinds), None)
    return None if trials is None else clopper_pearson(*trials, _SURE)


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """One verdict of many. Nothing asked is nothing proved: no criteria is INCONCLUSIVE."""
    if "FAIL" in verdicts:
        return "FAIL"
    return "PASS" if verdicts and set(verdicts) == {"PASS"} else "INCONCLUSIVE"
