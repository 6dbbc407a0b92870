"""The whole chain in one process on known motion: what is decoded is what was true, where and when it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyproj import Geod

import v2x_analysis
from v2x.clock import NS_PER_S
from v2x.engine import Simulation
from v2x.errors import InputError
from v2x.field.load import load_field
from v2x.field.model import Field, Site
from v2x.links.base import LinkNote, Stations
from v2x.links.uu_constant import ConstantUu
from v2x.messages.model import SignalPhases, VehicleStates
from v2x.messages.profile import get_profile
from v2x.record.writer import RunWriter
from v2x.rng import key_of
from v2x.scenario.model import ConstantLink, Scenario

TEST = {"id": "t", "standard": "none", "clause": "none", "edition": "none", "stage": "virtual"}
ORIGIN = {"crs": "wgs84", "lon_deg": 117.05, "lat_deg": 39.05}
SYNTHETIC = {
    "schema_version": 1,
    "name": "known-motion",
    "start_utc": "2026-03-02T00:59:58Z",
    "duration_s": 4.0,
    "profile": "j2735",
    "traffic": {"kind": "synthetic", "vehicles": 6, "speed_mps": 12.0, "accel_mps2": 0.8, "origin": ORIGIN},
    "stations": {"server": {"enabled": False}},
    "sensors": {"ideal": ["gnss", "motion", "clock", "delays"]},
    "links": {"pc5": {"kind": "ideal"}},
    "test": TEST,
}


def play(folder: Path, document: Mapping[str, Any]) -> v2x_analysis.Run:
    _simulate(folder, document, load_field(str(document["field"])) if document.get("field") else None)
    return v2x_analysis.Run(folder)


def _simulate(folder: Path, document: Mapping[str, Any], field: Field | None) -> None:
    scenario = Scenario.model_validate(document)
    resolved = scenario.model_dump(mode="json")
    manifest = {"seed": scenario.seed, "start_utc": scenario.start_utc.isoformat()}
    with RunWriter(folder, manifest, scenario=resolved) as writer:
        outcome = Simulation(scenario, field, writer).run()
        writer.finish("complete", digest=outcome.digest, statistics=outcome.statistics)


@pytest.mark.parametrize("profile", ["j2735", "csae"])
def test_a_bsm_says_the_true_state_at_its_own_instant(profile: str, tmp_path: Path) -> None:
    run = play(tmp_path / "run", {**SYNTHETIC, "profile": profile})
    start = pd.Timestamp(SYNTHETIC["start_utc"]).value
    codec, geod = get_profile(profile), Geod(ellps="WGS84")
    origin = run.states[run.states.t_ns == 0].set_index("id")
    tx = run.tx[run.tx.type == "BSM"]
    assert len(tx) == 6 * 40
    worst_m = 0.0
    for row in tx.itertuples():
        _, state = codec.decode(row.bytes, start + row.t_ns)
        assert isinstance(state, VehicleStates)
        t_s = (int(state.utc_ns[0]) - start) / 1e9
        assert 0 <= row.t_ns / 1e9 - t_s < 1.1e-3  # the last whole millisecond before it was sent
        first = origin.loc[row.station]
        way_m = 12.0 * t_s + 0.4 * t_s**2
        lon, lat, _ = geod.fwd(first.lon_deg, first.lat_deg, first.heading_deg, way_m)
        _, _, off_m = geod.inv(lon, lat, state.lon_deg[0], state.lat_deg[0])
        worst_m = max(worst_m, off_m)
        assert state.speed_mps[0] == pytest.approx(12.0 + 0.8 * t_s, abs=0.011)
        assert state.heading_deg[0] == pytest.approx(first.heading_deg, abs=0.01)
    assert worst_m < 0.02  # two units of 1e-7 degrees


def test_sensors_and_delays_stand_between_truth_and_air(tmp_path: Path) -> None:
    exact = play(tmp_path / "exact", SYNTHETIC)
    rough = play(tmp_path / "rough", {**SYNTHETIC, "sensors": {"gnss": {"kind": "urban"}}})
    assert list(rough.tx.t_ns - exact.tx.t_ns) == [2_000_000] * len(exact.tx)  # 2 ms to the radio
    assert (rough.tx.bytes != exact.tx.bytes).all()


@pytest.fixture(scope="module")
def over_the_hour(tmp_path_factory: pytest.TempPathFactory) -> v2x_analysis.Run:
    document = {
        **SYNTHETIC,
        "field": "xiqing",
        "traffic": {"kind": "sumo", "demand": "light", "warmup_s": 5.0},
        "stations": {"subjects": [{"vehicle": "first:car"}], "rsu": {"sites": ["RSU-XI11", "RSU-XI22"]}},
    }
    return play(tmp_path_factory.mktemp("hour") / "run", document)


def test_spat_promises_hold_across_the_full_hour(over_the_hour: v2x_analysis.Run) -> None:
    """Every message names the same instants for the same change of light, before and after the hour."""
    start = pd.Timestamp(SYNTHETIC["start_utc"]).value
    codec = get_profile("j2735")
    promised: dict[tuple[int, int, str], set[int]] = {}
    hours = set()
    for row in over_the_hour.tx[over_the_hour.tx.type == "SPAT"].itertuples():
        _, message = codec.decode(row.bytes, start + row.t_ns)
        assert isinstance(message, SignalPhases)
        assert abs(message.utc_ns - (start + row.t_ns)) < 2_000_000
        hours.add(pd.Timestamp(message.utc_ns, tz="UTC").hour)
        for group in message.groups:
            present = group.states[0]
            assert present.likely_end_utc_ns is not None and present.likely_end_utc_ns >= message.utc_ns - 100_000_000
            key = (message.intersection, group.id, present.light)
            promised.setdefault(key, set()).add(present.likely_end_utc_ns)
    assert hours == {0, 1}
    assert len(promised) >= 12
    for ends in promised.values():
        assert max(ends) - min(ends) <= 100_000_000  # one unit of a TimeMark


def test_bad_bytes_are_an_event_and_not_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from v2x.messages.profile import Profile

    encode = Profile.encode_vehicle_states

    def broken(self: Profile, states: VehicleStates) -> list[bytes]:
        return [data[:-1] if i % 2 else data for i, data in enumerate(encode(self, states))]

    monkeypatch.setattr(Profile, "encode_vehicle_states", broken)
    subjects = {**SYNTHETIC["stations"], "subjects": [{"vehicle": "first:car"}]}  # type: ignore[dict-item]
    run = play(tmp_path / "run", {**SYNTHETIC, "stations": subjects})
    errors = run.events[run.events.kind == "codec.error"]
    assert len(errors) > 10
    assert {"tx_id", "error"} == set(json.loads(errors.fields.iloc[0]))
    assert v2x_analysis.score(run.folder).flat()["message.constraint_violations"] > 10


def test_a_stranger_changes_nobody_elses_messages(tmp_path: Path) -> None:
    """Six vehicles and the same six among nine say the same bytes, noise and all."""
    noisy = {**SYNTHETIC, "sensors": {}, "links": {"pc5": {"kind": "statistical"}}}
    few, many = (
        play(tmp_path / str(n), {**noisy, "traffic": {**SYNTHETIC["traffic"], "vehicles": n}})  # type: ignore[dict-item]
        for n in (6, 9)
    )
    ours = many.tx[many.tx.station.isin(few.tx.station.unique())]
    assert np.array_equal(ours.t_ns, few.tx.t_ns)
    assert list(ours.bytes) == list(few.tx.bytes)


@pytest.mark.parametrize("kind", ["geometric", "sensing"])
def test_congestion_control_slows_a_crowd_down_and_says_so(kind: str, tmp_path: Path) -> None:
    """SAE J3161/1: 61 vehicles within 100 m of each other wait 100 ms x 60/25."""
    file = tmp_path / "crowd.csv"
    rows = [f"{t_s},c{number:02},{117.05 + 1e-5 * number},39.05\n" for t_s in range(4) for number in range(61)]
    file.write_text("t_s,id,lon_deg,lat_deg\n" + "".join(rows))
    crowd = {
        **SYNTHETIC,
        "duration_s": 3.0,
        "traffic": {"kind": "recording", "path": file, "crs": "wgs84", "origin": ORIGIN},
        "stations": {"server": {"enabled": False}, "extra_rsu": [{"id": "RSU", "at": ORIGIN}]},
    }
    free, slow = (
        play(tmp_path / congestion, {**crowd, "links": {"pc5": {"kind": kind, "congestion": congestion}}})
        for congestion in ("cr_limit", "j3161")
    )
    assert len(free.tx) == 61 * 30
    assert len(slow.tx) == pytest.approx(61 * 3.0 / 0.24, rel=0.1)
    assert free.channel.itt_ms.isna().all()
    vehicles = slow.channel.station != "RSU"
    assert (slow.channel.itt_ms[vehicles] == 240.0).all()
    assert slow.channel.itt_ms[~vehicles].isna().all()
    assert set(slow.channel.t_ns) == {0, NS_PER_S, 2 * NS_PER_S}
    assert 0 < slow.channel.cbr.mean() < free.channel.cbr.mean()


class WatchedUu(ConstantUu):
    """A 5G connection that says at each step where ``b`` is, and last was."""

    def __init__(self) -> None:
        super().__init__(ConstantLink(kind="constant", delay_ms=5.0), 1, NS_PER_S, None)
        self.moved: list[tuple[int, Stations]] = []

    def move(self, t_ns: int, mobiles: Stations) -> None:
        self.moved.append((t_ns, mobiles))

    def notes(self) -> list[LinkNote]:
        return [LinkNote(self.moved[-1][0] + 7, key_of("b"), "uu.test", {"cell": "G1"})]


def test_notes_of_a_connection_are_events_also_of_a_vehicle_that_has_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, uu = tmp_path / "tracks.csv", WatchedUu()
    rows = [f"{t_s},{name},{117.05 + 1e-4 * t_s},{lat}\n" for name, lat, end in (("b", 39.05, 1), ("c", 39.06, 3))
            for t_s in range(end + 1)]  # fmt: skip
    file.write_text("t_s,id,lon_deg,lat_deg\n" + "".join(rows))
    monkeypatch.setattr("v2x.assembly.build_uu", lambda *_: uu)
    run = play(
        tmp_path / "run",
        {
            **SYNTHETIC,
            "traffic": {"kind": "recording", "path": file, "crs": "wgs84", "origin": ORIGIN},
            "duration_s": 2.0,
            "stations": {"subjects": [{"vehicle": "c"}, {"vehicle": "b"}]},
        },
    )
    assert [t_ns for t_ns, _ in uu.moved] == list(range(0, 2 * NS_PER_S, NS_PER_S // 10))
    there = [stations.key.tolist() for _, stations in uu.moved]
    assert there[0] == [key_of("b"), key_of("c")]
    assert there[-1] == [key_of("c")]
    assert all((stations.antenna_m == 1.6).all() for _, stations in uu.moved)
    notes = run.events[run.events.kind == "uu.test"]
    assert set(notes.station) == {"b"}
    assert [json.loads(fields) for fields in notes.fields] == [{"t_ns": t + 7, "cell": "G1"} for t, _ in uu.moved]


@pytest.mark.parametrize(("station", "whose"), [("a", "a roadside unit"), ("GNB-1", "a gNB"), ("server", "the server")])
def test_a_road_user_called_like_a_station_is_refused(station: str, whose: str, tmp_path: Path) -> None:
    field = replace(load_field("xiqing"), gnb=(Site("GNB-1", 117.05, 39.05, 20.0),))
    document = {**SYNTHETIC, "stations": {"rsu": {"sites": []}, "extra_rsu": [{"id": "a", "at": ORIGIN}]}}
    file = tmp_path / "tracks.csv"
    rows = [f"{t_s},{name},117.05,39.05\n" for t_s in (0, 1) for name in ("b", station)]
    file.write_text("t_s,id,lon_deg,lat_deg\n" + "".join(rows))
    recording = {"kind": "recording", "path": file, "crs": "wgs84", "origin": ORIGIN}
    with pytest.raises(InputError) as caught:
        _simulate(tmp_path / "recorded", {**document, "traffic": recording}, field)
    said = f"road user '{station}' has the id of station '{station}', {whose}; rename one of the two"
    assert str(caught.value) == f"{file}:3: {said}"
    assert not (tmp_path / "recorded").exists()


def test_a_synthetic_vehicle_called_like_a_station_is_refused(tmp_path: Path) -> None:
    document = {**SYNTHETIC, "stations": {"extra_rsu": [{"id": "veh00001", "at": ORIGIN}]}}
    with pytest.raises(InputError, match=r"^road user 'veh00001' has the id of station 'veh00001', a roadside unit;"):
        _simulate(tmp_path / "run", document, None)


def test_units_pass_on_what_they_hear_and_the_server_knows_more(tmp_path: Path) -> None:
    """No vehicle has a modem, yet the server hears all three, through the unit."""
    document = SYNTHETIC | {
        "duration_s": 3.0,
        "traffic": {**SYNTHETIC["traffic"], "vehicles": 3},  # type: ignore[dict-item]
        "stations": {
            "extra_rsu": [{"id": "RSU-1", "at": ORIGIN}],
            "rsu": {"cloud": {"heard": ["BSM"], "max_frames_per_s": 100}},
        },
        "links": {"pc5": {"kind": "ideal"}, "uu": {"kind": "constant", "delay_ms": 20.0}},
    }
    run = play(tmp_path, document)
    up = run.rx[run.rx["receiver"] == "server"].merge(
        run.tx[["tx_id", "station", "type", "channel", "bytes"]], on="tx_id"
    )
    assert set(up["station"]) == {"RSU-1"} and set(up["channel"]) == {"uu_uplink"}
    assert up["delay_ns"].eq(20_000_000).all() and len(up) > 80
    on_air = set(run.tx.loc[run.tx["channel"] == "pc5", "bytes"])
    assert set(up["bytes"]) <= on_air
    awareness = run.events[run.events["kind"] == "server.awareness"]["fields"].map(json.loads)
    assert awareness.iloc[-1]["neighbours"] == 3
