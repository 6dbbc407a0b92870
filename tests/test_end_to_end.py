"""Whole runs through the command line: repeatable, complete, byte-exact, and safe against a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import v2x_analysis
from v2x.messages.profile import get_profile
from v2x.record.folder import stream_batches, stream_path
from v2x.record.reading import read_table
from v2x.record.source import recorded_scenario
from v2x.record.tables import TABLES
from v2x.rerun.again import run_again

#: Six seconds in which the first notice is already up.
ARGS = ("--duration", "6", "--set", "notices.0.start_s=1")

#: Beside xiqing-open, which the tests of repetition run more than twice.
SHIPPED = ("dongli-citizen", "wangwenzhuang-closed", "recorded-crossroads")


def v2x(*args: str, ok: tuple[int, ...] = (0, 1)) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "v2x", *args], capture_output=True, text=True, check=False)
    assert done.returncode in ok, done.stderr
    return done


def run(scenario: str, out: Path, *args: str) -> dict[str, Any]:
    done = v2x("run", scenario, "--out", str(out), "--json", "--no-report", *args)
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


@pytest.fixture(scope="module")
def xiqing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("runs") / "a"
    return folder, run("xiqing-open", folder, *ARGS, "--seed", "7")


def test_engines_and_repetitions_agree_and_seeds_do_not(xiqing: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    again = run("xiqing-open", tmp_path / "b", *ARGS, "--seed", "7")
    traci = run("xiqing-open", tmp_path / "c", *ARGS, "--seed", "7", "--engine", "traci")
    other = run("xiqing-open", tmp_path / "d", *ARGS, "--seed", "8")
    assert again["digest"] == xiqing[1]["digest"] == traci["digest"]
    assert other["digest"] != again["digest"]
    for table in ("tx", "rx", "states", "events", "link_bins", "channel", "uu_segments"):
        ours, theirs = (pq.read_table(folder / f"{table}.parquet") for folder in (xiqing[0], tmp_path / "b"))
        assert ours.equals(theirs), table


@pytest.mark.validate
def test_a_lesser_processor_gives_the_same_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """numpy picks its loops by processor; the last bits of some differ, and rounding should take them in."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    extras = [name for name in __cpu_dispatch__ if __cpu_features__[name]]
    if not extras:
        pytest.skip("this processor has nothing beyond numpy's baseline")
    here = run("xiqing-open", tmp_path / "here", *ARGS, "--seed", "7")
    monkeypatch.setenv("NPY_DISABLE_CPU_FEATURES", " ".join(extras))
    assert run("xiqing-open", tmp_path / "there", *ARGS, "--seed", "7")["digest"] == here["digest"]


@pytest.mark.parametrize("scenario", SHIPPED)
def test_every_shipped_scenario_runs_and_its_stations_can_run_again(scenario: str, tmp_path: Path) -> None:
    made = run(scenario, tmp_path / "a", "--duration", "3", "--set", "variants=[]")
    assert made["scorecard"]["message.constraint_violations"] == 0
    assert made["verdict"] in ("PASS", "FAIL", "INCONCLUSIVE")
    again = run_again(tmp_path / "a", recorded_scenario(tmp_path / "a"))
    assert not again.diverged and again.frames.same > 0


@pytest.mark.validate
@pytest.mark.parametrize("scenario", SHIPPED)
def test_every_shipped_scenario_runs_twice_alike(scenario: str, tmp_path: Path) -> None:
    first, second = (run(scenario, tmp_path / name, "--duration", "3", "--set", "variants=[]") for name in "ab")
    assert first["digest"] == second["digest"]


def test_every_frame_decodes_and_reencodes(xiqing: tuple[Path, dict[str, Any]]) -> None:
    tx = v2x_analysis.Run(xiqing[0]).tx
    assert set(tx.type) == {"BSM", "MAP", "SPAT", "TIM"}
    codec = get_profile("j2735").codec
    for data in set(tx.bytes):
        kind, value = codec.decode(data)
        assert codec.encode(kind, value) == data


