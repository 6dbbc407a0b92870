"""Many messages of one type from columns: a form says which column fills which leaf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.messages.bits import RawColumn
from v2x.messages.codec import Codec, Value
from v2x.messages.columnar import Layout, OneByOne

#: Shapes of one type whose layouts are kept.
_KEPT_LAYOUTS = 64
#: So many rows are written one by one, at some 5 us each; all together they would take as long as ten.
_FEW = 10
#: Of the number of a shape, by optional member.
_BITS = 1 << np.arange(32)


@dataclass(frozen=True)
class Column:
    """A leaf that differs from message to message.

    Attributes
    ----------
    name
        Column of raw integers that fills it.
    sample
        Any ASN.1 value that the leaf may have; the length of a string is that of every message.
    """

    name: str
    sample: Any = 0


class Form:
    """A message with blanks: the one place that says which column goes where.

    Parameters
    ----------
    message
        Its ASN.1 value, a `Column` where a blank is. All else is sent as it stands.
    optional
        Path of a member or list element that may be left out -> boolean column that is True where it is there. A list
        of which no element is left is left out, too.
    """

    def __init__(self, message: Value, optional: Mapping[str, str] | None = None) -> None:
        self._message = message
        self._optional = dict(optional or {})
        #: Path of a blank -> name of its column, nothing left out.
        self.columns: dict[str, str] = dict(_blanks(message, ""))

    def shapes(self, raw: Mapping[str, RawColumn]) -> NDArray[np.int64]:
        """(n,) the shape of each row: a number whose bits say which of the optional members are there."""
        flags = [raw[column] for column in self._optional.values()]
        if not flags:
            return np.zeros(len(next(iter(raw.values()))), np.int64)
        shapes: NDArray[np.int64] = _BITS[: len(flags)] @ np.array(flags)
        return shapes

    def exemplar(self, shape: int) -> tuple[Value, dict[str, str]]:
        """A message of a shape, samples in its blanks; and path -> column of these blanks."""
        absent = frozenset(path for bit, path in enumerate(self._optional) if not shape >> bit & 1)
        message = _without(self._message, "", absent)
        return _filled(message), dict(_blanks(message, ""))


class BatchEncoder:
    """Columns to frames, bit for bit what the codec makes of each row alone.

    Parameters
    ----------
    codec, type_name
        Whose messages.
    form
        Their form.
    """

    def __init__(self, codec: Codec, type_name: str, form: Form) -> None:
        self._codec = codec
        self._type_name = type_name
        self._form = form
        self._names = frozenset(form.columns.values())
        self._layout = lru_cache(_KEPT_LAYOUTS)(self._measure)

    def encode(self, raw: Mapping[str, RawColumn]) -> list[bytes]:
        """A frame a row.

        Parameters
        ----------
        raw
            Column name -> (n,) raw integers (see `v2x.messages.columnar.Leaf`).

        Raises
        ------
        CodecError
            Names the leaf, the row and the value that does not fit.
        """
        shapes = self._form.shapes(raw)
        if len(shapes) <= _FEW:
            return self._few(raw, shapes.tolist())
        frames = np.empty(len(shapes), object)
        for shape in np.flatnonzero(np.bincount(shapes)).tolist():  # np.unique takes five times as long
            rows = np.flatnonzero(shapes == shape)
            layout, columns, _ = self._layout(shape)
            frames[rows] = layout.encode({path: raw[name] for path, name in columns.items()}, rows)
        as_list: list[bytes] = frames.tolist()
        return as_list

    def _few(self, raw: Mapping[str, RawColumn], shapes: list[int]) -> list[bytes]:
        """A few rows, one by one."""
        values = {name: raw[name].tolist() for name in self._names}
        ways: dict[int, tuple[OneByOne, list[tuple[int, ...]]]] = {}
        for shape in set(shapes):
            _, columns, writer = self._layout(shape)
            ways[shape] = writer, list(zip(*(values[name] for name in columns.values()), strict=True))
        return [ways[shape][0].encode(ways[shape][1][row], row) for row, shape in enumerate(shapes)]

    def _measure(self, shape: int) -> tuple[Layout, dict[str, str], OneByOne]:
        """The layout of a shape, path -> column in it, and how single messages of it are written."""
        exemplar, columns = self._form.exemplar(shape)
        layout = self._codec.layout(self._type_name, exemplar)
        return layout, columns, layout.one_by_one([*columns])


def _places(node: Any, path: str) -> Iterator[tuple[Any, str, Any]]:
    """Key, path and content of each member or list element."""
    if isinstance(node, dict):
        for name, child in node.items():
            yield name, f"{path}.{name}" if path else name, child
    elif isinstance(node, list):
        for i, child in enumerate(node):
            yield i, f"{path}[{i}]", child


def _blanks(node: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Column):
        yield path, node.name
    for _, place, child in _places(node, path):
        yield from _blanks(child, place)


def _without(node: Any, path: str, absent: frozenset[str]) -> Any:
    kept = {key: _without(child, place, absent) for key, place, child in _places(node, path) if place not in absent}
    if isinstance(node, list):
        return list(kept.values())
    return {name: child for name, child in kept.items() if child != []} if isinstance(node, dict) else node


def _filled(node: Any) -> Any:
    if isinstance(node, Column):
        return node.sample
    if isinstance(node, list):
        return [_filled(child) for child in node]
    return {name: _filled(child) for name, child in node.items()} if isinstance(node, dict) else node
