"""What stands where in a run: the field's sites and junctions, the scenario's own sites and notices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from v2x.field.model import Field
from v2x_analysis.run import Run

#: Longitude and latitude (WGS-84, degrees) to metres on the run's plane.
ToPlane = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Place:
    """Something with a position on the plane and a name: a roadside unit, a gNB, a junction, a notice."""

    kind: str
    name: str
    x_m: float
    y_m: float


def _projection(run: Run, field: Field | None) -> ToPlane | None:
    """WGS-84 to plane. Without a field it is fitted to the recorded positions, which know both."""
    if field is not None:
        plane = field.plane

        def project(lon_deg: float, lat_deg: float) -> tuple[float, float]:
            x, y = plane.to_xy([lon_deg], [lat_deg])
            return float(x[0]), float(y[0])

        return project
    known = run.states[["lon_deg", "lat_deg", "x_m", "y_m"]].drop_duplicates()
    if len(known) < 3:
        return None
    centre = known[["lon_deg", "lat_deg"]].mean().to_numpy()
    design = np.c_[known[["lon_deg", "lat_deg"]].to_numpy() - centre, np.ones(len(known))]
    fit = np.linalg.lstsq(design, known[["x_m", "y_m"]].to_numpy(), rcond=None)[0]

    def fitted(lon_deg: float, lat_deg: float) -> tuple[float, float]:
        x, y = np.r_[np.array([lon_deg, lat_deg]) - centre, 1.0] @ fit
        return float(x), float(y)

    return fitted


def places_of(run: Run, field: Field | None) -> list[Place]:
    """Sites and junctions of the field, and what the scenario adds; without what cannot be placed on the plane."""
    to_xy = _projection(run, field)
    found: list[Place] = []
    stations = run.plan.stations
    if field is not None and to_xy is not None:
        up = stations.rsu.sites
        found += [Place("junction", j.name, *to_xy(j.lon_deg, j.lat_deg)) for j in field.junctions]
        found += [Place("gnb", s.id, *to_xy(s.lon_deg, s.lat_deg)) for s in field.gnb]
        found += [Place("rsu", s.id, *to_xy(s.lon_deg, s.lat_deg)) for s in field.rsu if up == "all" or s.id in up]
    extra = [("rsu", site.id, site.at) for site in stations.extra_rsu]
    extra += [("notice", notice.cause, notice.at) for notice in run.plan.notices]
    for kind, name, at in extra:
        if at.crs == "local":
            found.append(Place(kind, name, *at.pair()))
        elif to_xy is not None:
            found.append(Place(kind, name, *to_xy(*at.lonlat())))
    return found
