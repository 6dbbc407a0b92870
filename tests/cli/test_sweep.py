"""``v2x sweep`` as a user calls it: rows and runs, killed and gone on with, alone and side by side."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from sweep_kit import begun, exit_code, rows, study_of, until, v2x

from v2x.cli.main import cli
from v2x.record import sweep
from v2x.scenario.study import load_study
from v2x_analysis import Study

TRACK = "t_s,id,x_m,y_m\n" + "".join(f"{k / 10},1,{k},0\n" for k in range(20))


def talking_to(log: Path) -> Iterator[int]:
    """Processes whose stderr is that file."""
    for entry in Path("/proc").glob("[0-9]*/fd/2"):
        try:
            found = entry.readlink() == log.resolve()
        except OSError:
            continue
        if found:
            yield int(entry.parts[2])


# ------------------------------------------------------------------------------------------------- rows and runs


def test_rows_and_runs(tmp_path: Path) -> None:
    """The study file of the issue, on a smaller scenario."""
    file = study_of(tmp_path, "set: {duration_s: 2}\ngrid: {traffic.vehicles: [1, 3]}\nseeds: 2\n")
    out = tmp_path / "out"
    done = v2x(file, "--out", out, "--workers", "2", "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert list(answer) == ["study", "results", "digest", "points", "made", "failed"]
    assert (answer["study"], answer["points"], answer["made"], answer["failed"]) == ("study", 4, 4, [])
    plain = pd.read_parquet(answer["results"]).set_index("id")
    wanted = {point.id: point.axes["traffic.vehicles"] for point in load_study(file).points}
    assert plain["axis.traffic.vehicles"].to_dict() == wanted
    study = Study(out)
    frame = study.frame()
    assert frame.index.tolist() == study.points
    assert frame["seed"].tolist() == [1, 2, 1, 2]
    assert frame["verdict"].tolist() == ["PASS", "PASS", "FAIL", "FAIL"]
    assert frame["metric.message.count"].tolist() == [20.0, 20.0, 60.0, 60.0]
    run = study.run(study.points[3])
    assert (run.seed, run.duration_s, run.manifest["digest"]) == (2, 2.0, frame["digest"].iloc[3])
    again = v2x(file, "--out", out, "--json")
    assert json.loads(again.stdout) == answer | {"made": 0}


def test_metrics_only(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = v2x(study_of(tmp_path, "seeds: [4]\n"), "--out", out, "--metrics-only")
    assert done.exit_code == 0, done.output
    assert len(Study(out).frame()) == 1
    assert not list((out / "runs").iterdir())


def test_a_run_is_made_again_if_its_scenario_has_changed(tmp_path: Path) -> None:
    file, out = study_of(tmp_path, "grid: {links.pc5.delay_ms: [5]}\n"), tmp_path / "out"
    before = json.loads(v2x(file, "--out", out, "--json").stdout)
    grown = study_of(tmp_path, "grid: {links.pc5.delay_ms: [5, 6]}\n")
    assert json.loads(v2x(grown, "--out", out, "--json").stdout)["made"] == 1
    other = json.loads(v2x(grown, "--out", out, "--set", "traffic.vehicles=2", "--json").stdout)
    assert other["made"] == 2 and other["digest"] != before["digest"]


def test_a_run_is_made_again_if_the_program_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, out = study_of(tmp_path, ""), tmp_path / "out"
    assert v2x(file, "--out", out).exit_code == 0
    monkeypatch.setattr(sweep, "program_version", lambda: "0.1.0+0123456789ab")
    assert json.loads(v2x(file, "--out", out, "--json").stdout)["made"] == 1
    assert Study(out).frame()["version"].tolist() == ["0.1.0+0123456789ab"]


# ------------------------------------------------------------------------------------------- workers, kills, failures


def test_same_digest_over_repeated_runs_and_with_1_or_2_worker_processes_of_remote_driving(tmp_path: Path) -> None:
    """Acceptance of remote driving; and all rows are the same, byte for byte."""
    file = tmp_path / "study.yaml"
    axes = "grid: {remote.network.extra_one_way_ms: [0, 300]}\n"
    file.write_text(f"schema_version: 1\nbase: wangwenzhuang-remote-slalom\nset: {{duration_s: 2}}\n{axes}")
    for workers in (1, 2):
        assert v2x(file, "--out", tmp_path / str(workers), "--workers", str(workers)).exit_code == 0
    one, two = Study(tmp_path / "1"), Study(tmp_path / "2")
    digests = one.frame()["digest"].tolist()
    assert digests == two.frame()["digest"].tolist()
    assert len(set(digests)) == 2 and None not in digests
    assert rows(one.folder) == rows(two.folder)
    single = ["run", "wangwenzhuang-remote-slalom", "--set", "variants=[]", "--duration", "2", "--no-report", "--json"]
    told = CliRunner().invoke(cli, [*single, "--out", str(tmp_path / "run")])
    assert json.loads(told.stdout)["digest"] == digests[0]


def test_a_killed_sweep_goes_on_where_it_was(tmp_path: Path) -> None:
    file = study_of(tmp_path, "grid: {links.pc5.loss: [0, 0.1]}\nseeds: 2\n")
    whole, out = tmp_path / "whole", tmp_path / "out"
    assert v2x(file, "--out", whole, "--workers", "2").exit_code == 0
    for there in (1, 2):
        command = begun([file, "--out", out, "--workers", "2"])
        until(lambda there=there: len(rows(out)) >= there)
        command.send_signal(signal.SIGKILL)
        command.wait()
    kept = len(rows(out))
    assert 2 <= kept < 4
    last = out / "runs" / load_study(file).points[-1].id
    last.mkdir(exist_ok=True)
    (last / "manifest.json.part").write_text("{")  # killed before it was known as a run
    done = v2x(file, "--out", out, "--workers", "2", "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (answer["made"], answer["failed"]) == (4 - kept, [])
    assert rows(out) == rows(whole)


def test_a_run_that_fails_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A recording whose faults are found when it is played."""
    (tmp_path / "good.csv").write_text(TRACK)
    (tmp_path / "bad.csv").write_text(TRACK.replace("1.0,1,10,0", "1.0,1,far,0"))
    file = study_of(
        tmp_path,
        "set: {traffic.kind: recording, traffic.crs: local, duration_s: 1.5,"
        " traffic.origin: {crs: wgs84, lon_deg: 117.0, lat_deg: 39.0}}\n"
        "grid: {traffic.path: [bad.csv, good.csv]}\n",
    )
    out = tmp_path / "out"
    assert exit_code(monkeypatch, file, "--out", out, "--workers", "1") == 3
    said = capfd.readouterr().err
    frame = Study(out).frame()
    assert frame["status"].tolist() == ["failed", "complete"]
    assert "bad.csv" in frame["error"].iloc[0] and pd.isna(frame["error"].iloc[1])
    assert frame["metric.message.count"].notna().tolist() == [False, True]
    assert f"run {frame.index[0]} (traffic.path=bad.csv, seed=1) failed: " in said
    assert said.splitlines()[-1].startswith("run failed: 1 of 2 runs")
    (tmp_path / "bad.csv").write_text(TRACK)
    assert exit_code(monkeypatch, file, "--out", out) == 0
    assert Study(out).frame()["status"].tolist() == ["complete", "complete"]


