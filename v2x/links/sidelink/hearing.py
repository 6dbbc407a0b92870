"""Who hears whom, as a scenario's sidelink has it."""

from __future__ import annotations

from v2x.field.model import Field
from v2x.links.sidelink.blockage import Blockage
from v2x.links.sidelink.gains import PairGains
from v2x.links.sidelink.layout import carrier_ghz
from v2x.links.sidelink.median import MedianLoss
from v2x.scenario.bodies import ANTENNA_HEIGHT_M
from v2x.scenario.model_sidelink import Sidelink


def reach_of(config: Sidelink, level_dbm: float, farthest_m: float) -> float:
    """How far the median signal of the strongest station stays above a level; ``farthest_m`` at most."""
    power_dbm = max(config.obu_power_dbm, config.rsu_power_dbm) + 2.0 * config.antenna_gain_dbi
    median = MedianLoss(config.propagation, carrier_ghz(config))
    return median.reach_m(power_dbm - level_dbm, ANTENNA_HEIGHT_M["car"], farthest_m)


def gains_of(
    config: Sidelink, reach_m: float, seed: int, field: Field | None = None, period_m: float | None = None
) -> PairGains:
    """Gains among all stations within reach of each other.

    Parameters
    ----------
    config, seed
        Settings, and seed of the run.
    reach_m
        How far that is.
    field
        Whose buildings stand in the way; None for open ground.
    period_m
        Length of a ring road along x, on which nothing stands in the way; None for the open plane.
    """
    blockage = None if period_m else Blockage(field.buildings if field is not None else ())
    ghz = carrier_ghz(config)
    return PairGains(config.propagation, config.antenna_gain_dbi, ghz, seed, reach_m, period_m, blockage)
