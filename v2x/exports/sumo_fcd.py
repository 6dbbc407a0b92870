"""The truth as SUMO's floating car data (``fcd-export``, data/xsd/fcd_file.xsd of SUMO 1.28).

Positions are SUMO's: the middle of the front bumper (of people their middle) on the run's plane, which is that of the
net; angles are clockwise from the plane's north. What a run folder does not hold has no attribute: ``pos``, ``slope``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import quoteattr

import numpy as np
import pyarrow as pa

from v2x.clock import NS_PER_S
from v2x.exports.asked import Asked
from v2x.geo import Plane, wrap_deg

_COLUMNS = (
    "t_ns", "id", "type", "x_m", "y_m", "lon_deg", "lat_deg", "heading_deg", "speed_mps", "accel_mps2", "length_m",
    "lane",
)  # fmt: skip
_PEDESTRIAN = "pedestrian"


def write(asked: Asked, draft: Path) -> str:
    """One ``timestep`` for each step of the run that has somebody, vehicles before people as SUMO has them."""
    rows, steps, last_ns = 0, 0, None
    people: list[str] = []
    with draft.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<fcd-export>\n')
        for t_ns, element, on_foot in _elements(asked):
            if t_ns != last_ns:
                _end(file, people, last_ns)
                file.write(f'    <timestep time="{t_ns / NS_PER_S:.2f}">\n')
                last_ns, steps = t_ns, steps + 1
            rows += 1
            people.append(element) if on_foot else file.write(element)
        _end(file, people, last_ns)
        file.write("</fcd-export>\n")
    return f"{rows} states in {steps} steps"


def _end(file: TextIO, people: list[str], t_ns: int | None) -> None:
    file.writelines(people)
    people.clear()
    if t_ns is not None:
        file.write("    </timestep>\n")


def _elements(asked: Asked) -> Iterator[tuple[int, str, bool]]:
    """Time, element, and whether it is a person's, of each state."""
    for batch in asked.batches("states", _COLUMNS):
        columns = _as_sumo_has_it(batch, asked.plane)
        for t_ns, name, kind, lane, *numbers in zip(*columns, strict=True):
            x_m, y_m, angle_deg, speed_mps, accel_mps2 = numbers
            on_foot = kind == _PEDESTRIAN
            where = f'x="{x_m:.3f}" y="{y_m:.3f}" angle="{angle_deg:.3f}" type="{kind}" speed="{speed_mps:.3f}"'
            if on_foot:
                element = f"        <person id={quoteattr(name)} {where} edge={quoteattr(_edge(lane))}/>\n"
            else:
                lane_at = f'lane={quoteattr(lane)} acceleration="{accel_mps2:.3f}"'
                element = f"        <vehicle id={quoteattr(name)} {where} {lane_at}/>\n"
            yield t_ns, element, on_foot


def _as_sumo_has_it(batch: pa.RecordBatch, plane: Plane) -> list[list[Any]]:
    def numbers(name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.asarray(batch.column(name).to_numpy(zero_copy_only=False), np.float64)

    kinds = batch.column("type").to_pylist()
    angle_deg = wrap_deg(numbers("heading_deg") - plane.convergence_deg(numbers("lon_deg"), numbers("lat_deg")))
    ahead_m = np.where(np.array(kinds, object) == _PEDESTRIAN, 0.0, numbers("length_m") / 2.0)
    x_m = numbers("x_m") + ahead_m * np.sin(np.radians(angle_deg))
    y_m = numbers("y_m") + ahead_m * np.cos(np.radians(angle_deg))
    figures = (x_m, y_m, angle_deg, numbers("speed_mps"), numbers("accel_mps2"))
    texts = (batch.column("id").to_pylist(), kinds, batch.column("lane").to_pylist())
    return [batch.column("t_ns").to_pylist(), *texts, *(figure.tolist() for figure in figures)]


def _edge(lane: str) -> str:
    """Of a lane's id, ``EDGE_NUMBER``."""
    return lane.rpartition("_")[0]