def test_map_and_spat_decode_with_an_independent_codec(xiqing: tuple[Path, dict[str, Any]]) -> None:
    from pycrate_asn1dir import ITS_IS

    tx = v2x_analysis.Run(xiqing[0]).tx
    types = {"MAP": (18, ITS_IS.DSRC.MapData), "SPAT": (19, ITS_IS.DSRC.SPAT)}
    seen = 0
    for kind, (number, codec) in types.items():
        for data in sorted(set(tx.bytes[tx.type == kind]))[:200]:
            assert int.from_bytes(data[:2], "big") == number
            skip = 3 if data[2] < 128 else 4
            codec.from_uper(data[skip:])
            assert codec.to_uper() == data[skip:]
            seen += 1
    assert seen >= 20


def test_dynamic_fields_are_true(xiqing: tuple[Path, dict[str, Any]]) -> None:
    """Message counts go up by one, and secMark is the instant before the frame reached the radio."""
    run_folder = v2x_analysis.Run(xiqing[0])
    profile = get_profile("j2735")
    start = pd.Timestamp(run_folder.manifest["start_utc"]).value
    bsm = run_folder.tx.query("type == 'BSM' and channel == 'pc5'").sort_values("t_ns")
    name = bsm.station.value_counts().index[0]
    counts = []
    for row in bsm[bsm.station == name].itertuples():
        _, state = profile.decode(row.bytes, start + row.t_ns)
        counts.append(int(state.msg_count[0]))
        assert 0 <= (start + row.t_ns - int(state.utc_ns[0])) / 1e6 < 5
    assert len(counts) >= 50
    assert set(np.diff(counts) % 128) == {1}


def test_truth_sent_received_and_used_stand_in_order(xiqing: tuple[Path, dict[str, Any]]) -> None:
    run_folder = v2x_analysis.Run(xiqing[0])
    rx = run_folder.rx.merge(run_folder.tx[["tx_id", "t_ns"]], on="tx_id", suffixes=("", "_sent"))
    assert (rx.t_ns - rx.t_ns_sent == rx.delay_ns).all()
    used = rx.dropna(subset=["t_used_ns"])
    assert len(used) > 100
    assert (used.t_used_ns >= used.t_ns).all()
    assert used.cause.isna().all()
    assert rx.cause.notna().any()


def test_an_existing_run_is_not_overwritten(xiqing: tuple[Path, dict[str, Any]]) -> None:
    before = (xiqing[0] / "manifest.json").read_bytes()
    done = v2x("run", "xiqing-open", "--duration", "1", "--out", str(xiqing[0]), ok=(2,))
    assert "--force" in done.stderr
    assert (xiqing[0] / "manifest.json").read_bytes() == before


