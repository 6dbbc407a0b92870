"""A finished run, played to peers as if it happened now: its frames with their times, nobody is simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from v2x.clock import to_ns
from v2x.messages.frame import Frames
from v2x.outside import Outside
from v2x.record.window import TableWindow
from v2x.rng import key_of

_COLUMNS = ("t_ns", "station", "type", "bytes", "channel")
#: The order in which a run airs a step's frames.
_CHANNELS = ("pc5", "uu_uplink", "uu_downlink")
#: Position of a station on the plane of the run.
Places = Mapping[str, tuple[float, float]]


def play(
    folder: Path, step_s: float, units: Places, outside: Outside, watch: Callable[[int], None] = lambda _t_ns: None
) -> int:
    """Play a run folder; returns the time at which it ends, ns.

    Parameters
    ----------
    folder
        A run that has ended.
    step_s
        Length of its steps.
    units
        Where its roadside units are. Vehicles are where the run has them at the beginning of the step.
    outside
        Is asked before each step and gets its frames.
    watch
        Called after each step with its end.

    Raises
    ------
    RunFolderError
        If its tables are missing or damaged.
    """
    frames = TableWindow(folder, "tx", _COLUMNS)
    states = TableWindow(folder, "states", ("t_ns", "id", "x_m", "y_m"))
    step_ns, t_ns = to_ns(step_s), 0
    last_ns = max(frames.last, states.last)
    while t_ns <= last_ns:
        outside.begin(t_ns)
        rows = frames.between(t_ns - 1, t_ns + step_ns - 1)
        places = {**units, **_places(states.between(t_ns - 1, t_ns))} if len(rows) else {}
        for channel in _CHANNELS:
            aired = _frames(rows, channel, places)
            if len(aired):
                outside.aired(aired, channel)
        t_ns += step_ns
        watch(t_ns)
    return t_ns


def _places(states: pa.Table) -> Places:
    columns = (states[name].to_pylist() for name in ("id", "x_m", "y_m"))
    return {name: (x_m, y_m) for name, x_m, y_m in zip(*columns, strict=True)}


def _frames(rows: pa.Table, channel: str, places: Places) -> Frames:
    """The frames of a channel among some rows, in the order of time."""
    some = [row for row in rows.to_pylist() if row["channel"] == channel]
    some.sort(key=lambda row: row["t_ns"])
    nowhere = float("nan"), float("nan")
    x_m, y_m = np.array([places.get(row["station"], nowhere) for row in some], float).reshape(-1, 2).T
    return Frames(
        t_ns=np.array([row["t_ns"] for row in some], np.int64),
        station=np.array([row["station"] for row in some], object),
        key=np.array([key_of(row["station"]) for row in some], np.uint64),
        type=np.array([row["type"] for row in some], object),
        data=[row["bytes"] for row in some],
        x_m=x_m,
        y_m=y_m,
    )
