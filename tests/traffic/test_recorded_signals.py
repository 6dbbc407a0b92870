"""Recorded lights: right where vehicles saw them, honest where they did not, and blind to the future."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from recordings import head_of, opened, play, write

from v2x.clock import NS_PER_S
from v2x.errors import TrafficError
from v2x.traffic.recorded_signals import RecordedSignals, Report, agree

#: The truth of these tests: green 20 s, yellow 3 s, red 27 s; "east" is 25 s later than "north".
CYCLE_S, ENDS = 50.0, (("green", 20.0), ("yellow", 23.0), ("red", 50.0))
OFFSET_S = {"north": 0.0, "east": 25.0}
SECONDS = 180.0


def _truth(t_s: float, approach: str) -> tuple[str, float]:
    """Light and when it began."""
    phase = (t_s + OFFSET_S[approach]) % CYCLE_S
    begins = 0.0
    for light, ends in ENDS:
        if phase < ends - 1e-9:
            return light, t_s - (phase - begins)
        begins = ends
    raise AssertionError


def _recording(*, floor: bool = True, elapsed: bool = True) -> pd.DataFrame:
    """A vehicle waits in each approach all the time; elapsed time in whole seconds, as recordings have it."""
    rows = []
    for t in np.round(np.arange(0.0, SECONDS, 0.1), 1):
        for approach in OFFSET_S:
            light, since = _truth(float(t), approach)
            gone = t - since
            rows.append((t, f"v_{approach}", approach, light, float(int(gone + 1e-9)) if floor else gone))
    table = pd.DataFrame(rows, columns=["t_s", "id", "lane", "signal", "signal_elapsed_s"])
    table = table.assign(x_m=table.t_s * 5.0, y_m=0.0)
    return table if elapsed else table.drop(columns="signal_elapsed_s")


@pytest.mark.parametrize(("floor", "elapsed"), [(True, True), (False, True), (True, False)])
def test_lights_are_those_that_were_seen(tmp_path: Path, floor: bool, elapsed: bool) -> None:
    traffic = opened(write(tmp_path / "t.csv", _recording(floor=floor, elapsed=elapsed)), duration_s=SECONDS)
    for snapshot, heads in play(traffic, duration_s=SECONDS):
        head, t_s = head_of(heads), snapshot.t_ns / NS_PER_S
        assert head.junction == "recorded"
        for group, approach in ((1, "east"), (2, "north")):  # codes sorted
            light, since_s = _truth(t_s, approach)
            assert head.groups[group] == light
            if elapsed or t_s > 60.0:
                assert head.since_ns[group] / NS_PER_S == pytest.approx(since_s, abs=1.0 if t_s < 1.0 else 0.05)
            assert head.since_ns[group] <= snapshot.t_ns


def test_ends_come_from_the_past_only(tmp_path: Path) -> None:
    traffic = opened(write(tmp_path / "t.csv", _recording()), duration_s=SECONDS)
    for snapshot, heads in play(traffic, duration_s=SECONDS):
        head, t_s = head_of(heads), snapshot.t_ns / NS_PER_S
        if t_s < 20.0:
            assert not head.until_ns and not head.upcoming
        if t_s > 80.0:
            for group, approach in ((1, "east"), (2, "north")):
                light, since_s = _truth(t_s, approach)
                length = {"green": 20.0, "yellow": 3.0, "red": 27.0}[light]
                assert head.until_ns[group] / NS_PER_S == pytest.approx(since_s + length, abs=0.06)
                (second, start, end), (third, _, _) = head.upcoming[group]
                assert start == head.until_ns[group] and end > start
                lights = ["green", "yellow", "red"]
                here = lights.index(light)
                assert [second, third] == [lights[(here + 1) % 3], lights[(here + 2) % 3]]


@pytest.mark.parametrize("cut_s", [30.0, 61.3, 127.0])
def test_the_future_does_not_leak(tmp_path: Path, cut_s: float) -> None:
    """A recording that was cut off shows, up to the cut, exactly what the whole one shows."""
    table = _recording()
    whole = opened(write(tmp_path / "w.csv", table), duration_s=SECONDS)
    cut = opened(write(tmp_path / "c.csv", table[table.t_s <= cut_s]), duration_s=SECONDS)
    seconds = cut_s - 0.1
    for (_, a), (_, b) in zip(play(whole, duration_s=seconds), play(cut, duration_s=seconds), strict=True):
        assert a == b


def test_without_reports_a_light_holds_for_its_typical_time_and_then_is_off() -> None:
    s = NS_PER_S
    seen = [Report(t * s // 10, *_seen(t / 10)) for t in (*range(0, 800), *range(1010, 1050))]
    signals = RecordedSignals({"north": seen})
    at = {t: head_of(signals.at(round(t * s))) for t in (81.0, 99.8, 100.1, 101.0, 104.9, 119.8, 120.2)}
    # red since 73 s was last seen at 79.9 s; red lasts 27 s
    assert at[81.0].groups == at[99.8].groups == {1: "red"} and at[99.8].since_ns == {1: 73 * s}
    assert at[100.1].groups == {1: "off"} and at[100.1].since_ns == {1: 100 * s} and not at[100.1].until_ns
    # green is seen again, then nobody is there until its typical end
    assert at[101.0].groups == at[104.9].groups == at[119.8].groups == {1: "green"}
    assert at[120.2].groups == {1: "off"}


def _seen(t_s: float) -> tuple[str, int]:
    light, since = _truth(t_s, "north")
    return light, round(since * NS_PER_S)


def test_an_unknown_light_holds_a_second_and_an_unseen_approach_is_off() -> None:
    signals = RecordedSignals({"a": [Report(0, "green", None)], "b": [Report(50 * NS_PER_S, "red", None)]})
    assert head_of(signals.at(0)).groups == {1: "green", 2: "off"}
    assert head_of(signals.at(900_000_000)).groups == {1: "green", 2: "off"}
    assert head_of(signals.at(1_100_000_000)).groups == {1: "off", 2: "off"}


def test_incomplete_lights_teach_nothing() -> None:
    """Green that is followed by red without the yellow that nobody saw has no known end."""
    s = NS_PER_S
    reports = [Report(0, "green", 0), Report(30 * s, "red", 23 * s), Report(52 * s, "green", 50 * s)]
    head = head_of(RecordedSignals({"a": reports}).at(52 * s))
    assert head.groups == {1: "green"} and not head.until_ns


def test_a_missed_cycle_is_a_new_light_and_not_a_long_one() -> None:
    s = NS_PER_S
    signals = RecordedSignals({"a": [Report(5 * s, "red", 0), Report(60 * s, "red", 50 * s)]})
    assert head_of(signals.at(5 * s)).since_ns == {1: 0}
    assert head_of(signals.at(60 * s)).since_ns == {1: 50 * s}


def test_vehicles_that_disagree_are_outvoted_and_noted() -> None:
    t = np.array([0, 0, 0, 10, 10], np.int64)
    light = np.array(["green", "red", "green", "green", "red"], object)
    reports, notes = agree(np.full(5, "a", object), t, light, np.array([3.0, 9.0, 5.0, np.nan, np.nan]))
    assert reports == {"a": [Report(0, "green", -4 * NS_PER_S), Report(10, "red", None)]}  # a tie: the stricter
    (note,) = notes
    assert note["kind"] == "recording.signal_conflict" and note["count"] == 2
    assert note["examples"][0] == {"lane": "a", "t_s": 0.0, "light": "red"}


def test_no_signal_column_means_no_signals(tmp_path: Path) -> None:
    table = _recording().drop(columns=["signal", "signal_elapsed_s"])
    traffic = opened(write(tmp_path / "t.csv", table))
    traffic.step(0)
    assert traffic.signals() == []


def test_lights_without_lane_are_one_approach_and_unknown_words_an_error(tmp_path: Path) -> None:
    table = _recording().query("lane == 'north'").drop(columns="lane")
    traffic = opened(write(tmp_path / "t.csv", table))
    assert any(note.get("why") == "all lights count as one approach" for note in traffic.notes())
    traffic.step(0)
    assert head_of(traffic.signals()).groups == {1: "green"}
    table.loc[table.index[3], "signal"] = "blue"
    with pytest.raises(TrafficError, match="unknown light 'blue'"):
        opened(write(tmp_path / "t.csv", table))


def test_reports_without_a_lane_are_left_out_and_noted(tmp_path: Path) -> None:
    table = _recording()
    table.loc[table.index[:7], "lane"] = None
    notes = opened(write(tmp_path / "t.csv", table)).notes()
    assert [note["count"] for note in notes if note["kind"] == "recording.signal_without_lane"] == [7]


def test_the_real_crossroads_runs_a_plan_of_100_s(shared: Path) -> None:
    """44 green + 3 yellow + 53 red, the two roads half a cycle apart."""
    traffic = opened(shared / "data/recorded/crossroads_tracks.csv", duration_s=228.0)
    starts: dict[tuple[int, str], set[float]] = {}
    for _, heads in play(traffic, duration_s=228.0):
        head = head_of(heads)
        for group, light in head.groups.items():
            starts.setdefault((group, light), set()).add(round(head.since_ns[group] / NS_PER_S, 1))
    assert {82.9, 182.9} <= starts[1, "green"] and {26.9, 126.9} <= starts[1, "yellow"]
    assert {29.9, 129.9} <= starts[1, "red"] and {32.9, 132.9} <= starts[4, "green"]
