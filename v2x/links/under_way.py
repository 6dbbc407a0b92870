"""Frames that a link may still have to decide: what a reception needs to know of its transmission."""

from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_S
from v2x.links.base import I64, Transmissions

#: A link that keeps frames waiting decides each one within its delay budget, 1 s at most.
PATIENCE_NS = 2 * NS_PER_S


class UnderWay:
    """Transmissions by number.

    Parameters
    ----------
    patience_ns
        A frame older than this is forgotten when others are sent.
    """

    def __init__(self, patience_ns: int = PATIENCE_NS) -> None:
        self._patience_ns = patience_ns
        none, nowhere = np.zeros(0, np.int64), np.zeros(0)
        self._sent = Transmissions(none, none, none.astype(np.uint64), nowhere, nowhere, none, none.astype(object))
        self._data: list[bytes] = []

    def add(self, sent: Transmissions, data: list[bytes]) -> None:
        """Keep frames and their bytes, and forget old ones; numbers ascend over all calls, with gaps."""
        if len(sent):
            recent = self._sent.t_ns >= sent.t_ns[0] - self._patience_ns
            first = int(np.append(recent, True).argmax())
            self._sent = self._sent.take(slice(first, None)).and_then(sent)
            self._data = self._data[first:] + data

    def of(self, tx_id: I64) -> Transmissions:
        """The frames of these numbers, in the given order.

        Raises
        ------
        KeyError
            If one is not known, or no longer: an error of the link, not of the user.
        """
        rows = np.searchsorted(self._sent.tx_id, tx_id)
        unknown = rows == np.searchsorted(self._sent.tx_id, tx_id, side="right")
        if unknown.any():
            raise KeyError(f"the link decided transmission {tx_id[unknown][0]}, which is not under way")
        return self._sent.take(rows)

    def data(self, tx_id: I64) -> list[bytes]:
        """The bare MessageFrames of known frames, in the given order."""
        return [self._data[row] for row in np.searchsorted(self._sent.tx_id, tx_id).tolist()]
