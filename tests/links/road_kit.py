"""The road of Gonzalez-Martin et al. 2019 for the tests of what builds on it."""

from __future__ import annotations

import numpy as np

from v2x.links.base import F64
from v2x.links.propagation import winner_b1
from v2x.links.sidelink.analytic import Road
from v2x.links.sidelink.bler import CURVES

#: Sub-channels of 10 MHz -> (resource blocks of the data, code) of 190 B in the paper.
CODES = {4: (10, CURVES["r1-160284-qpsk-0.7"]), 2: (12, CURVES["r1-160284-qpsk-0.5"])}


def paper_loss_db(distance_m: F64) -> F64:
    """WINNER+ B1 with heights of 1.5 m over an environment of 0 m at 5.91 GHz."""
    return np.asarray(winner_b1.los_db(distance_m, 1.5, 1.5, 0.0, 5.91))


def paper_road(density_per_m: float, rate_hz: float, power_dbm: float = 20.0, subchannels: int = 4) -> Road:
    """The paper's setting: noise of -95 dBm in 50 resource blocks."""
    blocks, curve = CODES[subchannels]
    noise_dbm = -95.0 - 10.0 * float(np.log10(50 / blocks))
    return Road(density_per_m, rate_hz, power_dbm, subchannels, noise_dbm, paper_loss_db, curve.at)
