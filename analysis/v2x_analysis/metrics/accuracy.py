"""Whether a BSM's position is true, and whether its sender knows how true it is.

The position sent is compared with the recorded truth at the message's own secMark. If senders judge themselves well, a
share of 1 - exp(-1/2) = 39 % of the errors lies within the reported one-sigma ellipse (two-dimensional normal errors).
The bias of a satellite receiver lasts for minutes, so the independent unit is the station.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Geod

from v2x_analysis.frames import decoded, start_utc_ns
from v2x_analysis.joins import truth_at
from v2x_analysis.measurement import F64, RATIO, Measurement, mean, quantiles
from v2x_analysis.run import Run

_WGS84 = Geod(ellps="WGS84")


def position(run: Run) -> dict[str, Measurement]:
    """``message.accuracy_m.p50`` (p95): distance of sent and true position; ``message.accuracy.within_1sigma``."""
    errors = run.derived(position_errors)
    units = {"station": errors["station"].cat.codes.to_numpy()}
    measured = quantiles(errors["error_m"], "m", units, (50, 95))
    judged = errors["within"].notna()
    return {
        **{f"message.accuracy_m.{name}": measurement for name, measurement in measured.items()},
        "message.accuracy.within_1sigma": mean(
            errors.loc[judged, "within"].astype(np.float64), RATIO, {"station": units["station"][judged.to_numpy()]}
        ),
    }


def position_errors(run: Run) -> pd.DataFrame:
    """Error of every BSM whose station and instant are in the truth.

    Returns
    -------
    DataFrame
        ``tx_id``, ``station``, ``error_m``, ``within`` (in the reported one-sigma ellipse; null where none was
        reported).
    """
    bsm = run.derived(decoded).bsm
    bsm = bsm[bsm["lon_deg"].notna() & bsm["lat_deg"].notna()]
    t_ns = bsm["utc_ns"].to_numpy() - start_utc_ns(run) if len(bsm) else np.zeros(0, np.int64)
    lon, lat = truth_at(run, bsm["station"], t_ns).to_numpy(np.float64).T
    seen = ~np.isnan(lon)
    bsm, lon, lat = bsm[seen], lon[seen], lat[seen]
    azimuth, _, error_m = _WGS84.inv(lon, lat, bsm["lon_deg"].to_numpy(), bsm["lat_deg"].to_numpy())
    return pd.DataFrame(
        {
            "tx_id": bsm["tx_id"],
            "station": bsm["station"],
            "error_m": error_m,
            "within": _within(bsm, np.asarray(azimuth), np.asarray(error_m)),
        }
    )


def _within(bsm: pd.DataFrame, azimuth_deg: F64, error_m: F64) -> NDArray[np.object_]:
    """Whether each error lies in the ellipse; None where no ellipse was reported."""
    turn = np.radians(azimuth_deg - bsm["orientation_deg"].to_numpy())
    major, minor = bsm["semi_major_m"].to_numpy(), bsm["semi_minor_m"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):  # an ellipse of zero size holds no error but zero
        size = (error_m * np.cos(turn) / major) ** 2 + (error_m * np.sin(turn) / minor) ** 2
    within: NDArray[np.object_] = (size <= 1.0).astype(np.object_)
    within[np.isnan(turn + major + minor)] = None
    return within
