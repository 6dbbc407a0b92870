"""``v2x export``: each format read back by somebody else's reader."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
import sumolib
from click.testing import CliRunner, Result
from mcap.reader import make_reader
from small_scenario import SMALL

from v2x.cli.main import cli
from v2x.clock import utc_ns
from v2x.errors import InputError
from v2x.messages.profile import get_profile
from v2x.record.tables import TABLES
from v2x_analysis import Run

RSU = """
stations: {extra_rsu: [{id: mast, at: {crs: wgs84, lon_deg: 117.0, lat_deg: 39.0}}]}
notices: [{id: 1, cause: roadworks, at: {crs: wgs84, lon_deg: 117.0, lat_deg: 39.0}, radius_m: 20}]
"""
FORMATS = ("csv", "geojson", "mcap", "ode-json", "pcap", "pcap-its", "pcap-raw", "sumo-fcd")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A second of three vehicles and a roadside unit in J2735, one of which is warned half-way."""
    folder = tmp_path_factory.mktemp("exports")
    (folder / "small.yaml").write_text(SMALL.replace("profile: csae", "profile: j2735") + RSU)
    asked = ["run", str(folder / "small.yaml"), "--out", str(folder / "run"), "--no-report"]
    done = CliRunner().invoke(cli, asked, catch_exceptions=False)
    assert done.exception is None, done.output
    run = Run(folder / "run")
    told = {"application": "fcw", "about": "<a & b>"}
    events = {
        "t_ns": [500_000_000, 800_000_000],
        "station": [str(run.states["id"].iloc[0])] * 2,
        "kind": ["alert.start", "alert.end"],
        "fields": [json.dumps(told)] * 2,
    }
    pq.write_table(pa.Table.from_pydict(events, TABLES["events"]), run.folder / "events.parquet")
    return Run(run.folder)


def export(run: Path, form: str, out: Path, *more: str) -> Result:
    return CliRunner().invoke(cli, ["export", str(run), "--format", form, "--out", str(out), *more])


def exported(ran: Run, form: str, out: Path, *more: str) -> Path:
    done = export(ran.folder, form, out, *more)
    assert done.exit_code == 0, done.output
    return out


def test_csv_is_the_tables(ran: Run, tmp_path: Path) -> None:
    folder = exported(ran, "csv", tmp_path / "tables")
    assert {"states.csv", "tx.csv", "rx.csv", "link_bins.csv", "events.csv"} <= {file.name for file in folder.iterdir()}
    assert not (folder / "remote.csv").exists()  # no rows
    sent = pd.read_csv(folder / "tx.csv")
    assert sent["bytes"].map(bytes.fromhex).tolist() == ran.tx["bytes"].tolist()
    assert sent["station"].tolist() == ran.tx["station"].tolist()
    states = pd.read_csv(folder / "states.csv", keep_default_na=False)
    for name in ("t_ns", "x_m", "lon_deg", "id", "lane"):
        assert states[name].tolist() == ran.states[name].tolist()
    got = pd.read_csv(folder / "rx.csv", dtype={"t_used_ns": "Int64"})
    assert got["t_used_ns"].isna().tolist() == ran.rx["t_used_ns"].isna().tolist()


def test_csv_of_some_tables_of_some_rows(ran: Run, tmp_path: Path) -> None:
    name = str(ran.states["id"].iloc[1])
    more = ("--table", "states", "--table", "remote", "--between", "0.2", "0.5", "--station", name[:-1] + "*")
    folder = exported(ran, "csv", tmp_path / "tables", *more)
    assert sorted(file.name for file in folder.iterdir()) == ["remote.csv", "states.csv"]
    states = pd.read_csv(folder / "states.csv")
    wanted = ran.states[ran.states["t_ns"].between(200_000_000, 499_999_999)]
    assert states["t_ns"].tolist() == wanted["t_ns"].tolist()
    again = exported(ran, "csv", tmp_path / "one", "--table", "states", "--station", name)
    assert set(pd.read_csv(again / "states.csv")["id"]) == {name}


