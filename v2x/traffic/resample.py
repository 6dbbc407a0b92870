"""From tracks to states on the run's grid: even samples, local quadratics, cubic interpolation between them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from v2x.clock import NS_PER_S, SimClock
from v2x.errors import TrafficError
from v2x.traffic.base import KINDS
from v2x.traffic.recording_file import RecordingRows
from v2x.traffic.smoothing import Fit, held_course_deg, local_quadratic
from v2x.traffic.tracks import Track

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Length and width of each of `KINDS`, metres: sizes measured at a Tianjin junction (SinD; truck: middle of the range);
#: car as the crossroads recording asks; pedestrian assumed.
SIZES_M = ((4.6, 1.8), (9.1, 2.3), (6.3, 2.2), (1.75, 0.77), (1.63, 0.67), (0.5, 0.5))

#: Words of recordings -> our kinds.
KIND_WORDS = {
    "car": "car", "vehicle": "car", "passenger": "car", "sedan": "car", "suv": "car", "van": "car", "taxi": "car",
    "automobile": "car", "motor_vehicle": "car",
    "bus": "bus", "coach": "bus", "minibus": "bus",
    "truck": "truck", "lorry": "truck", "trailer": "truck", "semi": "truck", "truck_bus": "truck",
    "ebike": "ebike", "e-bike": "ebike", "motorcycle": "ebike", "motorbike": "ebike", "moped": "ebike",
    "scooter": "ebike", "electric_bicycle": "ebike", "motorcyclist": "ebike", "tricycle": "ebike",
    "bicycle": "bicycle", "bike": "bicycle", "cyclist": "bicycle",
    "pedestrian": "pedestrian", "ped": "pedestrian", "person": "pedestrian", "walker": "pedestrian",
}  # fmt: skip


@dataclass(frozen=True)
class Motion:
    """States on the run's grid, one row per road user and step, track after track.

    Attributes
    ----------
    road_user, step, row
        Who, which step of the run, and the last row of the recording up to then.
    x_m, y_m
        Filtered position on the run's plane.
    heading_deg
        As the file gives it where ``given_heading``, else clockwise from the plane's north; not folded.
    speed_mps, accel_mps2, yaw_rate_dps
        Along the heading; yaw over the last step.
    """

    road_user: I64
    step: I64
    row: I64
    x_m: F64
    y_m: F64
    heading_deg: F64
    given_heading: NDArray[np.bool_]
    speed_mps: F64
    accel_mps2: F64
    yaw_rate_dps: F64


class Sampler:
    """Filters tracks and samples them on the run's grid.

    Parameters
    ----------
    rows
        The recording.
    t_ns, x_m, y_m
        Its simulated times and positions on the run's plane.
    clock
        The run's grid.
    period_ns
        Usual distance of a road user's rows.
    smoothing_s
        Window of the filter.
    """

    def __init__(
        self, rows: RecordingRows, t_ns: I64, x_m: F64, y_m: F64, clock: SimClock, period_ns: int, smoothing_s: float
    ) -> None:
        self._file = rows.file
        self._t_ns, self._xy = t_ns, np.column_stack([x_m, y_m])
        self._given = {name: rows.numbers[name] for name in ("heading_deg", "speed_mps") if name in rows.numbers}
        self._step_ns = clock.step_ns
        self._last_step = clock.duration_ns // clock.step_ns
        self._period_ns, self._smoothing_s = period_ns, smoothing_s

    def sample(self, tracks: list[Track]) -> tuple[Motion, list[int]]:
        """States of all tracks, and the road users that have a track without motion and so without heading."""
        parts = [part for track in tracks if (part := self._track(track)) is not None]
        if not parts:
            raise TrafficError(
                "no track of the recording lies in the run; see traffic.path and duration_s", file=self._file
            )
        standing = {int(part.road_user[0]) for part, unknown in parts if unknown}
        columns: dict[str, Any] = {
            column.name: np.concatenate([getattr(part, column.name) for part, _ in parts]) for column in fields(Motion)
        }
        return Motion(**columns), sorted(standing)

    def _track(self, track: Track) -> tuple[Motion, bool] | None:
        """States of one track; None if it lies between two steps or outside the run."""
        t_ns = self._t_ns[track.rows]
        first = max(0, -(-int(t_ns[0]) // self._step_ns))
        last = min(self._last_step, int(t_ns[-1]) // self._step_ns)
        if first > last:
            return None
        step = np.arange(first, last + 1)
        at_s = (step * self._step_ns - t_ns[0]) / NS_PER_S
        even_s, even_m = self._evenly((t_ns - t_ns[0]) / NS_PER_S, self._xy[track.rows])
        spacing_s = float(even_s[1])
        fit = local_quadratic(even_m, spacing_s, self._smoothing_s)
        course = held_course_deg(even_m, spacing_s, self._smoothing_s)
        given = self._cells(track, "heading_deg", (t_ns - t_ns[0]) / NS_PER_S, even_s)
        heading = given if given is not None else course
        unknown = heading is None
        if heading is None:
            heading = np.zeros(len(even_s))
        speed, accel = self._along(track, t_ns, even_s, fit, heading)
        position = _hermite(fit.value, fit.rate, spacing_s, at_s)
        heading_now = np.interp(at_s, even_s, heading)
        turn = np.diff(heading_now) / (self._step_ns / NS_PER_S)
        motion = Motion(
            road_user=np.full(len(step), track.road_user),
            step=step,
            row=track.rows[np.searchsorted(t_ns, step * self._step_ns, side="right") - 1],
            x_m=position[:, 0],
            y_m=position[:, 1],
            heading_deg=heading_now,
            given_heading=np.full(len(step), given is not None),
            speed_mps=np.interp(at_s, even_s, speed),
            accel_mps2=np.interp(at_s, even_s, accel),
            yaw_rate_dps=np.concatenate([turn[:1], turn]) if len(turn) else np.zeros(1),
        )
        return motion, unknown

    def _evenly(self, t_s: F64, xy: F64) -> tuple[F64, F64]:
        """Even sample times over the track, about as many as it has rows' periods, and the positions then."""
        count = max(1, round(float(t_s[-1]) * NS_PER_S / self._period_ns)) + 1
        even_s = np.linspace(0.0, t_s[-1], count)
        return even_s, np.column_stack([np.interp(even_s, t_s, axis) for axis in xy.T])

    def _along(self, track: Track, t_ns: I64, even_s: F64, fit: Fit, heading_deg: F64) -> tuple[F64, F64]:
        """Speed and acceleration along the heading, from the file's speed if it has one."""
        given = self._cells(track, "speed_mps", (t_ns - t_ns[0]) / NS_PER_S, even_s)
        if given is not None:
            accel = local_quadratic(given[:, None], float(even_s[1]), self._smoothing_s).rate[:, 0]
            return given, accel
        ahead = np.column_stack([np.sin(np.radians(heading_deg)), np.cos(np.radians(heading_deg))])
        speed = np.maximum(0.0, np.sum(fit.rate * ahead, axis=1))
        return speed, np.sum(fit.curvature * ahead, axis=1)

    def _cells(self, track: Track, name: str, t_s: F64, even_s: F64) -> F64 | None:
        """A column of the file at even times, headings unwrapped; None where the track has no cell of it."""
        if name not in self._given:
            return None
        cells = self._given[name][track.rows]
        present = ~np.isnan(cells)
        if not present.any():
            return None
        values = np.unwrap(cells[present], period=360.0) if name == "heading_deg" else cells[present]
        return np.interp(even_s, t_s[present], values)


