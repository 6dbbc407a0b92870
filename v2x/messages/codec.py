"""The strict codec of a profile: values to MessageFrame bytes and back, or a `CodecError` with path and bit offset.

Bytes are accepted only if they decode to a value that the profile allows and that encodes to the same bytes again: UPER
has no other check, and a frame of another dialect usually decodes to nonsense.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import asn1tools
from asn1tools.codecs import DecodeError, ErrorWithLocation, uper

from v2x.data import data_dir
from v2x.errors import CodecError, InputError
from v2x.messages.checker import Check, Checkers, Fault
from v2x.messages.columnar import Layout
from v2x.messages.extensions import UNKNOWN, Decoder
from v2x.messages.jer import from_json, to_json
from v2x.messages.leaves import Leaf, Walk
from v2x.messages.uper import MAX_OPEN_TYPE_BYTES, OpenTypes, compile_uper
from v2x.registry import did_you_mean

Value = dict[str, Any]

#: What a decoder may raise on bytes that are no message, and an encoder on a value that is none.
_FAILURES = (
    asn1tools.Error,
    ErrorWithLocation,
    NotImplementedError,
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
    RecursionError,
)

#: As many bytes as a set may need to tell the message: T/CSAE 157 has its number behind a length.
_PEEKED = 5
#: The longest frame. One byte more could be an open type that is too long, behind the one byte that T/CSAE 157 has
#: before it and the one byte that its length has in fragments.
MAX_FRAME_BYTES = MAX_OPEN_TYPE_BYTES + 2


@dataclass(frozen=True)
class MessageSet:
    """A family's modules and the form of its outer frame.

    Attributes
    ----------
    modules
        Files of the modules under ``asn1``, without suffix.
    messages
        Short name -> (key in the frame, ASN.1 type).
    open_types
        What open types contain.
    wrap
        (key, value) -> value of MessageFrame.
    unwrap
        The inverse.
    peek
        First bytes of a frame (up to five) -> key, whatever follows.
    outer
        Key -> how many members of the frame stand around its message; paths leave them out.
    """

    modules: tuple[str, ...]
    messages: Mapping[str, tuple[Any, str]]
    open_types: OpenTypes
    wrap: Callable[[Any, Any], Any]
    unwrap: Callable[[Any], tuple[Any, Any]]
    peek: Callable[[bytes], Any]
    outer: Callable[[Any], int]

    def files(self) -> list[Path]:
        """The modules."""
        folder = data_dir("asn1")
        return [folder / f"{module}.asn" for module in self.modules]


class Codec:
    """Strict UPER of one message set. Compiles its modules at the first use.

    Parameters
    ----------
    message_set
        Modules and frame.
    asn1
        The compiled modules, if they are not to be those of the set.
    """

    def __init__(self, message_set: MessageSet, asn1: dict[str, Any] | None = None) -> None:
        self._set, self._given = message_set, asn1
        self._types_by_key = {key: name for name, (key, _) in message_set.messages.items()}

    def with_modules(self, path: Path) -> Codec:
        """A codec of the same family on other modules, such as the standard's own that a user has a licence for.

        Parameters
        ----------
        path
            A module, or a folder of ``*.asn`` files. The types must have the standard's names; messages that they do
            not define are not known to the new codec.

        Raises
        ------
        InputError
            When the modules cannot be read, do not fit together, define no MessageFrame or none of the messages, or
            have a type that is not supported.
        """
        files = sorted(path.glob("*.asn")) if path.is_dir() else [path]
        if not files:
            raise InputError("no *.asn files here", file=path)
        try:
            asn1 = compile_uper(files, self._set.open_types, complete=False)
        except InputError as error:
            raise InputError(error.reason, file=error.file or path) from error
        if "MessageFrame" not in asn1:
            raise InputError("the modules define no MessageFrame", file=path)
        messages = {name: entry for name, entry in self._set.messages.items() if entry[1] in asn1}
        if not messages:
            wanted = ", ".join(asn1_name for _, asn1_name in self._set.messages.values())
            raise InputError(f"the modules define none of the messages of this family: {wanted}", file=path)
        codec = Codec(replace(self._set, messages=messages), asn1)
        try:
            codec._checks  # noqa: B018 (built now: what is not supported is the modules' fault, not that of a frame)
        except InputError as error:
            raise InputError(error.reason, file=path) from error
        return codec

    @property
    def type_names(self) -> tuple[str, ...]:
        """Short names of the messages it knows."""
        return tuple(self._set.messages)

    @cached_property
    def _asn1(self) -> dict[str, Any]:
        return self._given or compile_uper(self._set.files(), self._set.open_types)

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
        key = self._set.messages[type_name][0]
        return Layout.of(self._frame, self._set.wrap(key, exemplar), data, outer=self._set.outer(key))

    def leaves(self, type_name: str, value: Value) -> list[Leaf]:
        """The leaves of a valid value; where they have no fixed place, their offsets mean nothing."""
        walk = Walk()
        walk.visit(self._asn1[self.wire(type_name)[1]], value, ())
        return walk.leaves

    def check(self, type_name: str, value: Value) -> None:
        """`CodecError` unless the value fits the message's ASN.1 type."""
        self.wire(type_name)
        try:
            self._checks[type_name](value)
        except Fault as fault:
            raise _error(type_name, fault) from None

    def decode(self, data: bytes, *, proven: bool = False) -> tuple[str, Value]:
        """The bytes of a MessageFrame as (message type, ASN.1 value).

        What a later edition adds stays in the value under the names of `v2x.messages.extensions`.

        Parameters
        ----------
        data
            The frame.
        proven
            It has passed the strict codec before; then it is not proved again that values are in range and encode to
            these very bytes, which takes more than half of the time.

        Raises
        ------
        CodecError
            Whatever the bytes: truncated, trailing bytes, unknown message, a value out of range, another dialect.
            With the path and the bit offset from the start of the frame where they are known.
        """
        if len(data) > MAX_FRAME_BYTES:
            raise CodecError(f"{len(data)} bytes, no message is longer than {MAX_FRAME_BYTES}")
        type_name = self.peek(data)
        decoder = Decoder(bytes(data))
        try:
            key, value = self._set.unwrap(self._frame.decode(decoder))
        except _FAILURES as error:
            outer = self._set.outer(self._set.messages[type_name][0]) if type_name else 0
            raise _decode_error(type_name, outer, error, decoder.number_of_read_bits()) from error
        if type_name is None or key not in self._types_by_key:
            what = "a message of a later edition" if str(key).startswith(UNKNOWN) else f"message {key!r}"
            raise CodecError(f"{what} is not known to this profile (known: {', '.join(self.type_names)})")
        self._refuse_trailing(type_name, data, decoder)
        if not proven:
            self.check(type_name, value)
            _compare(type_name, bytes(data), self._encode(type_name, value))
        return type_name, value

    def peek(self, data: bytes) -> str | None:
        """Message type that the first bytes announce, None if it is not known."""
        return self._types_by_key.get(self._set.peek(bytes(data[:_PEEKED])))

    def to_json(self, type_name: str, value: Value) -> Any:
        """An ASN.1 value as JSON (X.697)."""
        return to_json(self._asn1[self.wire(type_name)[1]], value)

    def from_json(self, type_name: str, value: Any) -> Value:
        """JSON as an ASN.1 value, not yet checked; `CodecError` where its form is wrong."""
        try:
            converted: Value = from_json(self._asn1[self.wire(type_name)[1]], value)
        except Fault as fault:
            raise _error(type_name, fault) from None
        return converted

    def wire(self, type_name: str) -> tuple[Any, str]:
        """What stands for a message type in a MessageFrame: its number or name there, and its ASN.1 type."""
        if type_name not in self._set.messages:
            known = list(self._set.messages)
            raise CodecError(f"unknown message type '{type_name}', {did_you_mean(type_name, known)}")
        return self._set.messages[type_name]

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


