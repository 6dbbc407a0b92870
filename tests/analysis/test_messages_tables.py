"""What frames say as tables: of a run, of a list of frames."""

from __future__ import annotations

import shutil
from dataclasses import fields, replace
from pathlib import Path

import fake_run
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from v2x.errors import CodecError
from v2x.messages.model import (
    Connection,
    Intersection,
    Lane,
    MapData,
    Notice,
    RoadsideInformation,
    SignalGroup,
    SignalPhases,
    SignalState,
    VehicleStates,
)
from v2x.messages.profile import get_profile
from v2x.record import TABLES
from v2x_analysis import Run
from v2x_analysis.tables import message_table

SENT = ["t_ns", "tx_id", "station", "profile"]
FAMILIES = ("j2735", "csae-a", "csae-b")
NOW_NS = fake_run.START_UTC_NS
MINUTE_NS = 60_000_000_000


def vehicle_states(speed_mps: tuple[float, ...], elevation_m: tuple[float, ...]) -> VehicleStates:
    """Vehicles that stand at one place."""
    n = len(speed_mps)
    columns = {field.name: np.zeros(n) for field in fields(VehicleStates)}
    for name in ("msg_count", "vehicle_class", "events"):
        columns[name] = np.zeros(n, np.int64)
    columns |= {"brake_applied": np.zeros(n, np.int8), "emergency": np.full(n, -1, np.int8)}
    columns |= {"temporary_id": np.full(n, 0x1234567890ABCDEF, np.uint64), "utc_ns": np.full(n, NOW_NS)}
    columns |= {"width_m": np.full(n, 1.8), "length_m": np.full(n, 4.6)}
    return VehicleStates(**columns | {"speed_mps": np.array(speed_mps), "elevation_m": np.array(elevation_m)})


