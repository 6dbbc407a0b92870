"""Who stands within reach of whom: the one geometric question that every broadcast model asks first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from v2x.jit import compiled
from v2x.links.base import F64, U64, Stations, Transmissions
from v2x.links.watched import EVERYBODY, EVERYWHERE, Watched

#: Up to so many pairs it is faster to look at all of them than to build trees.
_FEW = 200_000
#: Bits of `Watched` for who speaks to all and listens to all.
_ALL = np.array([EVERYWHERE | EVERYBODY])
#: Twice the way at which a list of pairs is made anew: a car in town takes about ten steps of 0.1 s for it, and about a
#: quarter more pairs are looked at with a range of 300 m.
_MARGIN_M = 30.0


def neighbours(
    frames: Transmissions, receivers: Stations, range_m: float, watched: Watched | None = None
) -> tuple[NDArray[np.intp], NDArray[np.intp], F64]:
    """Pairs of a transmission and a receiver at most ``range_m`` apart, the sender itself left out.

    Parameters
    ----------
    frames, receivers, range_m
        Who and how far.
    watched
        Which pairs, None for all.

    Returns
    -------
    tx, receiver
        Row in ``frames`` and row in ``receivers`` of each pair, ascending ``(tx, receiver)``.
    distance_m
        Between them.
    """
    if len(frames) * len(receivers) <= _FEW:
        speaks = _ALL.repeat(len(frames)) if watched is None else watched.spoken(frames.sender)
        listens = _ALL.repeat(len(receivers)) if watched is None else watched.listens
        senders = frames.sender, frames.x_m, frames.y_m, speaks
        return _looked_at(*senders, receivers.key, receivers.x_m, receivers.y_m, listens, range_m)
    if watched is None:
        tx, receiver, distance_m = _within(frames, receivers, range_m)
    else:
        speaks = watched.spoken(frames.sender)
        everywhere, parts = (speaks & EVERYWHERE).astype(bool), []
        for rows, columns in (
            (np.flatnonzero(everywhere), np.arange(len(receivers))),
            (np.flatnonzero(~everywhere), np.flatnonzero(watched.listens & np.bitwise_or.reduce(speaks[~everywhere]))),
        ):
            row, column, apart_m = _within(frames.take(rows), receivers.take(columns), range_m)
            parts.append((rows[row], columns[column], apart_m))
        tx, receiver, distance_m = (np.concatenate(part) for part in zip(*parts, strict=True))
        order = np.argsort(tx * len(receivers) + receiver, kind="stable")  # stable: it merges what is in order
        tx, receiver, distance_m = tx[order], receiver[order], distance_m[order]
        wanted = (speaks[tx] & watched.listens[receiver]).astype(bool)
        tx, receiver, distance_m = tx[wanted], receiver[wanted], distance_m[wanted]
    strange = frames.sender[tx] != receivers.key[receiver]
    return tx[strange], receiver[strange], distance_m[strange]


@compiled
def _looked_at(
    sender: U64,
    x_m: F64,
    y_m: F64,
    speaks: U64,
    key: U64,
    to_x_m: F64,
    to_y_m: F64,
    listens: U64,
    range_m: float,
) -> tuple[NDArray[np.intp], NDArray[np.intp], F64]:
    """`neighbours` by looking at all pairs; senders speak and receivers listen with bits of `Watched`."""
    near = np.empty((len(x_m), len(key)), np.bool_)
    apart_m = np.empty((len(x_m), len(key)))
    for i in range(len(x_m)):
        for k in range(len(key)):
            east, north = x_m[i] - to_x_m[k], y_m[i] - to_y_m[k]
            apart_m[i, k] = np.sqrt(east * east + north * north)
            heard = (speaks[i] & listens[k] != 0) & (sender[i] != key[k])
            near[i, k] = (apart_m[i, k] <= range_m) & heard
    found = near.sum()
    tx, receiver, distance_m = np.empty(found, np.intp), np.empty(found, np.intp), np.empty(found)
    row = 0
    for i in range(len(x_m)):
        for k in range(len(key)):
            if near[i, k]:
                tx[row], receiver[row], distance_m[row] = i, k, apart_m[i, k]
                row += 1
    return tx, receiver, distance_m


def _within(
    frames: Transmissions, receivers: Stations, range_m: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], F64]:
    """`neighbours`, where a sender may be its own receiver."""
    if len(frames) * len(receivers) <= _FEW:
        own, key = np.zeros(len(frames), np.uint64), np.ones(len(receivers), np.uint64)
        speaks, listens = _ALL.repeat(len(frames)), _ALL.repeat(len(receivers))
        one, other = (own, frames.x_m, frames.y_m, speaks), (key, receivers.x_m, receivers.y_m, listens)
        return _looked_at(*one, *other, range_m)
    senders = KDTree(np.column_stack([frames.x_m, frames.y_m]))
    others = KDTree(np.column_stack([receivers.x_m, receivers.y_m]))
    # The C++ search answers in the trees' order; one integer per pair is the cheapest thing to sort.
    found = senders.sparse_distance_matrix(others, range_m, output_type="ndarray")
    pair = found["i"] * len(receivers) + found["j"]
    order = np.argsort(pair)
    tx, receiver = np.divmod(pair[order], len(receivers))
    return tx, receiver, found["v"][order]


class Neighbourhood:
    """Unordered pairs of stations at most ``range_m`` apart, kept up from one instant to the next.

    The search looks farther than the range by a margin (Verlet's list). While the stations are the same and none has
    moved more than half the margin since, no other pair can have come into range, and only distances are computed.
    """

    def __init__(self, range_m: float) -> None:
        self._range_m = range_m
        #: Where each station was when its pairs were looked for.
        self._anchors = Stations(np.zeros(0, np.uint64), np.zeros(0), np.zeros(0), np.zeros(0))
        self._pairs = np.zeros(0, np.intp), np.zeros(0, np.intp)

    def among(self, stations: Stations) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows of both stations of all pairs within the range and some beyond it."""
        then = self._anchors
        if not _still(stations.key, stations.x_m, stations.y_m, then.key, then.x_m, then.y_m):
            self._search(stations)
        return self._pairs

    def _search(self, stations: Stations) -> None:
        found = np.zeros((0, 2), np.intp)
        if len(stations):
            tree = KDTree(np.column_stack([stations.x_m, stations.y_m]))
            found = tree.query_pairs(self._range_m + _MARGIN_M, output_type="ndarray")
        one, other = found.T
        self._anchors, self._pairs = stations, (one.copy(), other.copy())


@compiled
def _still(key: U64, x_m: F64, y_m: F64, then: U64, then_x_m: F64, then_y_m: F64) -> bool:
    """Whether they are the same stations, and none is farther than half of the margin from where it was."""
    if len(key) != len(then):
        return False
    for i in range(len(key)):
        east, north = x_m[i] - then_x_m[i], y_m[i] - then_y_m[i]
        if key[i] != then[i] or east * east + north * north > (_MARGIN_M / 2) ** 2:
            return False
    return True
