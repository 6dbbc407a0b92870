"""What the pages tell their reader to do is done, page by page, in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from doc_commands import blocks, execute
from doc_pages import PAGES, ROOT, name

#: All that have something to execute; the Chinese README has the commands of the other (test_doc_chinese.py).
EXECUTED = [
    page
    for page in PAGES
    if page.name != "README.zh.md"
    and any(block.language in ("console", "python") and block.skip is None for block in blocks(page))
]
#: Pages that take a few seconds.
QUICK = [ROOT / "docs" / "continuous-integration.md"]


@pytest.mark.parametrize("page", QUICK, ids=name)
def test_quick_pages_do_what_they_say(page: Path, tmp_path: Path) -> None:
    execute(page, tmp_path)


@pytest.mark.validate
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("page", [page for page in EXECUTED if page not in QUICK], ids=name)
def test_pages_do_what_they_say(page: Path, tmp_path: Path) -> None:
    execute(page, tmp_path)
