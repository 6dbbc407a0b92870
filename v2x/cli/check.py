"""``v2x check``: are these frames valid, and if not, where are they wrong."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click

from v2x.cli.frames import frames_in, new_file, profile_option
from v2x.cli.junit import Case, write_junit
from v2x.cli.options import as_json
from v2x.messages.intake import Finding, verdicts


@click.command(name="check")
@click.argument("source", metavar="FILE", type=click.Path(exists=True, path_type=Path))
@profile_option
@click.option(
    "--junit",
    metavar="OUT",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=new_file,
    help="Write JUnit XML, too.",
)
@as_json
@click.pass_context
def command(
    context: click.Context, source: Path, profile: str | None, asn1: Path | None, junit: Path | None, as_json: bool
) -> None:
    """Check every frame of FILE (hex, one a line; blank and # lines are skipped; or a pcap) or of a run folder.

    A frame is valid if it decodes, keeps all constraints and encodes to the same bytes again. Exit code 1 if one does
    not.
    """
    types: Counter[str] = Counter()
    frames = 0
    failures: list[dict[str, Any]] = []
    cases: list[Case] = []
    for finding in verdicts(frames_in(source, profile, asn1)):
        frames += 1
        if junit is not None:
            cases.append(_test_case(finding))
        if finding.type is not None:
            types[finding.type] += 1
        if finding.error is not None:
            failures.append(_failure(finding))
    report = {
        "frames": frames,
        "passed": frames - len(failures),
        "failed": len(failures),
        "by_type": dict(sorted(types.items())),
        "failures": failures,
    }
    if junit is not None:
        write_junit(junit, source.name, cases)
    click.echo(json.dumps(report, ensure_ascii=False) if as_json else _text(report))
    if failures:
        context.exit(1)


def _test_case(finding: Finding) -> Case:
    error = finding.error
    name = f"line {finding.line} {finding.type or 'unknown message'}"
    return Case(name, None if error is None else (error.reason, str(error)))


def _failure(finding: Finding) -> dict[str, Any]:
    return {
        "line": finding.line,
        "type": finding.type,
        "path": finding.error and finding.error.path,
        "error": finding.error and finding.error.reason,
    }


def _text(report: dict[str, Any]) -> str:
    lines = [
        f"line {each['line']}: {each['path'] or each['type'] or 'unknown message'}: {each['error']}"
        for each in report["failures"]
    ]
    types = ", ".join(f"{name} {count}" for name, count in report["by_type"].items())
    lines.append(f"{report['frames']} frames ({types or 'none known'}): {report['failed']} failed")
    return "\n".join(lines)
