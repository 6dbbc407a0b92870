"""``v2x sweep --scheduler``: the same rows from a Dask cluster, whatever becomes of its workers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from threading import current_thread, main_thread

import pytest
from cluster_kit import cluster_of
from distributed import KilledWorker, LocalCluster
from sweep_kit import begun, exit_code, rows, study_of, until, v2x

from v2x.cli import cluster
from v2x.cli.processes import Died
from v2x_analysis import Study

FIVE = "grid: {links.pc5.loss: [0, 0.1, 0.2, 0.3, 0.4]}\n"


@pytest.mark.validate
def test_a_cluster_of_which_a_worker_is_killed_leaves_what_this_machine_does(tmp_path: Path) -> None:
    file, out = study_of(tmp_path, FIVE), tmp_path / "out"
    with cluster_of(2, tmp_path / "dask") as dask:
        sweep = begun([file, "--out", out, "--scheduler", dask.address])
        until(lambda: rows(out) and dask.busy(0))
        dask.processes[0].kill()
        assert sweep.wait(120) == 0
    local = v2x(file, "--out", tmp_path / "local", "--workers", "2")
    assert local.exit_code == 0, local.output
    assert len(rows(out)) == 5 and rows(out) == rows(tmp_path / "local")
    study = Study(out)
    assert [study.run(point).manifest["digest"] for point in study.points] == study.frame()["digest"].tolist()
    assert {each.name for each in (out / "runs").iterdir()} == set(study.points)


@pytest.fixture(scope="module")
def here() -> Iterator[str]:
    """Address of a cluster within this process."""
    with LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, protocol="tcp://", dashboard_address=":0"
    ) as local:
        yield local.scheduler_address


def test_rows_alone_need_no_common_folder(tmp_path: Path, here: str) -> None:
    out = tmp_path / "out"
    done = v2x(study_of(tmp_path, "seeds: 2\n"), "--out", out, "--scheduler", here, "--metrics-only")
    assert done.exit_code == 0, done.output
    assert len(Study(out).frame()) == 2
    assert sorted(each.name for each in out.iterdir()) == ["results", "sweep.json"]


def test_a_run_that_fails_there_stops_no_other(tmp_path: Path, here: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.csv").write_text("t_s,id,x_m,y_m\n0,1,0,0\n0.1,1,far,0\n")
    played = "{kind: recording, crs: local, path: bad.csv, origin: {crs: wgs84, lon_deg: 117.0, lat_deg: 39.0}}"
    file = study_of(
        tmp_path,
        f"list: [{{traffic.vehicles: 3}}, {{traffic.vehicles: 2}}]\nbaselines: {{bad: {{traffic: {played}}}}}\n",
    )
    assert exit_code(monkeypatch, file, "--out", tmp_path / "out", "--scheduler", here) == 3
    assert exit_code(monkeypatch, file, "--out", tmp_path / "local") == 3
    assert rows(tmp_path / "out") == rows(tmp_path / "local")
    assert Study(tmp_path / "out").frame()["status"].tolist() == ["complete", "complete", "failed"]
    (log,) = (tmp_path / "out" / "logs").iterdir()
    assert "bad.csv" in log.read_text()


def test_a_run_whose_workers_die_is_a_failed_one() -> None:
    class Lost:
        def result(self) -> None:
            raise KilledWorker("key", None, 3)

    assert cluster._result(Lost()).found == Died("its worker died, 4 times")


# ------------------------------------------------------------------------------------------------- what is refused


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert exit_code(monkeypatch, *arguments) == 2
    return capsys.readouterr().err


def test_workers_of_another_version_are_told(
    tmp_path: Path, here: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster, "program_version", lambda: f"1 of {current_thread() is main_thread()}")
    said = refused(monkeypatch, capsys, study_of(tmp_path, ""), "--out", tmp_path / "out", "--scheduler", here)
    assert "has version 1 of False of this program, and the sweep 1 of True" in said
    assert not rows(tmp_path / "out")


def test_workers_that_do_not_see_the_folder_are_told(
    tmp_path: Path, here: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster, "SWEEP", "elsewhere.json")
    said = refused(monkeypatch, capsys, study_of(tmp_path, ""), "--out", tmp_path / "out", "--scheduler", here)
    assert f"{tmp_path / 'out'}: worker tcp://" in said and "does not see this folder" in said


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1:none", "post://127.0.0.1:8786"])
def test_an_address_at_which_nobody_answers_is_told_before_anything_is_done(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE_S", 0.2)
    said = refused(monkeypatch, capsys, study_of(tmp_path, ""), "--out", tmp_path / "out", "--scheduler", address)
    assert said.startswith(f"--scheduler {address}: no scheduler of Dask: ")
    assert not (tmp_path / "out").exists()


def test_without_dask_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = refused(monkeypatch, capsys, study_of(tmp_path, ""), "--out", tmp_path / "out", "--scheduler", "tcp://a:1")
    assert "pip install 'v2x-testfield[dask]'" in said


def test_workers_are_those_of_this_machine(tmp_path: Path) -> None:
    done = v2x(study_of(tmp_path, ""), "--out", tmp_path / "out", "--workers", "2", "--scheduler", "tcp://a:1")
    assert done.exit_code == 2 and "--workers are processes of this machine" in done.stderr
