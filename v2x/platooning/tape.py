"""What the controllers of platoons did, for ``control`` of the run folder."""

from __future__ import annotations

from typing import Any, NamedTuple

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
#: Numbers of a control step in the order in which they are kept, ages in seconds until they are rows.
_NUMBERS = (
    *("speed_mps", "accel_mps2", "desired_mps2", "gap_m", "radar_gap_m", "spacing_error_m"),
    *("aoi_ahead_ms", "aoi_leader_ms"),
)
#: From here on a number may be missing, and from there on it is an age.
_MAYBE, _AGES = _NUMBERS.index("gap_m"), _NUMBERS.index("aoi_ahead_ms")


class _Scene(NamedTuple):
    """What stays the same over the control steps of a scene, (n,)."""

    present: NDArray[np.bool_]
    ahead: NDArray[np.object_]
    platoon: NDArray[np.int64]
    place: NDArray[np.int64]


class Tape:
    """Keeps control steps until somebody takes them as rows.

    Parameters
    ----------
    station
        Names, (n,).
    """

    def __init__(self, station: NDArray[np.object_]) -> None:
        self._station = pa.array(station.tolist())
        self._scenes: list[_Scene] = []
        self._steps: list[tuple[int, int, F64, NDArray[np.int8]]] = []  # time, scene, numbers and flags, (., n)

    def begin(self, outlook: Outlook, formation: Formation) -> None:
        """A scene: who is there, whom each has ahead, and its place."""
        self._scenes.append(
            _Scene(outlook.present[0], outlook.ahead[0], formation.platoon.copy(), formation.place.copy())
        )

    def add(self, t_ns: int, decision: Decision, gap_m: F64, ahead_s: F64, leader_s: F64) -> None:
        """A control step: its time, what was decided, the true gaps, and the ages of what was heard, each (1, n)."""
        motion = decision.speed_mps, decision.accel_mps2, decision.commanded_mps2
        numbers = np.concatenate([*motion, gap_m, decision.sighting.gap_m, decision.error_m, ahead_s, leader_s])
        flags = decision.limited, decision.guarded, decision.overridden
        self._steps.append((t_ns, len(self._scenes) - 1, numbers, np.concatenate([decision.mode, *flags])))

    def columns(self) -> dict[str, Any]:
        """All rows since the last call, in order of time."""
        scenes = self._scenes
        times_ns, scene_of, numbers, flags = (np.array(column) for column in zip(*self._steps, strict=True))
        self._scenes, self._steps = [], []
        here = np.array([scene.present for scene in scenes])[scene_of]
        step, vehicle = np.nonzero(here)

        def scenic(name: str) -> NDArray[Any]:
            column: NDArray[Any] = np.array([getattr(scene, name) for scene in scenes])[scene_of[step], vehicle]
            return column

        place, told = scenic("place"), numbers[step, :, vehicle].T
        told[_AGES:] = np.where(place > 0, told[_AGES:] * 1e3, np.nan)
        mode, limited, guarded, overridden = flags[step, :, vehicle].T
        table: dict[str, Any] = {"t_ns": times_ns[step], "platoon": scenic("platoon"), "position": place}
        table |= zip(_NUMBERS[:_MAYBE], told[:_MAYBE], strict=True)
        table |= zip(_NUMBERS[_MAYBE:], np.ma.masked_invalid(told[_MAYBE:]), strict=True)
        table["limited"] = limited.astype(bool)
        ahead = pa.array([name or None for scene in scenes for name in scene.ahead.tolist()], pa.string())
        table["ahead"] = ahead.dictionary_encode().take(pa.array(scene_of[step] * here.shape[1] + vehicle))
        table["station"] = pa.DictionaryArray.from_arrays(vehicle.astype(np.int32), self._station)
        table["mode"] = pa.DictionaryArray.from_arrays(mode, _MODES)
        table["override"] = pa.DictionaryArray.from_arrays(
            np.where(overridden > 0, 2, guarded).astype(np.int8), _OVERRIDES
        )
        return table

    def __len__(self) -> int:
        return len(self._steps)