def signals() -> SignalPhases:
    """Three groups, one with two states, one without times."""
    end_ns = NOW_NS + 7_000_000_000
    green = SignalState("green", NOW_NS - MINUTE_NS // 2, end_ns, end_ns, end_ns)
    groups = (
        SignalGroup(1, (green, SignalState("yellow", end_ns, end_ns + 3_000_000_000))),
        SignalGroup(2, (SignalState("red", NOW_NS - MINUTE_NS, NOW_NS + MINUTE_NS),)),
        SignalGroup(3, (SignalState("flashing_yellow", None, None),)),
    )
    return SignalPhases(99, NOW_NS, 1, 22, 3, groups, "a crossing")


def crossroads() -> MapData:
    """A lane in with two ways on, and a lane out."""
    path_m = np.array([[10.0, 0.0], [100.0, 0.0]])
    ways = (Connection("straight", 2, 1, 7), Connection("left", 3, 2, 8))
    lanes = (
        Lane(1, "vehicle", True, path_m, 3.5, 15.0, "Weiguo Road", 7, "in", ways),
        Lane(4, "vehicle", True, path_m + 4, 3.5, 15.0, "Weiguo Road", 7, "in"),
    )
    return MapData(3, NOW_NS, 3, (Intersection(1, 22, "a crossing", 39.1, 117.0, 3.0, lanes),))


def notices() -> RoadsideInformation:
    """A hazard with an end, and one without."""
    said = (
        Notice(1, "roadworks", 39.1, 117.0, 3.0, NOW_NS, NOW_NS + 10 * MINUTE_NS, radius_m=50.0),
        Notice(2, "slippery", 39.1, 117.0, 3.0, NOW_NS, None, radius_m=80.0),
    )
    return RoadsideInformation(7, NOW_NS, 77, 39.1, 117.0, 5.0, said)


def _near(frames: list[bytes]) -> np.ndarray:
    return np.full(len(frames), NOW_NS)


# ---------------------------------------------------------------- of a run


def test_bsms_of_a_run_in_si_units(run_folder: Path) -> None:
    run = Run(run_folder)
    said = run.messages("BSM")
    assert list(said.columns[:4]) == SENT
    pd.testing.assert_frame_equal(said[SENT], run.tx[SENT].sort_values(["t_ns", "tx_id"], ignore_index=True))
    assert (
        said["utc_ns"] == fake_run.START_UTC_NS + (said["t_ns"] // fake_run.STEP_NS) * fake_run.STEP_NS
    ).mean() > 0.9
    assert said["utc_ns"].dtype == pd.Int64Dtype()
    assert said["elevation_m"].isna().all()
    assert said["accel_vert_mps2"].isna().all()
    assert said["brake_applied"].eq(False).all()
    truth = run.states.set_index(["t_ns", "id"])["speed_mps"]
    said["t_state_ns"] = (said["utc_ns"] - fake_run.START_UTC_NS).astype(np.int64)
    sent = said.set_index(["t_state_ns", "station"])["speed_mps"]
    assert np.abs(sent - truth.reindex(sent.index)).max() <= 0.01 + 1e-9


def test_bsms_of_a_run_as_sent(run_folder: Path) -> None:
    run = Run(run_folder)
    said = run.messages("j2735.BSM", "asn1")
    assert len(said) == len(run.tx)
    _, value = get_profile("j2735").codec.decode(run.tx.set_index("tx_id")["bytes"][said["tx_id"][5]])
    row = said.iloc[5]
    assert row["coreData.speed"] == value["coreData"]["speed"]
    assert row["coreData.id"] == value["coreData"]["id"]
    assert row["coreData.elev"] == -4096
    assert row["coreData.transmission"] == "unavailable"
    assert row["coreData.brakes.wheelBrakes"] == "00000"
    assert isinstance(said["coreData.transmission"].dtype, pd.CategoricalDtype)
    assert said["coreData.speed"].dtype == np.int64


def test_types_that_the_run_does_not_speak_are_errors(run_folder: Path) -> None:
    run = Run(run_folder)
    for unknown in ("BSN", "csae.RSM"):
        with pytest.raises(CodecError, match="unknown message type"):
            run.messages(unknown)
    assert list(run.messages("SPAT").columns[:4]) == SENT
    assert run.messages("MAP", "asn1").empty


def test_frames_that_are_not_valid_have_no_row(tmp_path: Path, encode: fake_run.Encode) -> None:
    def broken(states: object) -> list[bytes]:
        frames = encode(states)  # type: ignore[arg-type]
        return [frames[0][:-3], *frames[1:]]

    fake_run.write(tmp_path / "bad", broken, fake_run.Plan(seconds=1, vehicles=4))
    run = Run(tmp_path / "bad")
    for values in ("physical", "asn1"):
        said = run.messages("BSM", values)
        assert len(said) == len(run.tx) - 20
        assert "car.000" not in set(said["station"])


def test_two_profiles_in_one_run(run_folder: Path, tmp_path: Path) -> None:
    run = Run(shutil.copytree(run_folder, tmp_path / "mixed"))
    chinese = get_profile("csae-a").encode_vehicle_states(vehicle_states((3.0, 4.0), (0.0, 0.0)))
    more = run.tx.iloc[:2].assign(bytes=chinese, profile="csae-a", tx_id=[10_000, 10_001])
    mixed = pd.concat([run.tx.astype({"profile": object}), more.astype({"profile": object})], ignore_index=True)
    pq.write_table(pa.Table.from_pandas(mixed, TABLES["tx"], preserve_index=False), run.folder / "tx.parquet")
    assert len(run.messages("BSM")) == len(mixed)
    assert run.messages("csae.BSM")["speed_mps"].tolist() == pytest.approx([3.0, 4.0])


# ---------------------------------------------------------------- of a list of frames


@pytest.mark.parametrize("name", FAMILIES)
def test_signals_are_a_row_a_state(name: str) -> None:
    profile, sent = get_profile(name), signals()
    frame = profile.encode(sent)[1]
    said = message_table(profile, "SPAT", [frame, b"\x00", frame], _near([frame] * 3))
    _, got = profile.decode(frame, NOW_NS)
    states = [(group.id, state) for group in got.groups for state in group.states]
    assert said.index.tolist() == [0] * len(states) + [2] * len(states)
    one = said.loc[0]
    assert one["group_id"].tolist() == [number for number, _ in states]
    assert one["state_light"].tolist() == [state.light for _, state in states]
    ends = [state.min_end_utc_ns for _, state in states]
    assert [None if pd.isna(end) else int(end) for end in one["state_min_end_utc_ns"]] == ends
    assert said["state_next_start_utc_ns"].dtype == pd.Int64Dtype()
    assert said["utc_ns"].dtype == np.int64


@pytest.mark.parametrize("name", FAMILIES)
def test_maps_and_notices(name: str) -> None:
    profile = get_profile(name)
    frame = profile.encode(crossroads())[1]
    said = message_table(profile, "MAP", [frame], _near([frame]))
    _, got = profile.decode(frame, NOW_NS)
    lanes = got.intersections[0].lanes
    assert said.groupby("lane_id", sort=False).size().tolist() == [max(1, len(lane.connections)) for lane in lanes]
    assert isinstance(said["lane_points_m"].iloc[0], np.ndarray)
    assert said["connection_to_lane"].isna().any()
    type_name, frame = profile.encode(notices())
    said = message_table(profile, type_name, [frame], _near([frame]))
    assert said["notice_cause"].tolist() == ["roadworks", "slippery"]
    assert said["notice_end_utc_ns"].isna().tolist() == [False, True]


def test_leaves_of_lists_are_numbered_columns() -> None:
    profile = get_profile("j2735")
    frames = [profile.encode(message)[1] for message in (signals(), signals(), crossroads())]
    said = message_table(profile, "SPAT", frames, _near(frames), "asn1")
    assert said.index.tolist() == [0, 1]
    assert said["intersections[0].states[2].signalGroup"].tolist() == [3, 3]
    assert (
        said["intersections[0].states[0].state-time-speed[0].eventState"].tolist() == ["protected-Movement-Allowed"] * 2
    )
    assert said["intersections[0].name"].tolist() == ["a crossing"] * 2


def test_what_some_messages_leave_out_is_missing() -> None:
    profile = get_profile("csae-a")
    frames = profile.encode_vehicle_states(vehicle_states((3.0, 4.0), (np.nan, 2.0)))
    said = message_table(profile, "BSM", frames, _near(frames), "asn1")
    assert said["pos.elevation"].isna().tolist() == [True, False]
    assert said["pos.elevation"][1] == 20
    physical = message_table(profile, "BSM", frames, _near(frames))
    assert physical["elevation_m"].isna().tolist() == [True, False]
    assert physical["temporary_id"].tolist() == [0x1234567890ABCDEF] * 2


def test_a_type_outside_the_model_has_leaves_only() -> None:
    frame = get_profile("j2735").encode(signals())[1]
    profile = replace(get_profile("j2735"), converters={})
    with pytest.raises(CodecError, match="no form in SI units"):
        message_table(profile, "SPAT", [frame], _near([frame]), "physical")
    assert "intersections[0].revision" in message_table(profile, "SPAT", [frame], _near([frame])).columns
