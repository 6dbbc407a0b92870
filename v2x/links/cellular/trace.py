"""Uu as it was on a drive: measured round trips, replayed by time or by place."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.spatial import KDTree

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.errors import InputError
from v2x.field.model import Field
from v2x.links.base import F64, I64, Carried, Cause, Direction, LinkNote, Stations, Transmissions
from v2x.links.cellular.trace_file import Drive, read_drive
from v2x.scenario.model_base import Position
from v2x.scenario.model_cellular import TraceUu as Config

#: A longer round trip is a stall: what TCP delivered late, and a datagram service would have lost (assumed).
_STALL_NS = 100 * NS_PER_MS


class TraceUu:
    """Replay of a drive. Each direction takes half of the round trip (assumed: a round trip cannot tell them apart).

    By time, a frame sent uplink at the time of a row takes half of the row's round trip, and an echo sent downlink when
    it arrives takes the other half: so the downlink looks a row up by the time at which that row's frame was half-way.
    Between rows the round trip is interpolated. No delay is counted twice, and at the rows' times the trace comes out
    exactly. All stations meet the same episodes at the same time. With ``tcp`` nothing overtakes as long as nothing
    does in the trace.

    By place, the nearest row decides in both directions.
    """

    def __init__(self, config: Config, _seed: int, _duration_ns: int, field: Field | None) -> None:
        by_place = config.index == "position"
        drive = read_drive(config.path, places=by_place)
        self._round_trips = _ByPlace(drive, config, field) if by_place else _ByTime(drive, config)
        self._loses = config.transport == "udp"

    def move(self, t_ns: int, mobiles: Stations) -> None:
        """Nothing: a frame brings its time and its place."""

    def carry(self, frames: Transmissions, direction: Direction) -> Carried:
        """Fate of each frame."""
        rtt_ns = self._round_trips.of(frames, direction)
        out = np.isnan(rtt_ns)
        lost = out | (rtt_ns > _STALL_NS) if self._loses else out
        # Both halves of an odd number of nanoseconds must add up.
        whole_ns = np.where(out, 0.0, rtt_ns).astype(np.int64)
        half_ns = whole_ns // 2 if direction == "uplink" else whole_ns - whole_ns // 2
        return Carried(frames.t_ns + half_ns, np.where(lost, Cause.OUTAGE, Cause.DELIVERED).astype(np.int8))

    def notes(self) -> list[LinkNote]:
        """None: a trace has no cells of ours."""
        return []


class _ByTime:
    """Round trips by the time of sending, and by that of being half-way."""

    def __init__(self, drive: Drive, config: Config) -> None:
        # The trace begins again one median period after its last row.
        self._length_ns = int(drive.t_ns[-1] + np.median(np.diff(drive.t_ns)))
        self._start_ns = round(config.start_s * NS_PER_S)
        half_way_ns = np.maximum.accumulate(drive.t_ns + drive.rtt_ns // 2)
        self._rows: Mapping[Direction, I64] = {"uplink": drive.t_ns, "downlink": half_way_ns}
        self._rtt_ns = drive.rtt_ns

    def of(self, frames: Transmissions, direction: Direction) -> F64:
        """Round trip of each frame, ns."""
        rows_ns = self._rows[direction]
        at_ns = (frames.t_ns + self._start_ns) % self._length_ns
        if direction == "downlink":  # what was sent in the last round and is half-way in this one
            at_ns = np.where(at_ns < rows_ns[0], at_ns + self._length_ns, at_ns)
        return np.asarray(np.interp(at_ns, rows_ns, self._rtt_ns), np.float64)


class _ByPlace:
    """Round trips by the nearest row; none (NaN) where the drive is too far away."""

    def __init__(self, drive: Drive, config: Config, field: Field | None) -> None:
        if drive.place_m is None:
            raise ValueError("a drive without places")
        self._tree = KDTree(drive.place_m + _origin_m(config.origin, field))
        self._rtt_ns = np.append(drive.rtt_ns.astype(np.float64), np.nan)
        self._reach_m = config.reach_m

    def of(self, frames: Transmissions, _direction: Direction) -> F64:
        """Round trip of each frame, ns."""
        places_m = np.column_stack([frames.x_m, frames.y_m])
        row = self._tree.query(places_m, distance_upper_bound=self._reach_m)[1]
        return np.asarray(self._rtt_ns[row], np.float64)


def _origin_m(origin: Position, field: Field | None) -> F64:
    """Where the drive's (0, 0) lies on the run's plane."""
    if origin.crs == "local":
        return np.array(origin.pair())
    if field is None:
        raise InputError("without a field only crs 'local' can be placed", path="links.uu.origin.crs")
    return np.array(field.plane.to_xy(*origin.lonlat()))
