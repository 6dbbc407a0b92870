"""Paths in a scenario: each starts in the folder of the file in which it stands, and what it names must exist."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from v2x.errors import InputError
from v2x.scenario.document import Node
from v2x.scenario.library import field_folder, is_file
from v2x.scenario.shape import Shape, scenario_shape


def anchor_paths(root: Node) -> tuple[Node, list[InputError]]:
    """The tree with absolute paths, and a fault for each that leads nowhere."""
    anchor = _Anchor()
    root = anchor.below(root, scenario_shape(), ())
    return root, anchor.faults


class _Anchor:
    def __init__(self) -> None:
        self.faults: list[InputError] = []

    def below(self, node: Node, shape: Shape, path: tuple[str | int, ...]) -> Node:
        """The node with all paths in it made absolute."""
        shape = shape.of(node)
        if path == ("field",) and isinstance(node.value, str):
            return self._field(node)
        if shape.is_file and isinstance(node.value, str):
            return self._file(node, path)
        if isinstance(node.value, dict):
            items = node.value.items()
            return replace(node, value={key: self.below(item, shape.below(key), (*path, key)) for key, item in items})
        if isinstance(node.value, list):
            rows = enumerate(node.value)
            return replace(node, value=[self.below(item, shape.below(row), (*path, row)) for row, item in rows])
        return node

    def _file(self, node: Node, path: tuple[str | int, ...]) -> Node:
        file = _absolute(node)
        if not is_file(file):
            self.faults.append(node.place.fault(path, f"no such file: {file}"))
        return replace(node, value=str(file))

    def _field(self, node: Node) -> Node:
        """A field is a name, kept as it is, or the path of a folder."""
        try:
            field_folder(str(node.value), node.place.folder)
        except InputError as error:
            self.faults.append(node.place.fault(("field",), error.reason))
            return node
        return replace(node, value=str(_absolute(node))) if "/" in str(node.value) else node


def _absolute(node: Node) -> Path:
    path = node.place.folder / str(node.value)
    try:
        return path.resolve()
    except (OSError, ValueError):
        return path  # no system has a file of such a name; it is reported as missing
