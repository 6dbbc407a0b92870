"""Who stands within reach of whom: the one geometric question that every broadcast model asks first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from v2x.links.base import F64, Receivers, Transmissions


def neighbours(
    frames: Transmissions, receivers: Receivers, range_m: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], F64]:
    """Pairs of a transmission and a receiver at most ``range_m`` apart, the sender itself left out.

    Returns
    -------
    tx, receiver
        Row in ``frames`` and row in ``receivers`` of each pair, ascending ``(tx, receiver)``.
    distance_m
        Between them.
    """
    if not len(frames) or not len(receivers):
        return np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0)
    senders = KDTree(np.column_stack([frames.x_m, frames.y_m]))
    others = KDTree(np.column_stack([receivers.x_m, receivers.y_m]))
    # The C++ search answers in the trees' order; one integer per pair is the cheapest thing to sort.
    found = senders.sparse_distance_matrix(others, range_m, output_type="ndarray")
    pair = found["i"] * len(receivers) + found["j"]
    order = np.argsort(pair)
    tx, receiver = np.divmod(pair[order], len(receivers))
    distance_m = found["v"][order]
    apart = frames.sender[tx] != receivers.key[receiver]
    return tx[apart], receiver[apart], distance_m[apart]
