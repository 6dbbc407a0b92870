"""Who stands within reach of whom: the one geometric question that every broadcast model asks first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from v2x.links.base import F64, Receivers, Transmissions

#: Up to so many pairs it is faster to look at all of them than to build trees.
_FEW = 50_000
_AT_ONCE = 8192


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
    if len(frames) * len(receivers) <= _FEW:
        east, north = np.subtract.outer(frames.x_m, receivers.x_m), np.subtract.outer(frames.y_m, receivers.y_m)
        apart_m = np.sqrt(east * east + north * north)
        tx, receiver = np.nonzero(apart_m <= range_m)
        distance_m = apart_m[tx, receiver]
    else:
        senders = KDTree(np.column_stack([frames.x_m, frames.y_m]))
        others = KDTree(np.column_stack([receivers.x_m, receivers.y_m]))
        # The C++ search answers in the trees' order; one integer per pair is the cheapest thing to sort.
        found = senders.sparse_distance_matrix(others, range_m, output_type="ndarray")
        pair = found["i"] * len(receivers) + found["j"]
        order = np.argsort(pair)
        tx, receiver = np.divmod(pair[order], len(receivers))
        distance_m = found["v"][order]
    strange = frames.sender[tx] != receivers.key[receiver]
    return tx[strange], receiver[strange], distance_m[strange]


def pairs_among(stations: Receivers, range_m: float) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], F64]]:
    """Unordered pairs of stations at most ``range_m`` apart, some thousand at a time so that they stay in the cache.

    Yields
    ------
    tuple
        Rows of both stations, and the distance between them in metres.
    """
    if not len(stations):
        return
    found = KDTree(np.column_stack([stations.x_m, stations.y_m])).query_pairs(range_m, output_type="ndarray")
    for start in range(0, len(found), _AT_ONCE):
        one, other = found[start : start + _AT_ONCE].T
        east, north = stations.x_m[one] - stations.x_m[other], stations.y_m[one] - stations.y_m[other]
        yield one, other, np.sqrt(east * east + north * north)  # np.hypot takes five times as long
