"""Every frame of a run, decoded again from its recorded bytes under the strict codec of its profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from v2x.clock import utc_ns
from v2x.messages.profile import get_profile
from v2x_analysis.run import Run

#: What is kept of a BSM's content.
BSM_COLUMNS = ("utc_ns", "lon_deg", "lat_deg", "semi_major_m", "semi_minor_m", "orientation_deg")


@dataclass(frozen=True)
class Decoded:
    """What became of all frames of a run.

    Attributes
    ----------
    frames
        How many were decoded.
    violations
        Rows of ``tx`` that are not a valid message of their profile, with the ``reason``.
    bsm
        ``tx_id``, ``station`` and `BSM_COLUMNS` of every valid BSM that says its time.
    """

    frames: int
    violations: pd.DataFrame
    bsm: pd.DataFrame


def start_utc_ns(run: Run) -> int:
    """UTC nanoseconds since the epoch of the run's ``t_ns = 0``."""
    return utc_ns(run.start_utc)


def decoded(run: Run) -> Decoded:
    """Decode all frames of a run."""
    tx = run.tx
    reasons: dict[int, str] = {}
    content = [pd.DataFrame(dict.fromkeys(BSM_COLUMNS, ()), np.zeros(0, np.intp), dtype=np.float64)]
    for name in tx["profile"].unique():
        profile, rows = get_profile(str(name)), np.flatnonzero(tx["profile"] == name)
        found = profile.decode_frames(tx["bytes"].to_numpy()[rows])
        reasons |= {int(rows[i]): str(error) for i, error in found.errors.items()}
        states, timed = profile.vehicle_states_in(found, start_utc_ns(run) + tx["t_ns"].to_numpy()[rows])
        said = {column: getattr(states, column)[timed] for column in BSM_COLUMNS}
        content.append(pd.DataFrame(said, rows[found.messages("BSM").rows[timed]]))
    bsm = pd.concat(content[1:] or content).sort_index()
    sent = tx[["tx_id", "station"]].iloc[bsm.index]
    wrong = tx[["t_ns", "tx_id", "station", "profile", "type"]].iloc[sorted(reasons)]
    return Decoded(
        frames=len(tx),
        violations=wrong.assign(reason=[reasons[i] for i in sorted(reasons)]),
        bsm=pd.concat([sent, bsm.set_index(sent.index).astype({"utc_ns": np.int64})], axis=1),
    )
