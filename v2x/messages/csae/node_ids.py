"""DF_NodeReferenceID: numbers of intersections, and what stands for none."""

from __future__ import annotations

from v2x.messages.codec import Value

#: Where a link comes from, or a movement goes to, the edge of the field or a place that is not known (project choice:
#: the standard keeps 0..255 for tests).
NO_NODE: Value = {"id": 0}


def to_node(region: int, node: int | None) -> Value:
    """DF_NodeReferenceID of an intersection, or of none."""
    return NO_NODE if node is None else {"region": region, "id": node}


def from_node(value: Value) -> int | None:
    """Number of the intersection, None if there is none."""
    return None if value == NO_NODE else value["id"]
