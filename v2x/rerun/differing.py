"""What differs between two pieces of content, part by part, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from v2x.errors import CodecError
from v2x.messages.profile import Profile

#: Parts that are named; of more there is only the number.
_NAMED = 3
_NOTHING = "nothing"


def in_frames(profile: Profile, recorded: bytes, now: bytes) -> str:
    """Which leaves of two frames differ."""
    try:
        (kind, then), (other, present) = (profile.codec.decode(data) for data in (recorded, now))
    except CodecError as error:
        return f"cannot be decoded: {error}"
    return _told(profile.codec.to_json(kind, then), profile.codec.to_json(other, present))


def in_fields(recorded: str, now: str) -> str:
    """Which fields of two events differ, given as JSON."""
    return _told(json.loads(recorded), json.loads(now))


def _told(recorded: Any, now: Any) -> str:
    then, present = dict(_leaves(recorded, "")), dict(_leaves(now, ""))
    paths = [path for path in {**then, **present} if then.get(path, _NOTHING) != present.get(path, _NOTHING)]
    told = [f"{path}: {then.get(path, _NOTHING)} -> {present.get(path, _NOTHING)}" for path in paths[:_NAMED]]
    return ", ".join([*told, *([f"{len(paths) - _NAMED} more"] if len(paths) > _NAMED else [])])


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from _leaves(entry, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, entry in enumerate(value):
            yield from _leaves(entry, f"{path}[{number}]")
    else:
        yield path, value
