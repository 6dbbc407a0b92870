"""``extends``: a scenario is what its base says, with its own keys laid over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from v2x.errors import InputError
from v2x.scenario.document import Node, read_document
from v2x.scenario.library import scenario_file


@dataclass
class Sources:
    """What reading a scenario and its bases brought.

    Attributes
    ----------
    root
        The merged tree; every node keeps the place in the file it came from.
    files
        The scenario's file, its base, the base's base, ...
    faults
        What is wrong so far.
    complete
        False where a base is missing, so that lacking keys mean nothing.
    """

    root: Node
    files: list[Path]
    faults: list[InputError] = field(default_factory=list)
    complete: bool = True


def read_with_bases(file: Path, chain: Sequence[Path] = ()) -> Sources:
    """Read a scenario file and, recursively, what it extends; ``chain`` are the files that led here."""
    root, faults = read_document(file)
    sources = Sources(root, [file], faults)
    name = root.mapping.pop("extends", None)
    if name is None:
        return sources
    try:
        base_file = _base_file(name, [*chain, file])
    except InputError as error:
        sources.faults.append(name.place.fault(("extends",), error.reason))
        sources.complete = False
        return sources
    base = read_with_bases(base_file, [*chain, file])
    return Sources(
        overlay(base.root, root), [*sources.files, *base.files], [*sources.faults, *base.faults], base.complete
    )


def overlay(base: Node, top: Node) -> Node:
    """Lay one tree over another: mappings merge key by key, anything else is replaced.

    A mapping whose ``kind`` changes is replaced too: the keys of one kind mean nothing to another.
    """
    if not isinstance(base.value, dict) or not isinstance(top.value, dict) or _kind_changes(base, top):
        return top
    merged = dict(base.value)
    for key, node in top.value.items():
        merged[key] = overlay(merged[key], node) if key in merged else node
    return replace(top, value=merged)


def _kind_changes(base: Node, top: Node) -> bool:
    old, new = base.mapping.get("kind"), top.mapping.get("kind")
    return old is not None and new is not None and old.value != new.value


def _base_file(name: Node, chain: Sequence[Path]) -> Path:
    if not isinstance(name.value, str):
        raise InputError("expected the name of a shipped scenario or the path of a file")
    file = scenario_file(name.value, name.place.folder)
    seen = [other.resolve() for other in chain]
    if file.resolve() in seen:
        loop = [*chain[seen.index(file.resolve()) :], file]
        raise InputError("a scenario must not extend itself: " + " -> ".join(str(other) for other in loop))
    return file
