"""What the controllers of platoons did, for ``control`` of the run folder."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.control.fallback import MODES
from v2x.control.platoon_string import Decision
from v2x.jit import compiled
from v2x.platooning.formation import Formation
from v2x.platooning.outlook import Outlook
from v2x.scenario.model_platoon import CONTROL_STEP_NS
from v2x.traffic.base import F64

I8 = NDArray[np.int8]
Bools = NDArray[np.bool_]

#: Steps of a second.
_STEPS = NS_PER_S // CONTROL_STEP_NS
_MODES = pa.array(MODES)
_OVERRIDES = pa.array([None, "gap", "stop"])
#: Numbers of a control step in the order in which they are kept, ages in seconds until they are rows.
_NUMBERS = (
    *("speed_mps", "accel_mps2", "desired_mps2", "gap_m", "radar_gap_m", "spacing_error_m"),
    *("aoi_ahead_ms", "aoi_leader_ms"),
)
#: Mode, limited, guarded, overridden.
_FLAGS = 4
#: From here on a number may be missing, and from there on it is an age.
_MAYBE, _AGES = _NUMBERS.index("gap_m"), _NUMBERS.index("aoi_ahead_ms")


@compiled
def _keep(
    numbers: F64, speed: F64, accel: F64, commanded: F64, gap: F64, radar_gap: F64, error: F64, ahead: F64, leader: F64,
    flags: I8, mode: I8, limited: Bools, guarded: Bools, overridden: Bools,
) -> None:  # fmt: skip
    """Write down a step, (., n), from columns (1, n); in the order of `_NUMBERS`."""
    for i in range(numbers.shape[1]):
        numbers[0, i], numbers[1, i], numbers[2, i] = speed[0, i], accel[0, i], commanded[0, i]
        numbers[3, i], numbers[4, i], numbers[5, i] = gap[0, i], radar_gap[0, i], error[0, i]
        numbers[6, i], numbers[7, i] = ahead[0, i], leader[0, i]
        flags[0, i], flags[1, i], flags[2, i], flags[3, i] = mode[0, i], limited[0, i], guarded[0, i], overridden[0, i]


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
        self._steps: list[tuple[int, int]] = []  # time and scene
        self._numbers, self._flags = self._room(0)

    def begin(self, outlook: Outlook, formation: Formation) -> None:
        """A scene: who is there, whom each has ahead, and its place."""
        self._scenes.append(
            _Scene(outlook.present[0], outlook.ahead[0], formation.platoon.copy(), formation.place.copy())
        )

    def add(self, t_ns: int, decision: Decision, gap_m: F64, ahead_s: F64, leader_s: F64) -> None:
        """A control step: its time, what was decided, the true gaps, and the ages of what was heard, each (1, n)."""
        step = len(self._steps)
        if step == len(self._flags):
            numbers, flags = self._room(2 * step + _STEPS)
            numbers[:step], flags[:step] = self._numbers, self._flags
            self._numbers, self._flags = numbers, flags
        _keep(
            self._numbers[step], decision.speed_mps, decision.accel_mps2, decision.commanded_mps2, gap_m,
            decision.sighting.gap_m, decision.error_m, ahead_s, leader_s,
            self._flags[step], decision.mode, decision.limited, decision.guarded, decision.overridden,
        )  # fmt: skip
        self._steps.append((t_ns, len(self._scenes) - 1))

    def _room(self, steps: int) -> tuple[F64, I8]:
        """Numbers and flags of so many steps, (steps, ., n)."""
        n = len(self._station)
        return np.empty((steps, len(_NUMBERS), n)), np.empty((steps, _FLAGS, n), np.int8)

    def columns(self) -> dict[str, Any]:
        """All rows since the last call, in order of time."""
        scenes = self._scenes
        times_ns, scene_of = np.array(self._steps).T
        numbers, flags = self._numbers, self._flags
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
