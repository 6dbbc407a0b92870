"""From the rows of a recording to whole tracks: repeated rows go, short gaps close, long ones end a track.

Every repair is counted and listed with examples; nothing is mended silently.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S, to_ns
from v2x.errors import TrafficError
from v2x.traffic.recording_file import RecordingRows

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Two rows of one road user that would need more than this are two road users under one id, m/s (252 km/h; assumed).
JUMP_MPS = 70.0
#: Repeated rows further apart than this contradict each other, metres.
SAME_PLACE_M = 0.5
#: Tracks are brought to even times no closer than this, ns: faster than any camera or receiver on the road (assumed).
SHORTEST_PERIOD_NS = 10_000_000
#: A distance of rows above this many periods is a gap.
_GAP_PERIODS = 1.5
_EXAMPLES = 5


@dataclass(frozen=True)
class Track:
    """One uninterrupted stay of a road user: ``rows`` of the recording, ascending in time, at least two."""

    road_user: int
    rows: I64


@dataclass(frozen=True)
class Tracks:
    """All tracks of a recording, the usual distance of its rows, and what had to be repaired."""

    tracks: list[Track]
    period_ns: int
    notes: list[dict[str, Any]]


def find_tracks(rows: RecordingRows, x_m: F64, y_m: F64, max_gap_s: float) -> Tracks:
    """Split rows into tracks.

    Parameters
    ----------
    rows
        The recording.
    x_m, y_m
        Its positions in metres.
    max_gap_s
        Rows of a road user further apart end its track; it comes back with the next row.

    Raises
    ------
    TrafficError
        If no road user has two rows that make a track, or if the rows are usually further apart than ``max_gap_s``.
    """
    order = np.lexsort((rows.t_ns, rows.road_user))  # stable: repeated rows stay in file order
    report = _Report(rows)
    order = _without_repeats(order, rows, x_m, y_m, report)
    user, t_ns = rows.road_user[order], rows.t_ns[order]
    dt_ns, same = np.diff(t_ns), np.diff(user) == 0
    if not same.any():
        raise TrafficError("no road user has two rows at different times: nothing moves", file=rows.file)
    period_ns = max(SHORTEST_PERIOD_NS, int(np.median(dt_ns[same])))
    if period_ns > to_ns(max_gap_s):
        reason = f"rows of a road user are {period_ns / NS_PER_S:g} s apart, more than max_gap_s = {max_gap_s:g}"
        raise TrafficError(reason, file=rows.file, path="traffic.max_gap_s")
    step_m = np.hypot(np.diff(x_m[order]), np.diff(y_m[order]))
    away = same & (dt_ns > to_ns(max_gap_s))
    jump = same & ~away & (step_m > JUMP_MPS * dt_ns / NS_PER_S)
    filled = same & ~away & ~jump & (dt_ns > _GAP_PERIODS * period_ns)
    gap_s = dt_ns / NS_PER_S
    report.add("recording.gap", order, filled, repair="interpolated", gap_s=gap_s)
    report.add("recording.return", order, away, repair="the road user leaves and comes back", gap_s=gap_s)
    report.add("recording.jump", order, jump, repair="the track ends, a new one begins", jump_m=step_m)
    ends = np.flatnonzero(~same | away | jump) + 1
    pieces = np.split(order, ends)
    alone = np.array([len(piece) == 1 for piece in pieces])
    single = np.array([piece[0] for piece in pieces], np.int64)[alone]
    report.add_rows("recording.single_row", single, repair="left out: one row has no motion")
    tracks = [Track(int(rows.road_user[piece[0]]), piece) for piece in pieces if len(piece) > 1]
    if not tracks:
        reason = (
            f"no track: every row is alone ({int(jump.sum())} jumps above {JUMP_MPS:g} m/s, {int(away.sum())} gaps)"
        )
        raise TrafficError(reason, file=rows.file)
    return Tracks(tracks, period_ns, report.notes)


def _without_repeats(order: I64, rows: RecordingRows, x_m: F64, y_m: F64, report: _Report) -> I64:
    """Keep the first of rows with the same road user and time."""
    repeat = np.zeros(len(order), bool)
    repeat[1:] = (np.diff(rows.road_user[order]) == 0) & (np.diff(rows.t_ns[order]) == 0)
    kept = order[np.maximum.accumulate(np.where(repeat, 0, np.arange(len(order))))]
    apart_m = np.hypot(x_m[order] - x_m[kept], y_m[order] - y_m[kept])[repeat]
    contradictions = int(np.count_nonzero(apart_m > SAME_PLACE_M))
    dropped = order[repeat]
    report.add_rows("recording.repeated", dropped, repair="the first row stays", contradictions=contradictions)
    return order[~repeat]


class _Report:
    """Collects notes: a count, and the first few places."""

    def __init__(self, rows: RecordingRows) -> None:
        self._rows = rows
        self.notes: list[dict[str, Any]] = []

    def add(self, kind: str, order: I64, where: NDArray[np.bool_], *, repair: str, **figure: F64) -> None:
        """Note breaks between successive rows; ``figure`` is a column of their sizes."""
        before = np.flatnonzero(where)
        (name, sizes), *_ = figure.items()
        extra = [{name: round(float(size), 3)} for size in sizes[before[:_EXAMPLES]]]
        self._append(kind, order[before], repair, extra, {})

    def add_rows(self, kind: str, rows: I64, *, repair: str, **fields: int) -> None:
        """Note single rows."""
        self._append(kind, rows, repair, [{} for _ in rows[:_EXAMPLES]], fields)

    def _append(self, kind: str, rows: I64, repair: str, extra: list[dict[str, float]], fields: dict[str, int]) -> None:
        if not len(rows):
            return
        examples = [{**place, **more} for place, more in zip(self._places(rows), extra, strict=True)]
        self.notes.append({"kind": kind, "count": len(rows), **fields, "repair": repair, "examples": examples})

    def _places(self, rows: I64) -> Iterator[dict[str, Any]]:
        for row in rows[:_EXAMPLES]:
            yield {
                "id": self._rows.names[self._rows.road_user[row]],
                "t_s": float(self._rows.t_ns[row] / NS_PER_S),
                "line": int(self._rows.line[row]),
            }
