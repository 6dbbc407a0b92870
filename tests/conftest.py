"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Files whose few tests take minutes: first, so that no processor waits for them at the end.
LONG = ("test_package.py", "test_end_to_end.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; all else in its order."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of reference data that belongs to others and is not committed; tests that need it skip without it."""
    folder = Path(os.environ.get("V2X_SHARED", ROOT.parent / "shared"))
    if not (folder / "design.md").exists():
        pytest.skip("reference data absent: set V2X_SHARED to its folder")
    return folder
