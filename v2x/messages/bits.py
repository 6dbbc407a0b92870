"""Leaves in words: each in one word or across two, read and written for all messages of a shape at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.jit import compiled
from v2x.messages.leaves import Leaf
from v2x.messages.shapes import I64, U64, WORD_BITS, Rows

#: Raw integers of a leaf, one a row; booleans count as 0 and 1.
RawColumn = NDArray[np.integer[Any]] | NDArray[np.bool_]

_WORD_MASK = (1 << WORD_BITS) - 1
#: Messages read at a time, so that their words stay in the processor's cache.
_AT_ONCE = 1024


class Bits:
    """Where leaves lie in words, each in one word or across two, as arrays for all of them at once."""

    def __init__(self, leaves: list[Leaf]) -> None:
        self._leaves = leaves
        end = np.array([leaf.offset + leaf.width for leaf in leaves], np.int64)
        width = np.array([leaf.width for leaf in leaves], np.int64)
        first = (end - width) // WORD_BITS
        self._last = np.maximum(end - 1, 0) // WORD_BITS
        self._right = (-end % WORD_BITS).astype(np.uint64)
        #: Of a leaf across two words the first one, else -1; and how far the bits of the other one reach into it.
        self._before = np.where(first < self._last, first, -1)
        self._left = np.where(first < self._last, np.uint64(WORD_BITS) - self._right, np.uint64(0))
        self._full = _numbers((1 << leaf.width) - 1 for leaf in leaves)
        self._minimum = _numbers(leaf.minimum for leaf in leaves)
        self._span = _numbers(leaf.maximum - leaf.minimum for leaf in leaves)

    def read(self, words: U64) -> tuple[U64, NDArray[np.bool_]]:
        """Raw integers modulo 2^64, (k, n), and (n,) whether all are within bounds."""
        n = words.shape[1]
        raw, valid = np.empty((len(self._leaves), n), np.uint64), np.empty(n, np.bool_)
        _read(words, *self._places(), self._full, self._minimum, self._span, raw, valid)
        return raw, valid

    def write(self, words: U64, columns: Mapping[str, RawColumn], rows: Rows) -> None:
        """Put raw integers into words whose bits are zero there; `CodecError` where one is out of bounds."""
        bits = np.empty((len(self._leaves), len(rows)), np.uint64)
        for i, leaf in enumerate(self._leaves):
            if _wraps(leaf, columns[leaf.path]):
                _refuse(leaf, columns[leaf.path], rows)
            bits[i] = columns[leaf.path][rows]
        # modulo 2^64 on both sides, so that negative numbers and 64-bit identities need no wider type
        if not _write(bits, *self._places(), self._minimum, self._span, words):
            for leaf in self._leaves:
                _refuse(leaf, columns[leaf.path], rows)

    def _places(self) -> tuple[I64, U64, I64, U64]:
        return self._last, self._right, self._before, self._left


@compiled
def matching(words: U64, mask: U64, key: U64) -> NDArray[np.bool_]:
    """Which columns of (w, n) words are ``key`` (w,) under a mask."""
    hit = np.ones(words.shape[1], np.bool_)
    for w in range(words.shape[0]):
        for i in range(words.shape[1]):
            hit[i] &= words[w, i] & mask[w] == key[w]
    return hit


@compiled
def _read(
    words: U64, last: I64, right: U64, before: I64, left: U64, full: U64, minimum: U64, span: U64,
    raw: U64, valid: NDArray[np.bool_],
) -> None:  # fmt: skip
    valid[:] = True
    for start in range(0, words.shape[1], _AT_ONCE):
        end = min(start + _AT_ONCE, words.shape[1])
        for k in range(len(last)):
            for i in range(start, end):
                bits = words[last[k], i] >> right[k]
                if before[k] >= 0:
                    bits |= words[before[k], i] << left[k]
                bits &= full[k]
                valid[i] &= bits <= span[k]
                raw[k, i] = bits + minimum[k]


@compiled
def _write(bits: U64, last: I64, right: U64, before: I64, left: U64, minimum: U64, span: U64, words: U64) -> bool:
    """Fill in ``words``; whether all raw integers are within bounds."""
    fits = True
    for k in range(len(last)):
        for i in range(words.shape[1]):
            above = bits[k, i] - minimum[k]
            fits &= above <= span[k]
            words[last[k], i] |= above << right[k]
            if before[k] >= 0:
                words[before[k], i] |= above >> left[k]
    return fits


def _numbers(numbers: Iterable[int]) -> U64:
    return np.array([number & _WORD_MASK for number in numbers], np.uint64)


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
