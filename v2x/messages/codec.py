"""The strict codec of a profile: values to MessageFrame bytes and back, or a `CodecError` with path and bit offset.

Bytes are accepted only if they decode to a value that the profile allows and that encodes to the same bytes again: UPER
has no other check, and a frame of another dialect usually decodes to nonsense.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import asn1tools
from asn1tools.codecs import DecodeError, ErrorWithLocation, uper

from v2x.data import data_dir
from v2x.errors import CodecError
from v2x.messages.checker import Check, Checkers, Fault
from v2x.messages.columnar import Layout
from v2x.messages.jer import from_json, to_json
from v2x.messages.uper import MAX_OPEN_TYPE_BYTES, OpenTypes, compile_uper
from v2x.registry import did_you_mean

Value = dict[str, Any]

#: What a decoder may raise on bytes that are no message, and an encoder on a value that is none.
_FAILURES = (asn1tools.Error, ErrorWithLocation, NotImplementedError, ValueError, TypeError, LookupError, OverflowError)

#: The longest frame: header, length and the longest open type.
MAX_FRAME_BYTES = MAX_OPEN_TYPE_BYTES + 4


@dataclass(frozen=True)
class MessageSet:
    """A family's modules and the form of its outer frame.

    Attributes
    ----------
    folder
        Folder under ``asn1``.
    modules
        File names of the modules, without suffix.
    messages
        Short name -> (key in the frame, ASN.1 type).
    open_types
        What open types contain.
    wrap
        (key, value) -> value of MessageFrame.
    unwrap
        The inverse.
    peek
        First two bytes of a frame -> key, whatever follows.
    """

    folder: str
    modules: tuple[str, ...]
    messages: Mapping[str, tuple[Any, str]]
    open_types: OpenTypes
    wrap: Callable[[Any, Any], Any]
    unwrap: Callable[[Any], tuple[Any, Any]]
    peek: Callable[[bytes], Any]

    def files(self) -> list[Path]:
        """The modules."""
        folder = data_dir("asn1") / self.folder
        return [folder / f"{module}.asn" for module in self.modules]


class Codec:
    """Strict UPER of one message set. Compiles its modules at the first use.

    Parameters
    ----------
    message_set
        Modules and frame.
    """

    def __init__(self, message_set: MessageSet) -> None:
        self._set = message_set
        self._types_by_key = {key: name for name, (key, _) in message_set.messages.items()}

    @property
    def type_names(self) -> tuple[str, ...]:
        """Short names of the messages it knows."""
        return tuple(self._set.messages)

    @cached_property
    def _asn1(self) -> dict[str, Any]:
        return compile_uper(self._set.files(), self._set.open_types)

    @cached_property
    def _frame(self) -> Any:
        return self._asn1["MessageFrame"]

    @cached_property
    def _checks(self) -> dict[str, Check]:
        checkers = Checkers()
        return {name: checkers.of(self._asn1[asn1_name]) for name, (_, asn1_name) in self._set.messages.items()}

    def encode(self, type_name: str, value: Value) -> bytes:
        """A message's ASN.1 value as the bytes of its MessageFrame.

        Raises
        ------
        CodecError
            With the path of what does not fit: out of range, unknown key, missing member, wrong Python type.
        """
        self.check(type_name, value)
        return self._encode(type_name, value)

    def layout(self, type_name: str, exemplar: Value) -> Layout:
        """Where the leaves of all frames lie that have the exemplar's shape; paths begin inside the message.

        Raises
        ------
        CodecError
            As `encode` for the exemplar; or the shape has something that a layout cannot hold.
        """
        data = self.encode(type_name, exemplar)
        frame = self._set.wrap(self._set.messages[type_name][0], exemplar)
        return Layout.of(self._frame, frame, data, outer=1)

    def check(self, type_name: str, value: Value) -> None:
        """`CodecError` unless the value fits the message's ASN.1 type."""
        self._wire_name(type_name)
        try:
            self._checks[type_name](value)
        except Fault as fault:
            raise _error(type_name, fault) from None

    def decode(self, data: bytes) -> tuple[str, Value]:
        """The bytes of a MessageFrame as (message type, ASN.1 value).

        Raises
        ------
        CodecError
            Whatever the bytes: truncated, trailing bytes, unknown message, a value out of range, unknown extensions,
            another dialect. With the path and the bit offset from the start of the frame where they are known.
        """
        if len(data) > MAX_FRAME_BYTES:
            raise CodecError(f"{len(data)} bytes, no message is longer than {MAX_FRAME_BYTES}")
        type_name = self.peek(data)
        decoder = uper.Decoder(bytes(data))
        try:
            key, value = self._set.unwrap(self._frame.decode(decoder))
        except _FAILURES as error:
            raise _decode_error(type_name, error, decoder.number_of_read_bits()) from error
        if type_name is None or key not in self._types_by_key:
            what = "a message of a later edition" if key is None else f"message {key!r}"
            raise CodecError(f"{what} is not known to this profile (known: {', '.join(self.type_names)})")
        self._refuse_trailing(type_name, data, decoder)
        self.check(type_name, value)
        _compare(type_name, bytes(data), self._encode(type_name, value))
        return type_name, value

    def peek(self, data: bytes) -> str | None:
        """Message type that the first bytes announce, None if it is not known."""
        return self._types_by_key.get(self._set.peek(bytes(data[:2])))

    def to_json(self, type_name: str, value: Value) -> Any:
        """An ASN.1 value as JSON (X.697)."""
        return to_json(self._asn1[self._wire_name(type_name)], value)

    def from_json(self, type_name: str, value: Any) -> Value:
        """JSON as an ASN.1 value, not yet checked; `CodecError` where its form is wrong."""
        try:
            converted: Value = from_json(self._asn1[self._wire_name(type_name)], value)
        except Fault as fault:
            raise _error(type_name, fault) from None
        return converted

    def _wire_name(self, type_name: str) -> str:
        if type_name not in self._set.messages:
            known = list(self._set.messages)
            raise CodecError(f"unknown message type '{type_name}', {did_you_mean(type_name, known)}")
        return self._set.messages[type_name][1]

    def _encode(self, type_name: str, value: Value) -> bytes:
        encoder = uper.Encoder()
        try:
            self._frame.encode(self._set.wrap(self._set.messages[type_name][0], value), encoder)
            data = bytes(encoder.as_bytearray())
        except _FAILURES as error:
            raise CodecError(f"cannot be encoded: {error}", path=type_name) from error
        if len(data) > MAX_FRAME_BYTES:
            raise CodecError(f"{len(data)} bytes, no message is longer than {MAX_FRAME_BYTES}", path=type_name)
        return data

    @staticmethod
    def _refuse_trailing(type_name: str, data: bytes, decoder: Any) -> None:
        unread = decoder.number_of_bits
        if unread >= 8:
            raise CodecError(f"{unread // 8} bytes after the end (bit {8 * len(data) - unread})", path=type_name)


def _error(type_name: str, fault: Fault) -> CodecError:
    path = f"{type_name}.{fault.path}" if fault.path else type_name
    return CodecError(fault.reason, path=path)


def _decode_error(type_name: str | None, error: Exception, read_bits: int) -> CodecError:
    offset = error.offset if isinstance(error, DecodeError) and error.offset is not None else read_bits
    message = error.message if isinstance(error, ErrorWithLocation) else str(error) or type(error).__name__
    location = error.location_str if isinstance(error, ErrorWithLocation) else ""
    _, _, inside = location.partition(".")  # without the frame's own member
    return CodecError(f"{message} at bit {offset}", path=".".join(filter(None, (type_name, inside))) or None)


def _compare(type_name: str, received: bytes, encoded: bytes) -> None:
    """Refuse bytes that are not what their value encodes to."""
    if received == encoded:
        return
    bits = 8 * min(len(received), len(encoded))
    difference = int.from_bytes(received[: bits // 8]) ^ int.from_bytes(encoded[: bits // 8])
    first = bits - difference.bit_length()
    raise CodecError(
        f"the value encodes to {len(encoded)} other bytes (received {len(received)}, first difference at bit {first}): "
        "unknown extensions, set padding bits, or another dialect",
        path=type_name,
    )
