"""Who hears whom, as a scenario's sidelink has it."""

from __future__ import annotations

import numpy as np

from v2x.field.model import Field
from v2x.links.sidelink.blockage import Blockage
from v2x.links.sidelink.gains import PairGains
from v2x.links.sidelink.layout import carrier_ghz
from v2x.links.sidelink.median import MedianLoss
from v2x.scenario.bodies import ANTENNA_HEIGHT_M
from v2x.scenario.model_sidelink import Sidelink

#: Stations interfere up to where a median signal equals a sub-channel's noise, and no farther than this.
_FARTHEST_M = 1500.0


def gains_of(
    config: Sidelink, noise_mw: float, seed: int, field: Field | None = None, period_m: float | None = None
) -> PairGains:
    """Gains among all stations that can matter to each other.

    Parameters
    ----------
    config, seed
        Settings, and seed of the run.
    noise_mw
        In a sub-channel.
    field
        Whose buildings stand in the way; None for open ground.
    period_m
        Length of a ring road along x, on which nothing stands in the way; None for the open plane.
    """
    ghz = carrier_ghz(config)
    power_dbm = max(config.obu_power_dbm, config.rsu_power_dbm) + 2.0 * config.antenna_gain_dbi
    budget_db = power_dbm - 10.0 * float(np.log10(noise_mw))
    reach_m = MedianLoss(config.propagation, ghz).reach_m(budget_db, ANTENNA_HEIGHT_M["car"], _FARTHEST_M)
    blockage = None if period_m else Blockage(field.buildings if field is not None else ())
    return PairGains(
        config.propagation, config.antenna_gain_dbi, ghz, seed, max(reach_m, config.reach_m), period_m, blockage
    )