def test_force_replaces_tables_and_leaves_the_rest(ran: Run, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    exported(ran, "csv", folder)  # empty
    (folder / "mine.txt").write_text("mine")
    (folder / "tx.csv").write_text("")
    assert "--force" in str(export(ran.folder, "csv", folder).exception)
    exported(ran, "csv", folder, "--force")
    assert (folder / "mine.txt").read_text() == "mine" and (folder / "tx.csv").stat().st_size
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tables"]


def test_geojson_has_tracks_sites_and_alerts(ran: Run, tmp_path: Path) -> None:
    text = exported(ran, "geojson", tmp_path / "run.geojson").read_text(encoding="utf-8")
    features = json.loads(text)["features"]
    assert Counter(each["properties"]["kind"] for each in features) == {"track": 3, "rsu": 1, "alert": 1}
    shapes = shapely.from_geojson(text).geoms
    for feature, shape in zip(features, shapes, strict=True):
        about = feature["properties"]
        if about["kind"] == "track":
            own = ran.states[ran.states["id"] == about["id"]]
            assert about["times_s"] == (own["t_ns"] / 1e9).tolist()
            assert np.abs(np.array(shape.coords) - own[["lon_deg", "lat_deg"]].to_numpy()).max() < 1e-7
        elif about["kind"] == "rsu":
            assert (about["id"], shape.coords[0]) == ("mast", pytest.approx((117.0, 39.0), abs=1e-7))
        else:
            there = ran.states[(ran.states["id"] == about["station"]) & (ran.states["t_ns"] == 500_000_000)]
            assert shape.coords[0] == pytest.approx(there[["lon_deg", "lat_deg"]].iloc[0].tolist(), abs=1e-7)
            assert (about["about"], about["start_s"], about["end_s"]) == ("<a & b>", 0.5, 0.8)


def test_mcap_has_states_events_and_frames(ran: Run, tmp_path: Path) -> None:
    with exported(ran, "mcap", tmp_path / "run.mcap").open("rb") as file:
        rows = list(make_reader(file, validate_crcs=True).iter_messages())
    start_ns = utc_ns(ran.start_utc)
    assert [message.log_time for _, _, message in rows] == sorted(message.log_time for _, _, message in rows)
    told = {channel.topic: (schema, channel.message_encoding) for schema, channel, _ in rows}
    assert {"/states", "/events", "/transmissions", "/frames/j2735.BSM", "/frames/j2735.TIM"} <= told.keys()
    assert told["/frames/j2735.BSM"] == (None, "uper")
    frames = {message.sequence: message for _, channel, message in rows if channel.topic.startswith("/frames/")}
    for t_ns, tx_id, data in zip(ran.tx["t_ns"], ran.tx["tx_id"], ran.tx["bytes"], strict=True):
        assert (frames[tx_id].log_time, frames[tx_id].data) == (start_ns + t_ns, data)
    steps = [json.loads(message.data) for _, channel, message in rows if channel.topic == "/states"]
    assert [step["t_ns"] for step in steps] == sorted(set(ran.states["t_ns"]))
    assert [user["x_m"] for step in steps for user in step["road_users"]] == ran.states["x_m"].tolist()
    needed = json.loads(told["/states"][0].data)["properties"]["road_users"]["items"]["required"]
    assert set(needed) == set(steps[0]["road_users"][0])
    events = [json.loads(message.data) for _, channel, message in rows if channel.topic == "/events"]
    assert [event["fields"]["about"] for event in events] == ["<a & b>"] * 2


def test_ode_json_encodes_to_the_same_bytes(ran: Run, tmp_path: Path) -> None:
    lines = exported(ran, "ode-json", tmp_path / "run.jsonl").read_text(encoding="utf-8").splitlines()
    sent = ran.tx[ran.tx["channel"] == "pc5"]
    codec, kinds = get_profile("j2735").codec, set()
    for line, t_ns, kind, data in zip(lines, sent["t_ns"], sent["type"], sent["bytes"], strict=True):
        record = json.loads(line)
        about, frame = record["metadata"], record["payload"]["data"]
        ((asn1_type, value),) = frame["value"].items()
        assert codec.wire(kind) == (frame["messageId"], asn1_type)
        assert codec.encode(kind, codec.from_json(kind, value)) == bytes.fromhex(about["asn1"]) == data
        at_ns = pd.Timestamp(about["recordGeneratedAt"]).value
        assert 0 <= utc_ns(ran.start_utc) + t_ns - at_ns < 1_000_000
        assert about["recordGeneratedBy"] == ("RSU" if kind == "TIM" else "OBU")
        kinds.add(about["recordType"])
    assert {"bsmTx", "timMsg"} <= kinds


def test_sumo_reads_its_floating_car_data(ran: Run, tmp_path: Path) -> None:
    file = exported(ran, "sumo-fcd", tmp_path / "fcd.xml")
    found = [
        (float(step.time), each.id, float(each.x), float(each.y), float(each.angle), float(each.speed))
        for step in sumolib.xml.parse(str(file), "timestep")
        for each in step.vehicle
    ]
    states = ran.states
    assert [(round(t_s * 1e9), name) for t_s, name, *_ in found] == list(zip(states["t_ns"], states["id"], strict=True))
    x_m, y_m, angle_deg, speed_mps = np.array([row[2:] for row in found]).T
    back_m = states["length_m"].to_numpy() / 2.0
    radians = np.radians(angle_deg)
    assert np.abs(x_m - back_m * np.sin(radians) - states["x_m"]).max() < 0.002
    assert np.abs(y_m - back_m * np.cos(radians) - states["y_m"]).max() < 0.002
    assert np.abs(speed_mps - states["speed_mps"]).max() < 0.001
    tool = Path(sumolib.__file__).parent.parent / "sumo" / "tools" / "traceExporter.py"
    arguments = ["--fcd-input", str(file), "--gpx-output", str(tmp_path / "run.gpx")]
    subprocess.run([sys.executable, str(tool), *arguments], check=True, capture_output=True)
    assert (tmp_path / "run.gpx").read_text().count("<trkpt") == len(states)


@pytest.mark.parametrize("form", FORMATS)
def test_what_nobody_said_or_did_is_an_empty_file(ran: Run, tmp_path: Path, form: str) -> None:
    out = exported(ran, form, tmp_path / "out", "--station", "nobody*", "--between", "5", "6")
    assert out.exists()


@pytest.mark.parametrize(
    ("form", "more", "reason"),
    [
        ("geojson", ("--table", "rx"), "only csv has tables"),
        ("csv", ("--table", "xr"), "no table 'xr'"),
        ("csv", ("--between", "2", "1"), "the begin before the end"),
        ("csv", ("--between", "0", "inf"), "expected two times"),
    ],
)
def test_what_cannot_be_asked(ran: Run, tmp_path: Path, form: str, more: tuple[str, ...], reason: str) -> None:
    done = export(ran.folder, form, tmp_path / "out", *more)
    assert isinstance(done.exception, InputError) and reason in str(done.exception)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_no_run_is_named(tmp_path: Path, form: str) -> None:
    (tmp_path / "run").mkdir()
    done = export(tmp_path / "run", form, tmp_path / "out")
    assert isinstance(done.exception, InputError) and "not a run folder" in str(done.exception)


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_and_a_folder_do_not_take_each_others_place(ran: Run, tmp_path: Path, form: str) -> None:
    out = tmp_path / "out"
    if form == "csv":
        out.write_text("mine")
    else:
        out.mkdir()
        (out / "mine").touch()
    done = export(ran.folder, form, out, "--force")
    assert isinstance(done.exception, InputError) and "cannot be written" in str(done.exception)
    assert sorted(path.name for path in tmp_path.rglob("*")) == (["out"] if form == "csv" else ["mine", "out"])


@pytest.mark.parametrize("form", ["ode-json", "pcap"])
def test_chinese_messages_are_no_j2735(ran: Run, tmp_path: Path, form: str) -> None:
    manifest = json.loads((ran.folder / "manifest.json").read_text())
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text(json.dumps(manifest | {"profile": "csae-a"}))
    done = export(tmp_path / "run", form, tmp_path / "out")
    assert isinstance(done.exception, InputError) and "csae-a" in str(done.exception)
