"""How well roadside units know the road: their RSM or SDSM against the truth.

Messages carry no names of road users, so objects and road users are matched anew at each instant such that the sum of
the distances is least; nobody is matched farther than `MATCH_M`. The errors of one object are alike for seconds, and so
one instant in `EVERY_NS` is looked at. The independent unit is the roadside unit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from v2x.clock import NS_PER_S
from v2x.geo import Plane, turn_deg
from v2x.messages.profile import get_profile
from v2x.scenario.model_perception import FieldOfView
from v2x_analysis.frames import start_utc_ns
from v2x_analysis.measurement import F64, RATIO, Measurement, mean, quantiles
from v2x_analysis.run import Run
from v2x_analysis.tables import message_table

#: An object farther than this from every road user is none, metres: the 5 m accuracy class of T/CSAE 53.
MATCH_M = 5.0
#: Time between two instants of a unit, ns.
EVERY_NS = NS_PER_S // 2
#: Message that perceived objects travel in, by family.
_TYPES = {"csae": "RSM", "j2735": "SDSM"}


class _Matches(NamedTuple):
    """What was found: each matched object, each road user in view, and each object."""

    errors: pd.DataFrame
    users: pd.DataFrame
    objects: pd.DataFrame


def accuracy(run: Run) -> dict[str, Measurement]:
    """Figures of roadside perception; none for a run without it.

    ``perception.position_error_m.p50``, ``.p95``: distance of matched object and road user. ``perception.recall``:
    share of the road users in the sensor's range and angle that a message of the unit holds, hidden ones included.
    ``perception.false_tracks``: share of the tracks that are matched in less than half of their messages.
    """
    config = run.plan.stations.rsu.perception
    if config is None:
        return {}
    matches = _matches(run, config.view)
    tracks = matches.objects.groupby(["station", "id"], observed=True)["real"].mean().reset_index()
    errors = quantiles(matches.errors["error_m"], "m", {"station": matches.errors["station"]}, (50, 95))
    return {
        **{f"perception.position_error_m.{name}": measurement for name, measurement in errors.items()},
        "perception.recall": mean(matches.users["seen"], RATIO, {"station": matches.users["station"]}),
        "perception.false_tracks": mean(tracks["real"] < 0.5, RATIO, {"station": tracks["station"]}),
    }


def _matches(run: Run, view: FieldOfView) -> _Matches:
    """Every instant's matches."""
    truth = _Truth(run.states)
    grounds: dict[int, Plane] = {}
    errors: list[pd.DataFrame] = []
    users: list[pd.DataFrame] = []
    objects: list[pd.DataFrame] = []
    for _, said in _said(run).groupby(["station", "object_t_ns"]):
        station, t_ns = int(said["station"].iloc[0]), int(said["object_t_ns"].iloc[0])
        if station not in grounds:  # making one takes as long as all else of an instant
            grounds[station] = Plane.tangent(said["lon_deg"].iloc[0], said["lat_deg"].iloc[0])
        ground = grounds[station]
        east_m, north_m = truth.around(ground, t_ns)
        at_m = np.column_stack(ground.to_xy(said["object_lon_deg"], said["object_lat_deg"]))
        distance_m = np.hypot(*(at_m[:, np.newaxis] - np.column_stack([east_m, north_m])).transpose(2, 0, 1))
        row, column = linear_sum_assignment(np.minimum(distance_m, 2 * MATCH_M))
        near = distance_m[row, column] <= MATCH_M
        row, column = row[near], column[near]
        errors.append(pd.DataFrame({"station": station, "error_m": distance_m[row, column]}))
        seen = np.isin(np.arange(len(east_m)), column)[_in_view(view, east_m, north_m)]
        users.append(pd.DataFrame({"station": station, "seen": seen}))
        real = np.isin(np.arange(len(said)), row)
        objects.append(pd.DataFrame({"station": station, "id": said["object_id"].to_numpy(), "real": real}))
    empty = pd.DataFrame({"station": [], "error_m": [], "seen": [], "id": [], "real": []}, dtype=np.float64)
    return _Matches(*(pd.concat(parts, ignore_index=True) if parts else empty for parts in (errors, users, objects)))


def _said(run: Run) -> pd.DataFrame:
    """Objects in the messages of the instants looked at, one row each."""
    tx, tables = run.tx, []
    for name in tx["profile"].unique():
        profile = get_profile(str(name))
        on_air = (tx["profile"] == name) & (tx["channel"] == "pc5")
        sent = tx[on_air & (tx["type"] == _TYPES[profile.family])]
        first = sent.groupby(["station", sent["t_ns"] // EVERY_NS], observed=True)["t_ns"].transform("min")
        sent = sent[sent["t_ns"] == first]
        near_ns = start_utc_ns(run) + sent["t_ns"].to_numpy()
        said = message_table(profile, _TYPES[profile.family], sent["bytes"].to_numpy(), near_ns, "physical")
        said["station"] = sent["station"].cat.codes.to_numpy()[said.index]
        # the objects of one instant hold at one time, which the messages name to the millisecond
        said["object_t_ns"] = said["object_utc_ns"].to_numpy(np.int64) - start_utc_ns(run)
        tables.append(said)
    return pd.concat(tables) if tables else pd.DataFrame({"station": [], "object_t_ns": []})


class _Truth:
    """Road users at any time: the step before, straight on at its speed."""

    def __init__(self, states: pd.DataFrame) -> None:
        order = np.argsort(states["t_ns"].to_numpy(), kind="stable")
        names = ("t_ns", "lon_deg", "lat_deg", "speed_mps", "heading_deg")
        self._columns = {name: states[name].to_numpy()[order] for name in names}
        self._steps, self._begin = np.unique(self._columns["t_ns"], return_index=True)

    def around(self, ground: Plane, t_ns: int) -> tuple[F64, F64]:
        """Metres east and north of a plane's origin."""
        step = int(np.searchsorted(self._steps, t_ns, side="right")) - 1
        if step < 0:
            return np.zeros(0), np.zeros(0)
        end = self._begin[step + 1] if step + 1 < len(self._begin) else None
        _, lon, lat, speed, heading = (column[self._begin[step] : end] for column in self._columns.values())
        east_m, north_m = ground.to_xy(lon, lat)
        way_m, course = speed * (t_ns - self._steps[step]) / NS_PER_S, np.radians(heading)
        return east_m + way_m * np.sin(course), north_m + way_m * np.cos(course)


def _in_view(view: FieldOfView, east_m: F64, north_m: F64) -> NDArray[np.bool_]:
    """Who is in range and angle of a sensor."""
    range_m = np.hypot(east_m, north_m)
    off_deg = turn_deg(view.bearing_deg, np.degrees(np.arctan2(east_m, north_m)))
    inside: NDArray[np.bool_] = (view.near_m <= range_m) & (range_m <= view.far_m)
    return inside & (np.abs(off_deg) <= view.opening_deg / 2)