def _hermite(value: F64, rate: F64, spacing_s: float, at_s: F64) -> F64:
    """Cubic interpolation (m, k) that keeps values and rates (n, k) at even samples."""
    left = np.clip((at_s / spacing_s).astype(np.int64), 0, len(value) - 2)
    u = (at_s / spacing_s - left)[:, None]
    step = spacing_s * rate
    blend = u * u * (3.0 - 2.0 * u)
    bend = u * (1.0 - u) * ((1.0 - u) * step[left] - u * step[left + 1])
    return (1.0 - blend) * value[left] + blend * value[left + 1] + bend


def sizes_and_kinds(rows: RecordingRows) -> tuple[NDArray[np.int8], F64, F64, list[dict[str, Any]]]:
    """Kind, length and width of each road user, and notes on what had to be defaulted."""
    n = len(rows.names)
    notes: list[dict[str, Any]] = []
    words = _first_words(rows)
    kinds = np.array([KINDS.index(KIND_WORDS.get(word.lower(), "car")) for word in words], np.int8)
    strange = Counter(word for word in words if word and word.lower() not in KIND_WORDS)
    missing = sum(not word for word in words)
    if strange:
        notes.append(_default("kind", "car", unknown=dict(strange)))
    if missing:
        notes.append(_default("kind", "car", count=missing))
    sizes = []
    for axis, name in enumerate(("length_m", "width_m")):
        default = np.array(SIZES_M)[kinds, axis]
        given = np.full(n, np.nan)
        if name in rows.numbers:
            use = np.flatnonzero(rows.numbers[name] > 0.0)  # 0 is how some tools write "unknown"
            given = _median_per_user(rows.road_user[use], rows.numbers[name][use], n)
        absent = np.isnan(given)
        if absent.any():
            value = {KINDS[k]: SIZES_M[k][axis] for k in np.unique(kinds[absent])}
            notes.append(_default(name, value, count=int(absent.sum())))
        sizes.append(np.where(absent, default, given))
    return kinds, sizes[0], sizes[1], notes


def _default(column: str, value: object, **fields: object) -> dict[str, Any]:
    return {"kind": "recording.default", "column": column, "value": value, **fields}


def _first_words(rows: RecordingRows) -> list[str]:
    """The first non-empty kind of each road user, "" without."""
    found = np.full(len(rows.names), "", object)
    if "kind" in rows.words:
        cells = rows.words["kind"]
        use = np.flatnonzero(cells != "")[::-1]  # the last assignment wins: the first row
        found[rows.road_user[use]] = cells[use]
    return [str(word) for word in found]


def _median_per_user(user: I64, values: F64, n: int) -> F64:
    medians = np.full(n, np.nan)
    found = pd.Series(values).groupby(user).median()
    medians[found.index.to_numpy(np.int64)] = found.to_numpy(np.float64)
    return medians
