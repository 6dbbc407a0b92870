"""Which figures of a run are to be explained: criteria that failed or are weak, and figures that somebody asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from v2x.errors import InputError
from v2x.registry import did_you_mean
from v2x_analysis.judging import Bound, Judgement, Verdict
from v2x_analysis.scorecard import Scorecard


@dataclass(frozen=True)
class Target:
    """A figure.

    Attributes
    ----------
    metric, unit
        Key in the scorecard, and unit of the value.
    criterion
        Place among the criteria of the scenario; None for a figure that nothing is asked of.
    bound, verdict
        ``{"at_least": x}`` or ``{"at_most": x}``, and how the run was judged; None likewise.
    """

    metric: str
    unit: str
    criterion: int | None = None
    bound: Bound | None = None
    verdict: Verdict | None = None


def is_weak(judgement: Judgement) -> bool:
    """Whether a criterion is open, or passes by less than half of the width of its interval.

    What is exact, such as a count of the run, has no width and passes or fails.
    """
    if judgement.verdict != "PASS" or judgement.interval is None:
        return judgement.verdict == "INCONCLUSIVE"
    low, high = judgement.interval
    ((side, bound),) = judgement.bound.items()
    room = low - bound if side == "at_least" else bound - high
    return room < (high - low) / 2.0


def targets_of(card: Scorecard, metrics: Sequence[str]) -> list[Target]:
    """Criteria that failed or are weak and have a value, in their order, and then the figures asked for.

    Raises
    ------
    InputError
        There is no such figure, or the run has no value of it.
    """
    judged = [
        Target(each.metric, each.value_unit, row, each.bound, each.verdict)
        for row, each in enumerate(card.criteria)
        if each.value is not None and (each.verdict == "FAIL" or is_weak(each) or each.metric in metrics)
    ]
    known = {each.metric for each in judged}
    return judged + [_figure(card, key) for key in dict.fromkeys(metrics) if key not in known]


def _figure(card: Scorecard, key: str) -> Target:
    values = card.singles()
    if key not in values:
        raise InputError(f"no figure '{key}' in this run, {did_you_mean(key, list(values))}", path="--metric")
    value, unit = values[key]
    if value is None:
        remark = card.metrics[key].remark if key in card.metrics else ""
        raise InputError(f"the run has no value of '{key}'{': ' if remark else ''}{remark}", path="--metric")
    return Target(key, unit)
