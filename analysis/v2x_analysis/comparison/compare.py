"""Compares two runs or two sweeps: a row a figure, with what moved and what got worse."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from v2x_analysis.comparison.directions import better
from v2x_analysis.comparison.effects import between, paired
from v2x_analysis.comparison.pairs import Pairs, pairs_of
from v2x_analysis.comparison.tolerance import Tolerances


@dataclass(frozen=True)
class Comparison:
    """What B is beside A.

    Attributes
    ----------
    a, b
        The folders.
    pairs
        What was held against what.
    figures
        By key, what moved first, the largest effect first. ``unit``; ``better`` (``higher``, ``lower``, or None where
        nobody says); ``pairs`` of runs and independent ``n`` of them; means ``a`` and ``b`` and their ``difference``
        b - a with its 95 % interval ``low``, ``high``; ``effect`` (d_z) with ``effect_low``, ``effect_high``; ``moved``
        (the interval leaves zero out; missing without one); ``tolerance`` in the figure's unit; ``worse``, whether the
        whole interval is worse than that allows, or where there is none, the difference.
    """

    a: Path
    b: Path
    pairs: Pairs
    figures: pd.DataFrame

    @property
    def regressions(self) -> pd.DataFrame:
        """The figures that got worse."""
        return self.figures[self.figures["worse"]]


def compare(a: str | Path, b: str | Path, tolerances: Tolerances | None = None) -> Comparison:
    """Compare two run folders, or those of two sweeps run by run.

    Runs of sweeps are paired by seed and values of axes; their own, not those of baselines. Pairs of one seed share
    their traffic, so the differences are averaged by seed first, and intervals are over seeds.

    Parameters
    ----------
    a, b
        What was, and what is.
    tolerances
        How much worse figures may get; the defaults if None.

    Raises
    ------
    InputError
        They cannot be compared, or a tolerance is about no figure.
    RunFolderError
        One of them is no folder of a run that is scored, or of a sweep.
    """
    folders = (Path(a), Path(b))
    pairs = pairs_of(*folders)
    return Comparison(*folders, pairs, compared(pairs, tolerances or Tolerances()))


def compared(pairs: Pairs, tolerances: Tolerances) -> pd.DataFrame:
    """The ``figures`` of a `Comparison`; `InputError` for a tolerance that is about no figure."""
    figures = _figures(pairs)
    tolerances.check(figures.index)
    figures["tolerance"] = [tolerances.of(str(key)).of(value) for key, value in figures["a"].items()]
    figures["worse"] = _worse(figures)
    return _sorted(figures)


def _figures(pairs: Pairs) -> pd.DataFrame:
    differences = (pairs.b - pairs.a).dropna(axis="columns", how="all")
    known = differences.notna()
    found = paired(differences.groupby(pairs.seeds.to_numpy()).mean())
    for key in found.index.intersection(list(pairs.inner)):
        ends_a, ends_b = pairs.inner[key]
        found.loc[key, ["low", "high"]] = between(pairs.a[key].iloc[0], ends_a, pairs.b[key].iloc[0], ends_b)
    about = pd.DataFrame(
        {
            "unit": [pairs.units[key] for key in found.index],
            "better": pd.Series([better(key, pairs.criteria) for key in found.index], found.index, dtype=object),
            "pairs": known.sum(),
            "a": pairs.a[found.index].where(known).mean(),
            "b": pairs.b[found.index].where(known).mean(),
        },
        found.index,
    )
    whole = about.join(found)
    sure = whole["low"].notna()
    whole["moved"] = ((whole["low"] > 0.0) | (whole["high"] < 0.0)).astype("boolean").where(sure)
    return whole


def _worse(figures: pd.DataFrame) -> pd.Series[bool]:
    """Whether the end of the interval that is nearest to what was is farther from it than allowed."""
    down = figures["high"].fillna(figures["difference"])
    up = figures["low"].fillna(figures["difference"])
    loss = np.select([figures["better"] == "higher", figures["better"] == "lower"], [-down, up], -np.inf)
    return pd.Series(loss > figures["tolerance"], figures.index)


def _sorted(figures: pd.DataFrame) -> pd.DataFrame:
    """What moved, what may have, what did not; each by its effect, else by its difference beside what was."""
    rank = figures["moved"].map({True: 0, False: 2}).astype("float64").fillna(1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = (figures["difference"] / figures["a"]).abs().fillna(0.0)
    order = pd.DataFrame({"rank": rank, "effect": -figures["effect"].abs().fillna(0.0), "relative": -relative})
    return figures.loc[order.sort_values(["rank", "effect", "relative"], kind="stable").index]
