"""validate, show, list, schema, doctor: what they print, where, and their exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from ruamel.yaml import YAML

from v2x.cli import doctor
from v2x.cli.main import cli
from v2x.scenario.loader import load_scenario

SCENARIOS = Path(__file__).parents[1] / "scenario"
GOOD = str(SCENARIOS / "parts" / "good.yaml")
BAD = str(SCENARIOS / "broken" / "bad-table.yaml")


def v2x(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


class TestValidate:
    def test_good(self) -> None:
        result = v2x("validate", GOOD, "recorded-crossroads")
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr.splitlines() == [f"{GOOD}: ok", "recorded-crossroads: ok"]

    def test_one_bad_among_good(self) -> None:
        result = v2x("validate", BAD, GOOD)
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 3

    def test_json(self) -> None:
        result = v2x("validate", BAD, GOOD, "--json")
        assert (result.exit_code, result.stderr) == (2, "")
        answer = json.loads(result.stdout)
        assert answer["valid"] is False
        assert answer["faults"][1] == {
            "file": BAD,
            "line": 8,
            "column": 9,
            "path": "links.pc5.pdr.2.1",
            "reason": "required but missing",
        }
        assert json.loads(v2x("validate", GOOD, "--json").stdout) == {"valid": True, "faults": []}

    def test_no_such_scenario(self) -> None:
        result = v2x("validate", "recorded-crossroad")
        assert result.exit_code == 2
        assert "did you mean 'recorded-crossroads'?" in result.stderr

    def test_overrides(self) -> None:
        result = v2x("validate", GOOD, "--set", "seed=-1")
        assert result.stderr == "--set: seed: must be greater than or equal to 0, got -1\n"


class TestShow:
    def test_json_is_the_resolved_scenario(self) -> None:
        result = v2x("show", GOOD, "--json", "--set", "seed=5")
        assert result.exit_code == 0
        assert json.loads(result.stdout) == load_scenario(GOOD, ["seed=5"]).resolved

    def test_yaml_loads_again(self, tmp_path: Path) -> None:
        shown = v2x("show", "recorded-crossroads").stdout
        (tmp_path / "again.yaml").write_text(shown, encoding="utf-8")
        assert load_scenario(tmp_path / "again.yaml").scenario == load_scenario("recorded-crossroads").scenario
        assert list(YAML(typ="safe").load(shown))[:2] == ["schema_version", "name"]


class TestList:
    def test_json(self) -> None:
        answer = json.loads(v2x("list", "--json").stdout)
        names = [row["name"] for row in answer["scenarios"]]
        assert "xiqing-open" in names
        assert {"dongli", "wangwenzhuang", "xiqing"} <= {row["name"] for row in answer["fields"]}
        assert "awareness" in answer["plugins"]["applications"]
        assert not [row for row in answer["scenarios"] if "error" in row]

    def test_text(self) -> None:
        result = v2x("list")
        assert result.exit_code == 0
        assert "recorded-crossroads" in result.stdout


def test_schema() -> None:
    assert json.loads(v2x("schema").stdout)["properties"]["duration_s"]["x-unit"] == "s"
    assert v2x("schema").stdout == v2x("schema", "--json").stdout


class TestDoctor:
    def test_healthy(self) -> None:
        result = v2x("doctor", "--json")
        answer = json.loads(result.stdout)
        broken = [check for check in answer["checks"] if check["required"] and not check["ok"]]
        assert broken == []
        assert (answer["healthy"], result.exit_code) == (True, 0)

    def test_something_required_is_broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing() -> str:
            raise ImportError("no module named libsumo")

        monkeypatch.setattr(doctor, "REQUIRED", {"libsumo": missing})
        monkeypatch.setattr(doctor, "OPTIONAL", {})
        result = v2x("doctor")
        assert (result.exit_code, result.stdout) == (3, "BROKEN libsumo     ImportError: no module named libsumo\n")

    def test_something_optional_is_absent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(doctor, "REQUIRED", {})
        monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
        result = v2x("doctor", "--json")
        checks: list[dict[str, Any]] = json.loads(result.stdout)["checks"]
        assert result.exit_code == 0
        assert [check["ok"] for check in checks if check["check"] == "browser"] == [False]

    def test_wrong_package_version(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(doctor.metadata, "requires", lambda name: ["click>=999", "not-a-package-of-ours"])
        monkeypatch.setattr(doctor, "REQUIRED", {"packages": doctor.REQUIRED["packages"]})
        result = v2x("doctor")
        assert result.exit_code == 3
        assert "needed >=999; not-a-package-of-ours is not installed" in result.stdout
