"""What the signals have shown: one row per group and change, for the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from v2x.field.model import Field
from v2x.traffic.base import SignalHead

#: Region and intersection number of a junction that the field does not know (a recording's).
UNKNOWN = (0, 1)


class LightChanges:
    """Finds out what has changed since it was last asked.

    Parameters
    ----------
    field
        Where intersections have their numbers; None for a recording on a plane of its own.
    """

    def __init__(self, field: Field | None) -> None:
        self._numbers = {each.id: (field.region, each.number) for each in field.junctions} if field else {}
        self._heads: dict[str, SignalHead] = {}

    def of(self, heads: Sequence[SignalHead]) -> dict[str, list[Any]] | None:
        """Columns of the table ``signals``, None if nothing has changed."""
        rows = []
        for head in heads:
            before = self._heads.get(head.junction)
            if before is head:
                continue
            self._heads[head.junction] = head
            for group, light in head.groups.items():
                since_ns = head.since_ns[group]
                if before is None or (before.groups.get(group), before.since_ns.get(group)) != (light, since_ns):
                    region, number = self._numbers.get(head.junction, UNKNOWN)
                    rows.append((since_ns, head.junction, region, number, group, light))
        if not rows:
            return None
        names = ("t_ns", "junction", "region", "intersection", "group", "light")
        return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
