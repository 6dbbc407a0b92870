"""What the verbs for messages share: options, frames from a file or a run folder, and the file they write."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from v2x.errors import InputError
from v2x.messages.envelope.pcap import is_pcap, read_packets
from v2x.messages.intake import CANDIDATES, Numbered, read_lines
from v2x.messages.profile import Profile, get_profile
from v2x.record.folder import read_manifest
from v2x.record.reading import read_table
from v2x.scenario.known import PROFILES

Verb = TypeVar("Verb", bound=Callable[..., Any])


def profile_option(verb: Verb) -> Verb:
    """``--profile`` and ``--asn1``: one name, or all that fit where none is given, and the user's own modules."""
    named = click.option(
        "--profile",
        type=click.Choice(PROFILES.names()),
        help="Message family. 'csae' tries both dialects; without the option every profile is tried.",
    )
    return named(asn1_option(verb))


def asn1_option(verb: Verb) -> Verb:
    """``--asn1``: modules of the user's own."""
    return click.option(
        "--asn1",
        metavar="PATH",
        type=click.Path(exists=True, path_type=Path),
        help="Use these ASN.1 modules (a file, or a folder of *.asn) in place of the built-in ones; needs --profile.",
    )(verb)


def values_option(verb: Verb) -> Verb:
    """``--values``: raw integers of the standard, or the SI model."""
    return click.option(
        "--values",
        type=click.Choice(["asn1", "physical"]),
        default="asn1",
        show_default=True,
        help="asn1: names and integers of the standard (X.697); physical: SI units, WGS-84, UTC nanoseconds.",
    )(verb)


def new_file(context: click.Context, parameter: click.Parameter, path: Path | None) -> Path | None:
    """Callback of an option: a file that can be written next to its draft and then take its place, before the work."""
    if path is None:
        return None
    try:
        if path.exists() and not path.is_file():
            # a device or a pipe would be replaced, not written to
            raise click.BadParameter(f"'{path}' is not a regular file.", context, parameter)
        if not path.parent.is_dir():
            raise click.BadParameter(f"There is no folder '{path.parent}'.", context, parameter)
    except OSError as error:
        raise click.BadParameter(f"{error.strerror}.", context, parameter) from error
    return path


def candidates(profile: str | None, asn1: Path | None = None) -> Sequence[Profile]:
    """Profiles to try for the name that the user gave."""
    if asn1 is None:
        return [get_profile(name) for name in CANDIDATES.get(profile) or (str(profile),)]
    if profile is None:
        raise InputError("of which family? --asn1 needs --profile", file=asn1)
    return [get_profile(profile).with_modules(asn1)]


def frames_in(path: Path, profile: str | None, asn1: Path | None) -> Iterator[Numbered]:
    """Every frame of a file or of a run folder, with the profiles to try.

    A file is a capture (pcap) or text: hex or JSON, a frame a line. `InputError` where it cannot be read.
    """
    if path.is_dir():
        yield from _of_run(path, profile, asn1)
        return
    profiles = candidates(profile, asn1)
    try:
        with path.open("rb") as file:  # once: a pipe gives its bytes once
            if is_pcap(file.peek(4)):
                for packet in read_packets(file, path):
                    yield packet.number, packet.error or packet.frame or b"", profiles
                return
            with io.TextIOWrapper(file, encoding="utf-8-sig") as lines:
                for line, frame in read_lines(lines):
                    yield line, frame, profiles
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", file=path) from error


def _of_run(folder: Path, profile: str | None, asn1: Path | None) -> Iterator[Numbered]:
    """Transmissions of a run, each under the profile it was sent with unless the user names one."""
    read_manifest(folder)
    table = read_table(folder, "tx", ["profile", "bytes"])
    sent_with, frames = table.column("profile").to_pylist(), table.column("bytes").to_pylist()
    profiles = {name: candidates(profile or name, asn1) for name in set(sent_with)}
    for row, (name, data) in enumerate(zip(sent_with, frames, strict=True), 1):
        yield row, data, profiles[name]
