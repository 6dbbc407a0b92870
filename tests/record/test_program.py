"""The version that rows carry: it changes with what decides results, and with nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from v2x import __version__
from v2x.record import program
from v2x.record.program import program_version


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    program_version.cache_clear()
    yield
    program_version.cache_clear()


def test_it_is_the_number_and_twelve_digits() -> None:
    number, _, digits = program_version().partition("+")
    assert number == __version__ and len(digits) == 12 and int(digits, 16) >= 0


def test_all_that_decides_a_result_is_looked_at() -> None:
    names = [name for name, _ in program._sources()]
    assert len(names) == len(set(names))
    wanted = {"v2x/engine.py", "v2x_roadside/__init__.py", "v2x_analysis/scorecard.py", "fields/dongli/field.json"}
    assert wanted <= set(names) and any(name.startswith("asn1/") for name in names)
    assert not any("__pycache__" in name for name in names)


def test_it_changes_with_a_module_and_with_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "module.py"
    monkeypatch.setattr(program, "_sources", lambda: [("v2x/module.py", module)])
    monkeypatch.setattr(program, "package_versions", lambda: {"numpy": "2.4.6"})
    found = []
    for text, numpy in (("x = 1", "2.4.6"), ("x = 1", "2.4.6"), ("x = 2", "2.4.6"), ("x = 2", "2.4.7")):
        module.write_text(text)
        monkeypatch.setattr(program, "package_versions", lambda numpy=numpy: {"numpy": numpy})
        program_version.cache_clear()
        found.append(program_version())
    assert found[0] == found[1] and len(set(found)) == 3
