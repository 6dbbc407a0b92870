"""Puts the report of a run together: words, tables and drawings into one page."""

from __future__ import annotations

from pathlib import Path

from v2x.record.folder import REPORT, SCORECARD, write_atomic
from v2x_analysis.applications.episodes import episodes
from v2x_analysis.report import applications, fieldmap, plots, provenance, remote_plots
from v2x_analysis.report.benefit import benefit
from v2x_analysis.report.explain_plots import explained
from v2x_analysis.report.language import Language, language
from v2x_analysis.report.playback import playback
from v2x_analysis.report.remote_section import section as remote_section
from v2x_analysis.report.rendering import asset, render
from v2x_analysis.report.summary import summary
from v2x_analysis.run import Run
from v2x_analysis.scorecard import Scorecard, score


def write_report(folder: str | Path | Run, out: Path | None = None, *, lang: str = "en") -> Path:
    """Draw the report of a run into ``report.html``, or ``out``; scores the run first if nobody has.

    The file depends on the run folder and the language alone: the same folder gives the same bytes.

    Parameters
    ----------
    folder
        The run.
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
        If the folder is no run, or the file cannot be written.
    InputError
        If reports do not speak the language.
    """
    spoken = language(lang)
    run = folder if isinstance(folder, Run) else Run(folder)
    card = Scorecard.read(run.folder) if (run.folder / SCORECARD).exists() else score(run)
    target = out if out is not None else run.folder / REPORT
    write_atomic(target, _page(run, card, spoken))
    return target


def _page(run: Run, card: Scorecard, spoken: Language) -> str:
    # scripted encounters are sites far apart in the middle of nothing: no map
    shown = fieldmap.draw(run) if run.derived(episodes).empty else None
    return render(
        "run.html.j2",
        spoken,
        card=card,
        run=run,
        manifest=run.manifest,
        scenario=run.scenario,
        summary=summary(card),
        benefit=benefit(run, card),
        gains=applications.gains(card),
        map=shown,
        playback=playback(run, shown) if shown else None,
        playback_script=asset("playback.js"),
        applications=applications.rows(card),
        comparison=applications.comparison(run, card),
        explained=explained(run, spoken),
        platoon_plots=plots.drawn(run, plots.PLATOON, spoken),
        remote=remote_section(run),
        remote_plots=plots.drawn(run, remote_plots.PLOTS, spoken),
        over_time=plots.drawn(run, plots.OVER_TIME, spoken),
        distributions=plots.drawn(run, plots.DISTRIBUTIONS, spoken),
        losses=plots.drawn(run, plots.LOSSES, spoken),
        happened=provenance.happened(run),
        provenance=provenance.provenance(run),
        versions=provenance.versions(run),
    )
