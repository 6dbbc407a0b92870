"""The report in a real browser: what axe-core says of it, and its playback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from browser_kit import Browser, find_browser
from test_report_language import English

from v2x_analysis.report import write_report


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    return find_browser(tmp_path_factory.mktemp("browser"))


@pytest.mark.parametrize(
    ("lang", "dark"),
    [
        ("en", False),
        ("zh", True),
        pytest.param("en", True, marks=pytest.mark.validate),
        pytest.param("zh", False, marks=pytest.mark.validate),
    ],
)
def test_nothing_keeps_anybody_out(browser: Browser, reports: dict[str, Path], lang: str, dark: bool) -> None:
    assert browser.violations(reports[lang], dark=dark) == []


@pytest.mark.validate
@pytest.mark.parametrize("scenario", ["xiqing-open", "dongli-citizen", "xiqing-platoon", "xiqing-remote", "encounters"])
def test_shipped_scenarios_keep_nobody_out(browser: Browser, tmp_path: Path, scenario: str) -> None:
    brief = ("--duration", "20", "--no-report", "--set", "variants=[]")
    command = [sys.executable, "-m", "v2x", "run", scenario, "--out", str(tmp_path / "run"), *brief]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    for lang, dark in (("en", False), ("zh", True)):
        page = write_report(tmp_path / "run", tmp_path / f"{lang}.html", lang=lang)
        assert browser.violations(page, dark=dark) == []
    assert English(page.read_text(encoding="utf-8")).found == []


def test_axe_finds_what_is_wrong(browser: Browser, tmp_path: Path) -> None:
    """So that nothing found means something: a picture without words, in a page without a language."""
    page = tmp_path / "page.html"
    page.write_text("<html><head><title>a</title></head><body><svg role='img'></svg></body></html>", encoding="utf-8")
    found = {rule["id"]: rule["impact"] for rule in browser.violations(page, dark=False)}
    assert found["svg-img-alt"] == found["html-has-lang"] == "serious"


#: Notes what the playback shows, then presses its button.
_PRESS = """<p id="before"></p><script>{
  const byId = (id) => document.getElementById(id);
  byId("before").textContent = `${byId("playback-now").textContent}, ${byId("playback-count").textContent}`;
  byId("playback-toggle").click();
}</script></body>"""


def test_the_map_stands_at_any_time_and_plays_to_its_end(
    browser: Browser, reports: dict[str, Path], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_text(reports["zh"].read_text(encoding="utf-8").replace("</body>", _PRESS), encoding="utf-8")
    words = browser.text(f"file://{page}#t=19.2")
    assert words["before"] == "19.2 / 19.5 s, 16"
    assert words["playback-now"] == "19.5 / 19.5 s"
    assert words["playback-toggle"] == "播放"
