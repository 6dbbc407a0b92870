"""The leaves of a message: a walk over a compiled type together with one value, counting bits as the encoder does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from asn1tools.codecs import uper

from v2x.errors import CodecError
from v2x.messages.extensions import UNKNOWN, Choice, Enumerated, Sequence, is_group, unknown_index
from v2x.messages.uper import (
    MAX_OPEN_TYPE_BYTES,
    BitString,
    IA5String,
    NumberedSequence,
    ObjectIdentifier,
    SequenceOf,
)

#: What a leaf is in ASN.1: INTEGER, BOOLEAN, ENUMERATED, NULL; BIT, OCTET and character STRING.
Kind = Literal["integer", "boolean", "enumerated", "null", "bits", "octets", "characters"]

#: Bits of a unit of the strings.
UNIT_BITS: dict[Kind, int] = {"bits": 1, "octets": 8, "characters": 7}

_Path = tuple[str, ...]


class Leaf(NamedTuple):
    """A leaf of a shape.

    Attributes
    ----------
    path
        Dotted, list positions in brackets, alternatives by name.
    kind
        What it is.
    offset, width
        First bit from the start of the frame, and number of bits.
    minimum, maximum
        Bounds of its raw integer: the number itself, the index of an enumeration, the bits of a string. They are equal,
        and the width is 0, where the value is part of the shape.
    raw
        The exemplar's.
    names
        Of an enumeration, by raw integer; the last one may be of a later edition.
    """

    path: str
    kind: Kind
    offset: int
    width: int
    minimum: int
    maximum: int
    raw: int
    names: tuple[str, ...] = ()


class Walk:
    """One pass over a type and a value (clauses of X.691).

    Parameters
    ----------
    outer
        How many outer members the paths leave out.

    Attributes
    ----------
    leaves
        In the order of their offsets.
    at
        Bits so far.
    fault
        The first thing that has no fixed place, so that offsets behind it mean nothing; None if all have.
    """

    def __init__(self, outer: int = 0) -> None:
        self.leaves: list[Leaf] = []
        self.at = 0
        self.fault: CodecError | None = None
        self._outer = outer

    def visit(self, kind: Any, value: Any, path: _Path) -> None:
        """Step over one value."""
        step = _STEPS.get(type(kind))
        if step is None:
            self._refuse(f"ASN.1 type {kind.type_name}", path)
        else:
            step(self, kind, value, path)

    def integer(self, kind: Any, value: int, path: _Path) -> None:
        """Clause 13."""
        self.at += bool(kind.has_extension_marker)
        if kind.minimum is None or not kind.minimum <= value <= kind.maximum:
            self._refuse("an INTEGER without bounds" if kind.minimum is None else "an extended INTEGER", path)
            self._constant("integer", path, value)
            return
        self._leaf("integer", path, kind.number_of_bits, (kind.minimum, kind.maximum), value)

    def enumerated(self, kind: Any, value: str, path: _Path) -> None:
        """Clause 14."""
        roots, added = kind.root_data_to_index, kind.additions_data_to_index
        names = (*roots, *(added or ()))
        self.at += added is not None
        if value in roots:
            self._leaf("enumerated", path, kind.root_number_of_bits, (0, len(roots) - 1), roots[value], names)
            return
        self._small(added.get(value, unknown_index(value)), path)
        names = names if value in names else (*names, value)
        self._constant("enumerated", path, names.index(value), names)

    def boolean(self, _kind: Any, value: bool, path: _Path) -> None:
        """Clause 12."""
        self._leaf("boolean", path, 1, (0, 1), int(value))

    def null(self, _kind: Any, _value: None, path: _Path) -> None:
        """Clause 24: no bits, it is there or not."""
        self._constant("null", path, 1)

    def bit_string(self, kind: Any, value: tuple[bytes, int], path: _Path) -> None:
        """Clause 16."""
        data, bits = value
        self._size(kind, bits, path)
        self._string("bits", path, bits, int.from_bytes(data) >> 8 * len(data) - bits)

    def octet_string(self, kind: Any, value: bytes, path: _Path) -> None:
        """Clause 17."""
        self._size(kind, len(value), path)
        self._string("octets", path, 8 * len(value), int.from_bytes(value))

    def ia5_string(self, kind: Any, value: str, path: _Path) -> None:
        """Clause 30, seven bits a character."""
        self._size(kind, len(value), path)
        self._string("characters", path, 7 * len(value), _seven_bits(value))

    def object_identifier(self, _kind: Any, value: str, path: _Path) -> None:
        """Clause 31: of its own length, so without a place; given as text."""
        self._refuse("ASN.1 type OBJECT IDENTIFIER", path)
        self._string("characters", path, 7 * len(value), _seven_bits(value))

    def sequence(self, kind: Any, value: dict[str, Any], path: _Path) -> None:
        """Clause 19."""
        self.at += kind.additions is not None
        self._members(kind, value, path)
        self._additions(kind, value, path)

    def numbered(self, kind: NumberedSequence, value: dict[str, Any], path: _Path) -> None:
        """Clauses 19 and 11.2: a number, part of the shape since it says what follows, and an open type."""
        self.at += kind.additions is not None
        number = value[kind.number.name]
        before = len(self.leaves)
        self.visit(kind.number, number, path)
        del self.leaves[before:]
        self._constant("integer", (*path, kind.number.name), number)
        self._open(kind.value.table.get(number), value[kind.value.name], (*path, kind.value.name))
        self._additions(kind, value, path)

    def sequence_of(self, kind: Any, value: list[Any], path: _Path) -> None:
        """Clause 20."""
        self._size(kind, len(value), path)
        for i, element in enumerate(value):
            self.visit(kind.element_type, element, (*path[:-1], f"{path[-1] if path else ''}[{i}]"))

    def choice(self, kind: Any, value: tuple[str, Any], path: _Path) -> None:
        """Clause 23."""
        name, content = value
        inside = (*path, name)
        self.at += kind.additions_index_to_member is not None
        if name in kind.root_name_to_index:
            self.at += kind.root_number_of_bits
            self.visit(kind.root_index_to_member[kind.root_name_to_index[name]], content, inside)
            return
        index = kind.additions_name_to_index.get(name, unknown_index(name))
        self._small(index, inside)
        self._open(kind.additions_index_to_member.get(index), content, inside)

    def _members(self, kind: Any, value: dict[str, Any], path: _Path) -> None:
        """Presence bits and members of a SEQUENCE or an addition group."""
        self.at += len(kind.optionals)
        for member in kind.root_members:
            if member.name in value:
                if member.default is not None:
                    self._refuse("a member with a DEFAULT", (*path, member.name))
                self.visit(member, value[member.name], (*path, member.name))

    def _additions(self, kind: Any, value: dict[str, Any], path: _Path) -> None:
        """Clauses 19.7 to 19.9: how many the type has, which are there, each as an open type."""
        present = {index: name for name in value if (index := unknown_index(name)) is not None}
        for index, addition in enumerate(kind.additions or ()):
            names = [member.name for member in addition.root_members] if is_group(addition) else [addition.name]
            if any(name in value for name in names):
                present[index] = addition.name
        if not present:
            return
        count = value.get(UNKNOWN, len(kind.additions))
        self._small(count - 1, path)
        self.at += count
        for index, name in sorted(present.items()):
            addition = kind.additions[index] if index < len(kind.additions) else None
            if is_group(addition):
                self._open(addition, value, path)
            else:
                self._open(addition, value[name], (*path, name))

    def _open(self, kind: Any, content: Any, path: _Path) -> None:
        """Clause 11.2: a length, then whole bytes."""
        before, place = len(self.leaves), self.at
        self.at += 8  # as if the length fitted in one byte
        if kind is None:
            self._string("octets", path, 8 * len(content), int.from_bytes(content))
        elif is_group(kind):
            self._members(kind, content, path)
        else:
            self.visit(kind, content, path)
        size = -(-(self.at - place - 8) // 8) or kind is not None  # no bits are one byte, no bytes are none
        self.at = place
        self._determinant(size, path)
        if self.at > place + 8:
            self.leaves[before:] = [leaf._replace(offset=leaf.offset + 8) for leaf in self.leaves[before:]]
        self.at += 8 * size

    def _size(self, kind: Any, size: int, path: _Path) -> None:
        """The length of a string or list, nothing where it is fixed (clauses 11.9, 16.6, 17.3, 20.4)."""
        bounded = kind.number_of_bits is not None and kind.minimum <= size <= kind.maximum
        self.at += bool(kind.has_extension_marker)
        if bounded:
            self.at += kind.number_of_bits
        else:
            self._determinant(size, path)

    def _determinant(self, size: int, path: _Path) -> None:
        """A length without bounds, in one or two bytes (clause 11.9)."""
        if size > MAX_OPEN_TYPE_BYTES:
            self._refuse(f"a length of {size}", path)
        self.at += 8 if size < 128 else 16

    def _small(self, number: int, path: _Path) -> None:
        """A normally small number (clause 11.6)."""
        if number >= 64:
            self._refuse(f"extension {number}", path)
        self.at += 7

    def _leaf(
        self, kind: Kind, path: _Path, width: int, bounds: tuple[int, int], raw: int, names: tuple[str, ...] = ()
    ) -> None:
        self.leaves.append(Leaf(self._dotted(path), kind, self.at, width, *bounds, raw, names))
        self.at += width

    def _string(self, kind: Kind, path: _Path, width: int, raw: int) -> None:
        self._leaf(kind, path, width, (0, (1 << width) - 1), raw)

    def _constant(self, kind: Kind, path: _Path, raw: int, names: tuple[str, ...] = ()) -> None:
        """What is the same in all messages of the shape."""
        if len(path) > self._outer:
            self._leaf(kind, path, 0, (raw, raw), raw, names)

    def _dotted(self, path: _Path) -> str:
        return ".".join(path[self._outer :])

    def _refuse(self, what: str, path: _Path) -> None:
        self.fault = self.fault or CodecError(f"{what} has no place in a layout", path=self._dotted(path) or None)


def _seven_bits(text: str) -> int:
    number = 0
    for code in text.encode("ascii"):
        number = number << 7 | code
    return number


_STEPS: dict[type, Callable[[Walk, Any, Any, _Path], None]] = {
    uper.Integer: Walk.integer,
    Enumerated: Walk.enumerated,
    uper.Boolean: Walk.boolean,
    uper.Null: Walk.null,
    uper.OctetString: Walk.octet_string,
    BitString: Walk.bit_string,
    IA5String: Walk.ia5_string,
    ObjectIdentifier: Walk.object_identifier,
    Sequence: Walk.sequence,
    NumberedSequence: Walk.numbered,
    SequenceOf: Walk.sequence_of,
    Choice: Walk.choice,
}
