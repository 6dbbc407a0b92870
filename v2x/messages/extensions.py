"""Extensible types that relay what a later edition adds, bit by bit, and say how much an earlier one knew.

An extension marker promises that receivers can skip what they do not know (X.691 clauses 14.3, 19.7 and 23.8); who
relays a message must not lose it either. asn1tools drops it. Here what is unknown stays in the value under names that
no ASN.1 identifier can have:

- a SEQUENCE has ``"...3": bytes`` for its fourth addition, and ``"...": 5`` if the sender's type has five additions
  and ours has another number;
- an ENUMERATED is ``"...3"`` for the fourth additional value;
- a CHOICE is ``("...3", bytes)`` for the fourth additional alternative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from asn1tools.codecs import DecodeError, ErrorWithLocation, OutOfDataError, per, uper

#: Begins the names of what this edition does not know; alone, it is the number of additions of the sender's type.
UNKNOWN = "..."
#: asn1tools cannot write more presence bits; no message set comes near.
MAX_ADDITIONS = 127


def unknown_index(name: str) -> int | None:
    """Position among the additions that a name like ``...3`` says, None for any other name."""
    digits = name.removeprefix(UNKNOWN)
    if digits == name or not (digits.isascii() and digits.isdigit() and len(digits) <= 5):
        return None
    return int(digits) if digits == str(int(digits)) else None


def append_open(kind: Any, value: Any, encoder: Any) -> None:
    """Append an open type (X.691 11.2): a length, then the value padded to whole bytes; bytes where kind is None."""
    content = value
    if kind is not None:
        nested = uper.Encoder()
        kind.encode(value, nested)
        content = bytes(nested.as_bytearray()) or b"\x00"
    encoder.append_length_determinant(len(content))
    encoder.append_bytes(content)


def read_open(kind: Any, decoder: Any, place: Any = None) -> Any:
    """Read an open type; bytes where kind is None.

    An error inside carries its offset from the start of the frame and the name of ``place``, the member it is in.
    """
    length = decoder.read_length_determinant()
    start = decoder.number_of_read_bits()
    content = decoder.read_bytes(length)
    if kind is None:
        return content
    nested = Decoder(content)
    try:
        return kind.decode(nested)
    except ErrorWithLocation as error:
        if isinstance(error, DecodeError):
            error.offset = start + nested.number_of_read_bits()
        error.add_location(place or kind)
        raise


class Decoder(uper.Decoder):  # type: ignore[misc]
    """asn1tools' cursor on the digits of a frame, with fewer steps on the way to a number."""

    number_of_bits: int

    def read_bit(self) -> int:
        """The next bit."""
        left = self.number_of_bits
        if not left:
            raise OutOfDataError(self.number_of_read_bits())
        self.number_of_bits = left - 1
        return 1 if self.value[-left] == "1" else 0

    def read_non_negative_binary_integer(self, number_of_bits: int) -> int:
        """The number in the next bits, 0 if these are none."""
        left = self.number_of_bits
        if number_of_bits > left:
            raise OutOfDataError(self.number_of_read_bits())
        if not number_of_bits:
            return 0
        self.number_of_bits = left - number_of_bits
        start = self.total_number_of_bits - left
        return int(self.value[start : start + number_of_bits], 2)


