"""A YAML 1.2 file as a tree of values that remember where they stand.

The tree is composed, not loaded: ruamel gives the nodes with their marks, and a time stays the text it is in YAML 1.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from v2x.errors import InputError, ScenarioError

_TAG = "tag:yaml.org,2002:"
_CONSTRUCTED = {_TAG + name for name in ("null", "bool", "int", "float")}
_TEXT = {_TAG + name for name in ("str", "timestamp", "merge")}


@dataclass(frozen=True)
class Place:
    """Where a key or value stands.

    Attributes
    ----------
    file
        As the user would name it, or an option such as ``--set``.
    folder
        Relative paths in the value start here.
    line, column
        1-based; None for an option.
    """

    file: str
    folder: Path
    line: int | None = None
    column: int | None = None

    def fault(self, path: Iterable[str | int], reason: str) -> InputError:
        """The error to report for what stands here."""
        dotted = ".".join(map(str, path)) or None
        return InputError(reason, file=self.file, line=self.line, column=self.column, path=dotted)


@dataclass(frozen=True)
class Node:
    """A value of the tree: a mapping or list of nodes, or a scalar; with its place and that of its key, if any."""

    value: dict[str, Node] | list[Node] | str | int | float | bool | None
    place: Place
    key_place: Place | None = None

    @property
    def mapping(self) -> dict[str, Node]:
        """The children by key, empty for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The children of a list, empty for anything else."""
        return self.value if isinstance(self.value, list) else []

    @property
    def head(self) -> Place:
        """Where a reader would look for the whole: the key if there is one, else the value's begin."""
        return self.key_place or self.place

    def child(self, *path: str | int) -> Node | None:
        """The node below, or None where the path ends early."""
        node: Node | None = self
        for key in path:
            if node is None:
                return None
            if isinstance(key, str):
                node = node.mapping.get(key)
            else:
                node = node.items[key] if 0 <= key < len(node.items) else None
        return node

    def plain(self) -> Any:
        """The value without places: dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value


def read_document(file: Path, what: str = "a scenario") -> tuple[Node, list[InputError]]:
    """Read a scenario file, or one of another kind: ``what`` is its name in a fault.

    Returns
    -------
    tuple
        The root, always a mapping, and the faults that do not stop the reading, such as duplicate keys.

    Raises
    ------
    InputError
        Not readable, not UTF-8, not YAML, or not a mapping.
    """
    start = Place(str(file), file.parent, 1, 1)
    root, faults = parse(_read_text(file, start), start)
    if not isinstance(root.value, dict):
        found = "nothing" if root.value is None else "a list" if isinstance(root.value, list) else "a single value"
        raise ScenarioError([root.place.fault((), f"{what} is a mapping of keys to values, found {found}")])
    return root, faults


def parse(text: str, start: Place) -> tuple[Node, list[InputError]]:
    """Parse YAML text that stands at ``start``; the faults are those that do not stop the parsing."""
    yaml = YAML(typ="safe", pure=True)
    builder = _Builder(yaml, start)
    try:
        composed = yaml.compose(text)
        root = Node(None, start) if composed is None else builder.build(composed, ())
    except YAMLError as error:
        raise ScenarioError([_syntax_fault(error, text, start)]) from error
    except RecursionError as error:
        raise ScenarioError([start.fault((), "nested too deeply")]) from error
    return root, builder.faults


class _Builder:
    """Turns composed nodes into ours."""

    def __init__(self, yaml: YAML, start: Place) -> None:
        self._yaml, self._start = yaml, start
        self._open: list[Any] = []  # collections around the present node, to notice an alias that contains itself
        self.faults: list[InputError] = []

    def build(self, node: Any, path: tuple[str | int, ...], key_place: Place | None = None) -> Node:
        place = self._place(node)
        if node in self._open:
            self.faults.append(place.fault(path, "an alias must not contain itself"))
            return Node(None, place, key_place)
        self._open.append(node)
        try:
            return Node(self._value(node, place, path), place, key_place)
        finally:
            self._open.pop()

    def _value(self, node: Any, place: Place, path: tuple[str | int, ...]) -> Any:
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, row)) for row, item in enumerate(node.value)]
        if node.tag in _CONSTRUCTED:
            try:
                return self._yaml.constructor.construct_object(node)
            except ValueError as error:  # thousands of digits
                raise ScenarioError([place.fault(path, "not a number that can be read")]) from error
        if node.tag not in _TEXT:
            raise ScenarioError([place.fault(path, f"tag '{node.tag}' means nothing here")])
        return node.value

    def _mapping(self, node: MappingNode, path: tuple[str | int, ...]) -> dict[str, Node]:
        children: dict[str, Node] = {}
        for key_node, value_node in node.value:
            key_place = self._place(key_node)
            if not isinstance(key_node, ScalarNode):
                self.faults.append(key_place.fault(path, "a key must be plain text"))
                continue
            key = str(key_node.value)
            child = self.build(value_node, (*path, key), key_place)
            if key in children:
                reason = f"duplicate key, already given in line {children[key].head.line}"
                self.faults.append(key_place.fault((*path, key), reason))
            else:
                children[key] = child
        return children

    def _place(self, node: Any) -> Place:
        if self._start.line is None:
            return self._start
        return replace(self._start, line=node.start_mark.line + 1, column=node.start_mark.column + 1)


def _read_text(file: Path, start: Place) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ScenarioError([InputError(f"cannot be read: {error.strerror}", file=start.file)]) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        reason = f"not UTF-8: byte 0x{data[error.start]:02x}; save the file as UTF-8"
        raise ScenarioError([_at_offset(before, start).fault((), reason)]) from error


def _at_offset(before: str, start: Place) -> Place:
    """The place right after the text ``before``."""
    return replace(start, line=before.count("\n") + 1, column=len(before) - (before.rfind("\n") + 1) + 1)


def _syntax_fault(error: YAMLError, text: str, start: Place) -> InputError:
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        mark, place = error.problem_mark, start
        if start.line is not None:
            place = replace(start, line=mark.line + 1, column=mark.column + 1)
        hint = "; YAML is indented with spaces, not tabs" if "'\\t'" in (error.problem or "") else ""
        reason = ", ".join(part.strip() for part in (error.context, error.problem) if part)
        return place.fault((), f"not valid YAML: {reason}{hint}")
    position = getattr(error, "position", None)  # ReaderError: a control character
    place = _at_offset(text[:position], start) if start.line is not None and isinstance(position, int) else start
    return place.fault((), "not valid YAML: control characters are not allowed")
