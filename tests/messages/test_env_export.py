"""``v2x export``: capture files of a run, which stock Wireshark reads without a complaint."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from messages_kit import crossroads, notices, signals, vehicle_states

from v2x.cli.main import cli
from v2x.clock import utc_ns
from v2x.errors import InputError
from v2x.messages.envelope.envelope import Envelope
from v2x.messages.envelope.pcap import read_pcap
from v2x.messages.frame import Frames
from v2x.messages.profile import get_profile
from v2x.record.folder import FORMAT_VERSION, SCENARIO, write_manifest
from v2x.record.tables import TABLES
from v2x.rng import key_of
from v2x.scenario.model_security import Security

START_NS = utc_ns(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
MS = 1_000_000


def make_run(folder: Path, name: str = "j2735", mode: str = "sized") -> Frames:
    """A run folder with BSMs, MAP, SPAT and TIM or RSI over PC5, and one message over Uu; returns what PC5 carried."""
    profile = get_profile(name)
    messages = [vehicle_states(), crossroads(), signals(), notices()] * 8
    sent = [profile.encode(message) for message in messages]
    count = len(sent)
    stations = ["car" if kind == "BSM" else "unit" for kind, _ in sent]
    frames = Frames(
        np.arange(count) * 50 * MS + 7,
        np.array(stations, object),
        np.array([key_of(station) for station in stations], np.uint64),
        np.array([kind for kind, _ in sent], object),
        [data for _, data in sent],
        np.zeros(count),
        np.zeros(count),
    )
    envelope = Envelope(profile, Security.model_validate({"mode": mode}), 7, START_NS)
    sizes = envelope.air_bytes(frames, "pc5").tolist()
    rows = {
        "t_ns": [*frames.t_ns.tolist(), 5],
        "tx_id": [*range(count), count],
        "station": [*stations, "car"],
        "profile": [profile.name] * (count + 1),
        "type": [*frames.type, "BSM"],
        "bytes": [*frames.data, frames.data[0]],
        "air_bytes": [*sizes, 100],
        "channel": ["pc5"] * count + ["uu_uplink"],
    }
    folder.mkdir()
    pq.write_table(pa.table(rows, TABLES["tx"]), folder / "tx.parquet")
    manifest = {"profile": name, "seed": 7, "start_utc": "2026-03-02T09:00:00+08:00", "status": "complete"}
    write_manifest(folder, {"format_version": FORMAT_VERSION, **manifest})
    (folder / SCENARIO).write_text(f"security: {{mode: {mode}}}\n", encoding="utf-8")
    return frames


def export(run: Path, form: str, out: Path, *more: str) -> Result:
    return CliRunner().invoke(cli, ["export", str(run), "--format", form, "--out", str(out), *more])


@pytest.fixture
def run(tmp_path: Path) -> Path:
    make_run(tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.parametrize("mode", ["none", "sized", "signed"])
def test_what_is_exported_is_what_was_sent(tmp_path: Path, mode: str) -> None:
    sent = make_run(tmp_path / "run", mode=mode)
    out = tmp_path / "run.pcap"
    result = export(tmp_path / "run", "pcap", out)
    assert result.exit_code == 0, result.output
    assert "32 packets of 32 transmissions over PC5" in result.stderr
    packets = list(read_pcap(out))
    assert [packet.frame for packet in packets] == sent.data
    assert [packet.t_ns for packet in packets] == (sent.t_ns + START_NS).tolist()


def test_sizes_in_the_capture_are_those_in_the_record(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "run.pcap"
    export(run, "pcap", out)
    recorded = pq.read_table(run / "tx.parquet").to_pydict()
    lengths = [
        size for size, channel in zip(recorded["air_bytes"], recorded["channel"], strict=True) if channel == "pc5"
    ]
    content, place, found = out.read_bytes(), 24, []
    while place < len(content):
        found.append(int.from_bytes(content[place + 8 : place + 12], "little") - 14 + 1)  # Ethernet; octet of PC5
        place += 16 + found[-1] + 13
    assert found == lengths


@pytest.mark.parametrize("name", ["j2735", "csae-a"])
def test_bare_frames_of_any_profile(tmp_path: Path, name: str) -> None:
    sent = make_run(tmp_path / "run", name)
    assert export(tmp_path / "run", "pcap-raw", tmp_path / "raw.pcap").exit_code == 0
    assert [packet.frame for packet in read_pcap(tmp_path / "raw.pcap")] == sent.data


@pytest.mark.parametrize(("form", "reason"), [("pcap", "use --format pcap-raw"), ("pcap-its", "only J2735")])
def test_csae_runs_are_refused_with_a_reason(tmp_path: Path, form: str, reason: str) -> None:
    make_run(tmp_path / "run", "csae-a")
    result = export(tmp_path / "run", form, tmp_path / "some.pcap")
    assert isinstance(result.exception, InputError)
    assert reason in str(result.exception)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def test_a_file_with_something_in_it_needs_force(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "run.pcap"
    out.touch()
    assert export(run, "pcap-raw", out).exit_code == 0  # empty
    before = out.read_bytes()
    refused = export(run, "pcap-its", out)
    assert "--force" in str(refused.exception)
    assert out.read_bytes() == before
    assert export(run, "pcap-its", out, "--force").exit_code == 0
    assert out.read_bytes() != before


def test_nothing_is_left_of_a_file_that_cannot_be_written(run: Path, tmp_path: Path) -> None:
    result = export(run, "pcap-raw", tmp_path / (252 * "n"))  # its draft has a longer name than a file may have
    assert "cannot be written" in str(result.exception)
    assert export(run, "pcap-raw", tmp_path / (300 * "n")).exit_code == 2
    assert export(run, "pcap-raw", tmp_path / "none" / "run.pcap").exit_code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def tshark(file: Path, *arguments: str) -> list[str]:
    """Lines that Wireshark's command line prints for a file."""
    program = shutil.which("tshark")
    if program is None:
        pytest.skip("tshark is not installed: make setup-tools")
    done = subprocess.run([program, "-r", str(file), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("mode", ["none", "sized"])
def test_wireshark_dissects_down_to_1609_2(tmp_path: Path, mode: str) -> None:
    sent = make_run(tmp_path / "run", mode=mode)
    out = tmp_path / "run.pcap"
    export(tmp_path / "run", "pcap", out)
    layers = Counter(tshark(out, "-T", "fields", "-e", "frame.protocols"))
    # Wireshark hands the PSIDs of MAP and TIM to nobody
    known = sum(kind in ("BSM", "SPAT") for kind in sent.type)
    assert layers == {"eth:ethertype:wsmp:ieee1609dot2": known, "eth:ethertype:wsmp": len(sent) - known}
    assert tshark(out, "-Y", "_ws.malformed || _ws.expert") == []
    payloads = tshark(out, "-Y", "ieee1609dot2.unsecuredData", "-T", "fields", "-e", "ieee1609dot2.unsecuredData")
    assert payloads == [data.hex() for data, kind in zip(sent.data, sent.type, strict=True) if kind in ("BSM", "SPAT")]


def test_wireshark_dissects_the_sisters(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "its.pcap"
    export(run, "pcap-its", out)
    assert Counter(tshark(out, "-T", "fields", "-e", "its.messageID")) == {"4": 8, "5": 8}
    assert tshark(out, "-Y", "_ws.malformed") == []
    # a TimeMark of the 2020 edition that says unknown: the dissector knows the 2016 edition
    complaints = tshark(out, "-Y", "_ws.expert", "-T", "fields", "-e", "_ws.expert.message")
    assert set(complaints) <= {"Size constraint: value too big: 36111 (0 .. 36001)"}
    revisions = set(tshark(out, "-Y", "its.messageID == 5", "-T", "fields", "-e", "dsrc.msgIssueRevision"))
    assert revisions == {str(crossroads().revision)}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("manifest.json", '{"format_version": 1}'),
        ("manifest.json", '{"format_version": 1, "profile": 5, "seed": 7, "start_utc": "2026-03-02T01:00:00+00:00"}'),
        ("manifest.json", '{"format_version": 1, "profile": "j2735", "seed": 7, "start_utc": null}'),
        ("manifest.json", '{"format_version": 1, "profile": "j2735", "seed": 7, "start_utc": "today"}'),
        ("manifest.json", '{"format_version": 1, "profile": "j2735", "seed": "x", "start_utc": "2026-03-02"}'),
        (SCENARIO, "security: {mode: x"),
        (SCENARIO, "security: {mode: x}"),
        (SCENARIO, "- security"),
        (SCENARIO, ""),
        (SCENARIO, "\udcff"),
    ],
)
def test_a_damaged_run_is_named_and_leaves_no_file(run: Path, tmp_path: Path, name: str, content: str) -> None:
    (run / name).write_text(content, encoding="utf-8", errors="surrogateescape")
    result = export(run, "pcap", tmp_path / "out.pcap")
    assert isinstance(result.exception, InputError)
    assert str(result.exception).startswith(f"{run / name}: ")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_device_is_not_replaced(run: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    result = export(run, "pcap-raw", tmp_path / "pipe", "--force")
    assert (result.exit_code, "not a regular file" in result.stderr) == (2, True)
    assert (tmp_path / "pipe").is_fifo()
