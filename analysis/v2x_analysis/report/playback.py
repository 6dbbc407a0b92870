"""Who was where and when, small enough to stand in the page: what ``templates/playback.js`` plays on the map."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from v2x.clock import NS_PER_S
from v2x_analysis.applications.alerts import alerts
from v2x_analysis.measurement import F64, I64
from v2x_analysis.report.fieldmap import Map, under_test
from v2x_analysis.run import Run

#: Positions are no closer in time than this, s; and no more of them than these stand in a page: about 1.2 MB.
_APART_S, _MOST = 0.5, 160_000

#: Positions are rounded to this part of the drawing's unit: a tenth of what one sees.
_PARTS = 10


@dataclass(frozen=True)
class Playback:
    """What is played.

    Attributes
    ----------
    data
        JSON of ``times_s``; ``users``: kind, id of who is named (else empty), first time as an index of ``times_s``,
        positions x and y in tenths of the drawing's unit, the first one whole, then steps; and ``alerts``: id of the
        vehicle, begin and end in s, application.
    until_s
        Last time.
    kinds
        Kinds of road users that there are, the most frequent first.
    apart_s
        Usual time between positions.
    thinned
        Whether that is more than it would be for a smaller run.
    """

    data: Markup
    until_s: float
    kinds: tuple[str, ...]
    apart_s: float
    thinned: bool


def playback(run: Run, shown: Map) -> Playback | None:
    """The road users of a run on its map; None where there is one moment at most."""
    states = run.states
    steps_ns = np.unique(states["t_ns"].to_numpy())
    if len(steps_ns) < 2:
        return None
    step_s = float(np.median(np.diff(steps_ns))) / NS_PER_S
    least = max(1, round(_APART_S / step_s))
    stride = max(least, -(-len(states) // _MOST))
    times_ns = steps_ns[::stride]
    rows = states[states["t_ns"].isin(times_ns)]
    times_s = [round(t_ns / NS_PER_S, 3) for t_ns in times_ns]
    named, users = under_test(run), rows.groupby("id", observed=True)
    told = alerts(run)
    told = told.assign(start_s=told["start_ns"] / NS_PER_S, end_s=told["end_ns"] / NS_PER_S)
    content = {
        "times_s": times_s,
        "users": [track for name, own in users for track in _tracks(own, times_ns, name in named, shown)],
        "alerts": told[["station", "start_s", "end_s", "application"]].to_numpy(object).tolist(),
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    kinds = rows.drop_duplicates("id")["type"].value_counts()
    there = tuple(str(kind) for kind in kinds.index[kinds > 0])
    return Playback(Markup(text), times_s[-1], there, round(stride * step_s, 3), stride > least)


def _tracks(own: pd.DataFrame, times_ns: I64, named: bool, shown: Map) -> list[list[Any]]:
    """A road user's positions, one track for each stretch of time without a gap."""
    at = np.searchsorted(times_ns, own["t_ns"].to_numpy())
    x, y = shown.frame(own["x_m"].to_numpy(), own["y_m"].to_numpy())
    cuts = np.flatnonzero(np.diff(at) > 1) + 1
    kind, name = str(own["type"].iloc[0]), str(own["id"].iloc[0]) if named else ""
    stretches = zip(np.split(at, cuts), np.split(x, cuts), np.split(y, cuts), strict=True)
    return [[kind, name, int(when[0]), _steps(along), _steps(across)] for when, along, across in stretches]


def _steps(values: F64) -> list[int]:
    """The first value and the steps from one to the next, rounded so that errors do not add up."""
    rounded = np.round(values * _PARTS).astype(np.int64)
    steps: list[int] = np.diff(rounded, prepend=0).tolist()
    return steps
