"""``field.json``: everything a run needs to know of a field, so that loading one needs no SUMO."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from v2x.errors import FieldError
from v2x.field.model import Building, Field, Junction, LaneShape, Site
from v2x.geo import Plane
from v2x.messages.model import Connection, Intersection, Lane

FILE_NAME = "field.json"
FORMAT = 3


def write_field(field: Field) -> Path:
    """Write ``field.json`` into the field's folder: one line an item, so that differences can be read."""
    parts = {"format": FORMAT, **{f.name: getattr(field, f.name) for f in fields(field) if f.name != "folder"}}
    body = ",\n".join(f" {_dump(name)}: {_lines(value)}" for name, value in parts.items())
    path = field.folder / FILE_NAME
    path.write_text(f"{{\n{body}\n}}\n", encoding="utf-8")
    return path


def read_field(folder: Path) -> Field:
    """Load a field from its folder; `FieldError` when the file is missing, damaged or of another format."""
    path = folder / FILE_NAME
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FieldError(f"cannot be read: {error.strerror}", file=path) from error
    except json.JSONDecodeError as error:
        raise FieldError(f"not valid JSON: {error.msg}", file=path, line=error.lineno, column=error.colno) from error
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        raise FieldError(f"expected format {FORMAT}, found {found}: build the field again", file=path, path="format")
    try:
        return _field(folder, data)
    except (KeyError, TypeError, ValueError) as error:
        raise FieldError(f"damaged ({type(error).__name__}: {error}): build the field again", file=path) from error


def _lines(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ",".join(f"\n  {_dump(asdict(item))}" for item in value) + "\n ]"
    if isinstance(value, dict):
        return "{" + ",".join(f"\n  {_dump(key)}: {_dump(asdict(item))}" for key, item in value.items()) + "\n }"
    return _dump(value if isinstance(value, str | int | float) else asdict(value))


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"cannot store a {type(value).__name__}")


def _field(folder: Path, data: dict[str, Any]) -> Field:
    return Field(
        name=data["name"],
        title=data["title"],
        folder=folder,
        region=data["region"],
        plane=Plane(**data["plane"]),
        junctions=tuple(_junction(item) for item in data["junctions"]),
        rsu=tuple(Site(**item) for item in data["rsu"]),
        gnb=tuple(Site(**item) for item in data["gnb"]),
        lanes=tuple(LaneShape(**{**item, "points_m": np.array(item["points_m"], float)}) for item in data["lanes"]),
        intersections={name: _intersection(item) for name, item in data["intersections"].items()},
        buildings=tuple(_building(item) for item in data["buildings"]),
        placement=data["placement"],
        elevation_m=data["elevation_m"],
    )


def _junction(item: dict[str, Any]) -> Junction:
    groups = {int(number): tuple(links) for number, links in item["signal_groups"].items()}
    return Junction(**{**item, "signal_groups": groups})


def _building(item: dict[str, Any]) -> Building:
    return Building(**{**item, "points_m": np.array(item["points_m"], float)})


def _intersection(item: dict[str, Any]) -> Intersection:
    return Intersection(**{**item, "lanes": tuple(_lane(lane) for lane in item["lanes"])})


def _lane(item: dict[str, Any]) -> Lane:
    connections = tuple(Connection(**connection) for connection in item["connections"])
    return Lane(**{**item, "points_m": np.array(item["points_m"], float), "connections": connections})
