"""The report in a real browser: what axe-core says of it, and its playback."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser_kit import Browser, find_browser


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


def test_axe_finds_what_is_wrong(browser: Browser, tmp_path: Path) -> None:
    """So that nothing found means something: a picture without words, in a page without a language."""
    page = tmp_path / "page.html"
    page.write_text("<html><head><title>a</title></head><body><svg role='img'></svg></body></html>", encoding="utf-8")
    found = {rule["id"]: rule["impact"] for rule in browser.violations(page, dark=False)}
    assert found["svg-img-alt"] == found["html-has-lang"] == "serious"


def test_the_map_stands_at_any_time(browser: Browser, reports: dict[str, Path]) -> None:
    words = browser.text(f"file://{reports['en']}#t=3.2")
    assert words["playback-now"] == "3.2 / 19.5 s"
    assert words["playback-count"] == "16"


def test_the_map_plays_to_its_end(browser: Browser, reports: dict[str, Path], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    press = "<script>document.getElementById('playback-toggle').click()</script></body>"
    page.write_text(reports["zh"].read_text(encoding="utf-8").replace("</body>", press), encoding="utf-8")
    words = browser.text(f"file://{page}#t=19")
    assert words["playback-now"] == "19.5 / 19.5 s"
    assert words["playback-toggle"] == "播放"
