"""Where everybody was: rectangles over time, and which of them lie on each other, at whatever times.

A driven vehicle and somebody else who have been in the same place one after the other are what post-encroachment times
are about; somebody who is now where the vehicle is going to be is ahead in its way. Rectangles are those of ``states``,
10 a second; between them a road user moves evenly. True headings are taken for those on the run's plane: a quarter of a
degree on the shipped fields, a centimetre at a bumper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x_analysis.measurement import F64, I64
from v2x_analysis.remote.driven import Driven, Mask, driven
from v2x_analysis.run import Run

#: Others count within this of the vehicle at the same time, m: as far as its cameras see. 10 s at 15 m/s.
REACH_M = 150.0

#: Half a length or a half width to each corner, counter-clockwise.
_CORNERS = np.array([[0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5], [0.5, -0.5]])

#: How far a way is drawn out straight on from its last place, and in what steps, m: whoever stands where a vehicle was
#: not going to get any more was ahead of it all the same. Assumed; 3.4 m/s² at 50 km/h take 28 m.
_ONWARD_M, _APART_M = 50.0, 1.0

Rows = NDArray[np.intp]


class Places(NamedTuple):
    """Rectangles of road users, (n,) each: when, centre, direction of the length from the plane's east, size, speed.

    Those where nobody has been are at no time, inf.
    """

    t_s: F64
    x_m: F64
    y_m: F64
    heading_rad: F64
    length_m: F64
    width_m: F64
    speed_mps: F64

    def rows(self, rows: Rows | Mask | slice) -> Places:
        """Some of them."""
        return Places(*(column[rows] for column in self))

    @property
    def been(self) -> Places:
        """Those at some time."""
        return self.rows(np.isfinite(self.t_s))

    def at(self, t_s: F64) -> Places:
        """Where one road user, whose rectangles these are in order of time, was at other times."""
        been = self.been
        columns = been._replace(heading_rad=np.unwrap(been.heading_rad))
        return Places(t_s, *(np.interp(t_s, been.t_s, column) for column in columns[1:]))

    def onward(self) -> Places:
        """These, of one road user in order of time, and where it would have come if it had gone straight on."""
        on_m = np.arange(_APART_M, _ONWARD_M, _APART_M) if len(self.t_s) else np.zeros(0)
        last = Places(*(np.repeat(column[-1:], len(on_m)) for column in self))
        x_m, y_m = last.x_m + on_m * np.cos(last.heading_rad), last.y_m + on_m * np.sin(last.heading_rad)
        beyond = last._replace(t_s=np.full(len(on_m), np.inf), x_m=x_m, y_m=y_m)
        return Places(*(np.append(own, more) for own, more in zip(self, beyond, strict=True)))

    def rectangles(self) -> NDArray[np.object_]:
        """Shapes on the plane."""
        along, across = np.cos(self.heading_rad)[:, None], np.sin(self.heading_rad)[:, None]
        ahead_m, left_m = _CORNERS[:, 0] * self.length_m[:, None], _CORNERS[:, 1] * self.width_m[:, None]
        x_m = self.x_m[:, None] + ahead_m * along - left_m * across
        y_m = self.y_m[:, None] + ahead_m * across + left_m * along
        shapes: NDArray[np.object_] = shapely.polygons(np.stack([x_m, y_m], axis=2))
        return shapes


@dataclass(frozen=True)
class Shared:
    """A driven vehicle, others near it, and where they were in the same place.

    Attributes
    ----------
    own
        Its places while it was driven or stopped by itself, in order of time, and then straight on, at no time.
    others
        Of everybody within `REACH_M` at the same times.
    who
        Code of each of the others, (n,).
    own_row, other_row
        Rows of places that have a point in common, (k,).
    """

    own: Places
    others: Places
    who: I64
    own_row: Rows
    other_row: Rows

    @classmethod
    def of(cls, own: Places, others: Places, who: I64) -> Shared:
        """Finds them; ``own`` as it was recorded."""
        own = own.onward()
        other_row, own_row = shapely.STRtree(own.rectangles()).query(others.rectangles(), predicate="intersects")
        return cls(own, others, who, own_row, other_row)

    @property
    def turn_rad(self) -> F64:
        """Angle between the headings of each pair, 0 to pi, (k,)."""
        apart = self.own.heading_rad[self.own_row] - self.others.heading_rad[self.other_row]
        turn: F64 = np.abs(np.remainder(apart + np.pi, 2.0 * np.pi) - np.pi)
        return turn


def shared(run: Run) -> tuple[Shared, ...]:
    """Of each driven vehicle, in their order."""
    whole = run.derived(driven)
    return () if whole is None else tuple(_of(run.states, whole, station) for station in range(len(whole.stations)))


def _of(states: pd.DataFrame, whole: Driven, station: int) -> Shared:
    rows = whole.rows_of(station)
    driven_ns = whole.t_ns[rows][whole.remote[rows] | whole.mrm[rows]]
    is_own = (states["id"] == whole.stations[station]).to_numpy()
    t_ns, x_m, y_m = (states[name].to_numpy() for name in ("t_ns", "x_m", "y_m"))
    own = np.flatnonzero(is_own & np.isin(t_ns, driven_ns))
    if not len(own):
        return Shared.of(_places(states.iloc[:0]), _places(states.iloc[:0]), np.zeros(0, np.int64))
    same = own[np.minimum(np.searchsorted(t_ns[own], t_ns), len(own) - 1)]  # its row at the time of each
    near = (np.abs(x_m - x_m[same]) < REACH_M) & (np.abs(y_m - y_m[same]) < REACH_M)
    others = states[(t_ns == t_ns[same]) & near & ~is_own]
    return Shared.of(_places(states.iloc[own]), _places(others), others["id"].cat.codes.to_numpy(np.int64))


def _places(states: pd.DataFrame) -> Places:
    """Rows of ``states``."""
    names = "x_m", "y_m", "heading_deg", "length_m", "width_m", "speed_mps"
    x_m, y_m, heading_deg, length_m, width_m, speed_mps = (states[name].to_numpy(np.float64) for name in names)
    t_s = states["t_ns"].to_numpy(np.float64) / NS_PER_S
    return Places(t_s, x_m, y_m, np.radians(90.0 - heading_deg), length_m, width_m, speed_mps)
