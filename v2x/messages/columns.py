"""Leaves of many messages as columns: integers, and strings as Python objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.messages.leaves import UNIT_BITS, Kind, Leaf
from v2x.messages.shapes import I64, U64, WORD_BITS, Rows, Shape, Wanted

_WORD_MASK = (1 << WORD_BITS) - 1
_INT64 = range(-(1 << 63), 1 << 63)


@dataclass(frozen=True)
class Column:
    """One leaf of n messages.

    Attributes
    ----------
    kind
        What it is in ASN.1; None where the messages differ in that (open types, enumerations with a value of a later
        edition): then the values are objects, enumerations by name.
    values
        (n,) int64, uint64 where the type has greater numbers, or bool; the index of an enumeration; objects: ``bytes``
        of OCTET STRINGs, text, ``"01101"`` for BIT STRINGs.
    present
        (n,) whether the message has it.
    names
        Of an enumeration, by index.
    """

    kind: Kind | None
    values: NDArray[Any]
    present: NDArray[np.bool_]
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """Messages of one shape.

    Attributes
    ----------
    type_name
        Their type.
    rows
        (n,) numbers of the frames, ascending.
    shape
        Their shape.
    raw
        (k, n) raw integers modulo 2^64, by slot of the shape; a string of more than 64 bits in several rows.
    """

    type_name: str
    rows: Rows
    shape: Shape
    raw: U64

    @property
    def leaves(self) -> Mapping[str, Leaf]:
        """By path."""
        return self.shape.leaves

    @property
    def slots(self) -> Mapping[str, slice]:
        """Path -> rows of ``raw``."""
        return self.shape.slots

    @classmethod
    def of(cls, type_name: str, row: int, leaves: Iterable[Leaf]) -> Block:
        """One message; without integers that no 64 bits hold (extended ones)."""
        held = [leaf for leaf in leaves if leaf.kind != "integer" or leaf.width or leaf.raw in _INT64]
        pieces = [piece for leaf in held for piece in _raw_pieces(leaf)]
        raw = np.array(pieces, np.uint64).reshape(-1, 1)
        return cls(type_name, np.array([row], np.intp), Shape(held), raw)

    def values(self, path: str) -> NDArray[Any]:
        """(n,) values of a leaf as a `Column` has them."""
        leaf = self.leaves[path]
        unit_bits = UNIT_BITS.get(leaf.kind)
        if unit_bits is not None:
            return _strings(self.raw[self.slots[path]], leaf.width, unit_bits)
        bits: U64 = self.raw[self.slots[path].start]
        if leaf.kind in ("boolean", "null"):
            return bits.astype(bool)
        return bits if leaf.maximum >= 1 << WORD_BITS - 1 else bits.view(np.int64)

    def objects(self, path: str) -> NDArray[np.object_]:
        """(n,) values of a leaf as Python objects, enumerations by name."""
        values, names = self.values(path), self.leaves[path].names
        return np.array(names, object)[values] if names else values.astype(object)


class Messages:
    """Messages of one type, of any shapes.

    Parameters
    ----------
    blocks
        Their shapes.

    Attributes
    ----------
    rows
        (n,) numbers of their frames, ascending: the order of all columns.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        self.rows: Rows = blocks[0].rows if len(blocks) == 1 else np.zeros(0, np.intp)
        if len(blocks) > 1:
            self.rows = np.sort(np.concatenate([block.rows for block in blocks]))

    def pick(self, wanted: Wanted) -> I64:
        """(columns, n) raw integers; numbers of 2^63 and more are negative."""
        if len(self._blocks) == 1:
            return self._blocks[0].shape.pick(wanted, self._blocks[0].raw)
        columns = np.empty((len(wanted.absent), len(self.rows)), np.int64)
        for block in self._blocks:
            columns[:, np.searchsorted(self.rows, block.rows)] = block.shape.pick(wanted, block.raw)
        return columns

    def columns(self) -> dict[str, Column]:
        """Path of each leaf that any message has -> its values."""
        holders: dict[str, list[tuple[Rows, Block]]] = {}
        for block in self._blocks:
            place = np.searchsorted(self.rows, block.rows)
            for path in block.leaves:
                holders.setdefault(path, []).append((place, block))
        return {path: self._column(path, held) for path, held in holders.items()}

    def _column(self, path: str, holders: Sequence[tuple[Rows, Block]]) -> Column:
        leaves = [block.leaves[path] for _, block in holders]
        kind, names = leaves[0].kind, leaves[0].names
        parts = [(at, block.values(path)) for at, block in holders]
        alike = (
            all(leaf.kind == kind and leaf.names == names for leaf in leaves) and len({p.dtype for _, p in parts}) == 1
        )
        if not alike:
            parts = [(at, block.objects(path)) for at, block in holders]
        values = np.zeros(len(self.rows), parts[0][1].dtype)
        if values.dtype == object:
            values[:] = None
        present = np.zeros(len(self.rows), bool)
        for at, _ in parts:
            present[at] = True
        return Column(kind if alike else None, _joined(parts, values), present, names if alike else ())


def _joined(parts: Sequence[tuple[Rows, NDArray[Any]]], values: NDArray[Any]) -> NDArray[Any]:
    """Values with the parts put in their places; no copy of a part that is all of it."""
    if len(parts) == 1 and len(parts[0][0]) == len(values):
        return parts[0][1]
    for at, part in parts:
        values[at] = part
    return values


def _strings(pieces: U64, width: int, unit_bits: int) -> NDArray[np.object_]:
    """Strings of pieces, (p, n) with the last one right-aligned, as (n,) Python objects."""
    n, units = pieces.shape[1], width // unit_bits
    if not units:
        empty = np.empty(n, object)
        empty[:] = b"" if unit_bits == UNIT_BITS["octets"] else ""
        return empty
    if unit_bits == 1 and len(pieces) == 1:  # flags: few distinct ones
        distinct, which = np.unique(pieces[0], return_inverse=True)
        return np.array([f"{bits:0{width}b}" for bits in distinct.tolist()], object)[which]
    aligned = pieces.T.astype(">u8", order="C")
    aligned[:, -1] <<= np.uint64(-width % WORD_BITS)
    octets = aligned.view(np.uint8)
    if unit_bits == UNIT_BITS["octets"]:
        return _objects(octets[:, :units])
    bits = np.unpackbits(octets, axis=1)[:, :width].reshape(n, units, unit_bits)
    codes = np.packbits(bits, axis=2)[:, :, 0] >> np.uint8(8 - unit_bits)
    text = _objects(codes + np.uint8(ord("0")) if unit_bits == 1 else codes)
    return np.array([entry.decode("ascii") for entry in text], object)


def _objects(by_row: NDArray[np.uint8]) -> NDArray[np.object_]:
    """Rows of bytes as Python bytes; a cast of whole rows is four times as fast as slices."""
    rows: NDArray[np.object_] = np.ascontiguousarray(by_row).view(f"V{by_row.shape[1]}")[:, 0].astype(object)
    return rows


def _raw_pieces(leaf: Leaf) -> list[int]:
    """A leaf's raw integer in pieces of 64 bits; of the last one only its low bits count."""
    ends = (*range(WORD_BITS, leaf.width, WORD_BITS), leaf.width)
    return [leaf.raw >> leaf.width - end & _WORD_MASK for end in ends]
