"""A run that is run again from its folder: everything as it was, and what is not as it was is found and named."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from outside_kit import SCENARIO, Visitor
from sumo_kit import FORBID_SUMO

from v2x.cli.replay import command
from v2x.cli.simulation import simulate
from v2x.engine import Simulation
from v2x.errors import InputError, RunFolderError
from v2x.field.load import field_of
from v2x.messages.profile import get_profile
from v2x.record.folder import parquet_path, read_manifest
from v2x.record.source import recorded_scenario
from v2x.record.tables import TABLES
from v2x.record.writer import RunWriter
from v2x.rerun.again import Again, run_again
from v2x.scenario.library import scenario_names
from v2x.scenario.loader import load_scenario
from v2x.scenario.model import Scenario
from v2x.stations.applications.rlvw import RedLight
from v2x.stations.base import Output
from v2x_analysis.scorecard import Scorecard, score

SETTINGS = (
    *("traffic.application=rlvw", "traffic.sites=2", "stations.subjects.0.applications=[rlvw, slw]", "duration_s=34"),
    *("links.pc5={kind: constant}", "links.uu={kind: constant}", "stations.server.enabled=true"),
    "stations.subjects.0.uu=true",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with subjects that are warned, units with signals and sensors, and a server."""
    folder = tmp_path_factory.mktemp("rerun") / "run"
    simulate(load_scenario("encounters", SETTINGS), folder, force=False, engine="libsumo")
    score(folder)
    return folder


def again(folder: Path) -> Again:
    return run_again(folder, recorded_scenario(folder))


def edited(folder: Path, table: str, edit: Any, to: Path) -> Path:
    """The run with another table."""
    copy = shutil.copytree(folder, to / "edited")
    rows = edit(pq.read_table(parquet_path(copy, table)).to_pylist())
    plain = pa.Table.from_pylist(rows, pa.schema([(f.name, f.type) for f in TABLES[table]]))
    pq.write_table(plain.cast(TABLES[table]), parquet_path(copy, table), write_page_checksum=True)
    return copy


def test_everything_is_as_it_was(made: Path) -> None:
    found = again(made)
    assert not found.diverged
    sent = pq.read_table(parquet_path(made, "tx"))
    assert found.frames.same == len(sent)
    assert {"BSM", "SPAT", "MAP", "RSM"} <= set(sent["type"].to_pylist())
    assert set(sent["channel"].to_pylist()) >= {"pc5", "uu_uplink"}
    noted = pq.read_table(parquet_path(made, "events")).to_pylist()
    assert found.events.same == sum(row["station"] != "traffic" for row in noted) > 0
    assert {row["kind"] for row in noted} >= {"alert.start", "alert.end", "server.awareness"}
    assert found.subjects == ("e0000.subject", "e0001.subject") and len(found.units) == 2 and found.as_recorded == ()


