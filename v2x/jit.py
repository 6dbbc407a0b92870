"""Compiled loops: numba, with the settings that keep results the same everywhere.

For the radio and for strings of vehicles, where each of millions of receptions or vehicle steps a second takes a dozen
operations and columns of temporaries would cost several times as much (docs/validation/radio.md has figures). No fast
maths: its sums depend on the processor. Machine code is kept, so that only the first run of a version waits for the
compiler: that of a file in a folder of its own for each state of the file and of what it imports, since numba does not
notice that a function or a constant of another file changed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from functools import cache
from math import log, sqrt
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numba.np.ufunc.dufunc import DUFunc

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = Path(__file__).parent
_IMPORT = re.compile(r"^\s*from (v2x[.\w]*) import \(?([\w, ]*)", re.MULTILINE)
#: Whether the user has chosen a folder for machine code.
_CHOSEN = bool(os.environ.get("NUMBA_CACHE_DIR"))

#: What an elementwise formula takes and gives: floats or arrays that broadcast.
Ufunc = Callable[..., Any]


@cache
def _sources(path: Path) -> frozenset[Path]:
    """A file, the modules of ours that it imports, and theirs as far as they have compiled loops, too."""
    found = {path}
    for module, names in _IMPORT.findall(path.read_text("utf-8")):
        place = _PACKAGE.parent.joinpath(*module.split("."))
        parts = [place.joinpath(name.strip()) for name in names.split(",")] if place.is_dir() else [place]
        for other in (part.with_suffix(".py") for part in parts):
            if other.exists() and other not in found:
                found |= _sources(other) if "v2x.jit" in other.read_text("utf-8") else {other}
    return frozenset(found)


@cache
def _code_folder(path: Path) -> Path:
    """Where the machine code of a file is kept, for the state that it and what it imports are in."""
    digest = hashlib.blake2b(Path(__file__).read_bytes(), digest_size=8)
    for source in sorted(_sources(path)):
        digest.update(source.read_bytes())
    home = _PACKAGE / "__pycache__"
    if not os.access(home if home.exists() else _PACKAGE, os.W_OK):
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "v2x-testfield"
    name = f"compiled-{hashlib.blake2b(bytes(path), digest_size=4).hexdigest()}"
    folder = home / f"{name}-{digest.hexdigest()}"
    if not folder.exists():
        for old in home.glob(f"{name}-*"):
            shutil.rmtree(old, ignore_errors=True)
    return folder


def _file_code_of(function: Callable[..., Any]) -> None:
    """Have numba keep a function's machine code in the folder of its file; it looks when the function is wrapped."""
    if not _CHOSEN:
        folder = _code_folder(Path(function.__code__.co_filename))
        setattr(numba.config, "CACHE_DIR", str(folder))  # noqa: B010  (its types do not know of it)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code, compiled at its first call for each set of argument types."""
    _file_code_of(function)
    return cast(Callable[P, R], numba.njit(cache=True, error_model="numpy")(function))


class _Elementwise(DUFunc):
    """A ufunc of float64 alone that is made when it is first used.

    Numba keeps the machine code of the formula but not of the loop around it. That loop takes some 60 ms, and a run
    uses few of the formulas that it could.
    """

    def _compile_for_args(self, *args: object, **kws: object) -> None:  # noqa: ARG002  (numba's name and arguments)
        self._make()

    def find_ewise_function(self, ewise_types: tuple[Any, ...]) -> Any:
        """Numba's way to ask for it from a compiled loop."""
        self._make()
        return super().find_ewise_function(ewise_types)

    def _make(self) -> None:
        if not self.types:
            self.add(numba.float64(*[numba.float64] * self.nin))
            self.disable_compile()


def elementwise(function: Callable[..., float]) -> Ufunc:
    """A formula of float64 scalars as a numpy ufunc, which compiled loops can call as well."""
    _file_code_of(function)
    return cast(Ufunc, _Elementwise(function, cache=True))


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@compiled
def hashed(word: np.uint64, key: np.uint64) -> np.uint64:
    """One more key word into a hash: what `v2x.rng.Stream.bits` does for each of its keys."""
    word = (word ^ key) + _GOLDEN
    word = (word ^ (word >> np.uint64(30))) * _MIX1
    word = (word ^ (word >> np.uint64(27))) * _MIX2
    return word ^ (word >> np.uint64(31))


@compiled
def unit(word: np.uint64) -> float:
    """Random bits as a number in (0, 1), as `v2x.rng.Stream.uniform` has it."""
    return (np.float64(word >> np.uint64(12)) + 0.5) * 2.0**-52


@compiled
def normal(word: np.uint64) -> float:
    """Random bits as a standard normal number.

    Inverse distribution function of `unit`, algorithm AS 241 PPND7 (Wichura 1988, Applied Statistics 37(3)):
    relative error below 2e-7.
    """
    share = unit(word)
    middle = share - 0.5
    if abs(middle) <= 0.425:
        r = 0.180625 - middle * middle
        above = ((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179
        below = ((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0
        return middle * above / below
    r = sqrt(-log(min(share, 1.0 - share)))
    if r <= 5.0:
        r -= 1.6
        above = ((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777
        below = (0.12021132975 * r + 0.73700164250) * r + 1.0
    else:
        r -= 5.0
        above = ((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150
        below = (0.012258202635 * r + 0.24197894225) * r + 1.0
    return above / below if middle > 0.0 else -above / below
