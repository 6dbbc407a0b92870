"""The points of a study in words, and the figures that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from v2x.record.sweep import AXIS, SEED
from v2x_analysis.comparison.contrasts import Contrast, value_words
from v2x_analysis.comparison.directions import begins
from v2x_analysis.comparison.effects import paired
from v2x_analysis.comparison.rows import criteria_of
from v2x_analysis.report.wording import value_text
from v2x_analysis.study import Study

#: So many figures are drawn, and stand beside every point.
_HEADLINES = 6

#: Figures of runs that are told as verdicts.
_VERDICTS = ("complete", "criterion", "verdict")


@dataclass(frozen=True)
class PointRow:
    """A point of a study over its seeds.

    Attributes
    ----------
    baseline
        Its name; None for the study's own.
    values
        Of the axes, in words.
    counts
        Runs by verdict, or ``failed``.
    figures
        Mean over the seeds and its 95 % margin, in words.
    example
        Id of the first run that did not pass; None if all did.
    """

    baseline: str | None
    values: tuple[str, ...]
    counts: Mapping[str, int]
    figures: tuple[str, ...]
    example: str | None


def headlines(study: Study, figures: pd.DataFrame, found: Iterable[Contrast]) -> list[str]:
    """Keys of the figures that a study is about: those that criteria judge, then those that its axes move most.

    Of the latter only those of which is known which way is better.
    """
    judged = [criterion.metric for criterion in criteria_of(study) if criterion.metric is not None]
    named = [str(key) for key in figures if any(begins(str(key), metric, ends=".") for metric in judged)]
    known = [each.figures.loc[each.figures["better"].notna(), "effect"].abs() for each in found]
    effects = pd.concat(known).groupby(level=0, sort=False).max() if known else pd.Series(dtype="float64")
    moved = [str(key) for key in effects.dropna().sort_values(ascending=False, kind="stable").index]
    measured = (key for key in dict.fromkeys([*named, *moved]) if figures[key].notna().any())
    return [key for key in measured if not any(begins(key, name) for name in _VERDICTS)][:_HEADLINES]


def counted(rows: pd.DataFrame) -> dict[str, int]:
    """How many runs there are of each verdict, and how many failed."""
    outcomes = rows["verdict"].astype(object).where(rows["status"] == "complete", "failed")
    return {str(name): int(count) for name, count in outcomes.value_counts().sort_index().items()}


def points_of(rows: pd.DataFrame, figures: pd.DataFrame, units: Mapping[str, str]) -> list[PointRow]:
    """All points, in the study's order.

    Parameters
    ----------
    rows, figures
        A row a run, as `Study.frame` and `v2x_analysis.comparison.rows.figures_of` give them.
    units
        By key, of the figures that are told.
    """
    paths = [str(name) for name in rows if str(name).startswith(AXIS)]
    keys = ["baseline", *paths]
    if not len(rows):
        return []
    return [
        _point(group, figures.loc[group.index, list(units)], paths, units)
        for _, group in rows.groupby(keys, dropna=False, sort=False, observed=True)
    ]


def _point(group: pd.DataFrame, figures: pd.DataFrame, paths: list[str], units: Mapping[str, str]) -> PointRow:
    first = group.iloc[0]
    means = paired(figures.groupby(group[SEED.name]).mean())
    others = group.index[(group["verdict"].astype(object) != "PASS").to_numpy()]
    return PointRow(
        baseline=None if pd.isna(first["baseline"]) else str(first["baseline"]),
        values=tuple("" if pd.isna(first[path]) else value_words(first[path]) for path in paths),
        counts=counted(group),
        figures=tuple(_mean(means.loc[[key]].iloc[0], unit) for key, unit in units.items()),
        example=None if others.empty else str(others[0]),
    )


def _mean(row: pd.Series[float], unit: str) -> str:
    if not row["n"]:
        return "–"
    words = value_text(row["difference"], unit)
    return words if pd.isna(row["low"]) else f"{words} ± {value_text(row['high'] - row['difference'], unit)}"
