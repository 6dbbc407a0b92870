"""``v2x diff``: what B is beside A, how sure that is, and whether anything got worse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click

from v2x.cli import diff_text
from v2x.cli.frames import new_file
from v2x.cli.junit import write_junit
from v2x.cli.options import Verb, as_json, lang
from v2x.record.folder import write_atomic
from v2x_analysis.comparison import Tolerances, compare

_EXAMPLES = """\b
Examples:
  v2x diff runs/before runs/after
  v2x diff runs/study-before runs/study-after --tolerance link.pdr=0.01 --tolerance link.latency_ms=10%
  v2x diff runs/main runs/branch --junit diff.xml --markdown diff.md --report diff.html
"""


def _to_file(name: str, words: str) -> Callable[[Verb], Verb]:
    kind = click.Path(dir_okay=False, path_type=Path)
    return click.option(name, metavar="OUT", type=kind, callback=new_file, help=words)


@click.command("diff", epilog=_EXAMPLES)
@click.argument("a", metavar="RUN_A", type=click.Path(path_type=Path))
@click.argument("b", metavar="RUN_B", type=click.Path(path_type=Path))
@click.option(
    "--tolerance",
    "tolerances",
    multiple=True,
    metavar="METRIC=VALUE",
    help="How much worse a figure, or all whose key begins so, may get: 0.01 in its unit, or 5%; default 5%.",
)
@_to_file("--junit", "Write JUnit XML, too: a test case a figure that can get worse.")
@_to_file("--markdown", "Write Markdown, too, as for a merge request.")
@_to_file("--report", "Write a page with plots, too: one HTML file that needs no network.")
@lang
@as_json
def command(
    a: Path,
    b: Path,
    tolerances: tuple[str, ...],
    junit: Path | None,
    markdown: Path | None,
    report: Path | None,
    lang: str,
    as_json: bool,
) -> int:
    """Compare the run folders RUN_A and RUN_B, or two sweeps run by run. Exit code 1 if a figure got worse.

    A figure got worse if the interval of its difference, or without one the difference, is on the wrong side by more
    than the tolerance.
    """
    found = compare(a, b, Tolerances.parse(tolerances))
    if junit is not None:
        write_junit(junit, f"{a} {b}", diff_text.cases(found))
    if markdown is not None:
        write_atomic(markdown, diff_text.markdown(found))
    if report is not None:
        from v2x_analysis.report.comparison import write_comparison  # plots take their time to import

        write_comparison(found, report, lang=lang)
    if as_json:
        click.echo(json.dumps(diff_text.as_content(found), ensure_ascii=False))
    else:
        diff_text.show(found)
    return 1 if len(found.regressions) else 0
