"""The report about remote driving: plots, words and the table of requirements; and the stages of the loop."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from remote_tables import MS, Drive, S, run
from test_report import Page

from v2x_analysis import Run, score
from v2x_analysis.remote.stages import stages
from v2x_analysis.report import write_report


@pytest.fixture(scope="module")
def driven_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A way in a bend, out of the lane at 12 s, pictures late from 15 s on, a manoeuvre at 20 s."""
    drive = Drive(30.0)
    t_s = drive.steps["t_ns"] / S
    drive.steps["y_m"], drive.steps["offset_m"] = 20.0 * np.sin(t_s / 10.0), 0.1 * np.sin(t_s)
    drive.steps["lane_m"][1200:1250] = 0.2
    drive.steps["frame_age_ms"][1500:] += 200.0
    drive.stop(at_s=20.0, noticed_s=20.5)
    return run(tmp_path_factory.mktemp("remote") / "run", drive, remote={"profile": "stvfernlv_2025"})


@pytest.fixture(scope="module")
def text(driven_run: Run) -> str:
    score(driven_run)
    return write_report(driven_run).read_text(encoding="utf-8")


def test_every_plot_is_drawn_once(text: str) -> None:
    page = Page(text)
    for name in ("path", "waterfall", "course", "stops", "lost"):
        assert text.count(f'id="remote-{name}-figure_1"') == 1
    identities = [value for _, name, value in page.attributes if name == "id"]
    assert len(identities) == len(set(identities))
    assert not re.search(r"#0102[0-9a-f]{2}", text)


def test_the_verdict_and_what_broke_first_stand_in_it(text: str) -> None:
    words = " ".join(" ".join(Page(text).words).split())
    for expected in (
        "German remote driving ordinance",
        "in force since 2025-12-01",
        "Broke first: D2, Time out of the lane, at 12.00 s",
        "lost at 12.00 s",
        "D4.pet Least post-encroachment time (hard)",
        "D4.drac Hardest deceleration needed (hard)",
        "D6.way Way to standstill over v t + v²/2a (hard)",
        "299 without a failure would do",
        "watchdog at 20.5 s, 16.7 m",
    ):
        assert expected in words


def test_a_vehicle_that_barely_drove_has_a_report(tmp_path: Path) -> None:
    drive = Drive(0.05)
    drive.pictures = {name: column[:0] for name, column in drive.pictures.items()}
    run(tmp_path / "run", drive)
    words = " ".join(Page(write_report(tmp_path / "run").read_text(encoding="utf-8")).words)
    assert words.count("left out of the verdict") == 4  # rows about manoeuvres


def test_no_remote_driving_no_section(reports: dict[str, Path]) -> None:
    assert "Remote driving" not in reports["en"].read_text(encoding="utf-8")


def test_stages_add_up_to_the_loop(tmp_path: Path) -> None:
    drive = Drive(20.0)
    drive.pictures["decoded_ns"] += 5 * MS
    found = run(tmp_path / "run", drive, remote={"vehicle": {"steer_lag_s": 0.2}})
    took = {stage.name: stage.middle_ms for stage in found.derived(stages)}
    expected = {"encode": 10.0, "network": 30.0, "playout": 0.0, "decode": 25.0, "display": 35.0, "actuator": 200.0}
    assert {name: took[name] for name in expected} == pytest.approx(expected)
    assert (took["command_network"], took["control_step"]) == (15.0, 5.0)
    loop_ms = score(found).metrics["remote.loop_ms.p50"].number
    assert sum(took.values()) - took["actuator"] == pytest.approx(loop_ms, abs=1.0)
    assert score(found).metrics["remote.stage_ms.decode.p95"].number == 25.0
