"""Hand a field to other tools: ASAM OpenDRIVE (by netconvert) or GeoJSON (RFC 7946)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.field.model import Field, Site
from v2x.field.tools import netconvert

FORMATS = ("xodr", "geojson")


def export_field(field: Field, format_: str, out: Path) -> None:
    """Write a field in one of `FORMATS`; `ValueError` for another.

    OpenDRIVE carries the geometry, not the signal programmes: SUMO loses them when it reads the file back.
    """
    if format_ == "xodr":
        network = str(field.net_file.resolve())
        netconvert(["-s", network, "--opendrive-output", str(out.resolve())], field.folder)
    elif format_ == "geojson":
        out.write_text(json.dumps(geojson(field), ensure_ascii=False, indent=1), encoding="utf-8")
    else:
        raise ValueError(f"unknown format '{format_}', expected one of {', '.join(FORMATS)}")


def geojson(field: Field) -> dict[str, Any]:
    """Buildings as polygons, lanes as lines; junctions, roadside units and gNBs as points; WGS-84 degrees to 1e-8."""
    features = []
    for building in field.buildings:
        ring = _degrees(field, np.vstack([building.points_m, building.points_m[:1]]))
        features.append(
            _feature("Polygon", [ring], {"layer": "building", "id": building.id, "height_m": building.height_m})
        )
    for lane in field.lanes:
        line = _degrees(field, lane.points_m)
        about = {"layer": "lane", "id": lane.id, "road": lane.road, "kind": lane.kind, "width_m": lane.width_m}
        features.append(_feature("LineString", line, about))
    for junction in field.junctions:
        about = {
            "layer": "junction",
            "id": junction.id,
            "number": junction.number,
            "name": junction.name,
            "pinyin": junction.pinyin,
            "signal_groups": len(junction.signal_groups),
        }
        features.append(_feature("Point", [round(junction.lon_deg, 8), round(junction.lat_deg, 8)], about))
    features += [_site("rsu", site) for site in field.rsu] + [_site("gnb", site) for site in field.gnb]
    return {"type": "FeatureCollection", "name": field.name, "placement": field.placement, "features": features}


def _degrees(field: Field, points_m: NDArray[np.float64]) -> list[list[float]]:
    lon_deg, lat_deg = field.plane.to_lonlat(*points_m.T)
    degrees: list[list[float]] = np.round(np.column_stack([lon_deg, lat_deg]), 8).tolist()
    return degrees


def _site(layer: str, site: Site) -> dict[str, Any]:
    about = {"layer": layer, "id": site.id, "height_m": site.height_m, "junction": site.junction}
    return _feature("Point", [site.lon_deg, site.lat_deg], about)


def _feature(kind: str, coordinates: Any, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}
