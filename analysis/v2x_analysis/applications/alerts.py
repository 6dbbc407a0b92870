"""What subjects were told, by whom: the event log's alerts, and who ran which application for how long."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from v2x.clock import NS_PER_S
from v2x.errors import RunFolderError
from v2x_analysis.run import Run

#: Applications that alert; `glosa` advises, `evp` asks, `awareness` only listens.
ALERTING = ("ebw", "evw", "fcw", "hlw", "ivs", "rlvw", "slw", "tjw", "vrucw")

#: What is read of a road user by itself: each column of ``states`` takes its time in a run of gigabytes.
OWN_COLUMNS = (
    "t_ns", "id", "type", "lon_deg", "lat_deg", "heading_deg", "speed_mps", "accel_mps2", "length_m", "width_m", "lane",
)  # fmt: skip

_COLUMNS = ("station", "application", "about", "start_ns", "end_ns")


def events_of(run: Run, *kinds: str) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
    """Time, station, kind and fields of the events of some kinds, in the log's order.

    Raises
    ------
    RunFolderError
        If the fields of one are no JSON object.
    """
    rows = run.events[run.events["kind"].isin(kinds)]
    for t_ns, station, kind, text in zip(rows["t_ns"], rows["station"], rows["kind"], rows["fields"], strict=True):
        try:
            fields = dict(json.loads(text))
        except (TypeError, ValueError) as error:
            raise RunFolderError(f"damaged event of kind '{kind}': {error}", file=run.folder) from error
        yield int(t_ns), str(station), str(kind), fields


def alerts(run: Run) -> pd.DataFrame:
    """Alerts of all subjects.

    Returns
    -------
    DataFrame
        ``station``, ``application``, ``about``, ``start_ns`` and ``end_ns``: of one that is still on when the run ends,
        or whose vehicle has left, the end of the run. In the order of their begin.
    """
    on: dict[tuple[str, str, str], int] = {}
    rows: list[tuple[str, str, str, int, int]] = []
    for t_ns, station, kind, fields in events_of(run, "alert.start", "alert.end"):
        key = station, str(fields.get("application")), str(fields.get("about"))
        if kind == "alert.start":
            on[key] = t_ns
        elif key in on:
            rows.append((*key, on.pop(key), t_ns))
    end_ns = round(run.duration_s * NS_PER_S)
    rows += [(*key, start_ns, end_ns) for key, start_ns in on.items()]
    table = pd.DataFrame(rows, columns=_COLUMNS).astype({"start_ns": np.int64, "end_ns": np.int64})
    return table.sort_values(["start_ns", "station", "application", "about"], kind="stable", ignore_index=True)


@dataclass(frozen=True)
class Subject:
    """A vehicle under test.

    Attributes
    ----------
    station
        Its id.
    from_ns, until_ns
        Its first and last state as a subject.
    applications
        What ran on it, by the scenario's entry that it was found for.
    """

    station: str
    from_ns: int
    until_ns: int
    applications: tuple[str, ...]


def subjects(run: Run) -> list[Subject]:
    """Vehicles under test, in the order in which they came."""
    began = {station: (t_ns, fields.get("wanted")) for t_ns, station, _, fields in events_of(run, "subject.start")}
    last_ns = run.derived(_subject_states).groupby("id", observed=True)["t_ns"].max()
    planned = {each.vehicle: each.applications for each in run.plan.stations.subjects}
    return [
        Subject(station, t_ns, int(last_ns[station]), planned.get(str(wanted), ()))
        for station, (t_ns, wanted) in began.items()
        if station in last_ns.index
    ]


def states_of(run: Run, station: str) -> pd.DataFrame:
    """States of a road user, `OWN_COLUMNS`, read without those of others; no rows if there was none of that name."""
    known = run.derived(_subject_states)
    own = known[known["id"] == station]
    return own if len(own) else run.table("states", OWN_COLUMNS, where=ds.field("id") == station)


def _subject_states(run: Run) -> pd.DataFrame:
    """States of all vehicles under test: read once, since each reading goes through the whole table."""
    began = [station for _, station, _, _ in events_of(run, "subject.start")]
    return run.table("states", OWN_COLUMNS, where=ds.field("id").isin(pa.array(began, pa.string())))
