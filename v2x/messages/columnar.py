"""Where the leaves of a message lie, so that numpy can write thousands of messages at once.

UPER has no tags: two messages with the same optional members, alternatives and lengths have every leaf at the same bit.
Such a *shape* is measured once, by walking the compiled type together with one exemplar. What is no leaf (extension and
presence bits, alternatives, lengths, padding, the frame's header) is the same in every message of the shape and is
taken from the exemplar as the ordinary codec encodes it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from asn1tools.codecs import uper
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.messages.uper import MAX_OPEN_TYPE_BYTES, BitString, NumberedSequence

#: Raw integers of a leaf, one a row; booleans count as 0 and 1.
RawColumn = NDArray[np.integer[Any]] | NDArray[np.bool_]
U64 = NDArray[np.uint64]

#: Leaves are written in words of this many bits, and none may be longer.
_WORD_BITS = 64
_WORD_MASK = (1 << _WORD_BITS) - 1


@dataclass(frozen=True)
class Leaf:
    """A leaf of a shape.

    Attributes
    ----------
    path
        Dotted, list positions in brackets, alternatives by name.
    offset, width
        First bit from the start of the frame, and number of bits.
    minimum, maximum
        Bounds of its raw integer: the number itself, the index of an enumeration, the bits of a string.
    raw
        The exemplar's.
    names
        Of an enumeration, by raw integer.
    """

    path: str
    offset: int
    width: int
    minimum: int
    maximum: int
    raw: int
    names: tuple[str, ...] = ()

    def bits(self, column: RawColumn, rows: NDArray[np.intp]) -> U64:
        """What goes on the air for some rows of a column; `CodecError` with path, row and value if out of bounds."""
        if column.dtype.kind not in "iub":
            raise CodecError(f"expected a column of integers, got {column.dtype}", path=self.path)
        values = column[rows]
        low, high = int(values.min()), int(values.max())
        if low < self.minimum or high > self.maximum:
            bad = low if low < self.minimum else high
            row = int(rows[np.flatnonzero(values == bad)[0]])
            raise CodecError(f"{bad} in row {row}, range {self.minimum} to {self.maximum}", path=self.path)
        # modulo 2^64 on both sides, so that negative numbers and 64-bit identities need no wider type
        return values.astype(np.uint64) - np.uint64(self.minimum & _WORD_MASK)


class Layout:
    """The leaves of one shape and the bits between them.

    Parameters
    ----------
    leaves
        In the order of their offsets.
    data
        The exemplar's bytes.
    """

    def __init__(self, leaves: Collection[Leaf], data: bytes) -> None:
        self.leaves = {leaf.path: leaf for leaf in leaves}
        self.frame_bytes = len(data)
        self._words = -(-8 * len(data) // _WORD_BITS)
        self._blank = int.from_bytes(data) << self._words * _WORD_BITS - 8 * len(data)
        for leaf in leaves:
            self._blank &= ~((1 << leaf.width) - 1 << self._shift(leaf))

    @classmethod
    def of(cls, kind: Any, exemplar: Any, data: bytes, outer: int = 0) -> Layout:
        """Measure the shape of an exemplar.

        Parameters
        ----------
        kind
            Compiled type (`v2x.messages.uper.compile_uper`).
        exemplar
            A valid value of it.
        data
            Its encoding.
        outer
            How many outer members the paths leave out.

        Raises
        ------
        CodecError
            With the path of what has no fixed place: a leaf of more than 64 bits, an extension, an INTEGER without
            bounds, a type that the walk does not know.
        """
        walk = _Walk(outer)
        walk.visit(kind, exemplar, ())
        layout = cls(walk.leaves, data)
        written = layout._constant(()).to_bytes(8 * layout._words)[: len(data)]
        if written != data or -(-walk.at // 8) != len(data):
            raise CodecError(f"the encoder does not put {kind.type_name} where X.691 has it")
        return layout

    def encode(self, columns: Mapping[str, RawColumn], rows: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Messages of this shape.

        Parameters
        ----------
        columns
            Path of a leaf -> its raw integers. A leaf without a column is as in the exemplar.
        rows
            (n,) which rows of the columns to encode.

        Returns
        -------
        ndarray
            (n, frame_bytes), one message a row.

        Raises
        ------
        CodecError
            An unknown path; a value out of bounds, with path, row and value.
        """
        for path in columns.keys() - self.leaves.keys():
            raise CodecError("no such leaf in messages of this shape", path=path)
        words = np.empty((self._words, len(rows)), np.uint64)
        constant = self._constant(columns.keys())
        for i in range(self._words):
            words[i] = constant >> (self._words - 1 - i) * _WORD_BITS & _WORD_MASK
        for path, column in columns.items():
            if len(rows):
                _write(words, self.leaves[path], self.leaves[path].bits(column, rows))
        by_row = np.ascontiguousarray(words.T, dtype=">u8")
        return by_row.view(np.uint8)[:, : self.frame_bytes]

    def _shift(self, leaf: Leaf) -> int:
        """Bits to the right of a leaf in the message as one number."""
        return self._words * _WORD_BITS - leaf.offset - leaf.width

    def _constant(self, varying: Collection[str]) -> int:
        """The exemplar as one number, the varying leaves zero."""
        number = self._blank
        for path, leaf in self.leaves.items():
            if path not in varying:
                number |= leaf.raw - leaf.minimum << self._shift(leaf)
        return number


