"""The way of pictures and commands: how late, how evenly, how surely.

Glass to glass is that of pictures seen on the driving camera, from the middle of the exposure. A command's latency runs
from sending to the control step that goes by it; the loop from the exposure of the picture that the operator went by to
that control step. It has the person's reaction in it, and no actuators.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x_analysis.measurement import F64, RATIO
from v2x_analysis.remote.driven import NEVER, commands, driven, pictures, profile_of
from v2x_analysis.remote.tracked import Observed, Tracked, percentiles
from v2x_analysis.run import Run

#: A command that has not come so long before the end of the run is lost; a later one may be under way. Assumed.
SETTLED_NS = NS_PER_S

_NO_PICTURE, _NO_COMMAND = "no picture was seen", "no command was used"


def tracked(run: Run) -> dict[str, Tracked]:
    """Latencies, jitter, shares on time, losses."""
    whole = run.derived(driven)
    return {} if whole is None else {**_latencies(run), **_uplink(run), **_downlink(run)}


def driving_camera(run: Run) -> pd.DataFrame:
    """Pictures of the camera that is driven by: the first of each vehicle."""
    rows = run.derived(pictures)
    return rows[rows["camera"] == rows.groupby("place")["camera"].transform("min")]


def _latencies(run: Run) -> dict[str, Tracked]:
    seen = run.derived(driving_camera)
    seen = seen[seen["shown_ns"] != NEVER]
    used = run.derived(commands)
    used = used[used["used_ns"] != NEVER]
    asked = used[used["captured_ns"] != NEVER]
    glass = _since(seen, "shown_ns", "t_ns")
    command = _since(used, "used_ns", "t_ns")
    return {
        **percentiles("remote.g2g_ms", glass, "ms", _NO_PICTURE),
        **percentiles("remote.command_ms", command, "ms", _NO_COMMAND),
        **percentiles("remote.loop_ms", _since(asked, "used_ns", "captured_ns"), "ms", _NO_COMMAND),
        "remote.jitter_video_ms": Tracked(glass, "spread", "ms", empty=_NO_PICTURE),
        "remote.jitter_command_ms": Tracked(command, "spread", "ms", empty=_NO_COMMAND),
    }


def _uplink(run: Run) -> dict[str, Tracked]:
    """All cameras. A picture that can never be decoded is late; one that is undecided at the end counts nowhere.

    The desk learns of a picture by its packets, or by those of a later one; where none came, losing all decides it.
    """
    rows = run.derived(pictures)
    decided = rows["fate"].notna() | (rows["ready_ns"] != NEVER) | (rows["lost"] == rows["packets"])
    rows = rows[decided.to_numpy(bool)]
    came = (rows["ready_ns"] != NEVER).to_numpy()
    network_ms = np.where(came, (rows["ready_ns"] - rows["sent_ns"]) / NS_PER_MS, np.inf)
    lost = rows["lost"].to_numpy(np.float64)
    whole = Observed(rows["t_ns"].to_numpy(), network_ms, rows["place"].to_numpy())
    packets = Observed(
        np.tile(whole.t_ns, 2), np.repeat([1.0, 0.0], len(rows)), np.tile(whole.station, 2),
        np.r_[lost, rows["packets"].to_numpy(np.float64) - lost],
    )  # fmt: skip
    nothing = "no picture was sent"
    return {
        **percentiles("remote.uplink_ms", whole.of(came), "ms", _NO_PICTURE),
        "remote.uplink_on_time": _share(whole, network_ms <= profile_of(run).settings.uplink_ms, nothing),
        "remote.packet_loss": Tracked(packets, "mean", RATIO, empty=nothing),
        "remote.frame_loss": _share(whole, ~came, nothing),
    }


def _downlink(run: Run) -> dict[str, Tracked]:
    rows = run.derived(commands)
    settled_ns = round(run.duration_s * NS_PER_S) - SETTLED_NS
    rows = rows[(rows["arrived_ns"] != NEVER) | (rows["t_ns"] < settled_ns)]
    came = (rows["arrived_ns"] != NEVER).to_numpy()
    network_ms = np.where(came, (rows["arrived_ns"] - rows["t_ns"]) / NS_PER_MS, np.inf)
    whole = Observed(rows["t_ns"].to_numpy(), network_ms, rows["place"].to_numpy())
    nothing = "no command was sent"
    return {
        **percentiles("remote.downlink_ms", whole.of(came), "ms", "no command came"),
        "remote.downlink_on_time": _share(whole, network_ms <= profile_of(run).settings.downlink_ms, nothing),
        "remote.command_loss": _share(whole, ~came, nothing),
    }


def _since(rows: pd.DataFrame, end: str, begin: str) -> Observed:
    """Milliseconds from one time to another, seen at the end of it."""
    took_ms: F64 = (rows[end] - rows[begin]).to_numpy(np.float64) / NS_PER_MS
    return Observed(rows[end].to_numpy(), took_ms, rows["place"].to_numpy())


def _share(whole: Observed, which: np.ndarray, empty: str) -> Tracked:
    """How many of them."""
    each = Observed(whole.t_ns, which.astype(np.float64), whole.station)
    return Tracked(each, "mean", RATIO, empty=empty)
