"""``README.zh.md`` says what ``README.md`` says: the same code, headings, links and names, in the same order."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from doc_commands import blocks
from doc_pages import ROOT, links, tokens

ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh.md"


def code(page: Path) -> list[tuple[str, str, str | None, int]]:
    """What is typed or executed: blocks without what stands behind a ``#``, and how a test takes them."""
    return [
        (block.language, re.sub(r"[ \t]+# .*$", "", block.text, flags=re.MULTILINE), block.skip, block.code)
        for block in blocks(page)
    ]


def test_code_is_the_same() -> None:
    assert code(CHINESE) == code(ENGLISH)


def test_links_are_the_same() -> None:
    assert Counter(links(CHINESE)) - Counter(["README.md"]) == Counter(links(ENGLISH)) - Counter(["README.zh.md"])
    assert "README.md" in links(CHINESE)
    assert "README.zh.md" in links(ENGLISH)


def test_outline_is_the_same() -> None:
    """Headings, paragraphs, rows and blocks follow each other alike."""
    outline = [[(token.type, token.tag) for token in tokens(page)] for page in (CHINESE, ENGLISH)]
    assert outline[0] == outline[1]


def test_names_in_the_text_are_the_same() -> None:
    """What stands in backticks: verbs, options, scenarios, files."""

    def names(page: Path) -> Counter[str]:
        return Counter(
            token.content for block in tokens(page) for token in block.children or () if token.type == "code_inline"
        )

    assert names(CHINESE) == names(ENGLISH)


def test_text_is_chinese() -> None:
    for token in tokens(CHINESE):
        if token.type == "inline" and len(token.content) > 60:
            assert re.search(r"[\u4e00-\u9fff]", token.content), token.content
