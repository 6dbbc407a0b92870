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
from v2x.messages.bits import Bits, RawColumn, matching
from v2x.messages.leaves import Leaf, Walk
from v2x.messages.shapes import U64, WORD_BITS, Rows, Shape

_WORD_MASK = (1 << WORD_BITS) - 1

#: Choices of columns to write that a layout remembers.
_KEPT_CHOICES = 4


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
        self._bits = Bits([piece for leaf in leaves for piece in _pieces(leaf)])
        self._words = -(-8 * len(data) // WORD_BITS)
        mask = (1 << self._words * WORD_BITS) - 1
        for leaf in leaves:
            mask &= ~((1 << leaf.width) - 1 << self._shift(leaf))
        self._blank = mask & int.from_bytes(data) << self._words * WORD_BITS - 8 * len(data)
        self._varying = lru_cache(_KEPT_CHOICES)(self._vary)
        self._mask, self._key = self._as_words(mask)[:, 0], self._as_words(self._blank)[:, 0]

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
        return matching(words, self._mask, self._key)

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

    def _vary(self, paths: tuple[str, ...]) -> tuple[Bits, U64]:
        """Where columns go, and the words of the exemplar without them."""
        leaves = sorted(self._columns(paths), key=lambda leaf: (leaf.offset, leaf.width))
        return Bits(leaves), self._as_words(self._constant(paths))

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
