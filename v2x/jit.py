"""Compiled loops: numba, with the settings that keep results the same everywhere.

For the radio and for strings of vehicles, where each of millions of receptions or vehicle steps a second takes a dozen
operations and columns of temporaries would cost several times as much (docs/validation/radio.md has figures). No fast
maths: its sums depend on the processor. Machine code is kept, so that only the first run of a version waits for the
compiler: in a folder of its own for each state of the sources, since numba does not notice that a function changed
which another file has inlined.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np

P = ParamSpec("P")
R = TypeVar("R")

#: What an elementwise formula takes and gives: floats or arrays that broadcast.
Ufunc = Callable[..., Any]


def _code_folder() -> Path:
    """Where machine code of these sources is kept; code of other states of them is thrown away."""
    package = Path(__file__).parent
    digest = hashlib.blake2b(Path(__file__).read_bytes(), digest_size=8)
    for part in ("links", "control"):
        for path in sorted((package / part).rglob("*.py")):
            digest.update(path.read_bytes())
    home = package / "__pycache__"
    if not os.access(home if home.exists() else package, os.W_OK):
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "v2x-testfield"
    folder = home / f"compiled-{digest.hexdigest()}"
    if not folder.exists():
        for old in home.glob("compiled-*"):
            shutil.rmtree(old, ignore_errors=True)
    return folder


if not os.environ.get("NUMBA_CACHE_DIR"):
    setattr(numba.config, "CACHE_DIR", str(_code_folder()))  # noqa: B010  (its types do not know of it)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code, compiled at its first call for each set of argument types."""
    return cast(Callable[P, R], numba.njit(cache=True, error_model="numpy")(function))


def elementwise(function: Callable[..., float]) -> Ufunc:
    """A formula of float64 scalars as a numpy ufunc, which compiled loops can call as well."""
    arguments = ", ".join(["float64"] * function.__code__.co_argcount)
    vectorize = cast(Callable[..., Any], numba.vectorize)
    return cast(Ufunc, vectorize([f"float64({arguments})"], cache=True)(function))


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
