"""``--set path=value``: a value typed as in YAML, laid into the tree from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from v2x.errors import InputError
from v2x.scenario.document import Node, Place, parse

#: Most keys of a path; the model's own paths have up to seven, ``odd`` takes any.
_DEEPEST = 50


def override(root: Node, settings: Sequence[str]) -> tuple[Node, list[InputError]]:
    """Apply ``path=value`` settings in order; returns the new tree and what could not be applied."""
    place = Place("--set", Path())
    faults: list[InputError] = []
    for setting in settings:
        path, equals, text = setting.partition("=")
        keys = path.strip().split(".")
        if len(keys) > _DEEPEST:
            faults.append(place.fault((), f"a path of {len(keys)} keys, a scenario has no more than {_DEEPEST}"))
            continue
        if not equals or not all(keys):
            faults.append(place.fault((), f"expected path=value, got '{setting}'"))
            continue
        try:
            value, flaws = parse(text, place)
            faults += [place.fault(keys, flaw.reason) for flaw in flaws]
            root = assign(root, keys, value)
        except InputError as error:
            faults.append(place.fault(keys, error.reason))
    return root, faults


def assign(node: Node, keys: Sequence[str], value: Node) -> Node:
    """The tree with ``value`` at the path; mappings on the way are made, list rows must exist or be the next one.

    A new ``kind`` drops its sisters: the keys of one kind mean nothing to another.

    Raises
    ------
    InputError
        The path leads to a row that a list cannot have.
    """
    if not keys:
        return replace(value, key_place=value.key_place or value.place)
    key, rest = keys[0], keys[1:]
    empty = Node({}, value.place, value.place)
    if isinstance(node.value, list):
        row = _row(key, len(node.value))
        rows = [*node.value, empty] if row == len(node.value) else list(node.value)
        rows[row] = assign(rows[row], rest, value)
        return replace(node, value=rows)
    children = dict(node.mapping)
    if key == "kind" and key in children and children[key].value != value.value:
        children = {}
    children[key] = assign(children.get(key, empty), rest, value)
    return replace(node, value=children)


def _row(key: str, length: int) -> int:
    if not (key.isascii() and key.isdecimal() and len(key) < 10) or int(key) > length:
        raise InputError(f"'{key}' is not a row of this list: it has {length}, counted from 0")
    return int(key)
