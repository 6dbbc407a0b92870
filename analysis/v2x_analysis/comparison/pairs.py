"""What is held against what: two runs, or the runs of two sweeps that have the same seed and values of axes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from v2x.errors import InputError, RunFolderError
from v2x.record.folder import SCORECARD
from v2x.record.sweep import SEED, SWEEP
from v2x.scenario.model import Criterion
from v2x_analysis.comparison.effects import CONFIDENCE
from v2x_analysis.comparison.rows import POINTS, criteria_of, figures_of, unit_of
from v2x_analysis.run import Run
from v2x_analysis.scorecard import Scorecard
from v2x_analysis.study import Study

Ends = tuple[float, float]

#: So many names of a kind are told.
_MANY = 5


@dataclass(frozen=True)
class Pairs:
    """Figures of A and B, pair by pair.

    Attributes
    ----------
    a, b
        A row a pair, a column a figure; the same rows and columns in both. Verdicts are figures, too: ``verdict`` and
        ``criterion.N`` as `POINTS`, and ``complete``, which is 1 if the run came to its end.
    seeds
        Of each pair. Pairs of one seed share their traffic.
    units
        Of the figures.
    criteria
        Of the scenario, as far as a folder tells.
    inner
        Of two single runs: key -> the interval that each scorecard has of it, where both have one.
    remarks
        What the reader must know.
    """

    a: pd.DataFrame
    b: pd.DataFrame
    seeds: pd.Series[int]
    units: Mapping[str, str]
    criteria: tuple[Criterion, ...] = ()
    inner: Mapping[str, tuple[Ends, Ends]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def pairs_of(a: Path, b: Path) -> Pairs:
    """Pair two run folders, or those of two sweeps.

    Raises
    ------
    InputError
        One is a run and the other a sweep, they are of different scenarios, or no run of the one has its like in the
        other.
    RunFolderError
        One of them is neither, or has no scorecard.
    """
    opened = [Study(folder) if (folder / SWEEP).exists() else Run(folder) for folder in (a, b)]
    match opened:
        case [Study() as first, Study() as second]:
            return _of_sweeps(first, second)
        case [Run() as first, Run() as second]:
            return _of_runs(first, second)
    kinds = ["sweep" if isinstance(each, Study) else "run" for each in opened]
    raise InputError(f"{a} is a {kinds[0]} and {b} a {kinds[1]}; expected two of a kind")


# ---------------------------------------------------------------------------------------------------------- two runs


def _of_runs(a: Run, b: Run) -> Pairs:
    _same("scenario", (a.folder, a.manifest.get("scenario")), (b.folder, b.manifest.get("scenario")))
    cards = [_card(run) for run in (a, b)]
    figures = [_figures(card, run) for card, run in zip(cards, (a, b), strict=True)]
    keys = [key for key in figures[0] if key in figures[1]]
    spans = [_intervals(card) for card in cards]
    rows = [pd.DataFrame([{key: one[key][0] for key in keys}], dtype="float64") for one in figures]
    return Pairs(
        a=rows[0],
        b=rows[1],
        seeds=pd.Series([a.seed]),
        units={key: figures[0][key][1] for key in keys},
        criteria=(*a.plan.pass_if, *b.plan.pass_if),
        inner={key: (ends, spans[1][key]) for key, ends in spans[0].items() if key in spans[1]},
        remarks=(*_about_runs(a, b), *_only(figures[0], figures[1])),
    )


def _card(run: Run) -> Scorecard:
    if not (run.folder / SCORECARD).exists():
        raise RunFolderError(f"has no scorecard; v2x score {run.folder} makes one", file=run.folder)
    return Scorecard.read(run.folder)


def _figures(card: Scorecard, run: Run) -> dict[str, tuple[float | None, str]]:
    judged = {f"criterion.{row}": (POINTS[each.verdict], "1") for row, each in enumerate(card.criteria)}
    complete = float(run.manifest["status"] == "complete")
    return {"complete": (complete, "1"), "verdict": (POINTS[card.verdict], "1")} | judged | card.singles()


def _intervals(card: Scorecard) -> dict[str, Ends]:
    """Intervals of the usual confidence by key; the exact ones of this run alone say nothing of another."""
    exact = {key: figure.interval for key, figure in card.metrics.items() if figure.interval is not None}
    judged = {
        each.metric: each.interval
        for each in card.criteria
        if each.interval is not None and each.unit != "run" and each.confidence == CONFIDENCE
        if each.metric in card.metrics and card.metrics[each.metric].number is not None
    }
    return exact | judged


def _about_runs(a: Run, b: Run) -> Iterator[str]:
    yield "One pair of runs: intervals are from the blocks within each; a difference without one is of these runs alone"
    if a.manifest.get("digest") == b.manifest.get("digest"):
        yield "The same digest: traffic and frames are the same in both; what was received need not be"
    if a.seed != b.seed:
        yield f"The runs have different seeds, {a.seed} and {b.seed}: their luck differs, too"
    settings = [dict(_settings(run.scenario)) for run in (a, b)]
    paths = [path for path in settings[0] | settings[1] if settings[0].get(path) != settings[1].get(path)]
    if differing := [path for path in paths if path != "seed"]:
        yield f"Settings differ: {_listed(differing)}"
    for name, run in (("A", a), ("B", b)):
        if run.manifest["status"] != "complete":
            yield f"{name} is {run.manifest['status']}"


def _settings(value: Any, path: str = "") -> Iterator[tuple[str, object]]:
    """Path and value of all that a scenario sets; lists are values."""
    if not isinstance(value, dict):
        yield path, value
        return
    for key, entry in value.items():
        yield from _settings(entry, f"{path}.{key}" if path else str(key))


# -------------------------------------------------------------------------------------------------------- two sweeps


def _of_sweeps(a: Study, b: Study) -> Pairs:
    _same("base", (a.folder, a.asked["base"]), (b.folder, b.asked["base"]))
    _same("axes", (a.folder, ", ".join(a.axes) or "none"), (b.folder, ", ".join(b.axes) or "none"))
    frames = [study.frame() for study in (a, b)]
    own = [frame[frame["baseline"].isna()] for frame in frames]
    both = own[0].index.intersection(own[1].index, sort=False)
    if both.empty:
        seeds = " and ".join(_listed(frame[SEED.name].unique()) for frame in own)
        reason = f"no run of the one has the seed and the values of axes of a run of the other; seeds are {seeds}"
        raise InputError(f"{a.folder} and {b.folder}: {reason}")
    figures = [figures_of(frame) for frame in own]
    keys = [str(key) for key in figures[0] if key in figures[1]]
    return Pairs(
        a=figures[0].loc[both, keys],
        b=figures[1].loc[both, keys],
        seeds=own[0].loc[both, SEED.name],
        units={key: unit_of(a, key) for key in keys},
        criteria=criteria_of(a) or criteria_of(b),
        remarks=(*_about_sweeps(own[0], own[1], both), *_only(*(map(str, found) for found in figures))),
    )


def _about_sweeps(a: pd.DataFrame, b: pd.DataFrame, both: pd.Index[str]) -> Iterator[str]:
    pairs, other = len(both), int((a.loc[both, "scenario"] != b.loc[both, "scenario"]).sum())
    yield f"{pairs} pairs of runs, {a.loc[both, SEED.name].nunique()} seeds"
    if other:
        yield f"The scenarios of {other} pairs differ in more than the axes"
    for name, frame in (("A", a), ("B", b)):
        if len(frame) > pairs:
            yield f"{len(frame) - pairs} of {len(frame)} runs of {name} have no like"
        if failed := int((frame["status"] == "failed").sum()):
            yield f"{failed} runs of {name} failed"
    versions = [_listed(frame["version"].unique()) for frame in (a, b)]
    if versions[0] != versions[1]:
        yield f"Versions of the program: {versions[0]} and {versions[1]}"
    if a.loc[both, SEED.name].nunique() == 1:
        yield "One seed: nothing tells chance from effect"


# ------------------------------------------------------------------------------------------------------------- both


def _same(what: str, a: tuple[Path, object], b: tuple[Path, object]) -> None:
    if a[1] != b[1]:
        raise InputError(f"not the same {what}: {a[0]} has {a[1]}, {b[0]} has {b[1]}")


def _only(a: Iterable[str], b: Iterable[str]) -> Iterator[str]:
    """Figures that only one has cannot be compared."""
    for name, own, other in (("A", list(a), set(b)), ("B", list(b), set(a))):
        if lone := [key for key in own if key not in other]:
            yield f"Only {name} has {', '.join(lone[:_MANY])}" + (
                f" and {len(lone) - _MANY} more" * (len(lone) > _MANY)
            )


def _listed(names: Iterable[object]) -> str:
    known = [str(name) for name in names]
    return ", ".join(known[:_MANY]) + f" and {len(known) - _MANY} more" * (len(known) > _MANY)
