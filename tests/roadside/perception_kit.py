"""Units with perception, and what reaches them, made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from v2x.geo import Plane
from v2x.messages.model import Intersection, Lane, Notice, VehicleStates
from v2x.messages.profile import get_profile
from v2x.scenario.model import Rsu
from v2x.scenario.model_perception import Perception
from v2x.stations.roadside import UnitSite
from v2x.stations.sightings import SEEN, Sightings

LAT, LON = 39.08, 117.36
GROUND = Plane.tangent(LON, LAT)
S = 1_000_000_000
MS = 1_000_000
#: What the unit's clock shows at simulated time 0.
UTC = 1_770_000_000 * S


def site(
    profile: str = "csae",
    lanes: tuple[Lane, ...] = (),
    notices: tuple[Notice, ...] = (),
    log: list[tuple[str, dict[str, Any]]] | None = None,
    **perception: Any,
) -> UnitSite:
    """The installation of a unit at the origin."""
    told = log if log is not None else []
    return UnitSite(
        name="R",
        key=77,
        place=(LAT, LON, float("nan")),
        profile=get_profile(profile),
        config=Rsu(perception=Perception(**perception)),
        intersection=Intersection(1, 1, "x", LAT, LON, float("nan"), lanes) if lanes else None,
        spat=None,
        notices=notices,
        stored=(),
        read_clock=lambda t_ns: UTC + t_ns,
        transmit_ns=0,
        seed=1,
        event=lambda kind, fields: told.append((kind, fields)),
    )


def sightings(*objects: dict[str, Any]) -> Sightings:
    """Objects by what is not the default: a car that stands at the origin, seen well."""
    default: dict[str, Any] = {"number": 1, "east_m": 0.0, "north_m": 0.0, "speed_mps": 0.0, "heading_deg": 0.0}
    default |= {"length_m": 4.5, "width_m": 1.8, "kind": "vehicle", "kind_confidence": 0.98}
    default |= {"position_sigma_m": 0.3, "speed_sigma_mps": 0.3, "heading_sigma_deg": 3.0}
    rows = [default | each for each in objects]
    columns: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in default}
    columns["kind"] = np.array([SEEN.index(row["kind"]) for row in rows], np.int8)
    columns["number"] = columns["number"].astype(np.uint64)
    return Sightings(**columns)


def bsm(utc_ns: int, temporary_id: int, east_m: float, north_m: float, speed_mps: float, heading_deg: float,
        sigma_m: float = 1.0) -> VehicleStates:  # fmt: skip
    """A BSM as it has been decoded."""
    lon, lat = GROUND.to_lonlat([east_m], [north_m])
    numbers: dict[str, Any] = {"temporary_id": temporary_id, "utc_ns": utc_ns, "speed_mps": speed_mps}
    numbers |= {"heading_deg": heading_deg, "lat_deg": lat[0], "lon_deg": lon[0], "length_m": 4.5, "width_m": 1.8}
    numbers |= {"semi_major_m": sigma_m, "semi_minor_m": sigma_m}
    blank = VehicleStates.none()
    columns = {name: np.array([numbers.get(name, 0)], column.dtype) for name, column in vars(blank).items()}
    return VehicleStates(**columns)
