"""Repairs are made as documented, counted and listed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from v2x.errors import TrafficError
from v2x.traffic.recording_file import read_recording
from v2x.traffic.tracks import Tracks, find_tracks


def _tracks(folder: Path, rows: list[tuple[float, str, float]], max_gap_s: float = 1.0) -> Tracks:
    path = folder / "tracks.csv"
    path.write_text("t_s,id,x_m,y_m\n" + "".join(f"{t:.3f},{who},{x},0\n" for t, who, x in rows))
    recording = read_recording(path, "local", {})
    return find_tracks(recording, recording.first, recording.second, max_gap_s)


def _drive(who: str, times: np.ndarray, speed: float = 10.0) -> list[tuple[float, str, float]]:
    return [(float(t), who, float(speed * t)) for t in times]


def _note(tracks: Tracks, kind: str) -> dict[str, Any]:
    (note,) = [note for note in tracks.notes if note["kind"] == f"recording.{kind}"]
    return note


def test_a_clean_recording_needs_no_repair(tmp_path: Path) -> None:
    tracks = _tracks(tmp_path, _drive("a", np.arange(50) * 0.1) + _drive("b", np.arange(30) * 0.1))
    assert [len(track.rows) for track in tracks.tracks] == [50, 30]
    assert tracks.period_ns == 100_000_000 and tracks.notes == []


def test_repeated_rows_keep_the_first(tmp_path: Path) -> None:
    rows = _drive("a", np.arange(20) * 0.1)
    tracks = _tracks(tmp_path, [*rows[:5], (0.4, "a", 4.0), (0.4, "a", 9.0), *rows[5:]])
    note = _note(tracks, "repeated")
    assert note["count"] == 2 and note["contradictions"] == 1
    assert note["examples"][0] == {"id": "a", "t_s": 0.4, "line": 7}
    assert len(tracks.tracks[0].rows) == 20 and 5 not in tracks.tracks[0].rows


def test_short_gaps_close_and_long_ones_end_the_track(tmp_path: Path) -> None:
    times = np.concatenate([np.arange(10) * 0.1, 1.5 + np.arange(10) * 0.1, 8.0 + np.arange(10) * 0.1])
    tracks = _tracks(tmp_path, _drive("a", times))
    assert [len(track.rows) for track in tracks.tracks] == [20, 10]
    gap, back = _note(tracks, "gap"), _note(tracks, "return")
    assert gap["count"] == 1 and gap["examples"][0]["gap_s"] == 0.6 and gap["examples"][0]["t_s"] == 0.9
    assert back["count"] == 1 and back["examples"][0]["gap_s"] == 5.6
    assert len(_tracks(tmp_path, _drive("a", times), max_gap_s=10.0).tracks) == 1


def test_a_jump_is_two_road_users_under_one_id(tmp_path: Path) -> None:
    rows = [
        *_drive("a", np.arange(10) * 0.1),
        *((1.0 + t, "a", 500.0 + x) for t, _, x in _drive("", np.arange(10) * 0.1)),
    ]
    tracks = _tracks(tmp_path, rows)
    assert len(tracks.tracks) == 2 and _note(tracks, "jump")["examples"][0]["jump_m"] == pytest.approx(491.0)


def test_single_rows_are_left_out_and_listed(tmp_path: Path) -> None:
    tracks = _tracks(tmp_path, [*_drive("a", np.arange(10) * 0.1), (5.0, "a", 50.0), (9.0, "b", 0.0)])
    assert len(tracks.tracks) == 1
    assert [example["id"] for example in _note(tracks, "single_row")["examples"]] == ["a", "b"]


def test_examples_are_few_counts_are_all(tmp_path: Path) -> None:
    times = np.delete(np.arange(200) * 0.1, np.arange(5, 195, 10))
    note = _note(_tracks(tmp_path, _drive("a", times)), "gap")
    assert note["count"] == 19 and len(note["examples"]) == 5


def test_rows_too_far_apart_to_be_tracks(tmp_path: Path) -> None:
    with pytest.raises(TrafficError, match=r"2 s apart, more than max_gap_s = 1") as caught:
        _tracks(tmp_path, _drive("a", np.arange(10) * 2.0))
    assert caught.value.path == "traffic.max_gap_s"
    with pytest.raises(TrafficError, match="nothing moves"):
        _tracks(tmp_path, [(0.0, "a", 0.0), (0.0, "b", 0.0)])


def test_rows_that_never_make_a_track(tmp_path: Path) -> None:
    with pytest.raises(TrafficError, match=r"no track: every row is alone \(3 jumps above 70 m/s, 0 gaps\)"):
        _tracks(tmp_path, [(0.0, "a", 0.0), (1.0, "a", 500.0), (2.0, "a", 0.0), (3.0, "a", 500.0)])


def test_a_burst_of_rows_does_not_set_the_pace_for_all(tmp_path: Path) -> None:
    """Even samples at the burst's microseconds would need gigabytes for the slow road user."""
    rows = [(k * 0.001, "a", 0.0) for k in range(200)] + _drive("b", np.arange(100) * 0.5)
    assert _tracks(tmp_path, rows).period_ns == 10_000_000
