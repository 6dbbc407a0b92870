"""Road users as somebody perceives them, in columns: what sensors give, and what trackers take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from v2x.scenario.model_perception import SeenKind

F64 = NDArray[np.float64]

#: Kinds that a sensor tells apart, in the order of their codes in `Sightings.kind`.
SEEN: tuple[SeenKind, ...] = get_args(SeenKind)


@dataclass(frozen=True)
class Sightings:
    """Objects at one instant, one row each.

    Attributes
    ----------
    number
        What the observer calls the object, kept from picture to picture.
    east_m, north_m
        Centre, true metres from the foot of the mast.
    speed_mps, heading_deg
        Motion; the heading is true.
    length_m, width_m
        Size.
    kind, kind_confidence
        Index into `SEEN`, and the probability that the observer states for it.
    position_sigma_m, speed_sigma_mps, heading_sigma_deg
        Standard deviations as the observer states them, of the position per axis.
    """

    number: NDArray[np.uint64]
    east_m: F64
    north_m: F64
    speed_mps: F64
    heading_deg: F64
    length_m: F64
    width_m: F64
    kind: NDArray[np.int8]
    kind_confidence: F64
    position_sigma_m: F64
    speed_sigma_mps: F64
    heading_sigma_deg: F64

    def __len__(self) -> int:
        return len(self.number)

    @classmethod
    def none(cls) -> Sightings:
        """No rows."""
        whole = {"number": np.uint64, "kind": np.int8}
        return cls(**{f.name: np.zeros(0, whole.get(f.name, np.float64)) for f in fields(cls)})

    @classmethod
    def merge(cls, parts: Sequence[Sightings]) -> Sightings:
        """All rows of several, one after the other."""
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})

    def take(self, rows: NDArray[np.intp] | slice) -> Sightings:
        """Some rows, in the given order."""
        return Sightings(**{name: column[rows] for name, column in vars(self).items()})

    def split(self, part: NDArray[np.intp], count: int) -> list[Sightings]:
        """The rows of each part 0, 1, ... ``count`` - 1; ``part`` (n,) says which a row belongs to."""
        order = np.argsort(part, kind="stable")
        edges = np.searchsorted(part[order], np.arange(count + 1)).tolist()
        ordered = self.take(order)
        return [ordered.take(slice(begin, end)) for begin, end in pairwise(edges)]
