"""The page of a comparison: what moved, drawn and as a table."""

from __future__ import annotations

from pathlib import Path

from v2x.record.folder import write_atomic
from v2x_analysis.comparison import Comparison
from v2x_analysis.report import comparison_plots
from v2x_analysis.report.language import Language, language
from v2x_analysis.report.plots import Card
from v2x_analysis.report.rendering import render
from v2x_analysis.report.wording import change_text, range_text

_PLOTS = (
    (
        "Effects",
        "B beside A of what moved, with 95 % intervals: by how many standard deviations of the differences (d_z), or of"
        " two single runs, by which share of A. Right of the line: B is higher.",
        comparison_plots.forest,
    ),
    (
        "Pair by pair",
        "The largest effects, a line a seed: A left, B right, means over the points of the study.",
        comparison_plots.paired_dots,
    ),
)


def write_comparison(found: Comparison, out: Path, *, lang: str = "en") -> None:
    """Write the page of a comparison: one HTML file that needs no network.

    Raises
    ------
    RunFolderError
        If it cannot be written.
    InputError
        If reports do not speak the language.
    """
    spoken = language(lang)
    write_atomic(out, _page(found, spoken))


def _page(found: Comparison, spoken: Language) -> str:
    drawn = [(title, hint, draw(found)) for title, hint, draw in _PLOTS]
    return render(
        "comparison.html.j2",
        spoken,
        found=found,
        rows=list(found.figures.to_dict("index").items()),
        moved=int(found.figures["moved"].fillna(False).sum()),
        worse=len(found.regressions),
        change=change_text,
        between=range_text,
        plots=[Card(title, hint, spoken.drawing(svg)) for title, hint, svg in drawn if svg],
    )
