"""``make docs``: the site is built without a warning, and loads nothing from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from doc_pages import DOCS, ROOT

#: What a browser fetches by itself.
_FETCHED = re.compile(r"<(?:script|img|iframe|source|link)\b[^>]*?\b(?:src|href)=\"(?P<at>[^\"]+)\"")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as `make docs` does it, in a folder of its own."""
    made = tmp_path_factory.mktemp("site")
    recipe = re.search(
        r"^docs: setup\n\t\$\(BIN\)/sphinx-build (.+) docs build/docs$", (ROOT / "Makefile").read_text(), re.M
    )
    assert recipe is not None
    call = [
        sys.executable,
        "-m",
        "sphinx",
        *recipe[1].split(),
        "-d",
        str(made / "doctrees"),
        str(DOCS),
        str(made / "html"),
    ]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made / "html"


@pytest.mark.validate
def test_every_page_is_there(site: Path) -> None:
    for page in DOCS.rglob("*.md"):
        assert (site / page.relative_to(DOCS).with_suffix(".html")).is_file()
    captions = re.findall(r'class="caption-text">([^<]+)<', (site / "index.html").read_text(encoding="utf-8"))
    assert captions == re.findall(r"^## (.+)$", (DOCS / "index.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.validate
def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert pages
    for page in pages:
        found = [match["at"] for match in _FETCHED.finditer(page.read_text(encoding="utf-8"))]
        assert found
        assert not [at for at in found if re.match(r"(https?:)?//", at)], page
    for style in site.rglob("*.css"):
        assert not re.search(
            r"url\(\s*['\"]?(https?:)?//|@import\s+['\"](https?:)?//", style.read_text(encoding="utf-8")
        )