def test_a_killed_worker_is_a_failed_run(tmp_path: Path) -> None:
    file = study_of(tmp_path, "set: {traffic.vehicles: 300}\ngrid: {duration_s: [500, 1]}\n")
    out, first = tmp_path / "out", load_study(file).points[0].id
    command = begun([file, "--out", out, "--workers", "1"])
    until((out / "runs" / first / "tx.arrows").exists)
    (worker,) = talking_to(out / "logs" / f"{first}.log")
    os.kill(worker, signal.SIGKILL)
    assert command.wait(120) == 3
    frame = Study(out).frame()
    assert frame["status"].tolist() == ["failed", "complete"]
    assert frame["error"].iloc[0] == "its process was ended by SIGKILL"


# ------------------------------------------------------------------------------------------------- what is refused


def test_a_wrong_study_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = study_of(tmp_path, "grid: {links.pc5.loss: [0, 2]}\n")
    assert exit_code(monkeypatch, file, "--out", tmp_path / "out") == 2
    assert capsys.readouterr().err == f"{file}:3:28: links.pc5.loss: must be less than or equal to 1, got 2\n"
    file = study_of(
        tmp_path, "set: {stations.rsu.stored: [], notices: []}\nzip: {pass_if.0.metric: [link.pdr, link.pdf]}\n"
    )
    assert exit_code(monkeypatch, file, "--out", tmp_path / "out") == 2
    assert f"{file}:4:36: pass_if.0.metric: unknown metric 'link.pdf'" in capsys.readouterr().err
    file.write_text("schema_version: 1\nbase: wangwenzhuang-remote-slalom\nset: {remote.operator: external}\n")
    assert exit_code(monkeypatch, file, "--out", tmp_path / "out") == 2
    assert f"{file}:3:24: remote.operator: nobody can take the seat" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_folders_of_something_else_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = study_of(tmp_path, "seeds: [1]\n"), tmp_path / "out"
    out.mkdir()
    (out / "precious.txt").write_text("mine")
    assert exit_code(monkeypatch, file, "--out", out, "--force") == 2
    assert "not the folder of a sweep" in capsys.readouterr().err
    assert [each.name for each in out.iterdir()] == ["precious.txt"]


def test_runs_of_another_study_are_thrown_away_only_if_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert exit_code(monkeypatch, study_of(tmp_path, "seeds: [1, 2]\n"), "--out", out) == 0
    before = rows(out)
    other = study_of(tmp_path, "seeds: [2, 3]\n")
    capsys.readouterr()
    assert exit_code(monkeypatch, other, "--out", out) == 2
    assert "holds 1 runs that this study does not ask for" in capsys.readouterr().err
    assert rows(out) == before and Study(out).points == [Path(name).stem for name in before]
    assert exit_code(monkeypatch, other, "--out", out, "--force") == 0
    assert Study(out).frame()["seed"].tolist() == [2, 3]


def test_one_sweep_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = study_of(tmp_path, "set: {duration_s: 500, traffic.vehicles: 300}\n"), tmp_path / "out"
    command = begun([file, "--out", out])
    try:
        until((out / "sweep.json").exists)
        assert exit_code(monkeypatch, file, "--out", out) == 2
        assert "a run is still writing to it" in capsys.readouterr().err
    finally:
        command.kill()
        command.wait()
