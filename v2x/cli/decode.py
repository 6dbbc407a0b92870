"""``v2x decode``: what a frame says."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from v2x.cli.frames import candidates, frames_in, profile_option, values_option
from v2x.cli.options import as_json
from v2x.errors import CodecError, InputError
from v2x.messages.intake import Finding, examine
from v2x.messages.physical import to_physical

#: Characters of an argument that a message repeats.
_SHOWN = 60


@click.command(name="decode")
@click.argument("source", metavar="HEX|FILE")
@profile_option
@values_option
@as_json
@click.pass_context
def command(
    context: click.Context, source: str, profile: str | None, asn1: Path | None, values: str, as_json: bool
) -> None:
    """Decode a MessageFrame in hex, a file of them, or the transmissions of a run folder.

    A file is a capture (pcap), or has a frame a line: in hex, or as a JSON object with a member "hex". Prints ASN.1
    values as JSON, or SI units with --values physical. Without --profile every profile is tried; the choice, and what
    else fits, is said. With --json: one object a line with line, profile, type, value, error. Exit code 1 if a frame is
    not valid.
    """
    broken = False
    for finding in _findings(source, profile, asn1):
        finding, value = _read(finding, values)
        broken |= finding.error is not None
        if as_json:
            click.echo(json.dumps(_record(finding, value), ensure_ascii=False))
        else:
            _show(finding, value, guessed=profile is None or profile == "csae")
    if broken:
        context.exit(1)


def _read(finding: Finding, values: str) -> tuple[Finding, Any]:
    """The finding with its value as JSON; with an error if the physical model cannot hold it."""
    if finding.profile is None or values == "asn1":
        return finding, finding.json_value()
    try:
        # without a time of arrival, a time that names no year is taken to be near now
        type_name, message = finding.profile.decode(finding.data, time.time_ns())
        finding.profile.model_of(type_name)
        return finding, to_physical(message)
    except CodecError as error:
        return replace(finding, error=error), None


def _findings(source: str, profile: str | None, asn1: Path | None) -> Iterator[Finding]:
    if source and _exists(Path(source)):
        yield from (examine(*numbered) for numbered in frames_in(Path(source), profile, asn1))
        return
    try:
        data = bytes.fromhex(source)
    except ValueError:
        shown = source if len(source) <= _SHOWN else f"{source[: _SHOWN - 3]}..."
        raise InputError("neither a file nor hexadecimal (two digits a byte)", file=shown) from None
    yield examine(1, data, candidates(profile, asn1))


def _exists(path: Path) -> bool:
    """Whether there is such a file or folder; the system refuses to look for a name as long as most frames."""
    try:
        return path.exists()
    except OSError:
        return False


def _record(finding: Finding, value: Any) -> dict[str, object]:
    return {
        "line": finding.line,
        "profile": finding.profile and finding.profile.name,
        "type": finding.type,
        "value": value,
        "error": None if finding.error is None else str(finding.error),
    }


def _show(finding: Finding, value: Any, guessed: bool) -> None:
    if finding.error is not None or finding.profile is None:
        what = "" if finding.error is not None and finding.error.path else f"{finding.type or 'unknown message'}: "
        click.echo(f"line {finding.line}: {what}{finding.error}", err=True)
        return
    if guessed:
        others = f" (valid also as {', '.join(finding.also)})" if finding.also else ""
        click.echo(f"line {finding.line}: taken as {finding.profile.name}{others}", err=True)
    click.echo(f"{finding.type} {json.dumps(value, ensure_ascii=False, indent=2)}")
