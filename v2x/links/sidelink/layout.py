"""From the scenario's words to a radio's tables: the resource grid, the transport blocks, their error curves."""

from __future__ import annotations

from v2x.errors import InputError
from v2x.links.sidelink.bler import CURVES, Curve, curve_for
from v2x.links.sidelink.emission import LTE_SIDELINK, NR_LIMITS
from v2x.links.sidelink.nr_transport import NR_HEADERS, NrShapes
from v2x.links.sidelink.resource_grid import Mask, ResourceGrid, thermal_noise_mw
from v2x.links.sidelink.transport import LTE_HEADERS, NO_HEADERS, Block, LteShapes, Shapes
from v2x.scenario.model_sidelink import ROADSIDE, Sidelink, carrier_blocks

#: Width of a resource block of LTE.
LTE_BLOCK_HZ = 180e3
#: Feedback channel with its gaps in slots that have one, symbols (TS 38.214 clause 8.1.3.2).
_FEEDBACK_SYMBOLS = 3


def grid_of(config: Sidelink) -> ResourceGrid:
    """Slots and sub-channels; the mask of in-band emission is that of the preferred MCS."""
    pool, per_15_khz = config.pool(), config.subcarrier_khz // 15
    subchannels = pool.subchannels or 1
    block_hz = LTE_BLOCK_HZ * per_15_khz
    modulation_bits = shapes_of(config).block(config.mcs, 1).modulation_bits
    mask = Mask(modulation_bits, LTE_SIDELINK if config.mode == "lte4" else NR_LIMITS)
    emissions: dict[str, Mask | float | None] = {"mask": mask, "flat": config.flat_emission_db, "none": None}
    return ResourceGrid(
        slot_ns=1_000_000 // per_15_khz,
        carriers=pool.carriers,
        subchannels=subchannels,
        blocks=pool.subchannel_blocks,
        carrier_blocks=carrier_blocks(config.mode, pool.carrier_mhz, config.subcarrier_khz),
        noise_mw=thermal_noise_mw(pool.subchannel_blocks * block_hz, config.noise_figure_db),
        in_band=emissions[config.emission],
        adjacent_db=config.adjacent_db,
    )


def shapes_of(config: Sidelink) -> Shapes:
    """Transport blocks that the radio can make."""
    pool = config.pool()
    size, subchannels = pool.subchannel_blocks, pool.subchannels or 1
    if config.mode == "lte4":
        headers = LTE_HEADERS if config.layer2_headers else NO_HEADERS
        return LteShapes(size, subchannels, headers, config.control_power)
    headers = NR_HEADERS if config.layer2_headers else NO_HEADERS
    return NrShapes(size, subchannels, headers, feedback_symbols=_FEEDBACK_SYMBOLS if config.feedback_m else 0)


def curve_of(config: Sidelink, block: Block) -> Curve:
    """Error curve of a transport block.

    Raises
    ------
    InputError
        If the scenario names a curve that there is not.
    """
    if config.curve is None:
        return curve_for(config.fading, block.modulation_bits, block.efficiency, block.bits // 8)
    if config.curve not in CURVES:
        raise InputError(f"unknown curve '{config.curve}', there are {', '.join(CURVES)}", path="links.pc5.curve")
    return CURVES[config.curve]


def sender_of(config: Sidelink, message_type: str) -> tuple[int, float]:
    """Carrier, and transmitter output in dBm, of the stations that send messages of a type."""
    if message_type in ROADSIDE:
        return config.pool().rsu_carrier, config.rsu_power_dbm
    return config.pool().obu_carrier, config.obu_power_dbm


def rsrp_threshold_mw(config: Sidelink) -> float:
    """The RSRP threshold as power in a sub-channel: it is stated for one resource element, of which a block has 12."""
    return float(10.0 ** (config.rsrp_threshold_dbm / 10.0)) * 12 * config.pool().subchannel_blocks


def carrier_ghz(config: Sidelink) -> float:
    """Middle of all carriers."""
    pool = config.pool()
    return (pool.lowest_mhz + pool.carriers * pool.carrier_mhz / 2.0) / 1e3
