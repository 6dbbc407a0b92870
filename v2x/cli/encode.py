"""``v2x encode``: ASN.1 values to hex."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import click

from v2x.cli.frames import asn1_option, candidates, values_option
from v2x.errors import CodecError, InputError
from v2x.messages.physical import from_physical
from v2x.messages.profile import Profile
from v2x.scenario.known import PROFILES


@click.command(name="encode")
@click.argument("file", metavar="FILE", type=click.File(encoding="utf-8"))
@click.option(
    "--profile", "name", type=click.Choice(PROFILES.names()), required=True, help="Message family; 'csae' is csae-a."
)
@asn1_option
@values_option
def command(file: IO[str], name: str, asn1: Path | None, values: str) -> None:
    """Encode FILE (- is standard input) to hex, one MessageFrame a line.

    Each line is a JSON object {"type": ..., "value": ...} with the value as ``v2x decode --json`` prints it, under the
    same --values; blank lines are skipped. Exit code 2 with line and path at the first value that does not fit.
    """
    (profile, *_) = candidates(name, asn1)
    for number, line in enumerate(_lines(file), 1):
        if line.strip():
            click.echo(_encode(profile, file.name, number, line.rstrip().removeprefix("\ufeff"), values).hex())


def _lines(file: IO[str]) -> Iterable[str]:
    try:
        yield from file
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8: {error}", file=file.name) from error


def _encode(profile: Profile, file: str, number: int, line: str, values: str) -> bytes:
    try:
        record: Any = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg}", file=file, line=number, column=error.colno) from error
    except (ValueError, RecursionError) as error:  # Python's own limits: digits of a number, depth of an object
        raise InputError(f"JSON that cannot be read: {error}", file=file, line=number) from error
    if not isinstance(record, dict) or not isinstance(record.get("type"), str) or "value" not in record:
        raise InputError('expected an object with "type" and "value"', file=file, line=number)
    try:
        type_name = profile.resolve(record["type"])
        if values == "physical":
            return profile.encode(from_physical(profile.model_of(type_name), record["value"]), type_name)[1]
        return profile.codec.encode(type_name, profile.codec.from_json(type_name, record["value"]))
    except CodecError as error:
        raise CodecError(error.reason, file=file, line=number, path=error.path) from error
    except RecursionError as error:
        raise CodecError("nested too deeply", file=file, line=number) from error
