"""Figures of remote driving, on tables made by hand whose answers are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from remote_tables import MS, SPEED_MPS, Drive, S, run

from v2x.errors import InputError, RunFolderError
from v2x.record import RunWriter
from v2x.remote.minimal_risk import Plan
from v2x.remote.vehicle.body import Actuators
from v2x_analysis import Run
from v2x_analysis.remote.figures import figures
from v2x_analysis.remote.reversals import GAP_DEG, STEERING_RATIO, reversals


def value(run: Run, key: str) -> Any:
    return figures(run)[f"remote.{key}"].value


def short(seconds: float = 20.0) -> Drive:
    return Drive(seconds).arrive()


def test_nobody_driven_no_figures(tmp_path: Path) -> None:
    with RunWriter(tmp_path / "run", {"seed": 1, "start_utc": "2025-01-01T00:00:00Z"}) as writer:
        writer.finish("complete")
    assert figures(Run(tmp_path / "run")) == {}


# ---------------------------------------------------------------- course and lane


def test_lateral_error_of_the_operator_and_of_the_manoeuvre_apart(tmp_path: Path) -> None:
    drive = Drive(20.0)
    t_s = drive.steps["t_ns"] / S
    drive.steps["offset_m"] = 0.3 * np.sin(2 * np.pi * t_s)
    drive.stop(at_s=10.0, noticed_s=10.5)
    drive.steps["offset_m"][drive.steps["mode"] == "mrm"] = -0.7
    found = run(tmp_path / "run", drive)
    assert value(found, "lateral_rms_m") == pytest.approx(0.3 / np.sqrt(2.0), rel=1e-2)
    assert value(found, "lateral_max_m") == pytest.approx(0.3)
    assert value(found, "lateral_p95_m") == pytest.approx(0.3 * np.sin(np.pi / 2 * 0.95), rel=1e-2)
    assert value(found, "mrm_lateral_max_m") == pytest.approx(0.7)


def test_time_out_of_the_lane_where_lanes_are_known(tmp_path: Path) -> None:
    drive = short()
    drive.steps["lane_m"][100:200] = 0.05
    drive.steps["lane_m"][1000:] = np.ma.masked
    assert value(run(tmp_path / "run", drive), "out_of_lane_ratio") == pytest.approx(0.1)


@pytest.mark.parametrize(("amplitude_deg", "per_s"), [(10.0, 0.4), (0.9 * GAP_DEG / 2.0, 0.0)])
def test_reversals_of_a_sine_are_two_a_period(tmp_path: Path, amplitude_deg: float, per_s: float) -> None:
    """At 0.2 Hz two filters of second order leave 1/(1 + (1/3)^4) = 0.988 of it."""
    drive = short(60.0)
    wheel_deg = amplitude_deg * np.sin(2 * np.pi * 0.2 * drive.steps["t_ns"] / S)
    drive.steps["steer_command_rad"] = np.radians(wheel_deg) / STEERING_RATIO
    assert value(run(tmp_path / "run", drive), "srr_per_min") == pytest.approx(60.0 * per_s, abs=1.0)


def test_the_filter_takes_what_is_fast() -> None:
    t_s = np.arange(0.0, 60.0, 0.01)
    assert len(reversals(20.0 * np.sin(2 * np.pi * 3.0 * t_s), 0.01)) == 0


@given(
    turns=st.lists(st.floats(6.0, 40.0), min_size=1, max_size=6),
    sign=st.sampled_from((-1.0, 1.0)),
    at=st.floats(-50, 50),
)
def test_slow_turns_of_the_wheel_are_counted_one_by_one(turns: list[float], sign: float, at: float) -> None:
    """Half waves of 5 s, to and fro, by more than the gap each, which the filter leaves nearly alone."""
    angle, heading, parts = at, sign, []
    for size in turns:
        share = 0.5 - 0.5 * np.cos(np.pi * np.arange(0.0, 1.0, 0.002))
        parts.append(angle + heading * size * share)
        angle, heading = angle + heading * size, -heading
    rest = np.full(300, at), np.full(300, angle)
    assert len(reversals(np.concatenate([rest[0], *parts, rest[1]]), 0.01)) == pytest.approx(len(turns), abs=1)


# ---------------------------------------------------------------- network and display


def test_latencies_of_an_even_stream(tmp_path: Path) -> None:
    found = run(tmp_path / "run", short())
    assert (value(found, "g2g_ms.p50"), value(found, "g2g_ms.p99")) == (100.0, 100.0)
    assert (value(found, "command_ms.p95"), value(found, "downlink_ms.p95"), value(found, "uplink_ms.p95")) == (
        20,
        15,
        30,
    )
    # glass to glass, the wait for the command's beat, and the command
    assert 100.0 + 20.0 <= value(found, "loop_ms.p50") <= 100.0 + 33.4 + 20.0
    assert (value(found, "jitter_video_ms"), value(found, "jitter_command_ms")) == (0.0, 0.0)
    assert value(found, "aoi_command_ms.p99") == pytest.approx(30.0)
    assert value(found, "aoi_video_ms.p99") == pytest.approx(100.0 + 33.3 - 3.3, abs=1.0)


def test_late_and_lost_are_not_on_time(tmp_path: Path) -> None:
    drive = short()
    late, lost, open_ = slice(0, 60), slice(60, 90), slice(597, 600)
    drive.pictures["ready_ns"][late] = drive.pictures["sent_ns"][late] + 120 * MS
    for name in ("ready_ns", "play_ns", "decoded_ns", "shown_ns"):
        drive.pictures[name][lost] = np.ma.masked
        drive.pictures[name][open_] = np.ma.masked
    drive.pictures["fate"][lost], drive.pictures["fate"][open_] = "incomplete", None
    drive.pictures["lost"][lost] = 7  # of 28
    drive.commands["arrived_ns"][:100] = drive.commands["t_ns"][:100] + 21 * MS
    drive.commands["arrived_ns"][100:150] = np.ma.masked
    drive.commands["arrived_ns"][-10:] = np.ma.masked  # under way at the end
    found = run(tmp_path / "run", drive)
    assert value(found, "uplink_on_time") == pytest.approx(1.0 - 90 / 597)
    assert value(found, "frame_loss") == pytest.approx(30 / 597)
    assert value(found, "packet_loss") == pytest.approx(30 * 7 / (597 * 28))
    assert value(found, "downlink_on_time") == pytest.approx(1.0 - 150 / 990)
    assert value(found, "command_loss") == pytest.approx(50 / 990)
    slower = run(tmp_path / "slower", drive, remote={"profile": "valu3s_lowspeed"})  # 200 ms and 50 ms
    assert value(slower, "uplink_on_time") == pytest.approx(1.0 - 30 / 597)
    assert value(slower, "downlink_on_time") == pytest.approx(1.0 - 50 / 990)


def test_a_connection_that_is_gone_loses_pictures_that_nobody_hears_of(tmp_path: Path) -> None:
    """From 10 s on no packet tells the desk of a picture; without any picture there is no blank screen either."""
    half = short()
    gone = half.pictures["t_ns"] >= 10 * S
    for drive, rows in ((half, gone), (silent := short(), np.full(len(gone), True))):
        for name in ("ready_ns", "play_ns", "decoded_ns", "shown_ns"):
            drive.pictures[name][rows] = np.ma.masked
        drive.pictures["fate"][rows], drive.pictures["lost"][rows] = None, 28
    silent.steps["frame_age_ms"][:] = np.ma.masked
    found, nothing = run(tmp_path / "half", half), run(tmp_path / "silent", silent)
    assert [value(found, f"{what}_loss") for what in ("frame", "packet")] == [0.5, 0.5]
    assert value(found, "uplink_on_time") == 0.5
    assert (value(nothing, "packet_loss"), value(nothing, "uplink_on_time")) == (1.0, 0.0)
    assert value(nothing, "blank_s") is None


@pytest.mark.parametrize(("status", "frozen_ms"), [("complete", 8033.0), ("interrupted", 0.0)])
def test_pictures_that_have_no_row_yet_are_no_freeze(status: str, frozen_ms: float, tmp_path: Path) -> None:
    """The rows of pictures end 8 s before those of the vehicle, as in a run that is killed."""
    drive = Drive(20.0)
    written = drive.pictures["t_ns"] < 11.9 * S
    drive.pictures = {name: column[written] for name, column in drive.pictures.items()}
    found = run(tmp_path / "run", drive, status=status)
    assert value(found, "longest_freeze_ms") == pytest.approx(frozen_ms, abs=40.0)


def test_a_gap_between_pictures_freezes_and_then_blanks_the_screen(tmp_path: Path) -> None:
    """Nothing new from 5 s to 8 s: 3 s and a period frozen, blank after 2 s; 90 ms are no freeze."""
    drive = short()
    shown = drive.pictures["shown_ns"]
    shown[(shown > 5.0 * S) & (shown < 8.0 * S)] = np.ma.masked
    shown[(shown > 12.0 * S) & (shown < 12.05 * S)] = np.ma.masked
    blank = drive.steps["frame_age_ms"]
    t_s = drive.steps["t_ns"] / S
    blank[(t_s > 7.0) & (t_s < 8.0)] = np.ma.masked
    found = run(tmp_path / "run", drive)
    assert value(found, "longest_freeze_ms") == pytest.approx(3000.0, abs=35.0)
    assert value(found, "freeze_ratio") == pytest.approx(3.0 / 19.9, rel=0.02)
    assert value(found, "blank_s") == pytest.approx(0.99)
    assert value(run(tmp_path / "even", short()), "freeze_ratio") == 0.0


def test_the_age_of_a_picture_grows_on_while_the_screen_is_blank(tmp_path: Path) -> None:
    drive = short()
    drive.steps["frame_age_ms"][1000:] = np.ma.masked
    found = run(tmp_path / "run", drive)
    assert value(found, "aoi_video_ms.p99") == pytest.approx(10_000.0, rel=0.02)


def test_what_is_frozen_while_nobody_drives_does_not_count(tmp_path: Path) -> None:
    """An outage at 10 s, noticed at 10.5 s: half a second is driven by a frozen picture."""
    drive = Drive(20.0)
    drive.stop(at_s=10.0, noticed_s=10.5)
    shown = drive.pictures["shown_ns"]
    shown[shown > 10.0 * S] = np.ma.masked
    drive.steps["frame_age_ms"][1200:] = np.ma.masked
    found = run(tmp_path / "run", drive)
    assert value(found, "longest_freeze_ms") == pytest.approx(500.0, abs=35.0)
    assert value(found, "freeze_ratio") == pytest.approx(0.5 / 10.4, rel=0.1)
    assert value(found, "blank_s") == 0.0


# ---------------------------------------------------------------- driving


def test_nothing_counts_after_the_end(tmp_path: Path) -> None:
    drive = Drive(20.0)
    drive.tell(10.0, "end", station_m=100.0, course_m=200.0, reason="lost")
    drive.steps["offset_m"][1000:] = 5.0
    drive.steps["ttc_s"][1500] = 0.1
    found = run(tmp_path / "run", drive)
    assert (value(found, "lateral_max_m"), value(found, "min_ttc_s")) == (0.0, 30.0)
    assert value(found, "time_s") is None


def test_conflicts_and_speeds(tmp_path: Path) -> None:
    drive = short()
    drive.steps["ttc_s"][500] = 2.25
    drive.steps["ttc_s"][600], drive.steps["follower_ttc_s"][600] = 1.25, 1.25
    drive.steps["ttc_s"][700], drive.steps["speed_mps"][700] = 0.75, 0.05  # somebody drives up to it while it stands
    drive.tell(5.0, "collision", other="car.7", speed_mps=3.0, other_mps=0.0)
    drive.steps["limit_mps"][:200] = 9.5
    drive.steps["limit_mps"][200:400] = 9.8  # 10 m/s is within the tolerance
    drive.steps["cap_mps"][:100] = 8.0
    found = run(tmp_path / "run", drive)
    assert (value(found, "min_ttc_s"), value(found, "min_follower_ttc_s")) == (2.25, 1.25)
    assert value(found, "collisions") == 1.0
    assert value(found, "speeding_ratio") == pytest.approx(0.1, rel=1e-3)
    assert value(found, "over_cap_ratio") == pytest.approx(0.05, rel=1e-3)
    assert (value(found, "completion"), value(found, "time_s")) == (1.0, pytest.approx(19.99))
    alone = figures(run(tmp_path / "alone", Drive(20.0)))
    assert alone["remote.min_ttc_s"].value == 30.0 and "never below 30 s" in alone["remote.min_ttc_s"].remark  # type: ignore[union-attr]
    assert alone["remote.completion"].value == pytest.approx(19.99 / 20.0)
    later = Drive(20.0)
    later.steps["station_m"] = 50.0 + later.steps["station_m"] / 2.0  # from 50 m to 150 m of 200
    under_way = figures(run(tmp_path / "later", later))["remote.completion"]
    assert under_way.value == pytest.approx(9.995 / 15.0)
    assert alone["remote.time_s"].value is None


def test_speed_against_the_latency_of_pictures_and_commands(tmp_path: Path) -> None:
    """At 10 m/s where 14 m/s are allowed 280 ms are as long as may be: a picture of 100 to 133 ms, and the command."""
    drive = short()
    used = drive.commands["used_ns"]
    used[:] = drive.commands["t_ns"] + 140 * MS
    drive.commands["captured_ns"] -= 150 * MS  # the person's reaction is not in it
    fits = run(tmp_path / "fits", drive)
    assert value(fits, "command_ms.p99") == 140.0
    assert value(fits, "latency_over_law_ratio") == 0.0
    used[500:] = drive.commands["t_ns"][500:] + 190 * MS
    over = run(tmp_path / "over", drive)
    steps = 2000 - 24  # nothing is known before the first command that had a picture was used
    assert value(over, "latency_over_law_ratio") == pytest.approx((2000 - 1019) / steps, abs=2e-3)


def test_driving_by_a_frozen_picture_is_too_fast_after_a_while(tmp_path: Path) -> None:
    """Nothing new is seen for 0.5 s: with 20 ms of command, too fast when the picture is older than 260 ms."""
    drive = short()
    shown = drive.pictures["shown_ns"]
    shown[(shown > 10.0 * S) & (shown < 10.5 * S)] = np.ma.masked
    found = run(tmp_path / "run", drive)
    last, first = shown.compressed()[shown.compressed() <= 10.0 * S].max(), 10.5 * S
    assert value(found, "latency_over_law_ratio") == pytest.approx((first - last - 160 * MS) / (20 * S), abs=0.0015)


# ---------------------------------------------------------------- minimal-risk manoeuvres


def test_a_manoeuvre_by_the_book(tmp_path: Path) -> None:
    drive = Drive(20.0)
    drive.stop(at_s=10.0, noticed_s=10.5)
    found = run(tmp_path / "run", drive)
    assert (value(found, "mrm_count"), value(found, "mrm_false")) == (1.0, 0.0)
    assert figures(found)["remote.mrm_count"].remark == "watchdog 1"
    detection_ms = (10.5 - 9.995) * 1e3  # the last command came at 9.995 s
    assert value(found, "mrm_detection_ms") == pytest.approx(detection_ms)
    assert value(found, "mrm_detection_late_ms") == pytest.approx(detection_ms - 500.0)
    blind_m, braking_m = SPEED_MPS * detection_ms / 1e3, SPEED_MPS**2 / 6.0
    build_up_m = SPEED_MPS * Plan().delay_s(Actuators())
    assert value(found, "mrm_stop_ratio") == pytest.approx((blind_m + braking_m) / (blind_m + build_up_m + braking_m))
    assert value(found, "mrm_follower_ttc_s") == 30.0
    assert value(found, "disengagements_per_100km") == pytest.approx(1e5 / (SPEED_MPS * 10.5), rel=1e-3)


def test_a_manoeuvre_without_an_outage_is_false(tmp_path: Path) -> None:
    watchdog, blank, end = Drive(20.0, "a"), Drive(20.0, "b"), Drive(20.0, "c")
    watchdog.stop(at_s=10.0, noticed_s=10.2, outage_from_ns=round(9.7 * S))
    blank.stop(at_s=10.0, noticed_s=10.5, cause="blank")
    end.stop(at_s=10.0, noticed_s=10.2, cause="end")
    found = run(tmp_path / "run", watchdog, blank, end)
    assert (value(found, "mrm_count"), value(found, "mrm_false")) == (3.0, 2.0)
    shorter = run(tmp_path / "shorter", watchdog, remote={"command": {"timeout_ms": 50.0}})
    assert value(shorter, "mrm_false") == 1.0


def test_a_manoeuvre_that_does_not_end_has_no_way(tmp_path: Path) -> None:
    drive = Drive(20.0)
    drive.stop(at_s=10.0, noticed_s=10.5)
    drive.events = [event for event in drive.events if event[1] != "remote.stopped"]
    assert value(run(tmp_path / "run", drive), "mrm_stop_ratio") is None


def test_damaged_events_are_told(tmp_path: Path) -> None:
    drive = Drive(5.0)
    drive.events.append((S, "remote.mrm", "{"))
    with pytest.raises(RunFolderError, match=r"unreadable event remote\.mrm"):
        figures(run(tmp_path / "run", drive))


def test_a_profile_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=r"scenario.resolved.yaml: remote.profile: unknown profile 'site_costum', did you mean 'site_custom'",
    ):
        figures(run(tmp_path / "run", Drive(5.0), remote={"profile": "site_costum"}))


# ---------------------------------------------------------------- against a variant


def test_time_and_reversals_over_those_of_the_first_variant(tmp_path: Path) -> None:
    def drive(seconds: float, hertz: float) -> Drive:
        made = short(seconds)
        made.steps["steer_command_rad"] = 0.02 * np.sin(2 * np.pi * hertz * made.steps["t_ns"] / S)
        return made

    found = run(tmp_path / "run", drive(60.0, 0.2), variants=[{"name": "direct"}])
    assert value(found, "time_ratio") is None
    run(tmp_path / "run/variants/direct", drive(40.0, 0.1))
    again = Run(tmp_path / "run")
    assert value(again, "time_ratio") == pytest.approx(1.5, rel=1e-3)
    assert value(again, "srr_ratio") == pytest.approx(2.0, rel=0.1)
