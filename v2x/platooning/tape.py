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
_MAYBE = ("gap_m", "radar_gap_m", "spacing_error_m", "aoi_ahead_ms", "aoi_leader_ms")


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
        self._scene_of: list[int] = []
        self._steps: list[tuple[int, Decision, F64, F64, F64]] = []

    def begin(self, outlook: Outlook, formation: Formation) -> None:
        """A scene: who is there, whom each has ahead, and its place."""
        self._scenes.append(
            _Scene(outlook.present[0], outlook.ahead[0], formation.platoon.copy(), formation.place.copy())
        )

    def add(self, t_ns: int, decision: Decision, gap_m: F64, ahead_s: F64, leader_s: F64) -> None:
        """A control step: its time, what was decided, the true gaps, and the ages of what was heard."""
        self._scene_of.append(len(self._scenes) - 1)
        self._steps.append((t_ns, decision, gap_m, ahead_s, leader_s))

    def columns(self) -> dict[str, Any]:
        """All rows since the last call, in order of time."""
        scene_of, scenes = np.array(self._scene_of, np.intp), self._scenes
        t_ns, decided, gap_m, ahead_s, leader_s = zip(*self._steps, strict=True)
        self._scenes, self._scene_of, self._steps = [], [], []
        here = np.stack([scene.present for scene in scenes])[scene_of]
        step, vehicle = np.nonzero(here)

        def told(name: str) -> NDArray[Any]:
            return np.concatenate([getattr(each, name) for each in decided])[here]

        def scenic(name: str) -> NDArray[Any]:
            return np.stack([getattr(scene, name) for scene in scenes])[scene_of[step], vehicle]

        place = scenic("place")
        table: dict[str, Any] = {
            "t_ns": np.array(t_ns, np.int64)[step],
            "platoon": scenic("platoon"),
            "position": place,
            "speed_mps": told("speed_mps"),
            "accel_mps2": told("accel_mps2"),
            "desired_mps2": told("commanded_mps2"),
            "gap_m": np.concatenate(gap_m)[here],
            "radar_gap_m": np.concatenate([each.sighting.gap_m for each in decided])[here],
            "spacing_error_m": told("error_m"),
            "aoi_ahead_ms": np.where(place > 0, np.concatenate(ahead_s)[here] * 1e3, np.nan),
            "aoi_leader_ms": np.where(place > 0, np.concatenate(leader_s)[here] * 1e3, np.nan),
            "limited": told("limited"),
        }
        for name in _MAYBE:
            table[name] = np.ma.masked_invalid(table[name])
        ahead = pa.array([name or None for scene in scenes for name in scene.ahead.tolist()], pa.string())
        table["ahead"] = ahead.dictionary_encode().take(pa.array(scene_of[step] * here.shape[1] + vehicle))
        table["station"] = pa.DictionaryArray.from_arrays(vehicle.astype(np.int32), self._station)
        table["mode"] = pa.DictionaryArray.from_arrays(told("mode"), _MODES)
        override = np.where(told("overridden"), 2, told("guarded")).astype(np.int8)
        table["override"] = pa.DictionaryArray.from_arrays(override, _OVERRIDES)
        return table

    def __len__(self) -> int:
        return len(self._steps)
