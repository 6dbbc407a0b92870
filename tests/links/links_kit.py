"""Small batches for the link tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from v2x.links.base import Receivers, Receptions, Transmissions


def frames(sender: ArrayLike, t_ns: ArrayLike, x_m: ArrayLike = 0.0, y_m: ArrayLike = 0.0) -> Transmissions:
    """Transmissions of 200 B with the given columns, scalars repeated."""
    sender, t_ns, x_m, y_m = np.broadcast_arrays(sender, t_ns, x_m, y_m)
    return Transmissions(
        tx_id=np.arange(sender.size),
        t_ns=t_ns.astype(np.int64),
        sender=sender.astype(np.uint64),
        x_m=x_m.astype(float),
        y_m=y_m.astype(float),
        air_bytes=np.full(sender.size, 200),
    )


def hearers(key: ArrayLike, x_m: ArrayLike = 0.0, y_m: ArrayLike = 0.0) -> Receivers:
    """Receivers with the given columns, scalars repeated."""
    key, x_m, y_m = np.broadcast_arrays(key, x_m, y_m)
    return Receivers(key.astype(np.uint64), x_m.astype(float), y_m.astype(float))


def pick(batch: Transmissions, rows: ArrayLike) -> Transmissions:
    """Some rows of a batch."""
    return Transmissions(*(getattr(batch, name)[rows] for name in batch.__dataclass_fields__))


def pick_receivers(batch: Receivers, rows: ArrayLike) -> Receivers:
    """Some rows of the receivers."""
    return Receivers(batch.key[rows], batch.x_m[rows], batch.y_m[rows])


def by_name(sent: Transmissions, heard: Receivers, got: Receptions) -> dict[tuple[int, int, int], tuple[int, int]]:
    """Receptions as (sender, sent at, receiver) -> (arrival, cause): what must not depend on rows and batches."""
    return {
        (int(sent.sender[tx]), int(sent.t_ns[tx]), int(heard.key[rx])): (int(t_ns), int(cause))
        for tx, rx, t_ns, cause in zip(got.tx, got.receiver, got.t_ns, got.cause, strict=True)
    }
