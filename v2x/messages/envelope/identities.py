"""Who signs in a run: a root, and a certificate for each station and application, from the run's seed."""

from __future__ import annotations

from functools import cache

import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec

from v2x.clock import NS_PER_S
from v2x.messages.envelope.signing import VALID_HOURS, Identity, issue, key_from, make_root
from v2x.messages.envelope.timescale import time32
from v2x.rng import Stream

#: Certificates begin to be valid so long before the run: a station's clock may be behind.
_MARGIN_NS = VALID_HOURS * 3600 * NS_PER_S // 2


class Identities:
    """The signers of a run, made when first asked for.

    Parameters
    ----------
    seed
        Seed of the run.
    start_utc_ns
        Its start.
    """

    def __init__(self, seed: int, start_utc_ns: int) -> None:
        self._stream = Stream(seed, "security.keys")
        self._start = time32(start_utc_ns - _MARGIN_NS)
        self.root = make_root(self._key(0, 0), self._start)
        self.of = cache(self._of)

    def _of(self, station: int, application: int) -> Identity:
        """The certificate of a station (its key of `v2x.rng.key_of`) for an application, and its private key."""
        return issue(self.root, self._key(station, application + 1), application, self._start)

    def _key(self, station: int, purpose: int) -> ec.EllipticCurvePrivateKey:
        words = self._stream.bits(np.uint64(station), np.uint64(purpose), np.arange(5))
        return key_from(int.from_bytes(words.astype(">u8").tobytes()))
