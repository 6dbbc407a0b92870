"""The truth around a subject: its own way, and all others near it in its own frame, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.geo import Plane, turn_deg
from v2x_analysis.applications.alerts import Subject, states_of
from v2x_analysis.measurement import F64, I64
from v2x_analysis.run import Run

#: Others further away than this are of no concern to any application, metres: the range of FCW and EVW in the day-1
#: table of T/CSAE 53 (from memory), and a tenth for positions.
NEAR_M = 330.0


@cache
def tangent(lon_deg: float, lat_deg: float) -> Plane:
    """The plane around a point: made once, since PROJ takes its time."""
    return Plane.tangent(lon_deg, lat_deg)


@dataclass(frozen=True)
class Others:
    """Road users near a subject, one row for each step and other, (n,) each.

    Attributes
    ----------
    step
        Row of the subject's own state.
    id, kind
        Names.
    ahead_m, right_m
        Centre, in the subject's frame.
    turn_deg
        Heading against the subject's, clockwise.
    along_mps, across_mps
        Speed over ground along and to the right of the subject's heading.
    accel_mps2, length_m, width_m
        Its own.
    """

    step: NDArray[np.intp]
    id: NDArray[np.object_]
    kind: NDArray[np.object_]
    ahead_m: F64
    right_m: F64
    turn_deg: F64
    along_mps: F64
    across_mps: F64
    accel_mps2: F64
    length_m: F64
    width_m: F64


class Surroundings:
    """A subject among others.

    Parameters
    ----------
    run
        The run.
    subject
        A vehicle, and which of its states count.

    Attributes
    ----------
    run, subject
        As given.
    t_ns, lon_deg, lat_deg, heading_deg, speed_mps, accel_mps2
        Its states, (s,) each.
    lane
        Id of its lane in each, (s,).
    kind, length_m, width_m
        What it is, and its size.
    """

    def __init__(self, run: Run, subject: Subject) -> None:
        self.run, self.subject = run, subject
        own = states_of(run, subject.station)
        own = own[own["t_ns"].between(subject.from_ns, subject.until_ns)]
        self.t_ns: I64 = own["t_ns"].to_numpy(np.int64)
        self.lon_deg, self.lat_deg = _column(own, "lon_deg"), _column(own, "lat_deg")
        self.heading_deg, self.speed_mps = _column(own, "heading_deg"), _column(own, "speed_mps")
        self.accel_mps2 = _column(own, "accel_mps2")
        self.lane = own["lane"].to_numpy(np.str_)
        self.kind = str(own["type"].iloc[0])
        self.length_m, self.width_m = float(own["length_m"].iloc[0]), float(own["width_m"].iloc[0])

    def place_m(self, lon_deg: float, lat_deg: float) -> F64:
        """Its centre in metres true east and north of a point, (s, 2)."""
        return np.column_stack(tangent(lon_deg, lat_deg).to_xy(self.lon_deg, self.lat_deg))

    @cached_property
    def course(self) -> F64:
        """Unit vectors of its heading, east and north, (s, 2)."""
        radians = np.radians(self.heading_deg)
        return np.column_stack([np.sin(radians), np.cos(radians)])

    @cached_property
    def gone_m(self) -> F64:
        """Way driven since its first state, (s,)."""
        steps_s = np.diff(self.t_ns) / NS_PER_S
        gone_m: F64 = np.r_[0.0, np.cumsum((self.speed_mps[1:] + self.speed_mps[:-1]) / 2.0 * steps_s)]
        return gone_m

    @cached_property
    def others(self) -> Others:
        """Everybody else within `NEAR_M`."""
        rows, step = self._near()
        there = self.run.states.iloc[rows]
        own_x_m, own_y_m = self._plane_m
        east_m = (there["x_m"].to_numpy() - own_x_m[step]).astype(np.float64)
        north_m = (there["y_m"].to_numpy() - own_y_m[step]).astype(np.float64)
        east, north = self.course[step].T  # true north for the plane's: a quarter of a degree on these fields
        turn = turn_deg(self.heading_deg[step], _column(there, "heading_deg"))
        speed_mps = _column(there, "speed_mps")
        return Others(
            step=step,
            id=there["id"].astype(object).to_numpy(),
            kind=there["type"].astype(object).to_numpy(),
            ahead_m=east_m * east + north_m * north,
            right_m=east_m * north - north_m * east,
            turn_deg=turn,
            along_mps=speed_mps * np.cos(np.radians(turn)),
            across_mps=speed_mps * np.sin(np.radians(turn)),
            accel_mps2=_column(there, "accel_mps2"),
            length_m=_column(there, "length_m"),
            width_m=_column(there, "width_m"),
        )

    @cached_property
    def _plane_m(self) -> tuple[F64, F64]:
        """Its centre on the run's plane, (s,) each."""
        states = self.run.states
        own = states[(states["id"] == self.subject.station) & states["t_ns"].isin(self.t_ns)]
        return _column(own, "x_m"), _column(own, "y_m")

    def _near(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows of the run's states near the subject, and of its own state at that time."""
        states = self.run.states
        t_ns, x_m, y_m = (states[name].to_numpy() for name in ("t_ns", "x_m", "y_m"))
        own_x_m, own_y_m = self._plane_m
        first, last = np.searchsorted(t_ns, self.t_ns), np.searchsorted(t_ns, self.t_ns, side="right")
        step = np.repeat(np.arange(len(self.t_ns)), last - first)
        rows = np.arange(len(step)) + np.repeat(first - np.r_[0, np.cumsum(last - first)[:-1]], last - first)
        near = np.hypot(x_m[rows] - own_x_m[step], y_m[rows] - own_y_m[step]) <= NEAR_M
        near &= (states["id"].cat.codes.to_numpy()[rows]) != states["id"].cat.categories.get_loc(self.subject.station)
        return rows[near], step[near]


def _column(table: pd.DataFrame, name: str) -> F64:
    return table[name].to_numpy(np.float64)
