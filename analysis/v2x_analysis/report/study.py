"""The page of a study: how its runs came out, what each axis does, and every point."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from v2x.record.folder import REPORT, write_atomic
from v2x.record.sweep import SEED
from v2x_analysis.comparison.contrasts import Contrast, contrasts
from v2x_analysis.comparison.rows import figures_of, unit_of
from v2x_analysis.report.comparison_plots import effects
from v2x_analysis.report.language import Language, language
from v2x_analysis.report.plots import Card
from v2x_analysis.report.rendering import render
from v2x_analysis.report.study_plots import over_axis
from v2x_analysis.report.study_points import counted, headlines, points_of
from v2x_analysis.report.wording import change_text, range_text
from v2x_analysis.study import Study

#: So many points, and figures of a contrast, are on the page; all are in the rows.
_POINTS, _MOVED = 300, 12


def write_study(study: str | Path | Study, out: Path | None = None, *, lang: str = "en") -> Path:
    """Draw the report of a sweep into ``report.html`` of its folder, or ``out``.

    A sweep need not be complete; what is missing is told.

    Parameters
    ----------
    study
        The folder of the sweep.
    out
        File to write.
    lang
        Language of the page, one of `v2x_analysis.report.language.LANGUAGES`.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    RunFolderError
        If the folder is none of a sweep, no run has been made, or the file cannot be written.
    InputError
        If reports do not speak the language.
    """
    spoken = language(lang)
    opened = study if isinstance(study, Study) else Study(study)
    target = out if out is not None else opened.folder / REPORT
    write_atomic(target, _page(opened, spoken))
    return target


def _page(study: Study, spoken: Language) -> str:
    rows, found = study.frame(), contrasts(study)
    figures = figures_of(rows)
    keys = headlines(study, figures, found)
    units = {key: unit_of(study, key) for key in keys}
    curves = {key: over_axis(study, rows, figures[key], units[key], f"over{row}") for row, key in enumerate(keys)}
    points = points_of(rows, figures, units)
    return render(
        "study.html.j2",
        spoken,
        asked=study.asked,
        folder=study.folder,
        counts=counted(rows),
        failed=rows[rows["status"] == "failed"],
        seeds=rows[SEED.name].nunique(),
        versions=sorted(rows["version"].unique()),
        remarks=list(_remarks(study, rows)),
        plots=[Card(key, "", spoken.drawing(svg)) for key, svg in curves.items() if svg],
        contrasts=[_drawn(each, row, spoken) for row, each in enumerate(found)],
        points=points[:_POINTS],
        more=len(points) - _POINTS,
        headlines=keys,
        change=change_text,
        between=range_text,
    )


def _drawn(contrast: Contrast, row: int, spoken: Language) -> dict[str, object]:
    """A contrast, its plot, and the figures that moved, the largest effect first."""
    moved = contrast.figures[contrast.figures["moved"].fillna(False).astype(bool)]
    svg = effects(moved, f"effects{row}", _MOVED)
    return {
        "about": contrast.about,
        "a": contrast.a,
        "b": contrast.b,
        "compared": len(contrast.figures),
        "moved": len(moved),
        "rows": list(moved[:_MOVED].to_dict("index").items()),
        "svg": spoken.drawing(svg) if svg else None,
    }


def _remarks(study: Study, rows: pd.DataFrame) -> Iterator[str]:
    """What the reader must know before the figures."""
    if missing := len(study.points) - len(rows):
        yield f"{missing} of {len(study.points)} runs have not been made"
    if failed := int((rows["status"] == "failed").sum()):
        yield f"{failed} runs failed: means leave them out, also beside points that have them all"
    if rows[SEED.name].nunique() == 1:
        yield "One seed: nothing tells chance from effect"
    if rows["version"].nunique() > 1:
        yield "The runs are of more than one version of the program"
