"""The ground that scripted encounters are played on, as a field: straight roads, or crossroads with lights.

All sites are alike and lie on the plane's meridian, where its scale is 1 and its north true north: metres of the plane
are those of messages. In the frame of a site x points east and y north, and an encounter is about (0, 0). The main road
runs east-west, two lanes and a lane for bicycles each way, traffic on the right. Lanes are as wide as CJJ 37 has them
(3.25 to 3.5 m, from memory); the other measures are assumed. There are no buildings.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from v2x.field.model import Field, Junction, LaneShape, Site
from v2x.geo import F64, Plane
from v2x.messages.model import NAN, Connection, Intersection, Lane, Notice
from v2x.scenario.model_encounters import EncounterApplication, EncounterTraffic

#: Sites are this far apart, metres: well past PC5's reach and that of notices.
SITE_APART_M = 5000.0
#: Length of each arm of a road from the site's middle, metres: the fastest subject's way in half an encounter.
ARM_M = 1500.0
#: Width of a lane, and from the road's axis to the middle of the inner and outer lane and to the kerb, metres.
LANE_M, INNER_M, OUTER_M, KERB_M = 3.5, 1.75, 5.25, 10.5
#: From the middle of the crossroads to the stop lines, metres.
STOP_M = 20.0
#: From the main road's axis south to that of a parallel one-way road, metres.
PARALLEL_M = 30.0
#: Limit of all roads, m/s (60 km/h).
LIMIT_MPS = 60.0 / 3.6

#: Driving directions, clockwise from east: a right turn leads to the next one.
DIRECTIONS_DEG = (90.0, 180.0, 270.0, 0.0)
#: Signal groups of the main road and of the one that crosses it; turns under round lamps go with their road.
GROUPS = (1, 2)
#: Direction -> signal group of the arrow that its right turns have on the ground of RLVW. Elsewhere all lamps are
#: round: two groups on one approach would only take GLOSA's advice from a subject that is not sure of its lane.
ARROWS = {2: 3, 3: 4}
#: Applications whose scenes need lights.
WITH_LIGHTS: frozenset[EncounterApplication] = frozenset({"rlvw", "glosa", "evw"})

_RSU_AT_M = (14.0, 14.0)
_RSU_HEIGHT_M = 6.0
_MAP_REACH_M = 250.0
_REGION = 1


@dataclass(frozen=True)
class Zone:
    """What the roadside announces for the eastbound carriageway, from x = 0 on.

    Attributes
    ----------
    cause
        Cause of the notice.
    length_m
        How long the stretch is.
    limit_mps
        Limit there, NaN without one.
    """

    cause: str
    length_m: float
    limit_mps: float = NAN


#: Zone of each application that has one; lengths are assumed, the limits are 30 and 60 km/h.
ZONES: dict[EncounterApplication, Zone] = {
    "slw": Zone("speed_limit", 150.0, 30.0 / 3.6),
    "hlw": Zone("roadworks", 60.0),
    "ivs": Zone("speed_limit", 100.0, LIMIT_MPS),
    "tjw": Zone("congestion", 80.0),
}


def ground_of(config: EncounterTraffic) -> Field:
    """The ground as a field without files: plane, roadside units, lanes, and MAP geometry where there are lights."""
    plane, sites = _plane(config), range(config.sites)
    lights = config.application in WITH_LIGHTS
    return Field(
        name="encounters",
        title="ground of scripted encounters",
        folder=Path(),
        region=_REGION,
        plane=plane,
        junctions=tuple(_junction(config.application, plane, site) for site in sites) if lights else (),
        rsu=tuple(_rsu(plane, site, site_name(site) if lights else None) for site in sites),
        gnb=(),
        lanes=tuple(shape for site in sites for shape in _shapes(config.application, site)),
        intersections={site_name(site): _intersection(config.application, plane, site) for site in sites if lights},
        placement="invented: straight roads around the origin that the scenario names",
    )


def notices_of(config: EncounterTraffic, start_utc_ns: int) -> tuple[Notice, ...]:
    """What the sites' roadside units announce all the time: one notice a site, none for most applications."""
    zone = ZONES.get(config.application)
    if zone is None:
        return ()
    plane, path_m = _plane(config), np.array([(0.0, 0.0), (zone.length_m, 0.0)])
    notices = []
    for site in range(config.sites):
        lon_deg, lat_deg = _lonlat(plane, site, (0.0, -LANE_M))
        place = (lat_deg, lon_deg, NAN)
        limit_mps = zone.limit_mps
        notices.append(Notice(site, zone.cause, *place, start_utc_ns, path_m=path_m, speed_limit_mps=limit_mps))
    return tuple(notices)


def roads_of(application: EncounterApplication) -> dict[int, int]:
    """Signal group -> the road that it keeps time with: 0 the main one, 1 the one that crosses it."""
    arrows = {group: direction % 2 for direction, group in _arrows(application).items()}
    return {group: road for road, group in enumerate(GROUPS)} | arrows


