"""Manoeuvres: how long joining, leaving, splitting, merging and dissolving took, and how many came to nothing.

Source: events ``platoon.state``, one for each change of a vehicle's protocol state, and ``platoon.wish``, one for each
manoeuvre that could not be begun (docs/run-folder.md). Runs in which nobody changes anything have none, and then there
are no figures.
"""

from __future__ import annotations

import json

import numpy as np

from v2x.clock import NS_PER_S
from v2x_analysis.measurement import Measured, count, quantiles
from v2x_analysis.run import Run

#: State in which a manoeuvre begins -> what it is. It ends with the vehicle's next change that says how it ended.
BEGINS = {
    "searching": "join",
    "asking_out": "leave",
    "splitting": "split",
    "asking_merge": "merge",
    "handing_over": "hand_over",
    "dissolving": "dissolve",
}


def figures(run: Run) -> dict[str, Measured]:
    """``platoon.<manoeuvre>_s.p50`` (max) of those done, ``platoon.<manoeuvre>_done`` and ``..._undone``."""
    took_s, undone = _ended(run)
    result: dict[str, Measured] = {}
    for name in BEGINS.values():
        spans_s = took_s[name]
        if spans_s or undone[name]:
            result[f"platoon.{name}_done"] = count(len(spans_s))
            result[f"platoon.{name}_undone"] = count(undone[name])
            for part, measurement in quantiles(spans_s, "s", {"station": np.arange(len(spans_s))}, (50, 100)).items():
                result[f"platoon.{name}_s.{'max' if part == 'p100' else part}"] = measurement
    return result


def _ended(run: Run) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Of each manoeuvre: how long those took that were done, and how many were undone; what is under way is neither."""
    took_s: dict[str, list[float]] = {name: [] for name in BEGINS.values()}
    undone = dict.fromkeys(BEGINS.values(), 0)
    begun: dict[str, tuple[str, int]] = {}
    events = run.events[run.events["kind"].isin(("platoon.state", "platoon.wish"))].sort_values("t_ns", kind="stable")
    columns = (events[name] for name in ("t_ns", "station", "kind", "fields"))
    for t_ns, station, kind, text in zip(*columns, strict=True):
        fields = json.loads(text)
        if kind == "platoon.wish":
            if fields["wish"] in undone:  # a cut-in is none of the protocol's
                undone[fields["wish"]] += 1
        elif fields.get("ends") and station in begun:
            name, begin_ns = begun.pop(station)
            if fields["ends"] == "done":
                took_s[name].append((t_ns - begin_ns) / NS_PER_S)
            else:
                undone[name] += 1
        elif fields.get("after") in BEGINS:
            begun.setdefault(station, (BEGINS[fields["after"]], t_ns))
    return took_s, undone
