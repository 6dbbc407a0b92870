"""The shipped fields, each loaded once."""

from __future__ import annotations

import pytest

from v2x.field.load import load_field
from v2x.field.model import Field

NAMES = ("dongli", "wangwenzhuang", "xiqing")


@pytest.fixture(scope="session", params=NAMES)
def shipped(request: pytest.FixtureRequest) -> Field:
    return load_field(str(request.param))