def _arrows(application: EncounterApplication) -> dict[int, int]:
    return ARROWS if application == "rlvw" else {}


def site_name(site: int) -> str:
    """Name of a site, and of its junction."""
    return f"E{site + 1:02d}"


def place_m(direction: int, way_m: float, right_m: float) -> tuple[float, float]:
    """Point of a site's frame ``way_m`` past its middle in a direction, ``right_m`` to the right of the road's axis."""
    east, north = ((1.0, 0.0), (0.0, -1.0), (-1.0, 0.0), (0.0, 1.0))[direction]
    return way_m * east + right_m * north, way_m * north - right_m * east


def _plane(config: EncounterTraffic) -> Plane:
    return Plane.tangent(*config.origin.lonlat())


def _lonlat(plane: Plane, site: int, point_m: tuple[float, float]) -> tuple[float, float]:
    lon_deg, lat_deg = plane.to_lonlat(point_m[0], point_m[1] + site * SITE_APART_M)
    return float(lon_deg), float(lat_deg)


def _junction(application: EncounterApplication, plane: Plane, site: int) -> Junction:
    name = site_name(site)
    groups: dict[int, tuple[int, ...]] = {group: (link,) for link, group in enumerate(roads_of(application))}
    return Junction(name, site + 1, name, name, *_lonlat(plane, site, (0.0, 0.0)), groups)


def _rsu(plane: Plane, site: int, junction: str | None) -> Site:
    return Site(f"RSU-{site_name(site)}", *_lonlat(plane, site, _RSU_AT_M), _RSU_HEIGHT_M, junction)


def _intersection(application: EncounterApplication, plane: Plane, site: int) -> Intersection:
    """From each direction an inner lane straight on and an outer one to the right; exits continue them."""
    lanes = []
    for direction in range(len(DIRECTIONS_DEG)):
        right = (direction + 1) % len(DIRECTIONS_DEG)
        group, arrow = GROUPS[direction % 2], _arrows(application).get(direction)
        ahead = Connection("straight", _exit_number(direction, outer=False), group)
        turn = Connection("right", _exit_number(right, outer=True), arrow or group, on_red=arrow is None)
        lanes.append(_lane(direction, INNER_M, ahead))
        lanes.append(_lane(direction, OUTER_M, turn))
    lanes += [
        _lane(direction, right_m, None) for direction in range(len(DIRECTIONS_DEG)) for right_m in (INNER_M, OUTER_M)
    ]
    lon_deg, lat_deg = _lonlat(plane, site, (0.0, 0.0))
    return Intersection(_REGION, site + 1, site_name(site), lat_deg, lon_deg, 0.0, tuple(lanes))


def _entry_number(direction: int, *, outer: bool) -> int:
    return 1 + 2 * direction + outer


def _exit_number(direction: int, *, outer: bool) -> int:
    return _entry_number(direction, outer=outer) + 2 * len(DIRECTIONS_DEG)


def _lane(direction: int, right_m: float, onward: Connection | None) -> Lane:
    """A lane that leads to the crossroads and on by ``onward``, or away from it."""
    outer, ingress = right_m == OUTER_M, onward is not None
    side = -1.0 if ingress else 1.0
    ends = [place_m(direction, side * way_m, right_m) for way_m in (STOP_M, STOP_M + _MAP_REACH_M)]
    return Lane(
        id=(_entry_number if ingress else _exit_number)(direction, outer=outer),
        kind="vehicle",
        ingress=ingress,
        points_m=np.array(ends),
        width_m=LANE_M,
        speed_limit_mps=LIMIT_MPS,
        road=("main road", "cross road")[direction % 2],
        link=f"{direction}{'in' if ingress else 'out'}",
        connections=(onward,) if onward else (),
    )


def _shapes(application: EncounterApplication, site: int) -> list[LaneShape]:
    """Lanes for drawing."""
    crossing = application in WITH_LIGHTS
    ways = [(-ARM_M, -STOP_M), (STOP_M, ARM_M)] if crossing else [(-ARM_M, ARM_M)]
    rows = [
        (kind, direction, right_m, way)
        for direction in ((0, 1, 2, 3) if crossing else (0, 2))
        for kind, right_m in (("vehicle", INNER_M), ("vehicle", OUTER_M), ("bike", KERB_M - LANE_M / 2.0))
        for way in ways
    ]
    if application in ZONES:
        rows.append(("vehicle", 0, PARALLEL_M, (-ARM_M, ARM_M)))
    if application == "vrucw":
        rows.append(("crossing", 3, 0.0, (-KERB_M, KERB_M)))
    name = site_name(site)
    return [
        LaneShape(f"{name}.{number}", name, kind, LANE_M, _drawn_m(site, direction, right_m, way))
        for number, (kind, direction, right_m, way) in enumerate(rows)
    ]


def _drawn_m(site: int, direction: int, right_m: float, way: tuple[float, float]) -> F64:
    points_m = np.array([place_m(direction, way_m, right_m) for way_m in way])
    points_m[:, 1] += site * SITE_APART_M
    return points_m
