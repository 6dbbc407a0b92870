"""Run folders in which subjects drive and are told things, small enough to count by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from v2x.geo import Plane
from v2x.record import RunWriter
from v2x_analysis import Run

S = 1_000_000_000
STEP_S = 0.1
PLANE = Plane.tangent(117.36, 39.08)


def lane(x_m: float, speed_mps: float, *, y_m: float = 0.0, accel_mps2: float = 0.0, **more: Any) -> dict[str, Any]:
    """A road user that drives east: its place at time 0, and how it drives from there.

    ``junction_m``: part of its way that is inside a junction; ``stands_s``: when it stands in between.
    """
    return {"x_m": x_m, "y_m": y_m, "speed_mps": speed_mps, "accel_mps2": accel_mps2, **more}


class Road:
    """Writes a run.

    Parameters
    ----------
    path
        Its folder.
    applications
        What the subject ``ego`` runs.
    scenario
        Further keys of the scenario.
    """

    def __init__(self, path: Path, applications: Sequence[str] = (), **scenario: Any) -> None:
        subject = {"vehicle": "ego", "applications": list(applications), "driver": scenario.pop("driver", None)}
        stations = {"subjects": [subject], **scenario.pop("stations", {})}
        manifest = {"seed": 1, "start_utc": "2026-01-01T00:00:00Z", "duration_s": 20.0}
        self.writer = RunWriter(path, manifest, scenario={"stations": stations, **scenario})

    def drive(self, users: Mapping[str, Mapping[str, Any]], *, until_s: float = 10.0) -> Road:
        """States of users that keep their acceleration (down to standstill) and their heading, 90 if not given."""
        for step in range(round(until_s / STEP_S) + 1):
            t_s = step * STEP_S
            rows = [self._row(user, t_s) for user in users.values()]
            columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
            columns["id"] = np.array(list(users), object)
            self.writer.append("states", {"t_ns": round(t_s * S), **columns})
        if "ego" in users:
            self.event(0.0, "ego", "subject.start", wanted="ego")
        return self

    @staticmethod
    def _row(user: Mapping[str, Any], t_s: float) -> dict[str, Any]:
        begin_s, end_s = user.get("stands_s", (0.0, 0.0))
        stands = begin_s <= t_s < end_s
        t_s -= min(max(t_s - begin_s, 0.0), end_s - begin_s)
        v, a, heading_deg = user["speed_mps"], user["accel_mps2"], user.get("heading_deg", 90.0)
        driven_s = min(t_s, -v / a) if a < 0.0 else t_s
        way_m = v * driven_s + 0.5 * a * driven_s**2
        heading = np.radians(heading_deg)
        x_m, y_m = user["x_m"] + way_m * np.sin(heading), user["y_m"] + way_m * np.cos(heading)
        lon_deg, lat_deg = PLANE.to_lonlat(x_m, y_m)
        kind, inside_m = user.get("kind", "car"), user.get("junction_m", (0.0, 0.0))
        length_m, width_m = (0.5, 0.5) if kind == "pedestrian" else (4.5, 1.8)
        return {
            "id": "", "type": kind, "x_m": x_m, "y_m": y_m, "lon_deg": float(lon_deg), "lat_deg": float(lat_deg),
            "heading_deg": heading_deg,
            "speed_mps": 0.0 if stands else v + a * driven_s,
            "accel_mps2": a if driven_s == t_s else 0.0,
            "yaw_rate_dps": 0.0, "length_m": length_m, "width_m": width_m,
            "lane": ":junction" if inside_m[0] <= way_m < inside_m[1] else "",
        }  # fmt: skip

    def event(self, t_s: float, station: str, kind: str, **fields: Any) -> Road:
        row = {"t_ns": round(t_s * S), "station": station, "kind": kind, "fields": json.dumps(fields)}
        self.writer.append("events", row)
        return self

    def alert(self, application: str, start_s: float, end_s: float | None = None, about: str = "a") -> Road:
        self.event(start_s, "ego", "alert.start", application=application, about=about, more=1)
        if end_s is not None:
            self.event(end_s, "ego", "alert.end", application=application, about=about)
        return self

    def speaks(self, station: str) -> Road:
        """A station that has sent a BSM."""
        row = {"t_ns": 0, "tx_id": 0, "station": station, "profile": "j2735", "type": "BSM", "bytes": b""}
        self.writer.append("tx", {**row, "air_bytes": 1, "channel": "pc5"})
        return self

    def light(self, t_s: float, junction: str, group: int, light: str) -> Road:
        row = {"t_ns": round(t_s * S), "junction": junction, "region": 1, "intersection": 1}
        self.writer.append("signals", {**row, "group": group, "light": light})
        return self

    def run(self, until_s: float = 20.0) -> Run:
        self.writer.flush(round(until_s * S))
        self.writer.finish("complete")
        return Run(self.writer.folder)


def position(x_m: float, y_m: float) -> dict[str, Any]:
    """A point of the road's plane as a scenario gives it."""
    lon_deg, lat_deg = PLANE.to_lonlat(x_m, y_m)
    return {"crs": "wgs84", "lon_deg": float(lon_deg), "lat_deg": float(lat_deg)}
