"""What the axes of a study do, by hand, and the page that tells it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from browser_kit import find_browser
from click.testing import CliRunner
from comparison_kit import sweep_folder
from test_report_language import English

from v2x.cli.main import cli
from v2x.errors import RunFolderError
from v2x.scenario.study_points import Point
from v2x_analysis import Study
from v2x_analysis.comparison.contrasts import Contrast, contrasts
from v2x_analysis.report import write_study

STUDY = """
schema_version: 1
title: delay and loss
base: ./small.yaml
grid: {links.pc5.delay_ms: [20, 50, 100], links.pc5.loss: [0, 0.1]}
random: {points: 4, seed: 1, axes: {links.pc5.range_m: {low: 100, high: 400}}}
seeds: 3
baselines: {ideal: {links.pc5.kind: ideal}}
"""


def figures(point: Point) -> dict[str, tuple[float | None, str]] | None:
    """An age that delay and seed make, and nothing else; one run fails."""
    delay, loss = (point.axes[f"links.pc5.{name}"] or 0.0 for name in ("delay_ms", "loss"))
    if (delay, loss, point.seed) == (50, 0.1, 3):
        return None
    return {"link.aoi_ms.p95": (100.0 + delay * (1.0 + 0.01 * point.seed), "ms"), "link.pdr": (1.0 - loss, "ratio")}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study(sweep_folder(tmp_path_factory.mktemp("study") / "sweep", figures, STUDY))


def named(found: list[Contrast]) -> dict[tuple[str, str, str], Contrast]:
    return {(each.about.rpartition(".")[2], each.a, each.b): each for each in found}


def test_each_axis_is_held_against_itself_and_all_runs_against_the_baseline(study: Study) -> None:
    found = contrasts(study)
    assert [(each.about, each.a, each.b) for each in found] == [
        ("links.pc5.delay_ms", "20", "100"),
        ("links.pc5.loss", "0", "0.1"),
        ("links.pc5.range_m", found[2].a, found[2].b),
        ("links.pc5.delay_ms, links.pc5.loss, links.pc5.range_m", "ideal", "all"),
    ]
    assert found[2].a.startswith("≤ ") and found[2].b == found[2].a.replace("≤", ">")


def test_differences_are_of_like_runs_and_averaged_by_seed(study: Study) -> None:
    """80 ms of delay are 80.8, 81.6 and 82.4 ms of age in the three seeds: mean 81.6, deviation 0.8."""
    delay, loss, drawn, ideal = contrasts(study)
    row = delay.figures.loc["link.aoi_ms.p95"]
    assert (row["pairs"], row["n"], bool(row["worse"])) == (24, 3, True)  # 2 losses, 4 random points, 3 seeds
    assert [row["difference"], row["effect"]] == pytest.approx([81.6, 102.0])
    assert loss.figures.loc["link.pdr", "difference"] == pytest.approx(-0.1)
    # the run that failed has none: its like at the other loss is left out with it
    assert loss.figures.loc["link.aoi_ms.p95", "difference"] == pytest.approx(0.0)
    assert drawn.figures.loc["link.pdr", "difference"] == pytest.approx(0.0)
    assert ideal.pairs.a["link.aoi_ms.p95"].tolist() == [100.0] * 3


def test_axes_that_change_together_are_one(tmp_path: Path) -> None:
    together = "list: [{traffic.vehicles: 1, duration_s: 2}, {traffic.vehicles: 3, duration_s: 3}]\nseeds: 2\n"
    folder = sweep_folder(
        tmp_path / "sweep",
        lambda point: {"link.pdr": (1.0 / point.axes["traffic.vehicles"], "ratio")},
        f"schema_version: 1\nbase: ./small.yaml\n{together}",
    )
    (found,) = contrasts(Study(folder))
    assert (found.about, found.a, found.b) == ("traffic.vehicles, duration_s", "1, 2", "3, 3")
    assert found.figures.loc["link.pdr", "difference"] == pytest.approx(1.0 / 3.0 - 1.0)


def test_the_page_tells_all_of_it(study: Study, tmp_path: Path) -> None:
    page = write_study(study, tmp_path / "en.html").read_text(encoding="utf-8")
    for words in ("delay and loss", "75 runs", "3 seeds", "71 PASS", "4 failed", "4 runs failed", "no luck"):
        assert words in page, words
    assert "+81.6 ms" in page and "-10 pp" in page
    assert page.count("<svg") >= 4
    assert write_study(study, tmp_path / "again.html").read_text(encoding="utf-8") == page


def test_it_is_read_in_chinese_and_by_everybody(study: Study, tmp_path: Path) -> None:
    browser = find_browser(tmp_path)
    page = write_study(study, tmp_path / "zh.html", lang="zh")
    assert English(page.read_text(encoding="utf-8")).found == []
    assert browser.violations(page, dark=False) == []


def test_a_study_of_seeds_alone_and_one_that_has_just_begun(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0.5, 0.1, 4)
    folder = sweep_folder(
        tmp_path / "sweep",
        lambda point: {"link.pdr": (noise[point.seed - 1], "ratio")},
        "schema_version: 1\nbase: ./small.yaml\nseeds: 4\n",
    )
    page = write_study(folder).read_text(encoding="utf-8")
    assert "4 PASS" in page and 'id="curves"' not in page and 'id="effects"' not in page
    for row in sorted(folder.glob("results/*/*"))[1:]:
        row.unlink()
    page = write_study(folder).read_text(encoding="utf-8")
    assert "3 of 4 runs have not been made" in page and "One seed" in page
    next(folder.glob("results/*/*")).unlink()
    with pytest.raises(RunFolderError, match="no run of this sweep has been made"):
        write_study(folder)


def test_the_verb_draws_it(study: Study, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["report", str(study.folder), "--out", str(tmp_path / "page.html")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