class Sequence(uper.Sequence):  # type: ignore[misc]
    """SEQUENCE that keeps unknown additions."""

    def __init__(self, name: str, root_members: list[Any], additions: list[Any] | None) -> None:
        super().__init__(name, root_members, additions)
        self._members = [
            [member.name for member in addition.root_members] if is_group(addition) else [addition.name]
            for addition in additions or ()
        ]

    def encode(self, data: Mapping[str, Any], encoder: Any) -> None:
        """Append the value; unlike in asn1tools, an addition that cannot be encoded is an error."""
        if self.additions is None:
            self.encode_root(data, encoder)
            return
        present = [index for index, names in enumerate(self._members) if any(name in data for name in names)]
        present += sorted(index for name in data if (index := unknown_index(name)) is not None)
        encoder.append_bit(bool(present))
        self.encode_root(data, encoder)
        if present:
            self._append_additions(present, data, encoder)

    def _append_additions(self, present: list[int], data: Mapping[str, Any], encoder: Any) -> None:
        count = data.get(UNKNOWN, len(self.additions))
        encoder.append_normally_small_length(count)
        encoder.append_non_negative_binary_integer(sum(1 << count - 1 - index for index in present), count)
        for index in present:
            addition = self.additions[index] if index < len(self.additions) else None
            if addition is None:
                append_open(None, data[f"{UNKNOWN}{index}"], encoder)
            else:
                append_open(addition, data if is_group(addition) else data[addition.name], encoder)

    @cached_property
    def _steps(self) -> list[tuple[Any, str, int, Callable[[Any], Any], int, int]]:
        """For each member of the root: itself, name, presence bit (0: always there), how to read it, bits, least value.

        The bits are those of an INTEGER of fixed width, which need no call; 0 for anything else.
        """
        count = len(self.optionals)
        bits = {id(member): 1 << count - 1 - index for index, member in enumerate(self.optionals)}
        return [
            (member, member.name, bits.get(id(member), 0), reader_of(member), *_fixed_integer(member))
            for member in self.root_members
        ]

    def decode_root(self, decoder: Any) -> dict[str, Any]:
        """Read the members in front of the extension; as asn1tools does, with fewer steps."""
        count, digits, total = len(self.optionals), decoder.value, decoder.total_number_of_bits
        if count > decoder.number_of_bits:
            decoder.number_of_bits = 0
            raise OutOfDataError(total)
        present = decoder.read_non_negative_binary_integer(count)
        values: dict[str, Any] = {}
        try:
            for member, name, presence, decode, bits, least in self._steps:
                if presence and not present & presence:
                    if member.has_default():
                        values[name] = member.default
                elif 0 < bits <= decoder.number_of_bits:
                    start = total - decoder.number_of_bits
                    decoder.number_of_bits -= bits
                    values[name] = least + int(digits[start : start + bits], 2)
                else:
                    values[name] = decode(decoder)
        except ErrorWithLocation as error:
            error.add_location(member)
            raise
        return values

    def decode_additions(self, decoder: Any) -> dict[str, Any]:
        """Read what stands behind the extension bit."""
        count = decoder.read_normally_small_length()
        presence = decoder.read_non_negative_binary_integer(count)
        decoded: dict[str, Any] = {} if count == len(self.additions) else {UNKNOWN: count}
        for index in range(count):
            if not presence >> count - 1 - index & 1:
                continue
            if index >= len(self.additions):
                decoded[f"{UNKNOWN}{index}"] = read_open(None, decoder)
                continue
            addition = self.additions[index]
            value = read_open(addition, decoder)
            decoded.update(value if is_group(addition) else {addition.name: value})
        return decoded


class Enumerated(uper.Enumerated):  # type: ignore[misc]
    """ENUMERATED that keeps unknown values."""

    def encode(self, data: str, encoder: Any) -> None:
        """Append the value."""
        index = unknown_index(data)
        if index is None:
            super().encode(data, encoder)
            return
        encoder.append_bit(1)
        encoder.append_normally_small_non_negative_whole_number(index)

    def decode(self, decoder: Any) -> str:
        """Read the value."""
        if self.additions_index_to_data is None or not decoder.read_bit():
            root: str = self.decode_root(decoder)
            return root
        index = decoder.read_normally_small_non_negative_whole_number()
        known: str = self.additions_index_to_data.get(index, f"{UNKNOWN}{index}")
        return known


class Choice(uper.Choice):  # type: ignore[misc]
    """CHOICE that keeps unknown alternatives."""

    def encode_additions(self, data: tuple[str, Any], encoder: Any) -> None:
        """Append an alternative beyond the extension marker."""
        index = unknown_index(data[0])
        known = index is None
        if known:
            index = self.additions_name_to_index[data[0]]
        encoder.append_normally_small_non_negative_whole_number(index)
        append_open(self.additions_index_to_member[index] if known else None, data[1], encoder)

    def decode_root(self, decoder: Any) -> tuple[str, Any]:
        """Read an alternative in front of the marker; as asn1tools does, with fewer steps."""
        members = self.root_index_to_member
        index = decoder.read_non_negative_binary_integer(self.root_number_of_bits) if len(members) > 1 else 0
        member = members.get(index)
        if member is None:
            raise DecodeError(f"Expected choice index {self.format_root_indexes()}, but got {index}.")
        try:
            return member.name, reader_of(member)(decoder)
        except ErrorWithLocation as error:
            error.add_location(member)
            raise

    def decode_additions(self, decoder: Any) -> tuple[str, Any]:
        """Read an alternative beyond the extension marker."""
        index = decoder.read_normally_small_non_negative_whole_number()
        member = self.additions_index_to_member.get(index)
        name = f"{UNKNOWN}{index}" if member is None else member.name
        return name, read_open(member, decoder)


def reader_of(kind: Any) -> Callable[[Any], Any]:
    """How to read a value of a type: straight its root where it has no extension marker."""
    plain = (
        (isinstance(kind, Sequence) and kind.additions is None)
        or (isinstance(kind, Choice) and kind.additions_index_to_member is None)
        or (isinstance(kind, Enumerated) and kind.additions_index_to_data is None)
    )
    read: Callable[[Any], Any] = kind.decode_root if plain else kind.decode
    return read


def _fixed_integer(kind: Any) -> tuple[int, int]:
    """Bits and least value of an INTEGER of fixed width, zeros for any other type."""
    if isinstance(kind, uper.Integer) and not kind.has_extension_marker and kind.number_of_bits is not None:
        return kind.number_of_bits, kind.minimum
    return 0, 0


def is_group(addition: Any) -> bool:
    """Whether an addition is a group ``[[ ]]``, whose members share one open type."""
    return isinstance(addition, per.AdditionGroup)
