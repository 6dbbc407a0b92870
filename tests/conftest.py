"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of reference data that belongs to others and is not committed; tests that need it skip without it."""
    folder = Path(os.environ.get("V2X_SHARED", ROOT.parent / "shared"))
    if not (folder / "design.md").exists():
        pytest.skip("reference data absent: set V2X_SHARED to its folder")
    return folder
