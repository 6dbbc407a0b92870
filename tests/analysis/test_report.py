"""The report: one file, no network, the same bytes each time, nothing of the user's text taken for markup."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import fake_run
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from v2x.errors import RunFolderError
from v2x.record import RunWriter
from v2x_analysis.report import write_report
from v2x_analysis.report.fieldmap import draw
from v2x_analysis.report.rendering import asset
from v2x_analysis.report.wording import value_text
from v2x_analysis.run import Run

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """Checks the nesting and keeps attributes, ids and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def report(reports: dict[str, Path]) -> str:
    return reports["en"].read_text(encoding="utf-8")


def test_nothing_is_fetched(report: str) -> None:
    page = Page(report)
    links = [value or "" for _, name, value in page.attributes if name in ("src", "href", "xlink:href", "srcset")]
    assert all(link.startswith("#") for link in links)
    assert all(target.startswith("#") for target in re.findall(r"url\(['\"]?([^)'\"]*)", report))
    assert "@import" not in report
    assert "default-src 'none'" in report  # and a browser would not fetch it either


def test_every_drawing_is_labelled_and_ids_are_unique(report: str) -> None:
    page = Page(report)
    drawings = re.findall(r"<svg[^>]*>", report)
    assert all(re.search('role="img" aria-label="[^"]|aria-hidden="true"', drawing) for drawing in drawings)
    assert report.count('class="plot"') == 14
    identities = [value for _, name, value in page.attributes if name == "id"]
    assert len(identities) == len(set(identities))


def test_verdict_and_names_stand_in_it(report: str) -> None:
    words = " ".join(" ".join(Page(report).words).split())
    for expected in (
        "INCONCLUSIVE",
        "Fake crossroads 虚拟路口",
        "link.pdr_0_100m",
        "2 link blocks",
        "ab" * 32,
        "TS 22.186 5.2-004",
    ):
        assert expected in words


def test_text_of_the_scenario_is_text(report: str) -> None:
    assert "&lt;b&gt;TS &amp; co&lt;/b&gt;" in report
    assert "<b>TS" not in report


def test_plots_take_their_colours_from_the_page(report: str) -> None:
    assert "var(--s1)" in report
    assert not re.search(r"#0102[0-9a-f]{2}", report)
    assert "prefers-color-scheme: dark" in report
    assert "<style type" not in report  # a plot's style would hold for the page


def test_colours_can_be_told_from_their_background() -> None:
    """WCAG 2.1: text 4.5 to 1, what is drawn 3 to 1; axe-core does not look into drawings."""
    sheets = re.findall(r":root \{(.*?)\}", asset("page.css"), re.DOTALL)
    assert len(sheets) == 3  # light, dark, paper
    for sheet in sheets:
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", sheet))
        for name in ("ink", "muted", "link"):
            assert contrast(colours[name], colours["card"]) >= 4.5, name
        for name in ("good", *(f"s{k}" for k in range(1, 8))):
            assert contrast(colours[name], colours["card"]) >= 3.0, name
        for name in ("pass", "fail", "open"):
            assert contrast(colours[name], colours[f"{name}-soft"]) >= 4.5, name


def contrast(one: str, other: str) -> float:
    """Ratio of two colours' luminances (WCAG 2.1, relative luminance and contrast ratio)."""
    low, high = sorted(np.array([0.2126, 0.7152, 0.0722]) @ _linear(to_rgb(colour)) for colour in (one, other))
    return float((high + 0.05) / (low + 0.05))


def _linear(rgb: tuple[float, float, float]) -> np.ndarray:
    share = np.asarray(rgb)
    return np.where(share <= 0.03928, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def test_same_run_same_bytes(tmp_path: Path, run_folder: Path, report: str) -> None:
    copy = shutil.copytree(run_folder, tmp_path / "other")
    out = write_report(copy, tmp_path / "elsewhere.html")
    assert out.read_text(encoding="utf-8") == report
    assert not (copy / "report.html").exists()


def test_an_interrupted_run_says_so(tmp_path: Path, encode: fake_run.Encode) -> None:
    writer = fake_run.write(tmp_path / "run", encode, fake_run.Plan(seconds=2, vehicles=4), finish=False)
    writer.finish("interrupted", error="RunError: SUMO <died>")
    text = write_report(tmp_path / "run").read_text(encoding="utf-8")
    assert "This run is interrupted." in text
    assert "SUMO &lt;died&gt;" in text


def test_an_empty_run_has_a_report(tmp_path: Path) -> None:
    with RunWriter(tmp_path, {"seed": 1, "start_utc": fake_run.START_UTC}) as writer:
        writer.finish("complete")
    text = write_report(tmp_path).read_text(encoding="utf-8")
    assert 'class="plot"' not in text
    Page(text)


def test_no_run_no_report(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError):
        write_report(tmp_path)


def test_map_shows_traffic_subjects_sites_and_notices(tmp_path: Path, encode: fake_run.Encode) -> None:
    folder = tmp_path / "run"
    plan = fake_run.Plan(seconds=3, vehicles=8, subjects=2)
    fake_run.write(folder, encode, plan, scenario=fake_run.SITES)
    drawn = draw(Run(folder))
    assert drawn is not None
    assert drawn.kinds == ("rsu", "notice")
    assert drawn.svg.count('class="subject-end"') == 2
    assert not drawn.schematic
    # both sites were given in other systems; they are where the fake run has them, within a pixel
    places = re.findall(r'translate\(([\d.]+) ([\d.]+)\)"><title>(\w+)', drawn.svg)
    by_name = {name: (float(x), float(y)) for x, y, name in places}
    assert by_name["RSU_local"] == pytest.approx(by_name["RSU_wgs84"], abs=1.0)
    assert by_name["RSU_local"] == pytest.approx(by_name["RSU_gcj02"], abs=1.0)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "ms", "–"),
        (0.95123, "ratio", "95.12 %"),
        (0.99999, "ratio", "99.999 %"),
        (0.999987, "ratio", "99.9987 %"),
        (0.99, "ratio", "99 %"),
        (0.990004, "ratio", "99 %"),
        (1.0, "ratio", "100 %"),
        (0.0, "ratio", "0 %"),
        (12345.0, "1", "12,345"),
        (99.0, "ms", "99 ms"),
        (123.456, "ms", "123.5 ms"),
        (0.00012, "m", "0.00012 m"),
        (0.5, "1", "0.5"),
    ],
)
def test_numbers_in_words(value: float | None, unit: str, text: str) -> None:
    assert value_text(value, unit) == text
