"""From received power to data rate: SINR with the other cells' load, and the truncated Shannon bound.

TR 36.942 annex A.1 (baseline for link-level performance, figures from memory): alpha log2(1 + SINR) bit/s/Hz from
-10 dB on, with alpha 0.6 and at most 4.4 bit/s/Hz downlink, 0.4 and 2.0 uplink. One stream: no gain from several layers
is assumed, so the rates near a site are low for n78.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.links.base import F64, Direction
from v2x.links.cellular.carriers import MOBILE_DBM, MOBILE_NOISE_DB, NOISE_DBM_HZ, Carrier

#: Below this SINR nothing can be sent, dB.
LOWEST_SINR_DB = -10.0
#: SINR of the background's users, dB (assumed).
_TYPICAL_SINR_DB = 10.0
_BOUNDS: dict[Direction, tuple[float, float]] = {"downlink": (0.6, 4.4), "uplink": (0.4, 2.0)}
#: A modem at the end of its power takes fewer resource blocks, as long as each would be below this, dB (assumed).
_LEAST_UPLINK_DB = 0.0
#: Rise of a gNB's noise when all cells around are fully loaded uplink, dB (assumed; who transmits is not modelled).
UPLINK_RISE_DB = 6.0


@dataclass(frozen=True)
class Radio:
    """The radio between each station and one cell, (n,) each.

    Attributes
    ----------
    downlink_sinr_db, uplink_sinr_db
        Over the resource blocks in use.
    downlink_bps, uplink_bps
        Rate at which a frame goes when the cell has no other; 0 where the SINR is too low.
    uplink_part
        Share of the cell's resource blocks that the modem's power is enough for.
    """

    downlink_sinr_db: F64
    uplink_sinr_db: F64
    downlink_bps: F64
    uplink_bps: F64
    uplink_part: F64

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Where frames pass in both directions."""
        return (self.downlink_bps > 0.0) & (self.uplink_bps > 0.0)


def shannon_bps_hz(sinr_db: F64, direction: Direction) -> F64:
    """Spectral efficiency, bit/s/Hz; 0 below `LOWEST_SINR_DB`."""
    alpha, ceiling = _BOUNDS[direction]
    efficiency = np.minimum(alpha * np.log2(1.0 + _linear(sinr_db)), ceiling)
    return np.where(sinr_db >= LOWEST_SINR_DB, efficiency, 0.0)


def radio_with(gain_db: F64, cell: NDArray[np.intp], carrier: Carrier, load_down: float, load_up: float) -> Radio:
    """Radio of each station with its cell.

    Parameters
    ----------
    gain_db
        From each cell's transmitter to each station, both antennas in, (n, k).
    cell
        Serving cell, (n,).
    carrier, load_down, load_up
        The band, and the share of the other cells' time in which they transmit, or receive.
    """
    rows = np.arange(len(cell))
    received_mw = _linear(carrier.cell_dbm + gain_db)
    own_mw = received_mw[rows, cell]
    # the others' beams are with their own stations: what comes over here is the sector antenna's
    others_mw = load_down * np.maximum(received_mw.sum(axis=1) - own_mw, 0.0)
    down_db = carrier.beam_db + _db(own_mw / (others_mw + _noise_mw(carrier.bandwidth_hz, MOBILE_NOISE_DB)))

    rise = 1.0 + load_up * (_linear(UPLINK_RISE_DB) - 1.0)
    noise_mw = rise * _noise_mw(carrier.bandwidth_hz, carrier.cell_noise_db)
    whole = _linear(MOBILE_DBM + gain_db[rows, cell] + carrier.beam_db) / noise_mw
    part = np.clip(whole / _linear(_LEAST_UPLINK_DB), 1.0 / carrier.blocks, 1.0)
    up_db = _db(whole / part)
    width_hz = carrier.bandwidth_hz
    return Radio(
        down_db,
        up_db,
        width_hz * carrier.downlink_share * shannon_bps_hz(down_db, "downlink"),
        width_hz * carrier.uplink_share * part * shannon_bps_hz(up_db, "uplink"),
        part,
    )


def typical_bps(carrier: Carrier, direction: Direction) -> float:
    """Rate at which a cell serves the background."""
    share = carrier.downlink_share if direction == "downlink" else carrier.uplink_share
    return float(carrier.bandwidth_hz * share * shannon_bps_hz(np.array([_TYPICAL_SINR_DB]), direction)[0])


def _noise_mw(width_hz: float, figure_db: float) -> float:
    return float(width_hz * _linear(NOISE_DBM_HZ + figure_db))


def _linear(value_db: F64 | float) -> F64:
    return np.power(10.0, np.asarray(value_db, np.float64) / 10.0)


def _db(value: F64) -> F64:
    return np.asarray(10.0 * np.log10(value), np.float64)