def test_another_byte_is_found_and_named(made: Path, tmp_path: Path) -> None:
    profile = get_profile("csae")

    def faster(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        row = next(row for row in rows if row["type"] == "BSM" and row["t_ns"] > 5e9)
        name, value = profile.codec.decode(row["bytes"])
        row["bytes"] = profile.codec.encode(name, {**value, "speed": (value["speed"] + 7) % 8000})
        return rows

    found = again(edited(made, "tx", faster, tmp_path))
    assert (found.frames.different, found.frames.missing, found.frames.added) == (1, 0, 0)
    (first,) = found.frames.first
    assert first.what == "BSM pc5" and first.detail.startswith("speed: ") and "," not in first.detail
    assert found.frames.by == {first.station: 1}


def test_a_frame_that_is_not_said_any_more_is_missing(made: Path, tmp_path: Path) -> None:
    def more(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        spat = next(row for row in rows if row["type"] == "SPAT")
        return [*rows, {**spat, "tx_id": len(rows), "t_ns": spat["t_ns"] + 1}]

    found = again(edited(made, "tx", more, tmp_path))
    assert (found.frames.different, found.frames.missing, found.frames.added) == (0, 1, 0)
    assert found.frames.first[0].now is None


def test_an_application_that_is_silent_now_diverges(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RedLight, "on_step", lambda *_: Output())
    found = again(made)
    assert found.events.missing == 4 and found.events.different == found.events.added == 0
    assert found.events.by == {"e0000.subject": 2, "e0001.subject": 2}
    assert {each.what for each in found.events.first} == {"alert.start", "alert.end"}
    told = {(row["station"], row["kind"]) for row in found.told.to_pylist()}
    assert ("e0000.subject", "subject.start") in told and ("e0000.subject", "alert.start") not in told
    assert ("traffic", "encounter.start") in told


def test_the_verb_says_that_all_is_as_it_was(made: Path) -> None:
    done = CliRunner().invoke(command, [str(made), "--json"], standalone_mode=False)
    assert done.return_value == 0, done.output
    told = json.loads(done.stdout)
    assert not told["diverged"] and told["changed"] == {} and told["out"] is None
    assert told["verdict"] == told["recorded_verdict"] == Scorecard.read(made).verdict
    assert told["scorecard"] == Scorecard.read(made).flat()


def test_what_diverges_is_exit_code_1_and_can_be_kept(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RedLight, "on_step", lambda *_: Output())
    out = tmp_path / "kept"
    done = CliRunner().invoke(command, [str(made), "--out", str(out)], standalone_mode=False)
    assert done.return_value == 1, done.output
    assert "it says nothing now" in done.output and "rlvw.misses" in done.output
    misses = [Scorecard.read(folder).flat()["rlvw.misses"] for folder in (made, out)]
    assert misses == [0.0, 2.0]
    assert parquet_path(out, "tx").read_bytes() == parquet_path(made, "tx").read_bytes()
    assert read_manifest(out)["rerun_of"] == str(made) and read_manifest(out)["digest"] == read_manifest(made)["digest"]


def test_other_applications_and_other_bounds_on_the_same_bytes(made: Path) -> None:
    settings = ["stations.subjects.0.applications=[slw]", "pass_if=[{metric: message.count, at_most: 10, unit: run}]"]
    arguments = [str(made), "--json", *(word for setting in settings for word in ("--set", setting))]
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert done.return_value == 1, done.output
    told = json.loads(done.stdout)
    assert told["verdict"] == "FAIL" and told["events"]["missing"] == 4
    assert told["changed"]["rlvw.misses"] == {"recorded": 0.0, "now": 2.0}


def test_a_run_does_not_replace_itself(made: Path) -> None:
    with pytest.raises(RunFolderError, match="is the run itself"):
        command.main([str(made), "--out", str(made.parent / "." / made.name), "--force"], standalone_mode=False)
    assert not again(made).diverged


def test_another_run_is_replaced_only_if_told_to_and_comes_back_if_that_fails(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = shutil.copytree(made, tmp_path / "other")
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file() and path.name != "log.jsonl"}
    with pytest.raises(RunFolderError, match="not empty"):
        command.main([str(made), "--out", str(out)], standalone_mode=False)
    monkeypatch.setattr("v2x.record.branch.scenario_text", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        command.main([str(made), "--out", str(out), "--force"], standalone_mode=False)
    assert {name: (out / name).read_bytes() for name in before} == before


@pytest.mark.parametrize("path", ["links.pc5.delay_ms=3", "traffic.sites=4", "seed=2", "remote.operator=stanley"])
def test_what_is_played_cannot_be_set(made: Path, path: str) -> None:
    with pytest.raises(InputError, match="played as it was recorded"):
        command.main([str(made), "--set", path], standalone_mode=False)


def test_a_run_that_was_broken_off_is_compared_as_far_as_it_is_known(tmp_path: Path) -> None:
    def enough(t_ns: int, _users: int) -> None:
        if t_ns >= 2_300_000_000:
            raise KeyboardInterrupt

    loaded = load_scenario("encounters", SETTINGS)
    with pytest.raises(KeyboardInterrupt), RunWriter(tmp_path / "run", {}, scenario=loaded.resolved) as writer:
        Simulation(loaded.scenario, field_of(loaded.scenario), writer).run(enough)
    assert read_manifest(tmp_path / "run")["recorded_s"] == 2.0
    found = again(tmp_path / "run")
    assert not found.diverged and found.frames.same > 100


def test_guests_are_no_stations_of_ours(tmp_path: Path) -> None:
    scenario = Scenario.model_validate(SCENARIO)
    with RunWriter(tmp_path / "run", {}, scenario=scenario.model_dump(mode="json")) as writer:
        Simulation(scenario, None, writer, outside=Visitor()).run()
        writer.finish("complete")
    found = again(tmp_path / "run")
    assert not found.diverged and found.as_recorded == ("guest.obu",) and found.frames.same == 30


def test_an_older_run_without_plans_is_refused(made: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(made, tmp_path / "copy")
    parquet_path(copy, "signal_plans").unlink()
    with pytest.raises(RunFolderError, match="without the plans of its signals"):
        again(copy)


_WITHOUT_SUMO = (
    FORBID_SUMO
    + """
from v2x.cli.main import main
sys.argv = ["v2x", "replay", *sys.argv[1:]]
main()
"""
)


@pytest.mark.validate
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", scenario_names())
def test_every_shipped_scenario_is_reproduced_without_sumo(name: str, tmp_path: Path) -> None:
    loaded = load_scenario(name, [f"variants={json.dumps([])}"])
    simulate(loaded, tmp_path / "run", force=False, engine="libsumo")
    score(tmp_path / "run")
    arguments = [sys.executable, "-c", _WITHOUT_SUMO, str(tmp_path / "run"), "--json"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert not told["diverged"] and told["changed"] == {} and told["frames"]["same"] > 0
