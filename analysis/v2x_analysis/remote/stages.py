"""Where the time of the loop goes: from the middle of the exposure to the answer of the wheels, stage by stage.

Those of pictures are of the pictures that were seen on the driving camera, those after them of the commands used. The
operator's stage runs from when a picture was seen until a command by it was sent: the person's reaction, the wait for
the command's beat and the life of the picture. The actuator is the configured lag of the steering.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from v2x.clock import NS_PER_MS
from v2x_analysis.measurement import F64
from v2x_analysis.remote.driven import NEVER, commands, driven, planned
from v2x_analysis.remote.network import driving_camera
from v2x_analysis.remote.tracked import Observed, Tracked
from v2x_analysis.run import Run

#: Stage -> from which time of a picture to which.
_PICTURE = {
    "encode": ("t_ns", "sent_ns"),
    "network": ("sent_ns", "ready_ns"),
    "playout": ("ready_ns", "play_ns"),
    "decode": ("play_ns", "decoded_ns"),
    "display": ("decoded_ns", "shown_ns"),
}
#: The same of a command.
_COMMAND = {"command_network": ("t_ns", "arrived_ns"), "control_step": ("arrived_ns", "used_ns")}


@dataclass(frozen=True)
class Stage:
    """A stage of the loop: its name and how long it took, ms, (n,), at which times of which vehicles."""

    name: str
    took: Observed

    @property
    def middle_ms(self) -> float:
        """Median; 0 where nothing passed it."""
        return float(np.median(self.took.values)) if len(self.took.values) else 0.0


def stages(run: Run) -> list[Stage]:
    """All stages in the order of the loop; empty where nobody was driven from afar."""
    if run.derived(driven) is None:
        return []
    seen, sent = run.derived(driving_camera), run.derived(commands)
    seen = seen[(seen[[end for _, end in _PICTURE.values()]] != NEVER).all(axis=1)]
    used = sent[(sent["used_ns"] != NEVER) & (sent["arrived_ns"] != NEVER)]
    asked = used.merge(
        seen[["place", "t_ns", "shown_ns"]].rename(columns={"t_ns": "captured_ns"}), on=["place", "captured_ns"]
    )
    lag_ms = np.array([run.derived(planned).vehicle.steer_lag_s * 1e3])
    return [
        *(_stage(seen, name, begin, end) for name, (begin, end) in _PICTURE.items()),
        _stage(asked, "operator", "shown_ns", "t_ns"),
        *(_stage(used, name, begin, end) for name, (begin, end) in _COMMAND.items()),
        Stage("actuator", Observed(np.zeros(1, np.int64), lag_ms, np.zeros(1, np.int64))),
    ]


def tracked(run: Run) -> dict[str, Tracked]:
    """``remote.stage_ms.<stage>.p50`` and ``.p95``."""
    return {
        f"remote.stage_ms.{stage.name}.p{percent}": Tracked(
            stage.took, "quantile", "ms", percent / 100.0, empty="nothing passed this stage"
        )
        for stage in run.derived(stages)
        for percent in (50, 95)
    }


def _stage(rows: pd.DataFrame, name: str, begin: str, end: str) -> Stage:
    took_ms: F64 = (rows[end] - rows[begin]).to_numpy(np.float64) / NS_PER_MS
    return Stage(name, Observed(rows[end].to_numpy(np.int64), took_ms, rows["place"].to_numpy(np.int64)))
