"""The fingerprint of a run: equal for the same scenario and seed, whatever the engine, the workers, the repetition."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


class Digest:
    """BLAKE2b over the UPER bytes with their times and senders, and over the states rounded to 1 mm, 1 mm/s, 0.01 deg.

    Rounding keeps the last bits of floating point, which differ between processors, out of it as far as can be.
    """

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def states(self, ids: Iterable[str], *columns: tuple[NDArray[np.float64], float]) -> None:
        """Add one step's states: names, then (values, resolution) for each column."""
        self._hash.update("\n".join(ids).encode())
        for values, resolution in columns:
            self._hash.update(np.rint(values / resolution).astype(np.int64).tobytes())

    def frames(self, t_ns: NDArray[np.int64], stations: Iterable[str], data: Iterable[bytes]) -> None:
        """Add transmissions in their order."""
        self._hash.update(t_ns.tobytes())
        self._hash.update("\n".join(stations).encode())
        self._hash.update(b"".join(data))

    def hexdigest(self) -> str:
        """The fingerprint so far, 32 hexadecimal digits."""
        return self._hash.hexdigest()
