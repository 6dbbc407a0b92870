"""A run that is compared with others of the same seed: all are in one folder, and all are checked first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_scenario import SMALL

from v2x.cli.main import cli
from v2x.errors import ScenarioError
from v2x.scenario.loader import load_scenario, variants_of
from v2x_analysis import Run

EMPTY_ROAD = '{name: alone, settings: ["traffic.vehicles=1"]}'


def scenario(folder: Path, *settings: str) -> Path:
    file = folder / "compared.yaml"
    file.write_text(SMALL + f"variants: [{{name: lossy, settings: {json.dumps(settings)}}}, {EMPTY_ROAD}]\n")
    return file


def test_all_runs_are_in_one_folder(tmp_path: Path) -> None:
    file = scenario(tmp_path, "links.pc5.loss=1", "links.pc5.delay_ms=50")
    arguments = ["run", str(file), "--out", str(tmp_path / "run"), "--seed", "5", "--no-report"]
    for again in ([], ["--force"]):
        done = CliRunner().invoke(cli, [*arguments, *again], catch_exceptions=False)
        assert done.exception is None, done.output
    run = Run(tmp_path / "run")
    assert [each.name for each in run.variants] == ["lossy", "alone"]
    lossy, alone = run.variants.values()
    assert run.baseline is lossy
    for each in (lossy, alone):
        assert each.manifest["status"] == "complete" and each.seed == 5 and not each.variants
        assert (each.folder / "scorecard.json").exists()
    assert [each.link_bins["cause"].notna().mean() for each in (run, lossy)] == [0.0, 1.0]
    assert alone.states["id"].nunique() == 1


def test_settings_on_top_apply_to_all(tmp_path: Path) -> None:
    loaded = load_scenario(scenario(tmp_path, "duration_s=3"), ["traffic.vehicles=7"], seed=9)
    other = variants_of(loaded)["lossy"]
    assert (other.scenario.seed, other.scenario.duration_s, other.scenario.traffic.vehicles) == (9, 3.0, 7)  # type: ignore[union-attr]
    assert variants_of(other) == {}


@pytest.mark.parametrize("setting", ["links.pc5.los=1", "duration_s=-1", "stations.subjects.4.uu=false"])
def test_wrong_settings_are_found_before_anything_runs(tmp_path: Path, setting: str) -> None:
    file = scenario(tmp_path, setting)
    with pytest.raises(ScenarioError, match=r"\(in variant 'lossy'\)$"):
        variants_of(load_scenario(file))
    assert CliRunner().invoke(cli, ["validate", str(file)]).exit_code == 2
    done = CliRunner().invoke(cli, ["run", str(file), "--out", str(tmp_path / "run")])
    assert isinstance(done.exception, ScenarioError) and not (tmp_path / "run").exists()


def test_a_setting_needs_a_value(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"variants\.0\.settings\.0"):
        load_scenario(scenario(tmp_path, "links.pc5"))


def test_a_name_is_given_once(tmp_path: Path) -> None:
    file = tmp_path / "compared.yaml"
    file.write_text(SMALL + f"variants: [{EMPTY_ROAD}, {EMPTY_ROAD}]\n")
    with pytest.raises(ScenarioError, match=r"variants\.1\.name: alone is taken by variants\.0"):
        load_scenario(file)
