"""Coverage of a field: what a station would receive on a grid and along the roads, from the network that runs use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.field.model import Field
from v2x.links.base import F64
from v2x.links.cellular.attachment import LEAST_RSRP_DBM
from v2x.links.cellular.network import Network
from v2x.links.cellular.rates import Radio

#: Antenna of the mapped station above the ground, m: the least that TR 38.901 knows.
ANTENNA_M = 1.5
#: How far a map goes beyond the roads, m.
_MARGIN_M = 100.0
#: Spacing of the points along a lane, m; each stands for its piece of the lane.
_ALONG_M = 5.0
_AT_ONCE = 2048

#: Bars that the shares of the road area are given for: quantity -> bars. Rates: 1 Mbit/s down and 25 up are row 5.5-002
#: of TS 22.186 (remote driving), 36 up is the practical tele-operation row (TR 22.856: 4 x 8 Mbit/s of video + 4). The
#: others are usual steps of drive tests.
BARS = {
    "rsrp_dbm": (-110.0, -100.0, -90.0),
    "sinr_db": (0.0, 10.0),
    "downlink_mbps": (1.0, 100.0),
    "uplink_mbps": (1.0, 25.0, 36.0),
}


@dataclass(frozen=True)
class Coverage:
    """What a station receives at places, arrays of one shape.

    Attributes
    ----------
    x_m, y_m
        The places.
    cell
        Number of the strongest cell, which a station that begins there selects; -1 where none is strong enough.
    values
        ``rsrp_dbm`` and ``sinr_db`` (downlink) of the strongest, and the rates ``downlink_mbps`` and ``uplink_mbps``
        that the others' load leaves in it.
    """

    x_m: F64
    y_m: F64
    cell: NDArray[np.intp]
    values: Mapping[str, F64]


def coverage_at(network: Network, x_m: F64, y_m: F64) -> Coverage:
    """Coverage at some places, (n,)."""
    parts = []
    for start in range(0, len(x_m), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        gain_db = network.gain_db(x_m[some], y_m[some], np.full(len(x_m[some]), ANTENNA_M))
        cell = gain_db.argmax(axis=1)
        rsrp_dbm = network.rsrp_dbm(gain_db)[np.arange(len(cell)), cell]
        heard = rsrp_dbm >= LEAST_RSRP_DBM
        sinr_db, *rates_mbps = _quality(network, network.radio(gain_db, cell))
        parts.append((np.where(heard, cell, -1), rsrp_dbm, sinr_db, *(heard * rate for rate in rates_mbps)))
    cell, *values = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Coverage(x_m, y_m, cell, dict(zip(BARS, values, strict=True)))


def coverage_map(network: Network, field: Field, step_m: float) -> Coverage:
    """Coverage on a grid over the field's roads, arrays (rows from south to north, columns from west to east)."""
    points_m = np.concatenate([lane.points_m for lane in field.lanes])
    low, high = points_m.min(axis=0) - _MARGIN_M, points_m.max(axis=0) + _MARGIN_M
    x_m, y_m = np.meshgrid(*(np.arange(a, b + step_m, step_m) for a, b in zip(low, high, strict=True)))
    flat = coverage_at(network, x_m.ravel(), y_m.ravel())
    values = {name: value.reshape(x_m.shape) for name, value in flat.values.items()}
    return Coverage(x_m, y_m, flat.cell.reshape(x_m.shape), values)


def road_shares(network: Network, field: Field) -> dict[str, dict[str, float]]:
    """Quantity -> share of the road area (lanes for vehicles) above each of its `BARS`, and its median there."""
    x_m, y_m, area_m2 = _road_points(field)
    values = coverage_at(network, x_m, y_m).values
    shares = {}
    for name, bars in BARS.items():
        above = {f">={bar:g}": float(np.average(values[name] >= bar, weights=area_m2)) for bar in bars}
        order = np.argsort(values[name])
        middle = order[np.searchsorted(np.cumsum(area_m2[order]), area_m2.sum() / 2)]
        shares[name] = {**above, "median": float(values[name][middle])}
    return shares


def _quality(network: Network, radio: Radio) -> tuple[F64, F64, F64]:
    """SINR and the rates that are left, Mbit/s."""
    left_down, left_up = 1.0 - network.load.downlink, 1.0 - network.load.uplink
    return radio.downlink_sinr_db, left_down * radio.downlink_bps / 1e6, left_up * radio.uplink_bps / 1e6


def _road_points(field: Field) -> tuple[F64, F64, F64]:
    """Points along the lanes for vehicles, and the area that each stands for, m2."""
    x_m, y_m, area_m2 = [], [], []
    for lane in field.lanes:
        if lane.kind != "vehicle":
            continue
        pieces_m = np.hypot(*np.diff(lane.points_m, axis=0).T)
        along_m = np.concatenate([[0.0], np.cumsum(pieces_m)])
        count = max(1, round(along_m[-1] / _ALONG_M))
        middle_m = (np.arange(count) + 0.5) * along_m[-1] / count
        x_m.append(np.interp(middle_m, along_m, lane.points_m[:, 0]))
        y_m.append(np.interp(middle_m, along_m, lane.points_m[:, 1]))
        area_m2.append(np.full(count, along_m[-1] / count * lane.width_m))
    return np.concatenate(x_m), np.concatenate(y_m), np.concatenate(area_m2)
