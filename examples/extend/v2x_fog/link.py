"""A sidelink of one's own: all arrives within range, but for what would have to go through a wall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from v2x.errors import InputError
from v2x.field.model import Field
from v2x.links.base import Aired, Cause, Scene, Transmissions, at_once
from v2x.links.neighbours import neighbours
from v2x.links.watched import Watched


class Wall:
    """A wall that runs north to south.

    Parameters
    ----------
    settings
        ``x_m``: where it stands on the run's plane; ``range_m``: how far frames go, 300 by default.
    _seed, _field
        For models that draw (`v2x.rng.Stream` is keyed by it), and for those that look at buildings.
    """

    #: Frames arrive at once, so they may be handed over late by nothing.
    lookahead_ns: int | None = 0
    #: No law by distance: this link says what became of each pair.
    law = None

    def __init__(self, settings: Mapping[str, Any], _seed: int, _field: Field | None) -> None:
        for key in settings.keys() - {"x_m", "range_m"}:
            raise InputError("a wall has x_m and range_m", path=f"links.pc5.settings.{key}")
        if not isinstance(settings.get("x_m"), int | float):
            raise InputError("says where the wall stands, in metres", path="links.pc5.settings.x_m")
        self._x_m, self._range_m = float(settings["x_m"]), float(settings.get("range_m", 300.0))

    def broadcast(self, frames: Transmissions, scene: Scene, watched: Watched | None = None) -> Aired:
        """Fate of each frame at each receiver within range."""
        tx, receiver, distance_m = neighbours(frames, scene.stations, self._range_m, watched)
        crosses = (frames.x_m[tx] < self._x_m) != (scene.stations.x_m[receiver] < self._x_m)
        cause = np.where(crosses, Cause.PROPAGATION, Cause.DELIVERED).astype(np.int8)
        return at_once(frames, tx, receiver, distance_m, frames.t_ns, cause)

    def state(self) -> None:
        """There is no channel."""

    def statistics(self) -> dict[str, float]:
        """Nothing to tell."""
        return {}
