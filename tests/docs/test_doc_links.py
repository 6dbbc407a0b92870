"""Every relative link of every page leads to a file, and to a heading in it; the index knows every page."""

from __future__ import annotations

import runpy
from pathlib import Path
from urllib.parse import unquote

import pytest
from doc_pages import DOCS, PAGES, anchors, links, name


def broken(page: Path) -> list[str]:
    """Links of a page that lead nowhere."""
    found = []
    for link in links(page):
        path, _, heading = unquote(link).partition("#")
        if ":" in path:  # http, mailto: whether they answer is no matter of this repository
            continue
        target = page.parent / path if path else page
        if not target.exists() or (heading and (target.suffix != ".md" or heading not in anchors(target))):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Here\n\n[a](#here) [b](#there) [c](nowhere.md) ![d](none.png) [e](https://example.org/x)\n\n"
        "```console\n$ echo '[f](nowhere-either.md)'\n```\n",
        encoding="utf-8",
    )
    assert broken(page) == ["#there", "nowhere.md", "none.png"]


def test_index_lists_every_page() -> None:
    listed = runpy.run_path(str(DOCS / "conf.py"))["contents"]((DOCS / "index.md").read_text(encoding="utf-8"))
    pages = [line for line in listed.splitlines() if (DOCS / f"{line}.md").is_file()]
    assert len(pages) == len(set(pages))
    assert {*pages, "index"} == {str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.rglob("*.md")}
