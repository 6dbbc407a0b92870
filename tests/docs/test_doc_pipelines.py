"""The pipelines for other people's repositories: their commands pass whole frames, and stop at a broken one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from doc_commands import blocks
from doc_pages import DOCS, ROOT
from ruamel.yaml import YAML
from small_scenario import SMALL

CI = ROOT / "examples" / "ci"


def read(name: str) -> dict:
    return YAML(typ="safe").load((CI / name).read_text(encoding="utf-8"))


GITHUB = [step["run"] for step in read("github.yml")["jobs"]["v2x"]["steps"] if "run" in step]
GITLAB = [*read("gitlab.yml")["v2x"]["before_script"], *read("gitlab.yml")["v2x"]["script"]]


def test_both_services_do_the_same() -> None:
    assert GITHUB == GITLAB
    assert GITHUB[0].startswith("pip install ")
    assert len(GITHUB) == 4


def test_what_is_kept_is_what_is_written() -> None:
    kept = read("github.yml")["jobs"]["v2x"]["steps"][-1]["with"]["path"].split()
    artifacts = read("gitlab.yml")["v2x"]["artifacts"]
    assert sorted(kept) == sorted([*artifacts["paths"], *artifacts["reports"]["junit"]])
    assert all(any(Path(file).parent.as_posix() in call or file in call for call in GITHUB) for file in kept)


def pipeline(repository: Path, frames: str) -> list[int]:
    """Exit codes of the commands after the installation, up to the first that fails, as a service runs them."""
    (repository / "captures").mkdir()
    (repository / "captures" / "obu.hex").write_text(frames, encoding="utf-8")
    (repository / "my-test").mkdir()
    (repository / "my-test" / "my-test.yaml").write_text(SMALL, encoding="utf-8")
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    codes = []
    for call in GITHUB[1:]:
        codes.append(subprocess.run(["bash", "-ec", call], cwd=repository, env=env, check=False).returncode)
        if codes[-1]:
            break
    return codes


@pytest.fixture(scope="module")
def frames() -> str:
    """The two of the page."""
    return next(block.text for block in blocks(DOCS / "continuous-integration.md") if block.file)


@pytest.mark.validate
def test_whole_frames_pass(tmp_path: Path, frames: str) -> None:
    assert pipeline(tmp_path, frames) == [0, 0, 0]
    assert json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))["verdict"] in ("PASS", "INCONCLUSIVE")
    assert (tmp_path / "runs" / "my-test" / "report.html").stat().st_size > 0
    assert ET.parse(tmp_path / "frames.xml").getroot().get("tests") == "2"
    assert ET.parse(tmp_path / "run.xml").getroot().get("failures") == "0"


@pytest.mark.validate
def test_a_broken_frame_stops_it(tmp_path: Path, frames: str) -> None:
    assert pipeline(tmp_path, frames.replace("00142a", "00142b", 1)) == [1]
    assert ET.parse(tmp_path / "frames.xml").getroot().get("failures") == "1"
