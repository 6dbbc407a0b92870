"""What ``v2x explain`` found: for each figure a waterfall from the run to the ideal run, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes

from v2x_analysis.blame.explanation import EXPLAIN, EXPLANATION, Blame, Explanation
from v2x_analysis.report.explain_words import conclusion, rest_of
from v2x_analysis.report.language import Language
from v2x_analysis.report.style import GOOD, INK, MUTED, SERIES, axes, svg_of
from v2x_analysis.report.wording import asked_text, change_text, value_text
from v2x_analysis.run import Run

_BAR, _TICK = 0.62, 0.36


@dataclass(frozen=True)
class Explained:
    """A figure, what it comes to in sentences, and its drawing in the page's language."""

    blame: Blame
    conclusion: list[str]
    svg: Markup

    @property
    def asked(self) -> str:
        """The bound; empty where there is none."""
        return "" if self.blame.bound is None else asked_text(self.blame.bound, self.blame.unit)


@dataclass(frozen=True)
class Step:
    """A bar: what it is, where it begins, how long it is, and whether it leads to the bound (None: nothing says)."""

    label: str
    begin: float
    change: float
    helps: bool | None


def explained(run: Run, language: Language) -> list[Explained]:
    """What was found about this very run; nothing if it has not been explained, or has been made anew since."""
    if not (run.folder / EXPLAIN / EXPLANATION).exists():
        return []
    found = Explanation.read(run.folder)
    if found.digest != run.manifest.get("digest"):
        return []
    return [
        Explained(blame, conclusion(blame, found), language.drawing(waterfall(blame, f"explained{row}")))
        for row, blame in enumerate(found.blames)
    ]


def waterfall(blame: Blame, name: str) -> str:
    """From the figure of the run over the contribution of each stage to that of the ideal run; ``name`` is for ids."""
    steps = list(_steps(blame))
    with axes(0.9 + 0.36 * (len(steps) + 2)) as (figure, (plot,)):
        labels = ["this run"]
        _end(plot, 0, blame.value.value, blame.unit)
        for row, step in enumerate(steps, start=1):
            labels.append(step.label)
            colour = MUTED if step.helps is None else SERIES[0] if step.helps else SERIES[1]
            plot.barh(row, step.change, left=step.begin, height=_BAR, color=colour)
            _write(plot, max(step.begin, step.begin + step.change), row, change_text(step.change, blame.unit))
        labels.append("everything ideal")
        _end(plot, len(steps) + 1, blame.ideal.value, blame.unit)
        if blame.bound is not None:
            (limit,) = blame.bound.values()
            plot.axvline(limit, color=GOOD, linestyle="--", linewidth=1.4)
        plot.set_yticks(range(len(labels)), labels)
        plot.tick_params(axis="y", colors=INK)
        plot.invert_yaxis()
        plot.grid(visible=False, axis="y")
        plot.margins(x=0.14)
        if blame.unit not in ("1", "ratio"):
            plot.set_xlabel(blame.unit)
        return svg_of(figure, name, _words(blame, steps))


def _words(blame: Blame, steps: list[Step]) -> str:
    """What the drawing shows."""
    value, ideal = (value_text(each.value, blame.unit) for each in (blame.value, blame.ideal))
    changes = [f"{step.label} {change_text(step.change, blame.unit)}" for step in steps]
    return "; ".join([f"{blame.metric}: this run {value}", *changes, f"everything ideal {ideal}"])


def _steps(blame: Blame) -> Iterator[Step]:
    """One after the other, or all from the run's figure where each is told alone."""
    at = blame.value.value or 0.0
    alone = blame.method == "alone"
    for share in blame.shares:
        change = share.contribution.value
        if change is not None:
            yield Step(share.name, at, change, _helps(blame, change))
            at += 0.0 if alone else change
    rest = rest_of(blame)
    if rest is not None and rest.value is not None:
        yield Step("rest", at, rest.value, None)


def _helps(blame: Blame, change: float) -> bool | None:
    if blame.bound is None:
        return None
    return (change > 0.0) == ("at_least" in blame.bound)


def _end(plot: Axes, row: int, value: float | None, unit: str) -> None:
    """Mark of a run's own figure."""
    if value is not None:
        plot.plot([value, value], [row - _TICK, row + _TICK], color=INK, linewidth=3.0)
        _write(plot, value, row, value_text(value, unit), fontweight="bold")


def _write(plot: Axes, right: float, row: int, text: str, **style: Any) -> None:
    """A text to the right of something."""
    plot.annotate(text, (right, row), (5, 0), textcoords="offset points", va="center", fontsize=9.0, **style)
