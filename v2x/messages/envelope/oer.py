"""Canonical OER of the security modules: values and bytes, strict both ways like the codec of the messages."""

from __future__ import annotations

from functools import cache
from typing import Any

import asn1tools
from asn1tools.codecs import DecodeError, ErrorWithLocation

from v2x.data import data_dir
from v2x.errors import CodecError
from v2x.messages.parsed import parsed

Value = dict[str, Any]

#: What asn1tools may raise on bytes or values that are none.
_FAILURES = (
    asn1tools.Error, ErrorWithLocation, NotImplementedError, ValueError, TypeError, LookupError, OverflowError,
    AttributeError,
)  # fmt: skip


@cache
def _modules(name: str) -> Any:
    text = (data_dir("asn1") / name / f"{name}.asn").read_text(encoding="utf-8")
    return asn1tools.compile_dict(parsed(text), "oer")


def encode(module: str, type_name: str, value: Any) -> bytes:
    """A value as its canonical bytes; `CodecError` if it breaks a constraint of its type."""
    try:
        return bytes(_modules(module).encode(type_name, value, check_constraints=True))
    except _FAILURES as error:
        path, reason = _fault(type_name, error)
        raise CodecError(f"cannot be encoded: {reason}", path=path) from error


def decode(module: str, type_name: str, data: bytes) -> Any:
    """Bytes as a value.

    Raises
    ------
    CodecError
        Whatever the bytes: truncated, trailing bytes, a constraint broken, or not the canonical form of what they say,
        which is also so for extensions unknown here.
    """
    try:
        value = _modules(module).decode(type_name, bytes(data))
    except _FAILURES as error:
        path, reason = _fault(type_name, error)
        raise CodecError(reason, path=path) from error
    again = encode(module, type_name, value)
    if again != data:
        if data.startswith(again):
            raise CodecError(f"{len(data) - len(again)} bytes after the end (byte {len(again)})", path=type_name)
        raise CodecError("not in canonical form, or with extensions that are unknown here", path=type_name)
    return value


def _fault(type_name: str, error: Exception) -> tuple[str, str]:
    """Path and reason of an error of asn1tools, which adds the whole type to some of its messages."""
    path = error.location_str if isinstance(error, ErrorWithLocation) else ""
    message = error.message if isinstance(error, ErrorWithLocation) else str(error)
    reason = str(message).split(" [", 1)[0] or type(error).__name__
    if isinstance(error, DecodeError) and error.offset is not None:
        reason += f" at byte {error.offset // 8}"
    return path or type_name, reason
