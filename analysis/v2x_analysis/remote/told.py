"""Events about remotely driven vehicles: ``remote.*``, with their fields."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from v2x.errors import RunFolderError
from v2x_analysis.run import Run


@dataclass(frozen=True)
class Told:
    """One event: when, whose (its name), what, and its fields."""

    t_ns: int
    station: str
    kind: str
    fields: dict[str, Any]

    def number(self, name: str) -> float | None:
        """A field that is a number; None if it is none, or not there."""
        value = self.fields.get(name)
        return float(value) if isinstance(value, int | float) else None

    def time_ns(self, name: str) -> int:
        """A field that is a time; that of the event if it is none, or not there."""
        value = self.fields.get(name)
        return value if isinstance(value, int) else self.t_ns


def events(run: Run) -> list[Told]:
    """All of them in order of time; `RunFolderError` if one's fields are no JSON object."""
    rows = run.events[run.events["kind"].astype(object).isin(KINDS)].sort_values("t_ns", kind="stable")
    found = []
    for t_ns, station, kind, text in zip(rows["t_ns"], rows["station"], rows["kind"], rows["fields"], strict=True):
        try:
            fields = json.loads(text)
        except ValueError as error:
            raise RunFolderError(f"unreadable event {kind}: {error}", file=run.folder) from error
        if not isinstance(fields, dict):
            raise RunFolderError(f"the fields of an event {kind} are no object", file=run.folder)
        found.append(Told(int(t_ns), str(station), str(kind).removeprefix("remote."), fields))
    return found


#: Kinds of event that are read.
KINDS = tuple(f"remote.{kind}" for kind in ("start", "mrm", "stopped", "resumed", "collision", "end"))
