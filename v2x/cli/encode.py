"""``v2x encode``: ASN.1 values to hex."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import IO, Any

import click

from v2x.errors import CodecError, InputError
from v2x.messages.profile import PROFILES, Profile, get_profile


@click.command(name="encode")
@click.argument("file", metavar="FILE", type=click.File(encoding="utf-8"))
@click.option("--profile", "name", type=click.Choice(PROFILES.names()), required=True, help="Message family.")
def command(file: IO[str], name: str) -> None:
    """Encode FILE (- is standard input) to hex, one MessageFrame a line.

    Each line is a JSON object {"type": ..., "value": ...} with the ASN.1 value as ``v2x decode --json`` prints it;
    blank lines are skipped. Exit code 2 with line and path at the first value that does not fit.
    """
    profile = get_profile(name)
    for number, line in enumerate(_lines(file), 1):
        if line.strip():
            click.echo(_encode(profile, file.name, number, line.rstrip()).hex())


def _lines(file: IO[str]) -> Iterable[str]:
    try:
        yield from file
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8: {error}", file=file.name) from error


def _encode(profile: Profile, file: str, number: int, line: str) -> bytes:
    try:
        record: Any = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg}", file=file, line=number, column=error.colno) from error
    if not isinstance(record, dict) or not isinstance(record.get("type"), str) or "value" not in record:
        raise InputError('expected an object with "type" and "value"', file=file, line=number)
    try:
        type_name = profile.resolve(record["type"])
        return profile.codec.encode(type_name, profile.codec.from_json(type_name, record["value"]))
    except CodecError as error:
        raise CodecError(error.reason, file=file, line=number, path=error.path) from error
