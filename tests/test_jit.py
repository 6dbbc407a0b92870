"""Formulas as ufuncs: of floats alone, and within compiled loops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import v2x
from v2x import jit
from v2x.jit import compiled, elementwise


@elementwise
def half(value: float) -> float:
    return value / 2.0


@compiled
def quarter(value: float) -> float:
    return float(half(half(value)))


def test_a_formula_takes_whole_numbers_as_floats() -> None:
    assert half(np.array([3, 4])).tolist() == [1.5, 2.0]
    assert half(7) == 3.5


def test_compiled_loops_can_call_a_formula() -> None:
    assert quarter(2.0) == 0.5
    assert quarter(3) == 0.75


def test_code_depends_on_what_a_file_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By modules that have compiled loops themselves, on what these import as well."""
    package = Path(v2x.__file__).parent
    sources = jit._sources(package / "control" / "platoon_string.py")
    of_guard = package / "control" / "guard.py", package / "scenario" / "model_platoon.py", package / "rng.py"
    assert {*of_guard, package / "jit.py"} <= sources
    assert package / "links" / "here.py" not in sources
    for name in ("one", "other"):
        (tmp_path / f"{name}.py").write_text(f"#: {name}\n")
    folders = {jit._code_folder(tmp_path / f"{name}.py") for name in ("one", "other")}
    jit._code_folder.cache_clear()
    jit._sources.cache_clear()
    (tmp_path / "one.py").write_text("#: changed\n")
    assert len(folders) == 2 and jit._code_folder(tmp_path / "one.py") not in folders
    assert jit._code_folder(tmp_path / "other.py") in folders
