"""What each axis of a study does, and what lies between a baseline and the study's own runs: contrast by contrast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from v2x.record.sweep import AXIS, SEED
from v2x_analysis.comparison.compare import compared
from v2x_analysis.comparison.pairs import Pairs
from v2x_analysis.comparison.rows import criteria_of, figures_of, unit_of
from v2x_analysis.comparison.tolerance import Tolerances
from v2x_analysis.study import Study

#: So many values that have no order are held against the first, or against a baseline one by one.
_MANY = 8


@dataclass(frozen=True)
class Contrast:
    """Two parts of a study that differ in one thing.

    Attributes
    ----------
    about
        The axis, or axes that change together; or the baseline.
    a, b
        What it is in the one part and in the other.
    pairs
        What was held against what.
    figures
        As those of a `v2x_analysis.comparison.Comparison`.
    """

    about: str
    a: str
    b: str
    pairs: Pairs
    figures: pd.DataFrame


def contrasts(study: Study, tolerances: Tolerances | None = None) -> list[Contrast]:
    """Hold the runs of a study against each other, axis by axis, and against its baselines.

    Of an axis of numbers the highest is held against the lowest, of a random one the upper half of its points against
    the lower; of other axes, and of those that change together, all against the first, up to eight. Runs are matched
    that have the same seed and the same values of all other axes; points of a random design are averaged, since no two
    have all other values in common. A baseline is held against each setting of what it decides, or, where there are
    more than eight, against all together. Intervals are over seeds.

    Parameters
    ----------
    study
        Complete or not; what is missing is left out.
    tolerances
        How much worse figures may get before they are called worse; the defaults if None.

    Returns
    -------
    list[Contrast]
        Axes in the study's order, then baselines.

    Raises
    ------
    InputError
        A tolerance is about no figure.
    RunFolderError
        Rows cannot be read.
    """
    return list(_contrasts(study, tolerances or Tolerances()))


def levels(
    study: Study, own: pd.DataFrame, group: dict[str, Sequence[str]]
) -> list[tuple[str, dict[str, pd.Index[str]]]]:
    """What is held against each other of a group of axes: name -> runs by value, the first being the reference.

    Parameters
    ----------
    study
        It is a group of this study's axes.
    own
        Rows of its own runs.
    group
        ``section`` and ``paths``, as `v2x.record.sweep.read_sweep` has it.
    """
    drawn, paths = group["section"] == "random", list(group["paths"])
    found = []
    for each in [[path] for path in paths] if drawn else [paths]:
        by_value = _by_value(own, each)
        if len(each) == 1 and study.asked["axes"][each[0]] == "number" and len(by_value) > 2:
            by_value = _halves(own[AXIS + each[0]]) if drawn else _ends(own[AXIS + each[0]], by_value)
        found.append((", ".join(each), by_value))
    return found


def _contrasts(study: Study, tolerances: Tolerances) -> Iterator[Contrast]:
    whole = study.frame()
    figures, criteria = figures_of(whole), criteria_of(study)
    units = {str(key): unit_of(study, str(key)) for key in figures}
    own = whole[whole["baseline"].isna()]

    def held(
        about: str, names: tuple[str, str], sides: tuple[pd.Index[str], pd.Index[str]], keys: Sequence[str]
    ) -> Iterator[Contrast]:
        a, b = (_cells(whole.loc[ids], figures.loc[ids], keys) for ids in sides)
        both = a.index.intersection(b.index)
        if len(both):
            seeds = pd.Series(both.get_level_values(SEED.name), both)
            pairs = Pairs(a.loc[both], b.loc[both], seeds, units, criteria)
            yield Contrast(about, *names, pairs, compared(pairs, tolerances))

    for group in study.asked.get("groups", ()):
        others = [path for path in study.asked["axes"] if path not in group["paths"]]
        for about, by_value in levels(study, own, group):
            (first, reference), *rest = by_value.items()
            for name, ids in rest[:_MANY]:
                yield from held(about, (first, name), (reference, ids), others)
    for baseline, free in study.asked["baselines"].items():
        decided = [path for path in study.asked["axes"] if path not in free]
        by_value = _by_value(own, decided) if decided else {}
        compared_with = whole.index[whole["baseline"] == baseline]
        for name, ids in by_value.items() if 0 < len(by_value) <= _MANY else [("all", own.index)]:
            yield from held(", ".join(decided), (baseline, name), (compared_with, ids), free)


def _cells(rows: pd.DataFrame, figures: pd.DataFrame, paths: Sequence[str]) -> pd.DataFrame:
    """Means of the figures of runs that have the seed and these axes in common, by these."""
    keys = [rows[SEED.name], *(rows[AXIS + path] for path in paths)]
    return figures.groupby(keys, dropna=False, sort=False).mean()


def _by_value(own: pd.DataFrame, paths: Sequence[str]) -> dict[str, pd.Index[str]]:
    """Runs by the values of these axes, in the study's order."""
    names = own[[AXIS + path for path in paths]].map(value_words).agg(", ".join, axis=1)
    return {str(name): own.index[names == name] for name in names.unique()}


def _ends(values: pd.Series[float], by_value: dict[str, pd.Index[str]]) -> dict[str, pd.Index[str]]:
    """The lowest and the highest."""
    ends = (value_words(values.min()), value_words(values.max()))
    return {name: by_value[name] for name in ends}


def _halves(values: pd.Series[float]) -> dict[str, pd.Index[str]]:
    """The lower and the upper half."""
    middle = values.median()
    lower = values <= middle
    return {f"≤ {middle:.4g}": values.index[lower], f"> {middle:.4g}": values.index[~lower]}


def value_words(value: object) -> str:
    """The value of an axis as people read it."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
