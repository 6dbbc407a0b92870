"""``v2x decode``: what a frame says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from v2x.cli.frames import candidates, findings, profile_option
from v2x.cli.options import as_json
from v2x.errors import InputError
from v2x.messages.intake import Finding, examine


@click.command(name="decode")
@click.argument("source", metavar="HEX|FILE")
@profile_option
@as_json
@click.pass_context
def command(context: click.Context, source: str, profile: str | None, as_json: bool) -> None:
    """Decode a MessageFrame in hex, a file of them (one a line), or the transmissions of a run folder.

    Prints ASN.1 values as JSON. Without --profile every profile is tried; the choice, and what else fits, is said.
    With --json: one object a line with line, profile, type, value, error. Exit code 1 if a frame is not valid.
    """
    broken = False
    for finding in _findings(source, profile):
        broken |= finding.error is not None
        if as_json:
            click.echo(json.dumps(_record(finding), ensure_ascii=False))
        else:
            _show(finding, guessed=profile is None or profile == "csae")
    if broken:
        context.exit(1)


def _findings(source: str, profile: str | None) -> Iterator[Finding]:
    if _exists(Path(source)):
        yield from findings(Path(source), profile)
        return
    try:
        data = bytes.fromhex(source)
    except ValueError:
        raise InputError("neither a file nor hexadecimal", file=source) from None
    yield examine(1, data, candidates(profile))


def _exists(path: Path) -> bool:
    """Whether there is such a file or folder; the system refuses to look for a name as long as most frames."""
    try:
        return path.exists()
    except OSError:
        return False


def _record(finding: Finding) -> dict[str, object]:
    return {
        "line": finding.line,
        "profile": finding.profile,
        "type": finding.type,
        "value": finding.json_value(),
        "error": None if finding.error is None else str(finding.error),
    }


def _show(finding: Finding, guessed: bool) -> None:
    if finding.error is not None:
        click.echo(f"line {finding.line}: {finding.type or 'unknown message'}: {finding.error}", err=True)
        return
    if guessed:
        others = f" (valid also as {', '.join(finding.also)})" if finding.also else ""
        click.echo(f"line {finding.line}: taken as {finding.profile}{others}", err=True)
    click.echo(f"{finding.type} {json.dumps(finding.json_value(), ensure_ascii=False, indent=2)}")
