"""Road users as bodies that stand in the way of rays."""

from __future__ import annotations

import numpy as np

from v2x.links.base import F64, Bodies
from v2x.scenario.bodies import BODY_HEIGHT_M
from v2x.traffic.base import KINDS, Snapshot

#: By kind of road user, metres.
HEIGHT_M: F64 = np.array([BODY_HEIGHT_M[kind] for kind in KINDS])


def bodies_of(snapshot: Snapshot, convergence_deg: float) -> Bodies:
    """All road users of a snapshot; ``convergence_deg`` is true heading less that on the run's plane."""
    return Bodies(
        snapshot.key,
        snapshot.x_m,
        snapshot.y_m,
        snapshot.heading_deg - convergence_deg,
        snapshot.length_m,
        snapshot.width_m,
        HEIGHT_M[snapshot.type],
    )
