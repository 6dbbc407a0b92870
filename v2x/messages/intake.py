"""Frames from outside, of which nobody says what they are: hex in, and the profiles under which it is a message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from v2x.errors import CodecError
from v2x.messages.profile import get_profile

#: What a name given by the user may mean: ``csae`` is either dialect, none is any profile.
CANDIDATES: dict[str | None, tuple[str, ...]] = {
    None: ("j2735", "csae-a", "csae-b"),
    "csae": ("csae-a", "csae-b"),
}


@dataclass(frozen=True)
class Finding:
    """What a frame turned out to be.

    Attributes
    ----------
    line
        Line of the file or row of the table, counted from 1.
    type
        Message type, or what the first bytes announce, None if that is nothing known.
    profile
        First profile under which it is valid, None if there is none.
    also
        Other profiles under which it is valid too.
    value
        Its ASN.1 value, None if it is not valid.
    error
        Why it is not valid, under the profile that understood most of it.
    """

    line: int
    type: str | None
    profile: str | None = None
    also: tuple[str, ...] = ()
    value: dict[str, Any] | None = None
    error: CodecError | None = None

    def json_value(self) -> Any:
        """The value as JSON, None if there is none."""
        if self.profile is None or self.type is None or self.value is None:
            return None
        return get_profile(self.profile).codec.to_json(self.type, self.value)


def hex_lines(lines: Iterable[str]) -> Iterable[tuple[int, str]]:
    """(line number from 1, text) of the lines that hold something; blank ones and those that begin with # do not."""
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text and not text.startswith("#"):
            yield number, text


def examine_hex(line: int, text: str, profiles: Sequence[str]) -> Finding:
    """`examine` of a frame in hex; what is not hex is a finding with an error."""
    try:
        data = bytes.fromhex(text)
    except ValueError:
        return Finding(line, None, error=CodecError("not hexadecimal"))
    return examine(line, data, profiles)


def examine(line: int, data: bytes, profiles: Sequence[str]) -> Finding:
    """Try the profiles in turn; the first under which the bytes are a message names it.

    Parameters
    ----------
    line
        Number for the finding.
    data
        The bytes.
    profiles
        Names, at least one.
    """
    valid: list[tuple[str, str, dict[str, Any]]] = []
    announced: str | None = None
    failures: list[CodecError] = []
    for name in profiles:
        codec = get_profile(name).codec
        try:
            valid.append((name, *codec.decode(data)))
        except CodecError as error:
            peeked = codec.peek(data)
            # an error behind a known head says more than "unknown message"
            failures.insert(0 if announced is None and peeked is not None else len(failures), error)
            announced = announced or peeked
    if not valid:
        return Finding(line, announced, error=failures[0])
    (profile, type_name, value), *others = valid
    return Finding(line, type_name, profile, tuple(name for name, _, _ in others), value)
