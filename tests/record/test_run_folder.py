"""The run folder: what is written is what is read, whatever happens in between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from v2x.errors import InputError, RunFolderError
from v2x.record import TABLES, RunWriter, compact, read_manifest, read_table
from v2x.record.folder import own_files, stream_batches, stream_path
from v2x.record.tables import TABLES as SCHEMAS


def event(t_ns: Any, kind: Any = "note", fields: Any = "{}") -> dict[str, Any]:
    return {"t_ns": t_ns, "station": "traffic", "kind": kind, "fields": fields}


def receptions(n: int) -> dict[str, Any]:
    return {
        "t_ns": np.arange(n), "tx_id": np.arange(n), "receiver": "server", "link": "uu",
        "cause": np.array([None if i % 2 else "outage" for i in range(n)], object), "delay_ns": np.full(n, 5),
        "t_used_ns": np.ma.MaskedArray(np.arange(n), np.arange(n) % 3 == 0), "distance_m": 1.5,
    }  # fmt: skip


def test_every_table_comes_back_with_its_schema(tmp_path: Path) -> None:
    with RunWriter(tmp_path / "run", {"seed": 1}) as writer:
        writer.append("events", event(np.arange(3), np.array(["a", "b", "a"], object)))
        writer.append("rx", receptions(4))
        writer.flush(1_000_000_000)
        writer.finish("complete", digest="d")
    for table, schema in TABLES.items():
        read = read_table(tmp_path / "run", table)
        assert read.schema.equals(schema, check_metadata=False)
        assert [field.metadata for field in read.schema] == [field.metadata for field in schema]
    rx = read_table(tmp_path / "run", "rx").to_pydict()
    assert rx["cause"] == ["outage", None, "outage", None]
    assert rx["t_used_ns"] == [None, 1, 2, None]
    assert rx["receiver"] == ["server"] * 4
    assert rx["distance_m"] == [1.5] * 4


def test_text_may_be_given_as_a_dictionary(tmp_path: Path) -> None:
    causes = pa.DictionaryArray.from_arrays(np.array([1, 0, 1], np.int8), pa.array([None, "outage"]))
    with RunWriter(tmp_path / "run", {}) as writer:
        writer.append("rx", {**receptions(3), "cause": causes})
        writer.flush(1_000_000_000)
        writer.finish("complete")
    assert read_table(tmp_path / "run", "rx")["cause"].to_pylist() == ["outage", None, "outage"]


def test_units_stand_in_the_parquet_metadata(tmp_path: Path) -> None:
    with RunWriter(tmp_path / "run", {}) as writer:
        writer.finish("complete")
    schema = pq.read_schema(tmp_path / "run" / "states.parquet")
    assert schema.field("speed_mps").metadata[b"unit"] == b"m/s"
    assert schema.field("t_ns").metadata[b"unit"] == b"ns"


def test_a_run_of_before_a_table_is_still_read(tmp_path: Path) -> None:
    """Killed or finished, without a table that was added later; one that was always there must be there."""
    with RunWriter(tmp_path / "run", {}) as writer:
        writer.flush(1_000_000_000)
        shutil.copytree(tmp_path / "run", tmp_path / "killed")
    (tmp_path / "killed" / "channel.arrows").unlink()
    assert compact(tmp_path / "killed")["recorded_s"] == 1.0
    assert not (tmp_path / "killed" / "channel.parquet").exists()
    assert read_table(tmp_path / "killed", "channel").schema.equals(SCHEMAS["channel"], check_metadata=False)
    (tmp_path / "killed" / "tx.parquet").unlink()
    with pytest.raises(RunFolderError, match="the table 'tx' is missing"):
        read_table(tmp_path / "killed", "tx")


def test_finished_folder_holds_parquet_and_no_streams(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with RunWriter(folder, {"seed": 3}, scenario={"name": "x", "title": "天津"}) as writer:
        assert read_manifest(folder)["status"] == "running"
        writer.log({"message": "hello"})
        writer.flush(2_500_000_000)
        writer.finish("complete", digest="abc", statistics={"teleports": np.int64(0)})
    names = {path.name for path in folder.iterdir()}
    assert names == {f"{table}.parquet" for table in TABLES} | {"manifest.json", "log.jsonl", "scenario.resolved.yaml"}
    manifest = read_manifest(folder)
    assert (manifest["status"], manifest["seed"], manifest["digest"]) == ("complete", 3, "abc")
    assert manifest["recorded_s"] == 2.5
    assert json.loads((folder / "log.jsonl").read_text()) == {"message": "hello"}
    assert "天津" in (folder / "scenario.resolved.yaml").read_text(encoding="utf-8")


def test_appended_arrays_may_change_afterwards(tmp_path: Path) -> None:
    times = np.array([1, 2, 3])
    with RunWriter(tmp_path / "run", {}) as writer:
        writer.append("events", event(times))
        times[:] = 0
        writer.finish("complete")
    assert read_table(tmp_path / "run", "events")["t_ns"].to_pylist() == [1, 2, 3]


@pytest.mark.parametrize(
    "columns",
    [
        {"t_ns": [1]},
        {**event([1]), "colour": ["red"]},
        event([1, 2], ["a"]),
    ],
    ids=["missing", "unknown", "lengths"],
)
def test_wrong_columns_are_refused(tmp_path: Path, columns: dict[str, Any]) -> None:
    with RunWriter(tmp_path / "run", {}) as writer:
        with pytest.raises(ValueError, match="column"):
            writer.append("events", columns)
        writer.finish("complete")


def test_an_exception_leaves_an_interrupted_run(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), RunWriter(tmp_path / "run", {}) as writer:
        writer.append("events", event([7]))
        writer.flush(1_000_000_000)
        raise RuntimeError("SUMO died")
    manifest = read_manifest(tmp_path / "run")
    assert (manifest["status"], manifest["error"]) == ("interrupted", "RuntimeError: SUMO died")
    assert read_table(tmp_path / "run", "events").num_rows == 1


# ---------------------------------------------------------------- who may write where


def test_an_occupied_folder_is_refused(tmp_path: Path) -> None:
    with RunWriter(tmp_path, {"seed": 1}) as writer:
        writer.finish("complete")
    with pytest.raises(RunFolderError, match="not empty"):
        RunWriter(tmp_path, {"seed": 2})
    assert read_manifest(tmp_path)["seed"] == 1


def test_force_replaces_a_run_and_nothing_else(tmp_path: Path) -> None:
    with RunWriter(tmp_path, {"seed": 1}) as writer:
        writer.append("events", event([1, 2]))
        writer.finish("complete")
    (tmp_path / "scorecard.json").write_text("{}")
    (tmp_path / "my notes.txt").write_text("keep")
    with RunWriter(tmp_path, {"seed": 2}, force=True) as writer:
        writer.finish("complete")
    assert read_manifest(tmp_path)["seed"] == 2
    assert read_table(tmp_path, "events").num_rows == 0
    assert not (tmp_path / "scorecard.json").exists()
    assert (tmp_path / "my notes.txt").read_text() == "keep"


@pytest.mark.parametrize("manifest", [None, "{}", "not json", '{"format_version": 99}'])
def test_force_never_touches_what_is_no_run(tmp_path: Path, manifest: str | None) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(RunFolderError, match="--force replaces only a run"):
        RunWriter(tmp_path, {}, force=True)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(RunFolderError):
        RunWriter(tmp_path / "run", {})


def test_a_running_run_is_neither_replaced_nor_compacted(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, {})
    with pytest.raises(RunFolderError, match="still"):
        RunWriter(tmp_path, {}, force=True)
    with pytest.raises(RunFolderError, match="still"):
        compact(tmp_path)
    writer.finish("complete")
    assert read_manifest(tmp_path)["status"] == "complete"


# ---------------------------------------------------------------- kills and cuts

_ENDLESS = """
import sys, time
from pathlib import Path
from v2x.record import RunWriter
writer = RunWriter(Path(sys.argv[1]), {"seed": 1})
for second in range(10_000):
    for step in range(10):
        t = second * 10**9 + step * 10**8
        writer.append("events", {"t_ns": [t] * 50, "station": f"car.{second}", "kind": "note", "fields": "{}"})
    writer.flush((second + 1) * 10**9)
    print(second, flush=True)
    time.sleep(0.002)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_kill_loses_at_most_the_second_in_hand(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with subprocess.Popen([sys.executable, "-c", _ENDLESS, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        second = -1
        while second < 20:
            second = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        said = [int(line) for line in process.stdout.read().split()]
    flushed_s = (said[-1] if said else second) + 1
    manifest = compact(folder)
    assert manifest["status"] == "interrupted"
    assert manifest["recorded_s"] >= flushed_s
    times = read_table(folder, "events")["t_ns"].to_numpy()
    assert len(times) == manifest["recorded_s"] * 500
    assert not list(folder.glob("*.arrows"))
    assert compact(folder) == manifest


def test_a_stream_cut_anywhere_gives_its_whole_batches(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run", {})
    sizes = []
    for second in range(4):
        writer.append("events", event(np.arange(20), f"kind {second}"))
        writer.flush((second + 1) * 10**9)
        sizes.append(stream_path(tmp_path / "run", "events").stat().st_size)
    whole = stream_path(tmp_path / "run", "events").read_bytes()
    writer.finish("complete")
    cut = tmp_path / "cut.arrows"
    for length in range(0, len(whole), 7):
        cut.write_bytes(whole[:length])
        batches = list(stream_batches(cut))
        assert len(batches) == sum(size <= length for size in sizes)
        assert sum(batch.num_rows for batch, _ in batches) == 20 * len(batches)


def test_tables_are_readable_while_the_run_goes_on(tmp_path: Path) -> None:
    with RunWriter(tmp_path, {}) as writer:
        writer.append("rx", receptions(10))
        assert read_table(tmp_path, "rx").num_rows == 0
        writer.flush(10**9)
        running = read_table(tmp_path, "rx")
        writer.finish("complete")
    assert running.schema.equals(SCHEMAS["rx"])
    assert running.to_pydict() == read_table(tmp_path, "rx").to_pydict()


def test_an_unreadable_table_is_named(tmp_path: Path) -> None:
    with RunWriter(tmp_path, {}) as writer:
        writer.finish("complete")
    (tmp_path / "rx.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(RunFolderError, match=r"rx\.parquet"):
        read_table(tmp_path, "rx")


def test_large_tables_are_split_into_row_groups(tmp_path: Path) -> None:
    n = 50_000
    with RunWriter(tmp_path, {}) as writer:
        for second in range(6):
            writer.append("rx", receptions(n))
            writer.flush((second + 1) * 10**9)
        writer.finish("complete")
    file = pq.ParquetFile(tmp_path / "rx.parquet")
    assert file.metadata.num_rows == 6 * n
    assert file.metadata.num_row_groups == 2
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert file.schema_arrow.field("link").type == pa.dictionary(pa.int32(), pa.string())


def test_appending_is_cheap(tmp_path: Path) -> None:
    """A second of a thousand vehicles (10 steps) takes well under a tenth of a second; the bar is loose on purpose."""
    n = 1000
    names = np.array([f"car.{i}" for i in range(n)], object)
    numbers = {name: np.zeros(n) for name in TABLES["states"].names if name not in ("t_ns", "id", "type", "lane")}
    with RunWriter(tmp_path, {}) as writer:
        begin = time.process_time()
        for step in range(10):
            writer.append("states", {"t_ns": step * 10**8, "id": names, "type": "car", "lane": names, **numbers})
        writer.flush(10**9)
        spent_s = time.process_time() - begin
        writer.finish("complete")
    assert spent_s < 0.5


# ---------------------------------------------------------------- bad input, damage


def test_bad_input_before_the_first_second_leaves_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(InputError), RunWriter(folder, {}, scenario={"name": "x"}) as writer:
        writer.append("events", event([7]))
        writer.flush(0)
        (folder / "sumo.log").write_text("Error: no such file")
        raise InputError("no such recording")
    assert not folder.exists()


def old_run(folder: Path) -> dict[str, bytes]:
    """A finished run with a file of the user's beside it, as names and bytes."""
    with RunWriter(folder, {"seed": 1}, scenario={"name": "x"}) as writer:
        writer.append("events", event([1, 2]))
        writer.finish("complete")
    (folder / "report.html").write_text("<p>")
    (folder / "my notes.txt").write_text("keep")
    return content(folder)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("error", [InputError("no such recording"), KeyboardInterrupt()])
def test_the_old_run_comes_back_if_the_new_one_does_not_begin(tmp_path: Path, error: BaseException) -> None:
    before = old_run(tmp_path)
    with pytest.raises(type(error)), RunWriter(tmp_path, {"seed": 2}, force=True) as writer:
        writer.append("events", event([7]))
        writer.flush(0)
        (tmp_path / "sumo.log").write_text("Error: no such file")
        raise error
    assert content(tmp_path) == before


def test_the_old_run_comes_back_if_the_new_one_cannot_be_opened(tmp_path: Path) -> None:
    before = old_run(tmp_path)
    with pytest.raises(ValueError, match="JSON"):
        RunWriter(tmp_path, {"seed": float("nan")}, force=True)
    assert content(tmp_path) == before


def test_the_old_run_goes_with_the_first_second_of_the_new_one(tmp_path: Path) -> None:
    old_run(tmp_path)
    with pytest.raises(InputError), RunWriter(tmp_path, {"seed": 2}, force=True) as writer:
        writer.flush(1_000_000_000)
        raise InputError("a value that no message can say")
    assert read_manifest(tmp_path)["seed"] == 2
    assert not (tmp_path / ".replaced").exists() and not (tmp_path / "report.html").exists()


@pytest.mark.parametrize("moved", [1, 3, None])
def test_after_a_kill_the_next_force_brings_the_old_run_back(tmp_path: Path, moved: int | None) -> None:
    """Killed while the old run was put aside, or (None) within the first second of the new one."""
    before = old_run(tmp_path)
    (tmp_path / ".replaced").mkdir()
    for file in own_files(tmp_path)[::-1][:moved]:
        file.rename(tmp_path / ".replaced" / file.name)
    if moved is None:
        (tmp_path / "manifest.json").write_text('{"format_version": 1, "status": "running"}')
        (tmp_path / "tx.arrows").write_bytes(b"cut")
    with pytest.raises(InputError), RunWriter(tmp_path, {"seed": 2}, force=True):
        raise InputError("no such recording")
    assert content(tmp_path) == before


def test_bad_input_later_leaves_an_interrupted_run(tmp_path: Path) -> None:
    with pytest.raises(InputError), RunWriter(tmp_path / "run", {}) as writer:
        writer.flush(1_000_000_000)
        raise InputError("a value that no message can say")
    assert read_manifest(tmp_path / "run")["status"] == "interrupted"


def test_damaged_pages_are_noticed(tmp_path: Path) -> None:
    """Parquet alone would hand out what the broken bytes happen to mean."""
    with RunWriter(tmp_path, {}) as writer:
        writer.append("events", event(np.arange(1000)))
        writer.finish("complete")
    file = tmp_path / "events.parquet"
    data = bytearray(file.read_bytes())
    where = pq.read_metadata(file).row_group(0).column(0).total_compressed_size
    data[where - 100 : where - 60] = bytes(40)
    file.write_bytes(data)
    with pytest.raises(RunFolderError, match="unreadable table"):
        read_table(tmp_path, "events")


def test_a_folder_may_be_called_like_a_partition(tmp_path: Path) -> None:
    """Arrow would take ``seed=1`` for a column."""
    with RunWriter(tmp_path / "seed=1", {}) as writer:
        writer.finish("complete")
    assert read_table(tmp_path / "seed=1", "rx").schema.names == TABLES["rx"].names


def test_another_table_under_the_name_is_noticed(tmp_path: Path) -> None:
    with RunWriter(tmp_path, {}) as writer:
        writer.finish("complete")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "rx.parquet")
    with pytest.raises(RunFolderError, match="not the columns of 'rx': a"):
        read_table(tmp_path, "rx")


@pytest.mark.parametrize("status", ["", '"status": 5,', '"status": "done",'])
def test_a_manifest_without_a_status_is_refused(tmp_path: Path, status: str) -> None:
    (tmp_path / "manifest.json").write_text("{" + status + '"format_version": 1}')
    with pytest.raises(RunFolderError, match="status must be one of running, complete, interrupted"):
        read_manifest(tmp_path)
