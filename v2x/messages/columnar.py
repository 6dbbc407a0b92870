"""Where the leaves of a message lie, so that numpy can write and read thousands of messages at once.

UPER has no tags: two messages with the same optional members, alternatives and lengths have every leaf at the same bit.
Such a *shape* is measured once, by walking the compiled type together with one exemplar. What is no leaf (extension and
presence bits, alternatives, lengths, padding, the frame's header) is the same in every message of the shape and is
taken from the exemplar as the ordinary codec encodes it. Messages are columns of 64-bit words, most significant first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.messages.leaves import Leaf, Walk
from v2x.messages.shapes import U64, WORD_BITS, Rows, Shape

#: Raw integers of a leaf, one a row; booleans count as 0 and 1.
RawColumn = NDArray[np.integer[Any]] | NDArray[np.bool_]

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
    shape
        The leaves without the bits.
    leaves
        By path.
    frame_bytes
        Length of every message.
    """

    def __init__(self, leaves: Collection[Leaf], data: bytes) -> None:
        self.shape = Shape(leaves)
        self.leaves = self.shape.leaves
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

    def encode(self, columns: Mapping[str, RawColumn], rows: Rows) -> list[bytes]:
        """Messages of this shape.

        Parameters
        ----------
        columns
            Path of a leaf -> its raw integers. A leaf without a column is as in the exemplar.
        rows
            (n,) which rows of the columns to encode.

        Raises
        ------
        CodecError
            An unknown path; a leaf of more than 64 bits; a value out of bounds, with path, row and value.
        """
        bits, constant = self._varying(tuple(columns))
        words = np.empty((self._words, len(rows)), np.uint64)
        words[:] = constant
        if len(rows):
            bits.write(words, columns, rows)
        by_row = np.ascontiguousarray(words.T, dtype=">u8").view(np.uint8)[:, : self.frame_bytes]
        # a cast of whole rows makes the bytes objects four times as fast as slices do
        frames: list[bytes] = np.ascontiguousarray(by_row).view(f"V{self.frame_bytes}")[:, 0].astype(object).tolist()
        return frames

    def one_by_one(self, paths: Sequence[str]) -> OneByOne:
        """The same for single messages; `CodecError` as `encode` for paths."""
        fill = self._words * WORD_BITS - 8 * self.frame_bytes
        places = [(leaf.path, leaf.minimum, leaf.maximum, self._shift(leaf) - fill) for leaf in self._columns(paths)]
        return OneByOne(places, self._constant(paths) >> fill, self.frame_bytes)

    def matches(self, words: U64) -> NDArray[np.bool_]:
        """Which messages, of `frame_bytes` each, have the shape; their leaves may still be out of bounds.

        Parameters
        ----------
        words
            (w, n) as `frame_words` makes them.
        """
        hit: NDArray[np.bool_] = np.logical_and.reduce(words & self._mask == self._key, axis=0)
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
            (k, n) raw integers modulo 2^64 by slot of the shape, and (n,) whether all leaves of a message are within
            bounds.
        """
        return self._bits.read(words)

    def _vary(self, paths: tuple[str, ...]) -> tuple[_Bits, U64]:
        """Where columns go, and the words of the exemplar without them."""
        leaves = sorted(self._columns(paths), key=lambda leaf: (leaf.offset, leaf.width))
        return _Bits(leaves), self._as_words(self._constant(paths))

    def _columns(self, paths: Sequence[str]) -> list[Leaf]:
        """The leaves of columns that are to be written."""
        for path in paths:
            if path not in self.leaves:
                raise CodecError("no such leaf in messages of this shape", path=path)
            if self.leaves[path].width > WORD_BITS:
                raise CodecError(f"{self.leaves[path].width} bits cannot be a column, at most {WORD_BITS}", path=path)
        return [self.leaves[path] for path in paths]

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
        """(w, 1) words of a message as one number."""
        return np.frombuffer(number.to_bytes(8 * self._words), ">u8").astype(np.uint64)[:, np.newaxis]


@dataclass(frozen=True)
class OneByOne:
    """Writes single messages of a shape: a few take less time as Python integers than numpy takes to begin.

    Attributes
    ----------
    places
        Path, smallest and largest raw integer of each leaf that is given, and how many bits are to its right.
    constant
        The exemplar as one number, these leaves zero.
    frame_bytes
        Length of a message.
    """

    places: list[tuple[str, int, int, int]]
    constant: int
    frame_bytes: int

    def encode(self, values: Iterable[int], row: int) -> bytes:
        """A message of raw integers in the order of the paths; `CodecError` where one is out of bounds, with path."""
        number = self.constant
        for value, (path, minimum, maximum, shift) in zip(values, self.places, strict=True):
            if not minimum <= value <= maximum:
                raise CodecError(f"{value} in row {row}, range {minimum} to {maximum}", path=path)
            number |= value - minimum << shift
        return number.to_bytes(self.frame_bytes)


def frame_words(frames: Sequence[bytes], frame_bytes: int) -> U64:
    """Messages of one length as (w, n) words, filled up with zeros."""
    fill = bytes(-frame_bytes % (WORD_BITS // 8))
    data = fill.join([*frames, b""])
    return np.frombuffer(data, ">u8").reshape(len(frames), -1).T.astype(np.uint64, order="C")


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
        self._narrow_span = self._span[self._narrow]

    def read(self, words: U64) -> tuple[U64, NDArray[np.bool_]]:
        """Raw integers modulo 2^64, (k, n), and (n,) whether all are within bounds."""
        n = words.shape[1]
        step = max(1, _AT_ONCE // max(1, len(self._leaves)))
        if n <= step:
            return self._read(words)
        raw, valid = np.empty((len(self._leaves), n), np.uint64), np.empty(n, bool)
        for start in range(0, n, step):
            part = slice(start, start + step)
            raw[:, part], valid[part] = self._read(words[:, part])
        return raw, valid

    def _read(self, words: U64) -> tuple[U64, NDArray[np.bool_]]:
        """`read` of as many as fit into the cache."""
        bits = words[self._last]
        bits >>= self._right
        if len(self._split):
            bits[self._split] |= words[self._first] << self._left
        bits &= self._full
        valid: NDArray[np.bool_] = np.logical_and.reduce(bits[self._narrow] <= self._narrow_span, axis=0)
        bits += self._minimum
        return bits, valid

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
