"""What the signals have shown and what their controllers planned, for the record: each change once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from v2x.field.model import Field
from v2x.traffic.base import SignalHead

#: Region and intersection number of a junction that the field does not know (a recording's).
UNKNOWN = (0, 1)
#: A light and when it begins and ends, None: that is open.
Run = tuple[str, int, int | None]


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
        self._runs: dict[tuple[str, int], list[Run]] = {}

    def of(self, t_ns: int, heads: Sequence[SignalHead]) -> dict[str, dict[str, list[Any]]]:
        """Rows of ``signals`` and of ``signal_plans``, as columns by table; a table without new rows is left out."""
        shown: list[tuple[Any, ...]] = []
        planned: list[tuple[Any, ...]] = []
        for head in heads:
            if self._heads.get(head.junction) is head:
                continue
            self._heads[head.junction] = head
            for group in head.groups:
                runs, before = runs_of(head, group), self._runs.get((head.junction, group))
                if runs == before:
                    continue
                self._runs[head.junction, group] = runs
                planned += [(t_ns, head.junction, group, place, *run) for place, run in enumerate(runs)]
                light, since_ns, _ = runs[0]
                if before is None or before[0][:2] != (light, since_ns):
                    region, number = self._numbers.get(head.junction, UNKNOWN)
                    shown.append((since_ns, head.junction, region, number, group, light))
        return {
            table: dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
            for table, names, rows in (("signals", _SHOWN, shown), ("signal_plans", _PLANNED, planned))
            if rows
        }


def runs_of(head: SignalHead, group: int) -> list[Run]:
    """The light that a group shows, and those that follow as far as the controller knows."""
    present = head.groups[group], head.since_ns[group], head.until_ns.get(group)
    return [present, *head.upcoming.get(group, ())]


_SHOWN = ("t_ns", "junction", "region", "intersection", "group", "light")
_PLANNED = ("t_ns", "junction", "group", "place", "light", "start_ns", "end_ns")