def wait_until_recorded(process: subprocess.Popen[Any], folder: Path, seconds: float) -> dict[str, int]:
    """Newest time in the streams of a run that goes on, by table, once each table is whole up to ``seconds``."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        streams = [stream_path(folder, table) for table in TABLES]
        whole = [[until for _, until in stream_batches(path) if until] for path in streams if path.exists()]
        if len(whole) == len(TABLES) and min(max(until, default=0) for until in whole) >= seconds * 1e9:
            return {table: newest_ns(read_table(folder, table)) for table in ("states", "tx", "rx")}
        time.sleep(0.05)
    raise AssertionError(f"no {seconds} s recorded, exit code {process.poll()}")


def newest_ns(table: pa.Table) -> int:
    return int(pc.max(table["t_ns"]).as_py())


def test_a_killed_run_keeps_all_but_its_last_second(tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    command = [sys.executable, "-m", "v2x", "run", "xiqing-open", "--duration", "600", "--out", str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    seen_ns = wait_until_recorded(process, folder, 2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    v2x("score", str(folder))
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "interrupted"
    run_folder = v2x_analysis.Run(folder)
    recorded_s = manifest["recorded_s"]
    assert recorded_s >= 2
    for table, before_ns in seen_ns.items():
        kept_ns = getattr(run_folder, table).t_ns.max()
        assert kept_ns >= before_ns, table  # nothing that was on the disk is lost
        assert kept_ns / 1e9 >= recorded_s - 1, table
    assert not list(folder.glob("*.arrows"))


def test_bad_input_leaves_nothing_behind(tmp_path: Path) -> None:
    done = v2x("run", "xiqing-open", "--set", "links.pc5.kind=carrier-pigeon", "--out", str(tmp_path / "x"), ok=(2,))
    assert "links.pc5.kind" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "x").exists()


RECORDING = "t_s,id,x_m,y_m,heading_deg\n" + "".join(f"{k / 10},a,{k},0,90\n" for k in range(30))


def recorded(folder: Path, table: str, *args: str, ok: tuple[int, ...]) -> subprocess.CompletedProcess[str]:
    (folder / "tracks.csv").write_text(table)
    place = ("--set", f"traffic.path={folder / 'tracks.csv'}", "--out", str(folder / "run"), "--no-report")
    return v2x("run", "recorded-crossroads", *place, *args, ok=ok)


def test_a_refused_recording_leaves_nothing_behind(tmp_path: Path) -> None:
    done = recorded(tmp_path, RECORDING.replace("0.5,a,5", "0.5,a,x"), ok=(2,))
    assert done.stderr == f"{tmp_path / 'tracks.csv'}:7: x_m: expected a finite number: 'x'\n"
    assert not (tmp_path / "run").exists()


def test_a_refused_recording_leaves_the_old_run_whole(tmp_path: Path) -> None:
    recorded(tmp_path, RECORDING, ok=(0, 1))
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    recorded(tmp_path, RECORDING.replace("0.5,a,5", "0.5,a,x"), "--force", ok=(2,))
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


def test_a_metric_that_nobody_measures_is_refused_before_the_run(tmp_path: Path) -> None:
    done = recorded(tmp_path, RECORDING, "--set", "pass_if=[{metric: link.nothing, at_least: 1}]", ok=(2,))
    assert "pass_if.0.metric: unknown metric 'link.nothing'" in done.stderr
    assert not (tmp_path / "run").exists()
    assert v2x("validate", "recorded-crossroads", "--set", "pass_if.0.metric=link.nothing", ok=(2,)).stderr


def test_a_heading_that_flips_saturates_the_turn_rate(tmp_path: Path) -> None:
    """Trackers confuse front and rear: 180 degrees in a row's time are more than any message can say."""
    recorded(tmp_path, RECORDING.replace("1.5,a,15,0,90", "1.5,a,15,0,270"), ok=(0, 1))
    states = v2x_analysis.Run(tmp_path / "run").states
    assert states.yaw_rate_dps.abs().max() > 1000


def test_ctrl_c_leaves_an_interrupted_run(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "v2x", "run", "recorded-crossroads", "--duration", "3000", "--out", str(folder)]
    # a shell that runs the tests in the background hands down an ignored SIGINT, and Python would keep ignoring it
    restore = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=restore)  # noqa: PLW1509
    wait_until_recorded(process, folder, 2)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[1].strip() == "interrupted" and process.returncode == 130
    assert json.loads((folder / "manifest.json").read_text())["status"] == "interrupted"
    assert not list(folder.glob("*.arrows")) and (folder / "tx.parquet").exists()


def test_a_notice_reaches_the_subjects_on_both_ways(xiqing: tuple[Path, dict[str, Any]]) -> None:
    events = v2x_analysis.Run(xiqing[0]).events
    links = {json.loads(fields)["link"] for fields in events.fields[events.kind == "notice.new"]}
    assert links == {"pc5", "uu"}
