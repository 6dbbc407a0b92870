"""Names in a scenario that the model cannot know, of sites and roads of the field, applications, causes; and bounds.

These checks read the tree, not the model, so that they report beside the model's own faults.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from v2x.errors import InputError
from v2x.registry import did_you_mean
from v2x.scenario.causes import NOTICE_CAUSES
from v2x.scenario.document import Node
from v2x.scenario.known import APPLICATIONS
from v2x.scenario.library import field_facts, field_folder
from v2x.scenario.remote_profiles import remote_profiles
from v2x.scenario.requirements import requirement

#: Size of the numbers of a scenario: 64 bits hold LARGEST seconds, and the period of SMALLEST hertz, in nanoseconds.
SMALLEST, LARGEST = 1e-9, 1e9
#: Keys whose numbers are no quantities of the run; the model bounds the seed.
_UNMEASURED = ("seed", "odd", "pass_if", "schema_version")


def unknown_names(root: Node) -> Iterator[InputError]:
    """A fault for each name that nothing goes by."""
    yield from _unknown_sites(root)
    yield from _unknown_signals(root)
    yield from _unknown_edges(root)
    for row in range(_length(root, "stations", "subjects")):
        for column in range(_length(root, "stations", "subjects", row, "applications")):
            path = ("stations", "subjects", row, "applications", column)
            yield from _unknown(root, path, "application", APPLICATIONS.names())
    for row in range(_length(root, "notices")):
        yield from _unknown(root, ("notices", row, "cause"), "cause", NOTICE_CAUSES)
    if root.child("remote", "profile") is not None:
        yield from _unknown(root, ("remote", "profile"), "profile", list(remote_profiles()))
    for row in range(_length(root, "pass_if")):
        yield from _useless_requirement(root, ("pass_if", row, "requirement"))


def beyond_measure(root: Node) -> Iterator[InputError]:
    """A fault for each number so large or small that nanoseconds and millimetres do not hold it."""
    for key, node in root.mapping.items():
        if key not in _UNMEASURED:
            yield from _beyond(node, (key,))


def after_the_end(root: Node) -> Iterator[InputError]:
    """A fault for each manoeuvre of platoons and outage of remote driving that would begin when the run is over.

    The command line may shorten a run that a file has these for: they are left out.
    """
    end = root.child("duration_s")
    for path in _beginnings(root):
        begin = root.child(*path)
        if end is None or begin is None or (end.place.line is None and begin.place.line is not None):
            continue
        if isinstance(end.value, int | float) and isinstance(begin.value, int | float) and begin.value >= end.value:
            reason = f"the run is over at {end.value:g} s"
            yield begin.place.fault(path, reason)


def _beginnings(root: Node) -> Iterator[tuple[str | int, ...]]:
    """Where the scenario says when something begins."""
    for row in range(_length(root, "platoon", "manoeuvres")):
        yield "platoon", "manoeuvres", row, "at_s"
    for link in (("network",), ("mitigations", "second_link")):
        for row in range(_length(root, "remote", *link, "outages_s")):
            yield "remote", *link, "outages_s", row, 0


def _beyond(node: Node, path: tuple[str | int, ...]) -> Iterator[InputError]:
    children = node.mapping.items() if node.mapping else enumerate(node.items)
    for key, child in children:
        yield from _beyond(child, (*path, key))
    value = node.value
    if not isinstance(value, int | float) or value == 0 or value != value or abs(value) == math.inf:
        return  # the model refuses what is no number
    if not SMALLEST <= abs(value) <= LARGEST:
        yield node.place.fault(path, f"must be 0 or from {SMALLEST:g} to {LARGEST:g} in size")


def _unknown_sites(root: Node) -> Iterator[InputError]:
    count = _length(root, "stations", "rsu", "sites")
    facts = _facts(root) if count else None
    if facts is not None:
        sites = [str(site["id"]) for site in facts.get("rsu", [])]
        for row in range(count):
            yield from _unknown(root, ("stations", "rsu", "sites", row), "roadside site", sites)


def _unknown_signals(root: Node) -> Iterator[InputError]:
    count = _length(root, "traffic", "signals", "changes")
    facts = _facts(root) if count else None
    if facts is not None:
        known = [str(junction["id"]) for junction in facts.get("junctions", []) if junction.get("signal_groups")]
        for row in range(count):
            yield from _unknown(root, ("traffic", "signals", "changes", row, "junction"), "signalled junction", known)


def _unknown_edges(root: Node) -> Iterator[InputError]:
    """Of the routes of platoons."""
    places: list[tuple[str | int, ...]] = [("platoon",)]
    places += [("platoon", key, row) for key in ("members", "singles") for row in range(_length(root, "platoon", key))]
    routes = [(*place, "route") for place in places if _length(root, *place, "route")]
    facts = _facts(root) if routes else None
    if facts is not None and "lanes" in facts:
        known = sorted({lane["id"].rpartition("_")[0] for lane in facts["lanes"] if not lane["id"].startswith(":")})
        for route in routes:
            for column in range(_length(root, *route)):
                yield from _unknown(root, (*route, column), "edge", known)


def _facts(root: Node) -> dict[str, Any] | None:
    """Of the scenario's field; None without one, or where it is not there: that is reported where it is named."""
    field = root.child("field")
    if field is None or not isinstance(field.value, str):
        return None
    try:
        return field_facts(field_folder(field.value))
    except InputError:
        return None


def _unknown(root: Node, path: tuple[str | int, ...], what: str, known: Sequence[str]) -> Iterator[InputError]:
    node = root.child(*path)
    if node is not None and isinstance(node.value, str) and node.value not in known:
        yield node.place.fault(path, f"unknown {what} '{node.value}', {did_you_mean(node.value, list(known))}")


def _useless_requirement(root: Node, path: tuple[str | int, ...]) -> Iterator[InputError]:
    node = root.child(*path)
    if node is not None and isinstance(node.value, str):
        try:
            requirement(node.value)
        except InputError as error:
            yield node.place.fault(path, error.reason)


def _length(root: Node, *path: str | int) -> int:
    node = root.child(*path)
    return len(node.items) if node else 0
