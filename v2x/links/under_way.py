"""Frames that a link may still have to decide: what a reception needs to know of its transmission."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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

    Attributes
    ----------
    sent, data
        The frames, by ascending number, and their bare MessageFrames.
    """

    def __init__(self, patience_ns: int = PATIENCE_NS) -> None:
        self._patience_ns = patience_ns
        none, nowhere = np.zeros(0, np.int64), np.zeros(0)
        self.sent = Transmissions(none, none, none.astype(np.uint64), nowhere, nowhere, none, none.astype(object))
        self.data: list[bytes] = []

    def add(self, sent: Transmissions, data: list[bytes]) -> None:
        """Keep frames and their bytes, and forget old ones; numbers ascend over all calls, with gaps."""
        if not len(sent):
            return
        recent = self.sent.t_ns >= sent.t_ns[0] - self._patience_ns
        if recent.any():
            first = int(recent.argmax())
            self.sent = self.sent.take(slice(first, None)).and_then(sent)
            self.data = self.data[first:] + data
        else:
            self.sent, self.data = sent, data

    def rows(self, tx_id: I64) -> NDArray[np.intp]:
        """Where the frames of these numbers are in `sent` and `data`.

        Raises
        ------
        KeyError
            If one is not known, or no longer: an error of the link, not of the user.
        """
        known = self.sent.tx_id
        rows = np.searchsorted(known, tx_id)
        wrong = known.take(rows, mode="clip") != tx_id if len(known) else np.ones(len(tx_id), bool)
        if np.count_nonzero(wrong):
            raise KeyError(f"the link decided transmission {tx_id[wrong][0]}, which is not under way")
        return rows
