"""Every frame of a run, decoded again from its recorded bytes under the strict codec of its profile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from v2x.clock import NS_PER_S, utc_ns
from v2x.errors import CodecError
from v2x.messages.model import VehicleStates
from v2x.messages.profile import get_profile
from v2x_analysis.run import Run

#: What is kept of a BSM's content.
BSM_COLUMNS = ("utc_ns", "lon_deg", "lat_deg", "semi_major_m", "semi_minor_m", "orientation_deg")

#: Equal frames sent within this time are decoded once, ns. Half of secMark's minute, so that none gets a wrong one.
_SAME_NS = 30 * NS_PER_S


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
        ``tx_id``, ``station`` and `BSM_COLUMNS` of every valid BSM.
    """

    frames: int
    violations: pd.DataFrame
    bsm: pd.DataFrame


def start_utc_ns(run: Run) -> int:
    """UTC nanoseconds since the epoch of the run's ``t_ns = 0``."""
    return utc_ns(run.start_utc)


def decoded(run: Run) -> Decoded:
    """Decode all frames of a run; equal ones once."""
    tx = run.tx
    alike = tx.groupby([tx["profile"], tx["bytes"], tx["t_ns"] // _SAME_NS], observed=True, sort=False).ngroup()
    first = tx.loc[~alike.duplicated()]
    order = [int(group) for group in alike[first.index]]
    start = start_utc_ns(run) if len(tx) else 0
    states: dict[int, list[float | int]] = {}
    faults: dict[int, str] = {}
    decoders: dict[str, Callable[[bytes, int], tuple[str, Any]]] = {}
    for group, profile, data, t_ns in zip(order, first["profile"], first["bytes"], first["t_ns"], strict=True):
        if profile not in decoders:
            decoders[profile] = get_profile(profile).decode
        try:
            _, message = decoders[profile](data, start + t_ns)
        except CodecError as error:
            faults[group] = str(error)
            continue
        if isinstance(message, VehicleStates):
            states[group] = [getattr(message, column)[0] for column in BSM_COLUMNS]
    return Decoded(len(tx), _violations(tx, alike, faults), _bsm(tx, alike, states))


def _violations(tx: pd.DataFrame, alike: pd.Series[int], faults: dict[int, str]) -> pd.DataFrame:
    wrong = alike.isin(list(faults))
    return tx.loc[wrong, ["t_ns", "tx_id", "station", "profile", "type"]].assign(reason=alike[wrong].map(faults))


def _bsm(tx: pd.DataFrame, alike: pd.Series[int], states: dict[int, list[float | int]]) -> pd.DataFrame:
    content = pd.DataFrame.from_dict(states, orient="index", columns=list(BSM_COLUMNS), dtype=object)
    content = content.astype({name: np.int64 if name == "utc_ns" else np.float64 for name in BSM_COLUMNS})
    sent = tx[["tx_id", "station"]].assign(alike=alike)
    return sent.merge(content, left_on="alike", right_index=True, how="inner").drop(columns="alike")
