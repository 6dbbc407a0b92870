"""The temporary identities that vehicles go by on the air, and where their message counts begin with each."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from v2x.rng import OnceAStation, Stream, key_of

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]


class TemporaryIds:
    """Who is called what, a pure function of seed, station key and time. Each changes at times of its own.

    Parameters
    ----------
    lasting_ns
        How long an identity lasts.
    bits
        Its width on the air.
    seed
        Seed of the run.
    settled
        Names of vehicles that keep theirs: members of a platoon know each other by them.
    """

    def __init__(self, lasting_ns: int, bits: int, seed: int, settled: Iterable[str] = ()) -> None:
        self._draws, self._lasting_ns, self._shift = Stream(seed, "obu.identity"), lasting_ns, np.uint64(64 - bits)
        self._settled = np.array(sorted(map(key_of, settled)), np.uint64)
        self._phase_ns = OnceAStation(self._phase)
        self._last: tuple[tuple[bytes, bytes], tuple[U64, I64]] | None = None  # they seldom change
        self._stays = OnceAStation(lambda keys: np.isin(keys, self._settled))

    def _phase(self, keys: U64) -> I64:
        return (self._draws.uniform(keys) * self._lasting_ns).astype(np.int64)

    def of(self, keys: U64, t_ns: I64) -> tuple[U64, I64]:
        """Temporary identities at ``t_ns`` (n,), and the message counts, 0 to 127, that they began with.

        They are handed out again: nobody may change them.
        """
        epoch = (t_ns + self._phase_ns.of(keys)) // self._lasting_ns
        if len(self._settled):
            epoch[self._stays.of(keys)] = 0
        asked = keys.tobytes(), epoch.tobytes()
        if self._last is None or self._last[0] != asked:
            self._last = asked, self._drawn(keys, epoch)
        return self._last[1]

    def _drawn(self, keys: U64, epoch: I64) -> tuple[U64, I64]:
        count = (self._draws.bits(keys, epoch, 1) & np.uint64(127)).astype(np.int64)
        return self._draws.bits(keys, epoch, 0) >> self._shift, count
