"""The map: buildings, lanes, sites, notices of the field, and how fast the traffic was where. SVG written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_hex

from v2x.field.model import Field
from v2x_analysis.ground import field_of
from v2x_analysis.measurement import F64
from v2x_analysis.metrics.traffic import vehicle_states
from v2x_analysis.observed import pc5
from v2x_analysis.report.places import Place, places_of
from v2x_analysis.run import Run

#: Width of the drawing and side of a traffic cell in its units; the page scales it.
WIDTH, CELL = 1200.0, 4.0

#: Slow to fast; told apart also without red and green.
SPEEDS = LinearSegmentedColormap.from_list("speed", ["#d1495b", "#edae49", "#3fb8a9", "#2f7ed8"])
_CLASSES = 12

Points = tuple[F64, F64]


class Frame:
    """Plane metres to drawing units."""

    def __init__(self, x_m: F64, y_m: F64) -> None:
        margin = 5.0 + 0.04 * float(max(np.ptp(x_m), np.ptp(y_m)))
        self._west, self._north = float(x_m.min()) - margin, float(y_m.max()) + margin
        wide, high = float(np.ptp(x_m)) + 2 * margin, float(np.ptp(y_m)) + 2 * margin
        # a field that is tall would fill more than the screen: its scale follows the height then
        self.scale = min(WIDTH / wide, WIDTH / high)
        self.width, self.height = wide * self.scale, max(high * self.scale, 0.3 * WIDTH)
        self._north += (self.height / self.scale - high) / 2

    def __call__(self, x_m: F64 | float, y_m: F64 | float) -> Points:
        """Points of the plane on the drawing."""
        x = (np.asarray(x_m, np.float64) - self._west) * self.scale
        y = (self._north - np.asarray(y_m, np.float64)) * self.scale
        return x, y


@dataclass(frozen=True)
class Map:
    """A drawing, what places things on it, and what its legend needs: the top speed, which kinds of place there are."""

    svg: str
    frame: Frame
    top_kmh: float
    gradient: str
    kinds: tuple[str, ...]
    schematic: bool


def draw(run: Run) -> Map | None:
    """The map of a run; None where nothing moved and there is no field."""
    field = field_of(run)
    vehicles = run.derived(vehicle_states)
    moving = vehicles if len(vehicles) else run.states
    places = places_of(run, field)
    corners = [np.array([[place.x_m, place.y_m] for place in places]).reshape(-1, 2)]
    corners += [lane.points_m for lane in field.lanes if lane.kind == "vehicle"] if field else []
    corners.append(moving[["x_m", "y_m"]].to_numpy())
    extent = np.vstack(corners)
    if not len(extent):
        return None
    frame = Frame(extent[:, 0], extent[:, 1])
    dots, top = _traffic(frame, moving["x_m"].to_numpy(), moving["y_m"].to_numpy(), moving["speed_mps"].to_numpy())
    ground = _buildings(field, frame) + _lanes(field, frame)
    parts = [ground, dots, _subjects(run, frame), _marks(places, frame), _scale_bar(frame)]
    title = f"Map of the {'field ' + field.name if field else 'recorded tracks'}: traffic coloured by mean speed"
    svg = (
        f'<svg class="map" viewBox="0 0 {frame.width:.0f} {frame.height:.0f}" role="img" aria-label="{escape(title)}">'
        + "".join(parts)
        + "</svg>"
    )
    gradient = ", ".join(to_hex(SPEEDS(k / 6)) for k in range(7))
    kinds = tuple(dict.fromkeys(place.kind for place in places))
    return Map(svg, frame, top * 3.6, gradient, kinds, field is not None)


def _buildings(field: Field | None, frame: Frame) -> str:
    outlines = [_path(*frame(*building.points_m.T)) + "Z" for building in (field.buildings if field else ())]
    return f'<path class="building" d="{"".join(outlines)}"/>' if outlines else ""


def _lanes(field: Field | None, frame: Frame) -> str:
    """Lanes as strokes of their true width, thin ones drawn just visible."""
    groups: dict[tuple[str, str], list[str]] = {}
    for lane in field.lanes if field else ():
        x, y = frame(lane.points_m[:, 0], lane.points_m[:, 1])
        width = f"{max(lane.width_m * frame.scale, 1.0):.1f}"
        groups.setdefault((lane.kind, width), []).append(_path(x, y))
    order = ("sidewalk", "bike", "vehicle", "crossing")
    return "".join(
        f'<path class="lane {escape(kind)}" stroke-width="{width}" d="{"".join(paths)}"/>'
        for (kind, width), paths in sorted(groups.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
    )


def _path(x: F64, y: F64) -> str:
    """Path through points, without those that would not be seen to bend it."""
    kept = [0]
    for k in range(1, len(x) - 1):
        if np.hypot(x[k] - x[kept[-1]], y[k] - y[kept[-1]]) >= 0.7:
            kept.append(k)
    kept.append(len(x) - 1)
    points = [f"{x[k]:.1f} {y[k]:.1f}" for k in kept]
    return "M" + "L".join(points)


def _traffic(frame: Frame, x_m: F64, y_m: F64, speed_mps: F64) -> tuple[str, float]:
    """Dots where vehicles were: colour for the mean speed, size for how long. Returns them and the top of the scale."""
    if not len(x_m):
        return "", 0.0
    x, y = frame(x_m, y_m)
    cells, where, stays = np.unique(
        np.c_[x // CELL, y // CELL].astype(np.int64), axis=0, return_inverse=True, return_counts=True
    )
    mean_mps = np.bincount(where.ravel(), speed_mps) / stays
    top = max(float(np.quantile(mean_mps, 0.98)), 1.0)
    colour = np.minimum(mean_mps / top * _CLASSES, _CLASSES - 1).astype(int)
    size = np.minimum(np.log2(stays), 9.0).astype(int) // 3  # three sizes more, each for eight times as long
    paths: dict[tuple[int, int], list[str]] = {}
    for (column, row), hue, step in zip(cells, colour, size, strict=True):
        dot = f"M{(column + 0.5) * CELL:.0f} {(row + 0.5) * CELL:.0f}h.01"
        paths.setdefault((int(step), int(hue)), []).append(dot)
    hues = [to_hex(SPEEDS((hue + 0.5) / _CLASSES)) for hue in range(_CLASSES)]
    drawn = "".join(
        f'<path stroke="{hues[hue]}" stroke-width="{2.6 + 1.3 * step:.1f}" d="{"".join(dots)}"/>'
        for (step, hue), dots in sorted(paths.items())
    )
    return f'<g class="traffic">{drawn}</g>', top


def _subjects(run: Run, frame: Frame) -> str:
    """Tracks of the vehicles under test."""
    tracks = run.states[run.states["id"].isin(list(under_test(run)))]
    drawn = []
    for name, track in tracks.groupby("id", observed=True):
        x, y = frame(track["x_m"].to_numpy(), track["y_m"].to_numpy())
        drawn.append(
            f'<path class="subject" d="{_path(x, y)}"><title>{escape(str(name))}</title></path>'
            f'<circle class="subject-end" cx="{x[-1]:.1f}" cy="{y[-1]:.1f}" r="5"/>'
        )
    return "".join(drawn)


def under_test(run: Run) -> set[str]:
    """Road users whose applications use what they receive, who drive in a platoon, or who are driven from afar."""
    heard = run.derived(pc5)
    users = heard.loc[heard["t_used_ns"].notna(), "receiver"]
    return {str(name) for names in (users, run.control["station"], run.remote["station"]) for name in names.unique()}


_SYMBOLS = {
    "gnb": '<path class="gnb" d="M0 -9L8 6H-8Z"/>',
    "rsu": '<circle class="halo" r="10"/><circle class="rsu" r="5"/>',
    "notice": '<path class="notice" d="M0 -9L9 0L0 9L-9 0Z"/><path class="bang" d="M0 -4V1M0 4V4.1"/>',
    "junction": "",
}


def _marks(places: Sequence[Place], frame: Frame) -> str:
    """Symbols, and names as far as they do not run into each other."""
    symbols, labels, taken = [], [], list[tuple[float, float, float, float]]()
    # what matters most is named first
    for place in sorted(places, key=lambda place: ("notice", "junction", "rsu", "gnb").index(place.kind)):
        x, y = (float(c) for c in frame(place.x_m, place.y_m))
        symbols.append(
            f'<g transform="translate({x:.1f} {y:.1f})"><title>{escape(place.name)}</title>{_SYMBOLS[place.kind]}</g>'
        )
        wide = sum(13.0 if ord(letter) > 0x2E80 else 7.2 for letter in place.name)
        box = (x + 15.0, y - 18.0, x + 15.0 + wide, y - 2.0)
        if box[2] < frame.width and not any(_overlap(box, other) for other in taken):
            taken.append(box)
            labels.append(
                f'<text class="label {place.kind}" x="{x + 15:.1f}" y="{y - 6:.1f}">{escape(place.name)}</text>'
            )
    return "".join(symbols + labels)


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _scale_bar(frame: Frame) -> str:
    """A round length at the lower left, and north."""
    rounds = np.array([10, 20, 50, 100, 200, 500, 1000, 2000, 5000])
    length_m = int(rounds[np.argmin(np.abs(rounds * frame.scale - 150.0))])
    x, y, wide = 24.0, frame.height - 22.0, length_m * frame.scale
    text = f"{length_m} m" if length_m < 1000 else f"{length_m // 1000} km"
    return (
        f'<path class="scale" d="M{x} {y - 5}v5h{wide:.1f}v-5"/>'
        f'<text class="label" x="{x + wide / 2:.1f}" y="{y - 8}" text-anchor="middle">{text}</text>'
        f'<g transform="translate({frame.width - 30:.0f} 34)"><path class="north" d="M0 -16L7 10L0 5L-7 10Z"/>'
        f'<text class="label" y="24" text-anchor="middle">N</text></g>'
    )
