"""The example of a package that adds to the test field, installed beside it: its parts work as all others do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "extend"


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which the package is installed."""
    site = tmp_path_factory.mktemp("extend") / "site"
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index")
    subprocess.run([sys.executable, "-m", "pip", "install", *options, "--target", str(site), str(EXAMPLE)], check=True)
    return {**os.environ, "PYTHONPATH": str(site)}


def v2x(*arguments: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "v2x", *map(str, arguments)]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)


def test_message_application_link_and_metric_work_together(beside: dict[str, str], tmp_path: Path) -> None:
    done = v2x("run", EXAMPLE / "fog.yaml", "--out", tmp_path / "run", "--no-report", "--json", env=beside)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["verdict"] == "PASS"
    card = told["scorecard"]
    assert card["fog.alerts"] == 6 and 0 < card["fog.first_s"] < 2
    assert card["message.count.fog"] == 30 and card["message.constraint_violations"] == 0
    # cars begin on both sides of the wall: it takes what would have to cross it, and nothing else
    assert 0 < card["link.loss.propagation"] == pytest.approx(1 - card["link.pdr"])
    again = v2x("replay", tmp_path / "run", "--json", env=beside)
    assert again.returncode == 0 and not json.loads(again.stdout)["diverged"]


@pytest.mark.validate
def test_the_control_law_drives_a_platoon(beside: dict[str, str], tmp_path: Path) -> None:
    arguments = (EXAMPLE / "calm.yaml", "--duration", "8", "--out", tmp_path / "run", "--no-report", "--json")
    done = v2x("run", *arguments, env=beside)
    assert done.returncode == 0, done.stderr
    card = json.loads(done.stdout)["scorecard"]
    assert card["platoon.collisions"] == 0 and "platoon.theory.worst_gain" not in card


def test_a_control_law_has_gains_of_its_own(beside: dict[str, str], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text((EXAMPLE / "calm.yaml").read_text().replace("k_gap", "k_gpa"))
    done = v2x("validate", EXAMPLE / "calm.yaml", wrong, env=beside)
    assert done.returncode == 2 and "calm.yaml: ok" in done.stdout + done.stderr
    assert "law 'calm' has no such gain, did you mean 'k_gap'?" in done.stderr + done.stdout


def test_settings_of_a_link_are_told_with_their_line(beside: dict[str, str], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text((EXAMPLE / "fog.yaml").read_text().replace("{x_m: 10}", "{y_m: 10}"))
    done = v2x("validate", wrong, env=beside)
    assert done.returncode == 2 and f"{wrong}:13:" in done.stderr + done.stdout
    assert "links.pc5.settings.y_m: a wall has x_m and range_m" in done.stderr + done.stdout


def test_without_the_package_its_names_are_unknown() -> None:
    done = v2x("validate", EXAMPLE / "fog.yaml")
    told = done.stderr + done.stdout
    assert done.returncode == 2
    assert "unknown value 'j2735-fog'" in told and "unknown application 'fog'" in told
    assert "links.pc5.model: unknown value 'wall', no package adds one" in told
