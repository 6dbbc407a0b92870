"""The pages of the documentation, and what tests read from them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
#: Everything in Markdown that users read.
PAGES = [ROOT / "CHANGELOG.md", *sorted(ROOT.glob("README*.md")), *sorted(DOCS.rglob("*.md"))]

_MARKDOWN = MarkdownIt("commonmark").enable("table").use(anchors_plugin, max_level=4)


@cache
def tokens(page: Path) -> list[Token]:
    """All blocks of a page, in order."""
    return _MARKDOWN.parse(page.read_text(encoding="utf-8"))


def links(page: Path) -> Iterator[str]:
    """Where its links and pictures lead, as written."""
    for block in tokens(page):
        for token in block.children or ():
            for attribute in ("href", "src"):
                if attribute in token.attrs:
                    yield str(token.attrs[attribute])


def anchors(page: Path) -> set[str]:
    """Names of its headings in links, as code hosts make them."""
    return {str(token.attrs["id"]) for token in tokens(page) if token.type == "heading_open" and "id" in token.attrs}


def name(page: Path) -> str:
    """A page as tests show it."""
    return str(page.relative_to(ROOT))
