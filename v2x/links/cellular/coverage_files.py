"""A coverage map as a picture and as GeoJSON (RFC 7946: WGS-84, opens in QGIS and geojson.io)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from contourpy import FillType, contour_generator
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure

from v2x.field.model import Field
from v2x.links.base import F64
from v2x.links.cellular.coverage import Coverage
from v2x.links.cellular.network import Network

#: Quantity -> (title, edges of its bands). The lowest and the highest band are open.
_BANDS = {
    "rsrp_dbm": ("RSRP of the strongest cell, dBm", (-130, -120, -110, -100, -90, -80, -70, -60)),
    "sinr_db": ("SINR downlink, dB", (-10, -5, 0, 5, 10, 15, 20, 25, 30)),
    "downlink_mbps": ("Rate left downlink, Mbit/s", (0, 1, 10, 25, 50, 100, 150, 200)),
    "uplink_mbps": ("Rate left uplink, Mbit/s", (0, 1, 5, 10, 15, 20, 25, 36, 50)),
}
#: Decimals of a degree: 1e-6 is a tenth of a metre.
_DECIMALS = 6


def write_picture(coverage: Coverage, network: Network, field: Field, title: str, out: Path) -> None:
    """Draw the bands of every quantity and the serving cells, with roads and sites, as PNG."""
    shape = float(np.ptp(coverage.y_m) / np.ptp(coverage.x_m))
    columns = 1 if shape < 0.4 else 2
    rows = -(-(len(_BANDS) + 1) // columns)
    width = 14.0 / columns
    figure = Figure(figsize=(14.0, rows * (0.78 * width * shape + 0.6)), layout="constrained")
    figure.suptitle(title)
    panels = list(figure.subplots(rows, columns).flat)
    for axes, (name, (label, edges)) in zip(panels, _BANDS.items(), strict=False):
        # equally different shades, however wide the bands are
        norm = BoundaryNorm(edges, 256, extend="both")
        shades = axes.contourf(
            coverage.x_m, coverage.y_m, coverage.values[name], edges, norm=norm, extend="both", cmap="viridis"
        )
        figure.colorbar(shades, ax=axes, label=label, pad=0.01)
        _roads(axes, field, network)
    _cells(figure, panels[len(_BANDS)], coverage, network)
    _roads(panels[len(_BANDS)], field, network)
    for axes in panels[len(_BANDS) + 1 :]:
        axes.remove()
    figure.savefig(out, dpi=110)


def _cells(figure: Figure, axes: Axes, coverage: Coverage, network: Network) -> None:
    """Where each cell is the strongest."""
    numbers = np.arange(len(network.cells))
    shades = ListedColormap(colormaps["tab20"](numbers % 20))
    cell = np.ma.masked_less(coverage.cell, 0)
    image = axes.pcolormesh(
        coverage.x_m, coverage.y_m, cell, cmap=shades, vmin=-0.5, vmax=len(numbers) - 0.5, shading="nearest"
    )
    bar = figure.colorbar(image, ax=axes, label="strongest cell", ticks=numbers, pad=0.01)
    bar.ax.set_yticklabels(network.cells, fontsize=6)


def _roads(axes: Axes, field: Field, network: Network) -> None:
    lanes = [lane.points_m for lane in field.lanes if lane.kind == "vehicle"]
    axes.add_collection(LineCollection(lanes, colors="white", linewidths=1.4))
    axes.add_collection(LineCollection(lanes, colors="black", linewidths=0.5))
    for site, x_m, y_m in network.sites:
        axes.plot(x_m, y_m, "r^", markeredgecolor="white")
        axes.annotate(site, (x_m, y_m), textcoords="offset points", xytext=(4, 4), fontsize=7, color="red")
    axes.set_aspect("equal")
    axes.set_xlabel("east, m")
    axes.set_ylabel("north, m")


def write_geojson(coverage: Coverage, network: Network, field: Field, out: Path) -> None:
    """Write a MultiPolygon for each band of each quantity and for each serving cell, and the sites as points."""
    features = [
        _feature("Point", _degrees(field, np.array([[x_m, y_m]]))[0], layer="gnb", id=site)
        for site, x_m, y_m in network.sites
    ]
    for name, (_, edges) in _BANDS.items():
        value = np.clip(coverage.values[name], edges[0], edges[-1])
        for low, high in pairwise(edges):
            # filled() takes low < value <= high: both ends are open, and the grid's extremes belong somewhere
            outer = -np.inf if low == edges[0] else low, np.inf if high == edges[-1] else high
            polygons = list(_polygons(coverage, value, *outer, field))
            if polygons:
                features.append(_feature("MultiPolygon", polygons, layer=name, at_least=low, below=high))
    for number, cell in enumerate(network.cells):
        here = (coverage.cell == number).astype(float)
        polygons = list(_polygons(coverage, here, 0.5, np.inf, field))
        if polygons:
            features.append(_feature("MultiPolygon", polygons, layer="cell", id=cell))
    document = {"type": "FeatureCollection", "name": f"{field.name} coverage", "features": features}
    out.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _polygons(coverage: Coverage, value: F64, low: float, high: float, field: Field) -> Iterator[list[Any]]:
    """Rings of the areas with values between, the outer one first and counterclockwise."""
    generator = contour_generator(coverage.x_m, coverage.y_m, value, fill_type=FillType.OuterOffset)
    for points, offsets in zip(*generator.filled(low, high), strict=True):
        yield [_degrees(field, points[a:b]) for a, b in pairwise(offsets)]


def _degrees(field: Field, points_m: F64) -> list[list[float]]:
    lon_deg, lat_deg = field.plane.to_lonlat(points_m[:, 0], points_m[:, 1])
    pairs: list[list[float]] = np.round(np.column_stack([lon_deg, lat_deg]), _DECIMALS).tolist()
    return pairs


def _feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}
