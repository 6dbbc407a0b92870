"""An explanation in a terminal."""

from __future__ import annotations

from rich.table import Table

from v2x.cli.judgements import COLOURS, console
from v2x_analysis.blame.explanation import Blame, Estimate, Explanation
from v2x_analysis.report.explain_words import conclusion, rest_of, telling
from v2x_analysis.report.wording import asked_text, change_text, value_text

#: How contributions were found.
_METHODS = {"shapley": "Shapley's value", "halfway": "mean of alone and as the last", "alone": "alone"}


def show(explanation: Explanation) -> None:
    """Print a table and a conclusion for each figure."""
    shown = console()
    for blame in explanation.blames:
        shown.print(_table(blame, explanation))
        shown.print(" ".join(conclusion(blame, explanation)), highlight=False)
        shown.print()
    if explanation.blames and len(explanation.seeds) == 1:
        shown.print("One seed: a small change may be luck, since another traffic can come of it; --seeds 5 tells.")


def _table(blame: Blame, explanation: Explanation) -> Table:
    columns = ("stage", "contributes", "alone", "as the last", "passes alone", "")
    table = Table(*columns, title=_title(blame), title_justify="left")
    for column in table.columns[1:4]:
        column.justify = "right"
    table.columns[0].no_wrap = True
    for share in blame.shares:
        changes = (_change(each, blame.unit) for each in (share.contribution, share.alone, share.last))
        table.add_row(share.name, *changes, _passes(share.passes, explanation), explanation.stages[share.name])
        for part in share.parts:
            title = explanation.stages[part.name]
            passes = _passes(part.passes, explanation)
            table.add_row(f"  {part.name}", "", _change(part.alone, blame.unit), "", passes, title)
    for pair in telling(blame):
        beyond = f"{_change(pair.beyond, blame.unit)} beyond the sum"
        passes = _passes(pair.passes, explanation)
        table.add_row(" and ".join(pair.names), "", _change(pair.together, blame.unit), "", passes, beyond)
    if (rest := rest_of(blame)) is not None:
        table.add_row("rest", _change(rest, blame.unit), "", "", "", "what contributions leave")
    return table


def _title(blame: Blame) -> str:
    asked = "" if blame.bound is None else f" {asked_text(blame.bound, blame.unit)}"
    verdict = "" if blame.verdict is None else f" [{COLOURS[blame.verdict]}]{blame.verdict}[/]"
    value, ideal = (value_text(each.value, blame.unit) for each in (blame.value, blame.ideal))
    return (
        f"{blame.metric}{asked}: {value}{verdict}; everything ideal: {ideal}; contributions: {_METHODS[blame.method]}"
    )


def _change(estimate: Estimate, unit: str) -> str:
    text = change_text(estimate.value, unit)
    if estimate.interval is None:
        return text
    low, high = (change_text(end, unit) for end in estimate.interval)
    return f"{text} ({low} … {high})"


def _passes(number: int | None, explanation: Explanation) -> str:
    if number is None:
        return ""
    seeds = len(explanation.seeds)
    return ("yes" if number else "no") if seeds == 1 else f"{number} of {seeds}"
