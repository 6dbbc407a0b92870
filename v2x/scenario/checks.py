"""Names in a scenario that the model cannot know: roadside sites of the field, applications, causes.

These checks read the tree, not the model, so that they report beside the model's own faults.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from v2x.errors import InputError
from v2x.registry import did_you_mean
from v2x.scenario.causes import NOTICE_CAUSES
from v2x.scenario.document import Node
from v2x.scenario.known import APPLICATIONS
from v2x.scenario.library import field_facts, field_folder


def unknown_names(root: Node) -> Iterator[InputError]:
    """A fault for each name that nothing goes by."""
    yield from _unknown_sites(root)
    for row in range(_length(root, "stations", "subjects")):
        for column in range(_length(root, "stations", "subjects", row, "applications")):
            path = ("stations", "subjects", row, "applications", column)
            yield from _unknown(root, path, "application", APPLICATIONS.names())
    for row in range(_length(root, "notices")):
        yield from _unknown(root, ("notices", row, "cause"), "cause", NOTICE_CAUSES)


def _unknown_sites(root: Node) -> Iterator[InputError]:
    field, count = root.child("field"), _length(root, "stations", "rsu", "sites")
    if field is None or not isinstance(field.value, str) or not count:
        return
    try:
        sites = field_facts(field_folder(field.value)).get("rsu", [])
    except InputError:
        return  # a field that is not there has been reported where it is named
    for row in range(count):
        path = ("stations", "rsu", "sites", row)
        yield from _unknown(root, path, "roadside site", [str(site["id"]) for site in sites])


def _unknown(root: Node, path: tuple[str | int, ...], what: str, known: Sequence[str]) -> Iterator[InputError]:
    node = root.child(*path)
    if node is not None and isinstance(node.value, str) and node.value not in known:
        yield node.place.fault(path, f"unknown {what} '{node.value}', {did_you_mean(node.value, list(known))}")


def _length(root: Node, *path: str | int) -> int:
    node = root.child(*path)
    return len(node.items) if node else 0
