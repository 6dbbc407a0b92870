"""``v2x replay RUN``: its stations run again, and what came of it beside the record."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from rich.table import Table

from v2x.cli.checks import check_asked
from v2x.cli.judgements import COLOURS, console, judgements
from v2x.cli.simulation import interrupts, progress_bar
from v2x.errors import InputError
from v2x.record.branch import branch
from v2x.record.folder import SCENARIO, SCORECARD
from v2x.record.source import recorded_scenario
from v2x.rerun.again import Again, run_again
from v2x.rerun.comparison import Tally
from v2x.scenario.loader import load_scenario
from v2x.scenario.model import Scenario
from v2x_analysis.scorecard import Scorecard, score

#: What ``--set`` may change: what stations do and know of themselves, and what they are judged by. All else is played.
_OPEN = ("stations", "sensors", "notices", "pass_if", "remote.profile", "title", "description", "test", "odd")


@dataclass(frozen=True)
class _Scores:
    """The scorecard of the run as it is now, beside the one that it had, if any."""

    now: Scorecard
    recorded: Scorecard | None

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """Figure -> its value then and now, where they differ."""
        if self.recorded is None:
            return {}
        then, now = self.recorded.flat(), self.now.flat()
        return {key: (then.get(key), now.get(key)) for key in {**then, **now} if then.get(key) != now.get(key)}

    @property
    def as_before(self) -> bool:
        """Whether figures and verdict are those that it had."""
        return self.recorded is None or (not self.changed and self.recorded.verdict == self.now.verdict)


def again(run: Path, overrides: Sequence[str], out: Path | None, *, force: bool, as_json: bool) -> int:
    """Run the stations of a run again, tell how that compares; the exit code."""
    scenario, resolved = _scenario(run, overrides)
    with progress_bar(scenario.duration_s, "running again") as show, interrupts() as check:

        def advance(t_ns: int, users: int) -> None:
            check()
            show(t_ns, users)

        found = run_again(run, scenario, advance)
    with _kept(out) as folder:
        remarks = {"command": " ".join(["v2x", *sys.argv[1:]]), "rerun_of": str(run)}
        branch(run, folder, tables={"events": found.told}, scenario=resolved, remarks=remarks, force=force)
        scores = _Scores(score(folder), Scorecard.read(run) if (run / SCORECARD).exists() else None)
    if as_json:
        click.echo(json.dumps(_content(run, out, found, scores), ensure_ascii=False))
    else:
        _print(found, scores)
    if overrides:
        return 1 if scores.now.verdict == "FAIL" else 0
    return 1 if found.diverged or not scores.as_before else 0


def _scenario(run: Path, overrides: Sequence[str]) -> tuple[Scenario, dict[str, Any]]:
    """The run's scenario, and the same as plain data, with what is set otherwise."""
    for setting in overrides:
        path = setting.partition("=")[0].strip()
        if not any(path == root or path.startswith(root + ".") for root in _OPEN):
            reason = f"is played as it was recorded; what can be set is {', '.join(_OPEN)}"
            raise InputError(reason, file="--set", path=path)
    if overrides:
        loaded = load_scenario(run / SCENARIO, overrides)
        check_asked(loaded)
        return loaded.scenario, loaded.resolved
    scenario = recorded_scenario(run)
    return scenario, scenario.model_dump(mode="json")


@contextmanager
def _kept(out: Path | None) -> Iterator[Path]:
    """Where the new run folder goes."""
    if out is not None:
        yield out
        return
    with TemporaryDirectory(prefix="v2x-replay-") as folder:
        yield Path(folder)


def _content(run: Path, out: Path | None, found: Again, scores: _Scores) -> dict[str, Any]:
    changed = {key: {"recorded": then, "now": now} for key, (then, now) in scores.changed.items()}
    return {
        "run": str(run),
        "out": None if out is None else str(out),
        "diverged": found.diverged,
        "frames": _counts(found.frames),
        "events": _counts(found.events),
        "first": [asdict(each) for each in (*found.frames.first, *found.events.first)],
        "subjects": found.subjects,
        "units": found.units,
        "as_recorded": found.as_recorded,
        "recorded_verdict": None if scores.recorded is None else scores.recorded.verdict,
        "verdict": scores.now.verdict,
        "changed": changed,
        "scorecard": scores.now.flat(),
    }


def _counts(tally: Tally) -> dict[str, Any]:
    return {name: getattr(tally, name) for name in ("same", "different", "missing", "added")} | {
        "by": dict(tally.by.most_common())
    }


def _print(found: Again, scores: _Scores) -> None:
    shown = console()
    counts = Table("run again", "as recorded", "different", "missing", "new", title="Stations", title_justify="left",
                   box=None)  # fmt: skip
    for what, tally in (("frames", found.frames), ("events", found.events)):
        counts.add_row(what, *(f"{each:,}" for each in (tally.same, tally.different, tally.missing, tally.added)))
    shown.print(counts)
    others = (
        f"{len(found.subjects)} subjects, {len(found.units)} roadside units, the server, all vehicles' own messages"
    )
    shown.print(f"Run again: {others}")
    if found.as_recorded:
        shown.print(f"As recorded: {', '.join(found.as_recorded)}")
    _print_first(found)
    if scores.recorded is None:
        shown.print("The run has no scorecard to compare with: v2x score makes one")
    elif scores.changed:
        figures = Table("metric", "recorded", "now", title="Figures that changed", title_justify="left", box=None)
        for key, (then, now) in scores.changed.items():
            figures.add_row(key, str(then), str(now))
        shown.print(figures)
    else:
        shown.print(f"All {len(scores.now.metrics):,} figures are as they were")
    if scores.now.criteria:
        shown.print(judgements("Criteria", scores.now.criteria))
    then = "" if scores.recorded is None else f" (it was {scores.recorded.verdict})"
    shown.print(f"Verdict: [{COLOURS[scores.now.verdict]}]{scores.now.verdict}[/]{then}")


def _print_first(found: Again) -> None:
    """Where it parts from the record."""
    first = sorted((*found.frames.first, *found.events.first), key=lambda each: each.t_ns)
    if not first:
        return
    table = Table("t / s", "station", "what", "difference", title="First differences", title_justify="left", box=None)
    for each in first:
        missing = "it says nothing now" if each.now is None else "it said nothing" if each.recorded is None else ""
        table.add_row(f"{each.t_ns / 1e9:.3f}", each.station, each.what, each.detail or missing)
    console().print(table)
