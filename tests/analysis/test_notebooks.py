"""The notebooks of ``examples/`` run to their end, and what they show is what stands in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))


def shown(book: Any) -> list[str]:
    """Text that the cells gave, without pictures."""
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
    return [text for text in texts if text and "<Figure" not in text]


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_notebooks_have_their_outputs_and_no_paths(file: Path) -> None:
    book = nbformat.read(file, 4)
    nbformat.validate(book)
    assert shown(book) and all(cell.execution_count for cell in book.cells if cell.cell_type == "code")
    text = file.read_text(encoding="utf-8")
    assert not [place for place in ("/home/", "/root/", "/tmp/", str(EXAMPLES.parent)) if place in text]
    assert file.stat().st_size < 300_000


@pytest.mark.validate
@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_notebooks_run_to_the_same_words(file: Path) -> None:
    book = nbformat.read(file, 4)
    before = shown(book)
    NotebookClient(book, timeout=900, resources={"metadata": {"path": str(EXAMPLES)}}).execute()
    assert shown(book) == before
