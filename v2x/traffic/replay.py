"""A recording drives the field: tracks measured on a real road, filtered and sampled on the run's grid.

All states are computed when the recording is opened; a step is a slice of the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S, SimClock
from v2x.errors import TrafficError
from v2x.geo import Plane, to_wgs84, wrap_deg
from v2x.registry import did_you_mean
from v2x.rng import key_of
from v2x.scenario.model import RecordedTraffic as RecordedTrafficConfig
from v2x.traffic.base import REACH_M, DriveCommand, SignalCommand, SignalHead, Snapshot, name_taken
from v2x.traffic.recorded_signals import LIGHTS, RecordedSignals, agree
from v2x.traffic.recording_file import RecordingRows, read_recording
from v2x.traffic.resample import Motion, Sampler, sizes_and_kinds
from v2x.traffic.tracks import find_tracks

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


class RecordedTraffic:
    """Traffic of a recording (see ``docs/recordings.md``).

    Parameters
    ----------
    config
        The scenario's ``traffic``.
    clock
        The run's time grid.
    plane
        The plane the run computes on. ``local`` coordinates are metres on the tangent plane at ``config.origin``, or
        on ``plane`` itself if there is no origin.
    taken
        Names that no road user may have, and whose they are.
    """

    def __init__(
        self,
        config: RecordedTrafficConfig,
        clock: SimClock,
        plane: Plane,
        taken: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._config, self._clock, self._plane, self._taken = config, clock, plane, taken
        self._notes: list[dict[str, Any]] = []
        self._columns: dict[str, NDArray[Any]] = {}
        self._first_row: I64 = np.zeros(0, np.int64)
        self._first_step: I64 = np.zeros(0, np.int64)
        self._last_step: I64 = np.zeros(0, np.int64)
        self._signals = RecordedSignals({})
        self._heads: list[SignalHead] = []
        self._step = 0

    def start(self) -> None:
        """Read, repair, filter and sample the recording."""
        columns = {str(ours): theirs for ours, theirs in self._config.columns.items()}
        rows = read_recording(self._config.path, self._config.crs, columns)
        self._check_names(rows)
        x_m, y_m = self._to_plane(rows)
        tracks = find_tracks(rows, x_m, y_m, self._config.max_gap_s)
        shift_ns = self._shift_ns(rows.t_ns)
        t_ns = rows.t_ns + shift_ns
        kinds, length_m, width_m, notes = sizes_and_kinds(rows)
        self._notes = [*tracks.notes, *notes, *self._derived(rows)]
        sampler = Sampler(rows, t_ns, x_m, y_m, self._clock, tracks.period_ns, self._config.smoothing_s)
        motion, standing = sampler.sample(tracks.tracks)
        if standing:
            note = {"kind": "recording.default", "column": "heading_deg", "value": 0.0, "count": len(standing)}
            self._notes.append({**note, "why": "never moves", "examples": [str(rows.names[u]) for u in standing[:5]]})
        self._fill(rows, motion, kinds, length_m, width_m)
        self._signals = self._read_signals(rows, t_ns)
        self._notes.append(self._summary(rows, t_ns, shift_ns, len(tracks.tracks)))

    def step(self, t_ns: int) -> Snapshot:
        """State at ``t_ns``, a time of the run's grid; empty before and after the recording."""
        self._step, rest = divmod(t_ns, self._clock.step_ns)
        if rest:
            raise ValueError(f"{t_ns} ns is not on the run's grid of {self._clock.step_ns} ns")
        self._heads = self._signals.at(t_ns)
        last = len(self._first_row) - 1
        rows = slice(*self._first_row[[min(self._step, last), min(self._step + 1, last)]])
        return Snapshot(t_ns=t_ns, **{name: column[rows] for name, column in self._columns.items()})

    def signals(self) -> list[SignalHead]:
        """The recorded lights as one head ``recorded``, one group per approach code; empty if none were recorded."""
        return self._heads

    def steer(self, commands: Sequence[DriveCommand | SignalCommand]) -> None:
        """What is recorded stays as it is."""

    def notes(self) -> list[dict[str, Any]]:
        """What was repaired, derived or defaulted, once."""
        notes, self._notes = self._notes, []
        return notes

    def statistics(self) -> dict[str, float]:
        """Road users that have come and gone by the last step."""
        departed, arrived = self._first_step <= self._step, self._last_step < self._step
        return {"departed": float(departed.sum()), "arrived": float(arrived.sum())}

    def close(self) -> None:
        """Nothing stays open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # ------------------------------------------------------------------ reading

    def _check_names(self, rows: RecordingRows) -> None:
        for number, name in enumerate(rows.names):
            if name in self._taken:
                line = int(rows.line[np.argmax(rows.road_user == number)])
                raise TrafficError(name_taken(name, self._taken[name]), file=self._config.path, line=line)

    def _file_plane(self) -> Plane:
        """The plane that local coordinates are metres of."""
        origin = self._config.origin
        return self._plane if origin is None else Plane.tangent(*origin.lonlat())

    def _to_plane(self, rows: RecordingRows) -> tuple[F64, F64]:
        """Positions of the rows on the run's plane."""
        if self._config.crs == "local":
            own = self._file_plane()
            if own == self._plane:
                return rows.first, rows.second
            lon, lat = own.to_lonlat(rows.first, rows.second)
        else:
            lon, lat = to_wgs84(self._config.crs, rows.first, rows.second)
        x_m, y_m = self._plane.to_xy(lon, lat)
        bad = ~(np.isfinite(x_m) & np.isfinite(y_m))
        if bad.any():
            line = int(rows.line[np.argmax(bad)])
            raise TrafficError("position cannot be put on the run's plane", file=self._config.path, line=line)
        far = np.hypot(x_m, y_m) > REACH_M
        if far.any():
            row = int(np.argmax(far))
            reason = f"{np.hypot(x_m[row], y_m[row]) / 1e3:.0f} km from the run's (0, 0); see traffic.origin and crs"
            raise TrafficError(reason, file=self._config.path, line=int(rows.line[row]))
        return x_m, y_m

    def _shift_ns(self, t_ns: I64) -> int:
        """``t_s`` is the run's own time; a recording that would not be seen at all is moved to begin at 0."""
        first, last = int(t_ns.min()), int(t_ns.max())
        return 0 if first < self._clock.duration_ns and last > 0 else -first

    def _read_signals(self, rows: RecordingRows, t_ns: I64) -> RecordedSignals:
        if "signal" not in rows.words:
            return RecordedSignals({})
        words = rows.words["signal"]
        light = np.array([LIGHTS.get(word.lower(), "?") for word in words], object)
        if (light == "?").any():
            row = int(np.argmax(light == "?"))
            hint = did_you_mean(words[row], [word for word in LIGHTS if word])
            line = int(rows.line[row])
            raise TrafficError(f"unknown light '{words[row]}', {hint}", file=self._config.path, line=line)
        if "lane" not in rows.words:
            why = "all lights count as one approach"
            self._notes.append({"kind": "recording.default", "column": "lane", "value": "", "why": why})
        approach = rows.words.get("lane", np.full(len(t_ns), "-", object))
        nowhere = (light != "") & (approach == "")
        if nowhere.any():
            count = int(nowhere.sum())
            self._notes.append({"kind": "recording.signal_without_lane", "count": count, "repair": "not used"})
        use = (light != "") & ~nowhere
        elapsed_s = rows.numbers.get("signal_elapsed_s", np.full(len(t_ns), np.nan))
        reports, conflicts = agree(approach[use], t_ns[use], light[use], elapsed_s[use])
        self._notes += conflicts
        return RecordedSignals(reports)

    # ------------------------------------------------------------------ the table

    def _fill(self, rows: RecordingRows, motion: Motion, kinds: NDArray[np.int8], length_m: F64, width_m: F64) -> None:
        """All states of the run, sorted by step and id, and the first row of each step."""
        by_name = np.argsort(rows.names.astype(str), kind="stable")
        rank = np.empty(len(by_name), np.int64)
        rank[by_name] = np.arange(len(by_name))
        order = np.lexsort((rank[motion.road_user], motion.step))
        user, step = motion.road_user[order], motion.step[order]
        x_m, y_m = motion.x_m[order], motion.y_m[order]
        lon_deg, lat_deg = self._plane.to_lonlat(x_m, y_m)
        heading = motion.heading_deg[order] + self._convergence_deg(lon_deg, lat_deg, motion.given_heading[order])
        keys = np.array([key_of(name) for name in rows.names], np.uint64)
        self._columns = {
            "id": rows.names[user],
            "key": keys[user],
            "type": kinds[user],
            "x_m": x_m,
            "y_m": y_m,
            "lon_deg": lon_deg,
            "lat_deg": lat_deg,
            "heading_deg": wrap_deg(heading),
            "speed_mps": motion.speed_mps[order],
            "accel_mps2": motion.accel_mps2[order],
            "yaw_rate_dps": motion.yaw_rate_dps[order],
            "length_m": length_m[user],
            "width_m": width_m[user],
            "lane": rows.words["lane"][motion.row[order]] if "lane" in rows.words else np.full(len(user), "", object),
        }
        steps = self._clock.duration_ns // self._clock.step_ns + 2
        self._first_row = np.searchsorted(step, np.arange(steps))
        seen, first = np.unique(user, return_index=True)
        self._first_step, self._last_step = step[first], np.zeros(len(seen), np.int64)
        np.maximum.at(self._last_step, np.searchsorted(seen, user), step)

    def _convergence_deg(self, lon_deg: F64, lat_deg: F64, given: NDArray[np.bool_]) -> F64:
        """To true headings: derived ones are of the run's plane, ``given`` ones of the file's, or true already."""
        convergence = np.zeros(len(lon_deg))
        convergence[~given] = self._plane.convergence_deg(lon_deg[~given], lat_deg[~given])
        if self._config.crs == "local":
            convergence[given] = self._file_plane().convergence_deg(lon_deg[given], lat_deg[given])
        return convergence

    # ------------------------------------------------------------------ notes

    def _derived(self, rows: RecordingRows) -> list[dict[str, Any]]:
        """Which optional columns are missing, wholly or in some cells, and what stands in for them."""
        notes: list[dict[str, Any]] = []
        for name in ("heading_deg", "speed_mps"):
            if name not in rows.numbers:
                how = f"local quadratic over {self._config.smoothing_s:g} s of positions"
                notes.append({"kind": "recording.derived", "column": name, "how": how})
            elif np.isnan(rows.numbers[name]).any():
                empty = int(np.isnan(rows.numbers[name]).sum())
                how = "interpolated within the track, derived from positions where a track has none"
                notes.append({"kind": "recording.derived", "column": name, "count": empty, "how": how})
        if rows.ignored:
            notes.append({"kind": "recording.ignored", "columns": list(rows.ignored)})
        return notes

    def _summary(self, rows: RecordingRows, t_ns: I64, shift_ns: int, tracks: int) -> dict[str, Any]:
        outside = (t_ns < 0) | (t_ns >= self._clock.duration_ns)
        seen = len(self._first_step)
        return {
            "kind": "recording.summary",
            "rows": len(t_ns),
            "road_users": len(rows.names),
            "tracks": tracks,
            "first_s": float(t_ns.min() / NS_PER_S),
            "last_s": float(t_ns.max() / NS_PER_S),
            "shift_s": shift_ns / NS_PER_S,
            "rows_outside_run": int(outside.sum()),
            "road_users_never_seen": len(rows.names) - seen,
        }
