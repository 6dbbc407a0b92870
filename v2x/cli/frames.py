"""What ``decode`` and ``check`` share: the profile option, and frames from an argument, a file or a run folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from v2x.errors import InputError
from v2x.messages.intake import CANDIDATES, Finding, examine, examine_hex, hex_lines
from v2x.messages.profile import PROFILES
from v2x.record.folder import read_manifest, read_table

Verb = TypeVar("Verb", bound=Callable[..., Any])


def profile_option(verb: Verb) -> Verb:
    """``--profile``: one name, or all that fit where none is given."""
    return click.option(
        "--profile",
        type=click.Choice(PROFILES.names()),
        help="Message family. 'csae' tries both dialects; without the option every profile is tried.",
    )(verb)


def candidates(profile: str | None) -> Sequence[str]:
    """Profiles to try for the name that the user gave."""
    return CANDIDATES.get(profile) or (str(profile),)


def findings(path: Path, profile: str | None) -> Iterator[Finding]:
    """Every frame of a file of hex lines or of a run folder; `InputError` where it cannot be read."""
    if path.is_dir():
        yield from _of_run(path, profile)
        return
    try:
        with path.open(encoding="utf-8") as lines:
            for line, text in hex_lines(lines):
                yield examine_hex(line, text, candidates(profile))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", file=path) from error


def _of_run(folder: Path, profile: str | None) -> Iterator[Finding]:
    """Transmissions of a run, each under the profile it was sent with unless the user names one."""
    read_manifest(folder)
    table = read_table(folder, "tx", ["profile", "bytes"])
    names, frames = table.column("profile").to_pylist(), table.column("bytes").to_pylist()
    for row, (name, data) in enumerate(zip(names, frames, strict=True), 1):
        yield examine(row, data, candidates(profile if profile is not None else name))