def within(type_name: str, convert: Callable[..., Any], *arguments: Any) -> Any:
    """Run a converter; put the message type before the path of its errors."""
    try:
        return convert(*arguments)
    except CodecError as error:
        path = ".".join(part for part in (type_name, error.path) if part)
        raise CodecError(error.reason, path=path) from error


def _error(type_name: str, fault: Fault) -> CodecError:
    path = f"{type_name}.{fault.path}" if fault.path else type_name
    return CodecError(fault.reason, path=path)


def _decode_error(type_name: str | None, outer: int, error: Exception, read_bits: int) -> CodecError:
    offset = error.offset if isinstance(error, DecodeError) and error.offset is not None else read_bits
    message = error.message if isinstance(error, ErrorWithLocation) else str(error) or type(error).__name__
    location = error.location_str if isinstance(error, ErrorWithLocation) else ""
    path = type_name and ".".join((type_name, *location.split(".")[outer:])).replace(".[", "[")
    return CodecError(f"{message} at bit {offset}", path=path)


def _compare(type_name: str, received: bytes, encoded: bytes) -> None:
    """Refuse bytes that are not what their value encodes to."""
    if received == encoded:
        return
    bits = 8 * min(len(received), len(encoded))
    difference = int.from_bytes(received[: bits // 8]) ^ int.from_bytes(encoded[: bits // 8])
    first = bits - difference.bit_length()
    raise CodecError(
        f"the value encodes to {len(encoded)} other bytes (received {len(received)}, first difference at bit {first}): "
        "set padding bits, another dialect, or extensions that the standard does not allow",
        path=type_name,
    )
