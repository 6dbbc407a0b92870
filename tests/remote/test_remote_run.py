"""A vehicle driven from afar in a run: the whole chain over the field's 5G, outages, collisions, and once more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from remote_run_kit import GATES, STANDING, drive, told

import v2x_analysis
from v2x.errors import InputError
from v2x.remote.build import actuators_of
from v2x.remote.minimal_risk import Plan, stopping_m
from v2x.scenario.loader import load_scenario

S, MS = 1_000_000_000, 1_000_000


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> v2x_analysis.Run:
    """As it is shipped."""
    return drive(tmp_path_factory.mktemp("plain") / "run")


def test_every_stage_is_passed_in_order(plain: v2x_analysis.Run) -> None:
    shown = plain.remote_frames.dropna(subset="shown_ns")
    assert len(shown) > 500
    stages = shown[["t_ns", "sent_ns", "ready_ns", "play_ns", "decoded_ns", "shown_ns"]].to_numpy(np.int64)
    assert (np.diff(stages, axis=1) >= 0).all()
    assert (shown.sent_ns - shown.t_ns >= 4 * MS).all()  # half of the exposure, then encoding
    used = plain.remote_commands.dropna(subset="used_ns")
    assert (used.used_ns - used.t_ns < 40 * MS).all()
    assert (used.captured_ns.dropna() < used.t_ns[used.captured_ns.notna()]).all()


def test_what_is_in_force_is_the_newest_command_that_has_come(plain: v2x_analysis.Run) -> None:
    steps, commands = plain.remote, plain.remote_commands.dropna(subset="used_ns")
    driven = steps[(steps["mode"] == "remote") & (steps.t_ns < 12 * S)]
    place = np.searchsorted(commands.used_ns.to_numpy(np.int64), driven.t_ns.to_numpy(), "right") - 1
    in_force = commands.iloc[place]
    assert np.array_equal(driven.steer_command_rad, in_force.steer_rad)
    assert driven.command_age_ms.to_numpy() == pytest.approx((driven.t_ns.to_numpy() - in_force.t_ns.to_numpy()) / MS)


def test_traffic_has_it_where_it_is(plain: v2x_analysis.Run) -> None:
    both = plain.states[plain.states.id == "remote0"].merge(plain.remote, on="t_ns", suffixes=("", "_own"))
    both = both[both.t_ns > 0]
    assert len(both) == 199
    for name in ("x_m", "y_m", "speed_mps"):
        assert both[name].to_numpy() == pytest.approx(both[f"{name}_own"].to_numpy(), abs=1e-6)


def test_it_keeps_to_its_course(plain: v2x_analysis.Run) -> None:
    driven = plain.remote[plain.remote["mode"] == "remote"]
    assert driven.offset_m.abs().max() < 0.3
    assert driven.station_m.iloc[-1] - driven.station_m.iloc[0] > 80.0
    assert not told(plain, "remote.mrm")
    assert not told(plain, "remote.collision")


def test_latency_that_is_added_is_found_again(plain: v2x_analysis.Run, tmp_path: Path) -> None:
    late = drive(tmp_path / "run", "remote.network.extra_one_way_ms=100")

    def median_ms(run: v2x_analysis.Run, frames: bool) -> float:
        table = run.remote_frames if frames else run.remote_commands
        spans: pd.Series[Any] = table.shown_ns - table.t_ns if frames else table.arrived_ns - table.t_ns
        return float(spans.median()) / MS

    assert median_ms(late, False) - median_ms(plain, False) == pytest.approx(100.0, abs=1.0)
    assert median_ms(late, True) - median_ms(plain, True) == pytest.approx(100.0, abs=17.0)  # to the next refresh


def test_what_becomes_of_a_picture_is_recorded_however_long_its_coding_takes(tmp_path: Path) -> None:
    frames = drive(tmp_path / "run", "remote.video={encode_ms: 5000, decode_ms: 5000}", duration_s=14.0).remote_frames
    first = frames.dropna(subset="shown_ns").iloc[0]
    assert first.number == 0
    assert 8.0 < (first.shown_ns - first.t_ns) / S < 14.0


def test_a_short_gap_is_ridden_through_and_a_long_one_ends_standing(tmp_path: Path) -> None:
    run = drive(tmp_path / "run", "remote.network.outages_s=[[10, 10.2], [16, 18]]", duration_s=26.0)
    (begun,), (stopped,) = told(run, "remote.mrm"), told(run, "remote.stopped")
    assert 16.0 < begun["outage_from_ns"] / S + 0.05 < 16.1
    assert 0.5 <= (begun["noticed_ns"] - begun["outage_from_ns"]) / S < 0.54
    scenario = load_scenario("wangwenzhuang-remote-slalom").scenario
    assert scenario.remote is not None
    plan = Plan(brake_mps2=scenario.remote.minimal_risk.brake_mps2)
    expected_m = stopping_m(begun["speed_mps"], plan.delay_s(actuators_of(scenario.remote.vehicle)), plan.brake_mps2)
    assert 0.9 < stopped["way_m"] / expected_m < 1.1
    assert stopped["lateral_m"] < 0.85
    assert len(told(run, "remote.resumed")) == 1
    assert run.remote["mode"].iloc[-1] == "remote"


def test_a_collision_is_told_once_with_both_and_their_speeds(tmp_path: Path) -> None:
    """The operator sees five seconds late who stands there."""
    run = drive(tmp_path / "run", *STANDING, "remote.network.extra_one_way_ms=3000", duration_s=30.0)
    (contact,) = told(run, "remote.collision")
    assert contact["other"] == "wall"
    assert contact["speed_mps"] > 3.0
    assert contact["other_mps"] == 0.0
    (at_ns,) = run.events[run.events.kind == "remote.collision"].t_ns
    assert run.remote[run.remote.t_ns < at_ns].ttc_s.iloc[-1] < 0.2


def test_he_stops_behind_whom_he_sees_in_time(tmp_path: Path) -> None:
    run = drive(tmp_path / "run", *STANDING, duration_s=25.0)
    assert not told(run, "remote.collision")
    assert run.remote.speed_mps.max() > 5.0
    assert run.remote.speed_mps.iloc[-1] < 0.1


def test_the_same_run_twice_is_the_same(tmp_path: Path) -> None:
    runs = [drive(tmp_path / name, duration_s=6.0) for name in ("one", "two")]
    assert runs[0].about.digest == runs[1].about.digest
    for table in ("remote", "remote_frames", "remote_commands"):
        one, other = (getattr(run, table) for run in runs)
        assert len(one)
        pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(
    "setting", ["predictive_display={mismatch: 0.15}", "guidance=true"], ids=["predicted", "guided"]
)
def test_what_helps_against_latency_does(setting: str, tmp_path: Path) -> None:
    late = "remote.network.extra_one_way_ms=250"
    rms_m = []
    for name, settings in (("bare", ()), ("helped", (f"remote.mitigations.{setting}",))):
        driven = drive(tmp_path / name, GATES, late, *settings, duration_s=35.0).remote
        rms_m.append(float(np.sqrt((driven.offset_m[driven.t_ns > 10 * S] ** 2).mean())))
    assert rms_m[1] < 0.5 * rms_m[0]


def test_the_speed_is_bound_where_the_loop_takes_long(tmp_path: Path) -> None:
    run = drive(tmp_path / "run", "remote.mitigations.speed_cap={allowed_ms: 40}", duration_s=30.0)
    bound = run.remote.dropna(subset="cap_mps")
    assert len(bound) > 2000
    assert bound.cap_mps.iloc[-1] < 22.22 * 0.4
    assert (bound.speed_mps.iloc[500:] <= bound.cap_mps.iloc[500:] + 0.3).all()


def test_the_speed_is_bound_ahead_of_weak_coverage(tmp_path: Path) -> None:
    """The map has 13 Mbit/s and more for one camera of 8; eight cameras are too many nearly everywhere."""
    one, eight = (
        drive(
            tmp_path / str(cameras),
            "remote.mitigations.weak_coverage={slow_kmh: 10}",
            f"remote.video.cameras={cameras}",
            duration_s=12.0,
        ).remote
        for cameras in (1, 8)
    )
    assert (one.cap_mps == one.limit_mps).all()
    assert (eight.cap_mps < eight.limit_mps).all()
    assert (eight.cap_mps >= 10.0 / 3.6 - 1e-9).all()


def test_a_bound_by_coverage_needs_a_map(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no map") as caught:
        drive(
            tmp_path / "run", "remote.mitigations.weak_coverage={}", "links.uu={kind: constant, delay_ms: 20}",
            duration_s=1.0,
        )  # fmt: skip
    assert caught.value.path == "remote.mitigations.weak_coverage"


def test_a_vehicle_that_holds_its_wheels_when_it_stops_leaves_the_course(tmp_path: Path) -> None:
    """The outage comes between two gates, where the course swings by 0.9 m to the other side."""
    lateral_m = {}
    for tracks in ("true", "false"):
        settings = (GATES, "remote.network.outages_s=[[16, 20]]", f"remote.minimal_risk.tracks_path={tracks}")
        run = drive(tmp_path / tracks, *settings, duration_s=22.0)
        (stopped,) = told(run, "remote.stopped")
        lateral_m[tracks] = stopped["lateral_m"]
    assert lateral_m["true"] < 0.5 < lateral_m["false"]
