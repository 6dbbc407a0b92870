"""Where the leaves of a message lie, so that numpy can write and read thousands of messages at once.

UPER has no tags: two messages with the same optional members, alternatives and lengths have every leaf at the same bit.
Such a *shape* is measured once, by walking the compiled type together with one exemplar. What is no leaf (extension and
presence bits, alternatives, lengths, padding, the frame's header) is the same in every message of the shape and is
taken from the exemplar as the ordinary codec encodes it. Messages are columns of 64-bit words, most significant first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.messages.leaves import Leaf, Walk

#: Raw integers of a leaf, one a row; booleans count as 0 and 1.
RawColumn = NDArray[np.integer[Any]] | NDArray[np.bool_]
U64 = NDArray[np.uint64]
Rows = NDArray[np.intp]

WORD_BITS = 64
_WORD_MASK = (1 << WORD_BITS) - 1

#: Choices of columns to write that a layout remembers.
_KEPT_CHOICES = 4
#: Words worked on at a time when reading, so that they stay in the processor's cache.
_AT_ONCE = 1 << 15


class Layout:
    """The leaves of one shape and the bits between them.

    Parameters
    ----------
    leaves
        In the order of their offsets.
    data
        The exemplar's bytes.

    Attributes
    ----------
    leaves
        By path.
    slots
        Path -> which rows of what `read` returns are the leaf's: one of its raw integer, or the 64-bit pieces of a
        longer string.
    frame_bytes
        Length of every message.
    """

    def __init__(self, leaves: Collection[Leaf], data: bytes) -> None:
        self.leaves = {leaf.path: leaf for leaf in leaves}
        self.slots = slots_of(leaves)
        self.frame_bytes = len(data)
        self._bits = _Bits([piece for leaf in leaves for piece in _pieces(leaf)])
        self._words = -(-8 * len(data) // WORD_BITS)
        mask = (1 << self._words * WORD_BITS) - 1
        for leaf in leaves:
            mask &= ~((1 << leaf.width) - 1 << self._shift(leaf))
        self._blank = mask & int.from_bytes(data) << self._words * WORD_BITS - 8 * len(data)
        self._varying = lru_cache(_KEPT_CHOICES)(self._vary)
        self._mask, self._key = self._as_words(mask), self._as_words(self._blank)

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
            With the path of what has no fixed place: an extended INTEGER or one without bounds, a member with a
            DEFAULT, a type that the walk does not know.
        """
        walk = Walk(outer)
        walk.visit(kind, exemplar, ())
        if walk.fault is not None:
            raise walk.fault
        layout = cls(walk.leaves, data)
        written = layout._constant(()).to_bytes(8 * layout._words)[: len(data)]
        if written != data or -(-walk.at // 8) != len(data):
            raise CodecError(f"the encoder does not put {kind.type_name} where X.691 has it")
        return layout

    def encode(self, columns: Mapping[str, RawColumn], rows: Rows) -> NDArray[np.uint8]:
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
            An unknown path; a leaf of more than 64 bits; a value out of bounds, with path, row and value.
        """
        bits, constant = self._varying(tuple(columns))
        words = np.empty((self._words, len(rows)), np.uint64)
        words[:] = constant[:, np.newaxis]
        if len(rows):
            bits.write(words, columns, rows)
        by_row = np.ascontiguousarray(words.T, dtype=">u8")
        return by_row.view(np.uint8)[:, : self.frame_bytes]

    def matches(self, words: U64) -> NDArray[np.bool_]:
        """Which messages, of `frame_bytes` each, have the shape; their leaves may still be out of bounds.

        Parameters
        ----------
        words
            (w, n) as `frame_words` makes them.
        """
        hit: NDArray[np.bool_] = (words & self._mask[:, np.newaxis] == self._key[:, np.newaxis]).all(axis=0)
        return hit

    def read(self, words: U64) -> tuple[U64, NDArray[np.bool_]]:
        """The leaves of messages of this shape.

        Parameters
        ----------
        words
            (w, n) messages that match.

        Returns
        -------
        tuple
            (k, n) raw integers modulo 2^64 by slot, and (n,) whether all leaves of a message are within bounds.
        """
        return self._bits.read(words)

    def _vary(self, paths: tuple[str, ...]) -> tuple[_Bits, U64]:
        """Where columns go, and the words of the exemplar without them."""
        for path in paths:
            if path not in self.leaves:
                raise CodecError("no such leaf in messages of this shape", path=path)
            if self.leaves[path].width > WORD_BITS:
                raise CodecError(f"{self.leaves[path].width} bits cannot be a column, at most {WORD_BITS}", path=path)
        leaves = sorted((self.leaves[path] for path in paths), key=lambda leaf: (leaf.offset, leaf.width))
        return _Bits(leaves), self._as_words(self._constant(paths))

    def _shift(self, leaf: Leaf) -> int:
        """Bits to the right of a leaf in the message as one number."""
        return self._words * WORD_BITS - leaf.offset - leaf.width

    def _constant(self, varying: Collection[str]) -> int:
        """The exemplar as one number, the varying leaves zero."""
        number = self._blank
        for path, leaf in self.leaves.items():
            if path not in varying:
                number |= leaf.raw - leaf.minimum << self._shift(leaf)
        return number

    def _as_words(self, number: int) -> U64:
        return np.frombuffer(number.to_bytes(8 * self._words), ">u8").astype(np.uint64)


def frame_words(data: bytes, frame_bytes: int) -> U64:
    """Messages of one length, one after the other, as (w, n) words, filled up with zeros."""
    by_row = np.frombuffer(data, np.uint8).reshape(-1, frame_bytes)
    filled = np.zeros((len(by_row), -(-8 * frame_bytes // WORD_BITS) * 8), np.uint8)
    filled[:, :frame_bytes] = by_row
    return filled.view(">u8").T.astype(np.uint64, order="C")


def slots_of(leaves: Collection[Leaf]) -> dict[str, slice]:
    """Path -> its rows among the pieces of all leaves."""
    slots, at = {}, 0
    for leaf in leaves:
        slots[leaf.path] = slice(at, at := at + max(1, -(-leaf.width // WORD_BITS)))
    return slots


def _pieces(leaf: Leaf) -> list[Leaf]:
    """A leaf in pieces of at most 64 bits, all but the last one full."""
    if leaf.width <= WORD_BITS:
        return [leaf]
    end = leaf.offset + leaf.width
    starts = range(leaf.offset, end, WORD_BITS)
    return [
        Leaf(leaf.path, leaf.kind, at, width, 0, (1 << width) - 1, 0)
        for at, width in ((at, min(WORD_BITS, end - at)) for at in starts)
    ]


class _Bits:
    """Where leaves lie in words, each in one word or across two, as arrays for all of them at once."""

    def __init__(self, leaves: list[Leaf]) -> None:
        self._leaves = leaves
        end = np.array([leaf.offset + leaf.width for leaf in leaves], np.int64)
        width = np.array([leaf.width for leaf in leaves], np.int64)
        first = (end - width) // WORD_BITS
        self._last = np.maximum(end - 1, 0) // WORD_BITS
        self._right = (-end % WORD_BITS).astype(np.uint64)[:, np.newaxis]
        self._split = np.flatnonzero(first < self._last)
        self._first = first[self._split]
        self._left = np.uint64(WORD_BITS) - self._right[self._split]
        self._full = _column((1 << leaf.width) - 1 for leaf in leaves)
        self._minimum = _column(leaf.minimum for leaf in leaves)
        self._span = _column(leaf.maximum - leaf.minimum for leaf in leaves)
        self._narrow = np.flatnonzero((self._span != self._full)[:, 0])

    def read(self, words: U64) -> tuple[U64, NDArray[np.bool_]]:
        """Raw integers modulo 2^64, (k, n), and (n,) whether all are within bounds."""
        n = words.shape[1]
        raw = np.empty((len(self._leaves), n), np.uint64)
        valid = np.ones(n, bool)
        step = max(1, _AT_ONCE // max(1, len(self._leaves)))
        for start in range(0, n, step):
            part = words[:, start : start + step]
            bits = part[self._last]
            bits >>= self._right
            bits[self._split] |= part[self._first] << self._left
            bits &= self._full
            valid[start : start + step] = (bits[self._narrow] <= self._span[self._narrow]).all(axis=0)
            np.add(bits, self._minimum, out=raw[:, start : start + step])
        return raw, valid

    def write(self, words: U64, columns: Mapping[str, RawColumn], rows: Rows) -> None:
        """Put raw integers into words whose bits are zero there; `CodecError` where one is out of bounds."""
        bits = np.empty((len(self._leaves), len(rows)), np.uint64)
        for i, leaf in enumerate(self._leaves):
            if _wraps(leaf, columns[leaf.path]):
                _refuse(leaf, columns[leaf.path], rows)
            bits[i] = columns[leaf.path][rows]
        # modulo 2^64 on both sides, so that negative numbers and 64-bit identities need no wider type
        bits -= self._minimum
        if (bits > self._span).any():
            for leaf in self._leaves:
                _refuse(leaf, columns[leaf.path], rows)
        high = bits[self._split] >> self._left
        bits <<= self._right
        for word, part in zip((*self._last, *self._first), (*bits, *high), strict=True):
            words[word] |= part


def _column(numbers: Any) -> U64:
    return np.array([number & _WORD_MASK for number in numbers], np.uint64).reshape(-1, 1)


def _wraps(leaf: Leaf, column: RawColumn) -> bool:
    """Whether what is wrong could look right modulo 2^64."""
    if column.dtype.kind == "i":
        return leaf.maximum >= 1 << WORD_BITS - 1
    return column.dtype.kind != "b" and (column.dtype.kind != "u" or leaf.minimum < 0)


def _refuse(leaf: Leaf, column: RawColumn, rows: Rows) -> None:
    """`CodecError` with path, row and value if a column is out of bounds."""
    if column.dtype.kind not in "iub":
        raise CodecError(f"expected a column of integers, got {column.dtype}", path=leaf.path)
    values = column[rows]
    low, high = int(values.min()), int(values.max())
    if low < leaf.minimum or high > leaf.maximum:
        bad = low if low < leaf.minimum else high
        row = int(rows[np.flatnonzero(values == bad)[0]])
        raise CodecError(f"{bad} in row {row}, range {leaf.minimum} to {leaf.maximum}", path=leaf.path)
