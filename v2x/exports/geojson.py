"""A run as GeoJSON (RFC 7946): tracks of road users, sites of units, alerts. WGS-84, degrees to 7 places (1 cm)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from v2x.bus.units import unit_places
from v2x.clock import NS_PER_S
from v2x.exports.asked import Asked
from v2x.field.load import field_of
from v2x.record.tables import TABLES
from v2x_analysis.applications.alerts import alerts
from v2x_analysis.joins import truth_at
from v2x_analysis.run import Run

_PLACES = 7
_TRACK = ("t_ns", "id", "type", "lon_deg", "lat_deg")


def write(asked: Asked, draft: Path) -> str:
    """A FeatureCollection; ``kind`` of a feature is ``track``, ``rsu`` or ``alert``. Times are seconds of the run."""
    counts = {"track": 0, "rsu": 0, "alert": 0}
    with draft.open("w", encoding="utf-8") as file:
        begin = datetime.fromtimestamp(asked.start_utc_ns / NS_PER_S, UTC).isoformat()
        file.write('{"type": "FeatureCollection", "start_utc": ' + json.dumps(begin) + ', "features": [')
        between = "\n"
        for feature in _features(asked):
            counts[feature["properties"]["kind"]] += 1
            file.write(between + json.dumps(feature, ensure_ascii=False))
            between = ",\n"
        file.write("\n]}\n")
    return ", ".join(f"{number} {kind}{'' if number == 1 else 's'}" for kind, number in counts.items())


def _features(asked: Asked) -> Iterator[dict[str, Any]]:
    yield from _tracks(asked)
    yield from _sites(asked)
    yield from _alerts(asked)


def _tracks(asked: Asked) -> Iterator[dict[str, Any]]:
    """A line for each road user, a point for one that was there for a single step."""
    schema = pa.schema([TABLES["states"].field(name) for name in _TRACK])
    rows = pa.Table.from_batches(list(asked.batches("states", _TRACK)), schema).unify_dictionaries().combine_chunks()
    if not len(rows):
        return
    names = rows["id"].chunk(0)
    order = np.argsort(names.indices.to_numpy(), kind="stable")
    cuts = np.flatnonzero(np.diff(names.indices.to_numpy()[order])) + 1
    for part in np.split(order, cuts):
        own = rows.take(part)
        points = np.column_stack([own["lon_deg"], own["lat_deg"]]).round(_PLACES).tolist()
        times_s = [t_ns / NS_PER_S for t_ns in own["t_ns"].to_pylist()]
        about = {"id": own["id"][0].as_py(), "type": own["type"][0].as_py(), "times_s": times_s}
        shape = ("LineString", points) if len(points) > 1 else ("Point", points[0])
        yield _feature("track", shape, about)


def _sites(asked: Asked) -> Iterator[dict[str, Any]]:
    """Roadside units that were up."""
    for name, (x_m, y_m) in unit_places(asked.scenario, field_of(asked.scenario), asked.plane).items():
        lon_deg, lat_deg = asked.plane.to_lonlat(x_m, y_m)
        yield _feature("rsu", _point(float(lon_deg), float(lat_deg)), {"id": name})


def _alerts(asked: Asked) -> Iterator[dict[str, Any]]:
    """Where subjects truly were when they were told something."""
    run = Run(asked.folder)
    begins = asked.batches("events", ["t_ns", "station"], ds.field("kind") == "alert.start")
    wanted = {(row["t_ns"], row["station"]) for batch in begins for row in batch.to_pylist()}
    told = alerts(run)
    told = told[np.array([key in wanted for key in zip(told["start_ns"], told["station"], strict=True)], bool)]
    there = truth_at(run, told["station"], told["start_ns"])
    rows = zip(told.to_dict("records"), there["lon_deg"], there["lat_deg"], strict=True)
    for alert, lon_deg, lat_deg in rows:
        times = {"start_s": alert["start_ns"] / NS_PER_S, "end_s": alert["end_ns"] / NS_PER_S}
        about = {name: alert[name] for name in ("station", "application", "about")}
        yield _feature("alert", _point(lon_deg, lat_deg), about | times)


def _point(lon_deg: float, lat_deg: float) -> tuple[str, list[float]]:
    return "Point", [round(lon_deg, _PLACES), round(lat_deg, _PLACES)]


def _feature(kind: str, shape: tuple[str, Any], about: dict[str, Any]) -> dict[str, Any]:
    geometry = {"type": shape[0], "coordinates": shape[1]}
    return {"type": "Feature", "geometry": geometry, "properties": {"kind": kind, **about}}