def _write(words: U64, leaf: Leaf, bits: U64) -> None:
    """Put a leaf, which lies in one word or across two, into every message."""
    if not leaf.width:
        return
    end = leaf.offset + leaf.width
    first, last = leaf.offset // _WORD_BITS, (end - 1) // _WORD_BITS
    right = (last + 1) * _WORD_BITS - end
    words[last] |= bits << np.uint64(right)
    if first < last:
        words[first] |= bits >> np.uint64(_WORD_BITS - right)


@dataclass
class _Walk:
    """One pass over a type and its exemplar that counts bits as the encoder does (clauses of X.691)."""

    outer: int
    at: int = 0
    leaves: list[Leaf] = field(default_factory=list)

    def visit(self, kind: Any, value: Any, path: tuple[str, ...]) -> None:
        """Step over one value."""
        step = _STEPS.get(type(kind))
        if step is None:
            raise self._unsupported(f"ASN.1 type {kind.type_name}", path)
        step(self, kind, value, path)

    def integer(self, kind: Any, value: int, path: tuple[str, ...]) -> None:
        """Clause 13."""
        if kind.minimum is None:
            raise self._unsupported("an INTEGER without bounds", path)
        self._marker(kind.has_extension_marker, kind.minimum <= value <= kind.maximum, path)
        self._leaf(path, kind.number_of_bits, (kind.minimum, kind.maximum), value)

    def enumerated(self, kind: Any, value: str, path: tuple[str, ...]) -> None:
        """Clause 14."""
        indices = kind.root_data_to_index
        self._marker(kind.additions_index_to_data is not None, value in indices, path)
        self._leaf(path, kind.root_number_of_bits, (0, len(indices) - 1), indices[value], tuple(indices))

    def boolean(self, _kind: Any, value: bool, path: tuple[str, ...]) -> None:
        """Clause 12."""
        self._leaf(path, 1, (0, 1), int(value))

    def bit_string(self, kind: Any, value: tuple[bytes, int], path: tuple[str, ...]) -> None:
        """Clause 16."""
        data, bits = value
        self._size(kind, bits, path)
        self._leaf(path, bits, (0, (1 << bits) - 1), int.from_bytes(data) >> 8 * len(data) - bits)

    def octet_string(self, kind: Any, value: bytes, path: tuple[str, ...]) -> None:
        """Clause 17."""
        self._size(kind, len(value), path)
        self._octets(value, path)

    def sequence(self, kind: Any, value: dict[str, Any], path: tuple[str, ...]) -> None:
        """Clause 19."""
        root = {member.name: member for member in kind.root_members}
        self._marker(kind.additions is not None, value.keys() <= root.keys(), path)
        self.at += len(kind.optionals)
        for name, member in root.items():
            if name in value:
                if member.default is not None:
                    raise self._unsupported("a member with a DEFAULT", (*path, name))
                self.visit(member, value[name], (*path, name))

    def numbered(self, kind: NumberedSequence, value: dict[str, Any], path: tuple[str, ...]) -> None:
        """Clauses 19 and 11.2: a number, no leaf since it says what follows, and an open type."""
        self._marker(kind.additions is not None, True, path)
        number, content = value[kind.number.name], value[kind.value.name]
        before = len(self.leaves)
        self.visit(kind.number, number, path)
        del self.leaves[before:]
        inside = (*path, kind.value.name)
        inner = kind.value.table.get(number)
        if inner is None:
            self._determinant(len(content), inside)
            self._octets(content, inside)
            return
        nested = uper.Encoder()
        inner.encode(content, nested)
        size = max(1, nested.number_of_bytes())
        self._determinant(size, inside)
        end = self.at + 8 * size
        self.visit(inner, content, inside)
        self.at = end

    def sequence_of(self, kind: Any, value: list[Any], path: tuple[str, ...]) -> None:
        """Clause 20."""
        self._size(kind, len(value), path)
        for i, element in enumerate(value):
            self.visit(kind.element_type, element, (*path[:-1], f"{path[-1] if path else ''}[{i}]"))

    def choice(self, kind: Any, value: tuple[str, Any], path: tuple[str, ...]) -> None:
        """Clause 23."""
        name, content = value
        self._marker(kind.additions_index_to_member is not None, name in kind.root_name_to_index, path)
        self.at += kind.root_number_of_bits
        self.visit(kind.root_index_to_member[kind.root_name_to_index[name]], content, (*path, name))

    def null(self, kind: Any, value: None, path: tuple[str, ...]) -> None:
        """Clause 24: no bits."""

    def _leaf(
        self, path: tuple[str, ...], width: int, bounds: tuple[int, int], raw: int, names: tuple[str, ...] = ()
    ) -> None:
        if width > _WORD_BITS:
            raise self._unsupported(f"a leaf of {width} bits (at most {_WORD_BITS})", path)
        self.leaves.append(Leaf(self._dotted(path), self.at, width, *bounds, raw, names))
        self.at += width

    def _octets(self, value: bytes, path: tuple[str, ...]) -> None:
        self._leaf(path, 8 * len(value), (0, (1 << 8 * len(value)) - 1), int.from_bytes(value))

    def _marker(self, extensible: bool, in_root: bool, path: tuple[str, ...]) -> None:
        """The bit that says whether a value is of the extension."""
        if not in_root:
            raise self._unsupported("an extension", path)
        self.at += bool(extensible)

    def _size(self, kind: Any, size: int, path: tuple[str, ...]) -> None:
        """The length of a string or list, nothing where it is fixed (clauses 11.9, 16.6, 17.3, 20.4)."""
        bounded = kind.number_of_bits is not None and kind.minimum <= size <= kind.maximum
        self.at += bool(kind.has_extension_marker)
        if bounded:
            self.at += kind.number_of_bits
        else:
            self._determinant(size, path)

    def _determinant(self, size: int, path: tuple[str, ...]) -> None:
        """A length without bounds, in one or two bytes."""
        if size > MAX_OPEN_TYPE_BYTES:
            raise self._unsupported(f"a length of {size}", path)
        self.at += 8 if size < 128 else 16

    def _dotted(self, path: tuple[str, ...]) -> str:
        return ".".join(path[self.outer :])

    def _unsupported(self, what: str, path: tuple[str, ...]) -> CodecError:
        return CodecError(f"{what} has no place in a layout", path=self._dotted(path) or None)


_STEPS: dict[type, Callable[[_Walk, Any, Any, tuple[str, ...]], None]] = {
    uper.Integer: _Walk.integer,
    uper.Enumerated: _Walk.enumerated,
    uper.Boolean: _Walk.boolean,
    uper.Null: _Walk.null,
    uper.OctetString: _Walk.octet_string,
    BitString: _Walk.bit_string,
    uper.Sequence: _Walk.sequence,
    NumberedSequence: _Walk.numbered,
    uper.SequenceOf: _Walk.sequence_of,
    uper.Choice: _Walk.choice,
}
