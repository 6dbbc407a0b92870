"""The leaves of messages of one shape, and how columns that are wanted by name are found among them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from v2x.messages.leaves import Leaf

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
Rows = NDArray[np.intp]

WORD_BITS = 64


@dataclass(frozen=True, eq=False)
class Wanted:
    """Columns of numbers that are to be read from messages of any shape.

    Attributes
    ----------
    paths
        Name of a column -> the leaves, of at most 64 bits, that it is read from; of several in one message the last.
    absent
        The names in the order of the columns, with the number of a message that has it nowhere.
    bits
        Columns of so many first bits of a BIT STRING of any length; a shorter one is filled up with zeros.
    """

    paths: Mapping[str, tuple[str, ...]]
    absent: Mapping[str, int]
    bits: Mapping[str, int] = field(default_factory=dict)


class Shape:
    """The leaves of one shape.

    Attributes
    ----------
    leaves
        By path.
    slots
        Path -> which rows of what `Layout.read` returns are the leaf's: one of its raw integer, or the 64-bit pieces
        of a longer string.
    """

    def __init__(self, leaves: Collection[Leaf]) -> None:
        self.leaves = {leaf.path: leaf for leaf in leaves}
        self.slots = slots_of(leaves)
        self._places: dict[Wanted, _Places] = {}

    def pick(self, wanted: Wanted, raw: U64) -> I64:
        """The wanted columns, (columns, n), of raw integers (k, n); numbers of 2^63 and more are negative."""
        places = self._places.get(wanted)
        if places is None:
            places = self._places[wanted] = _Places.of(self, wanted)
        columns = places.absent.repeat(raw.shape[1], axis=1)
        columns[places.columns] = raw[places.slots].view(np.int64)
        for column, left in places.shifts:
            bits = columns[column].view(np.uint64)
            columns[column] = bits << np.uint64(left) if left > 0 else bits >> np.uint64(-left)
        return columns


@dataclass(frozen=True)
class _Places:
    """Where the columns that messages of a shape have are among its raw integers."""

    absent: I64
    columns: Rows
    slots: Rows
    shifts: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, shape: Shape, wanted: Wanted) -> _Places:
        """Look for every column; `shifts` are (column, bits to the left)."""
        columns, slots, shifts = [], [], []
        for column, name in enumerate(wanted.absent):
            there = [path for path in wanted.paths.get(name, ()) if path in shape.leaves]
            if not there:
                continue
            columns.append(column)
            slots.append(shape.slots[there[-1]].start)
            left = wanted.bits[name] - min(shape.leaves[there[-1]].width, WORD_BITS) if name in wanted.bits else 0
            if left:
                shifts.append((column, left))
        absent = np.array([*wanted.absent.values()], np.int64)[:, np.newaxis]
        return cls(absent, np.array(columns, np.intp), np.array(slots, np.intp), tuple(shifts))


def slots_of(leaves: Collection[Leaf]) -> dict[str, slice]:
    """Path -> its rows among the pieces of all leaves."""
    slots, at = {}, 0
    for leaf in leaves:
        slots[leaf.path] = slice(at, at := at + max(1, -(-leaf.width // WORD_BITS)))
    return slots
