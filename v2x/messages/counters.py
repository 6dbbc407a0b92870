"""Counters and identities that a sender puts into its messages.

Identity and count of a vehicle are pure functions of who it is and when it speaks, like every other draw of a run, so a
vehicle that enters or leaves changes nobody else's messages. A MAP's revision is state: it follows the content.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from v2x.rng import Stream

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

#: msgCnt and revisions run from 0 to 127.
MODULUS = 128
_ID, _OFFSET, _PHASE = 0, 1, 2


class Identities:
    """Temporary identities of a fleet, and message counts that change with them.

    Parameters
    ----------
    stream
        Where identities come from.
    period_ns
        Life of an identity (SAE J2945/1: five minutes). Vehicles change at different times.
    bits
        Width of an identity on the air.

    Notes
    -----
    An identity that changed while the count went on would be no disguise: the count jumps at the same moment.
    """

    def __init__(self, stream: Stream, period_ns: int, bits: int) -> None:
        self._stream, self._period_ns, self._shift = stream, period_ns, np.uint64(64 - bits)

    def at(self, keys: U64, t_ns: I64, sent: I64) -> tuple[U64, I64]:
        """Identity and msgCnt of each message.

        Parameters
        ----------
        keys
            Station of each message, (n,).
        t_ns
            When it is sent, (n,).
        sent
            How many messages of this type the station has sent before it, (n,).
        """
        phase = (self._stream.uniform(keys, _PHASE) * self._period_ns).astype(np.int64)
        epoch = (t_ns + phase) // self._period_ns
        offset = (self._stream.bits(keys, epoch, _OFFSET) % np.uint64(MODULUS)).astype(np.int64)
        return self._stream.bits(keys, epoch, _ID) >> self._shift, (offset + sent) % MODULUS


class Revision:
    """Revision of a description (MAP): the next number whenever its content differs from the one before."""

    def __init__(self, first: int = 0) -> None:
        self._number, self._content = first % MODULUS, b""

    def of(self, content: bytes) -> int:
        """Revision of this content, e.g. the encoded geometry without its time stamp."""
        if self._content and content != self._content:
            self._number = (self._number + 1) % MODULUS
        self._content = content
        return self._number
