"""What the controllers of platoons did, for ``control`` of the run folder."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from v2x.control.fallback import MODES
from v2x.control.platoon_string import Decision
from v2x.platooning.formation import Formation
from v2x.platooning.outlook import Outlook
from v2x.traffic.base import F64

_MODES = pa.array(MODES)
_OVERRIDES = pa.array([None, "gap", "stop"])
_MAYBE = ("gap_m", "radar_gap_m", "spacing_error_m", "aoi_ahead_ms", "aoi_leader_ms")


class Tape:
    """Rows of the control steps of a scene.

    Parameters
    ----------
    station
        Names, (n,).
    """

    def __init__(self, station: NDArray[np.object_]) -> None:
        self._station = station[None]
        self._steps: list[tuple[int, Decision, F64, F64, F64]] = []

    def add(self, t_ns: int, decision: Decision, gap_m: F64, ahead_s: F64, leader_s: F64) -> None:
        """A control step: its time, what was decided, the true gaps, and the ages of what was heard."""
        self._steps.append((t_ns, decision, gap_m, ahead_s, leader_s))

    def columns(self, outlook: Outlook, formation: Formation) -> dict[str, Any]:
        """All steps of the scene whose outlook and formation these are."""
        steps, self._steps = self._steps, []
        here, n = outlook.present, int(np.count_nonzero(outlook.present))
        t_ns, decided, gap_m, ahead_s, leader_s = zip(*steps, strict=True)

        def stacked(values: list[NDArray[Any]]) -> NDArray[Any]:
            return np.stack(values)[:, here].ravel()

        def repeated(values: NDArray[Any]) -> NDArray[Any]:
            return np.tile(values[here], len(steps))

        position = formation.place[None]
        follows = position > 0
        table: dict[str, Any] = {
            "t_ns": np.repeat(np.array(t_ns, np.int64), n),
            "station": repeated(self._station),
            "platoon": repeated(formation.platoon[None]),
            "position": repeated(position),
            "speed_mps": stacked([each.speed_mps for each in decided]),
            "accel_mps2": stacked([each.accel_mps2 for each in decided]),
            "desired_mps2": stacked([each.commanded_mps2 for each in decided]),
            "gap_m": stacked(list(gap_m)),
            "radar_gap_m": stacked([each.sighting.gap_m for each in decided]),
            "spacing_error_m": stacked([each.error_m for each in decided]),
            "aoi_ahead_ms": stacked([np.where(follows, age_s * 1e3, np.nan) for age_s in ahead_s]),
            "aoi_leader_ms": stacked([np.where(follows, age_s * 1e3, np.nan) for age_s in leader_s]),
            "limited": stacked([each.limited for each in decided]),
        }
        for name in _MAYBE:
            table[name] = np.ma.masked_invalid(table[name])
        table["ahead"] = np.ma.masked_equal(repeated(outlook.ahead), "")
        mode = stacked([each.mode for each in decided])
        override = stacked([np.where(each.overridden, 2, each.guarded).astype(np.int8) for each in decided])
        table["mode"] = pa.DictionaryArray.from_arrays(mode, _MODES)
        table["override"] = pa.DictionaryArray.from_arrays(override, _OVERRIDES)
        return table
