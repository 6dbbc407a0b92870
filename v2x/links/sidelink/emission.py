"""Power that a transmitter puts where it was not asked to: into other blocks of its channel, and into the next channel.

In band: TS 36.101 clause 6.5.2.3 (NR: TS 38.101-1 clause 6.4.2.3) says how much a UE may emit into each resource block
that it does not occupy. TR 36.885 takes the limits for what UEs do, less {W, X, Y, Z} dB. Formulas read in
WiLabV2Xsim's IBEcalculation.m, not in the standard's text. Carrier leakage is relative to the total power here, after
the unit dBc of its limit; WiLabV2Xsim takes it relative to one block.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from v2x.links.base import F64

#: Error vector magnitude by bits a symbol, QPSK, 16QAM, 64QAM (TS 36.101 table 6.5.2.1.1-1, TS 38.101-1 table
#: 6.4.2.1-1).
EVM = {2: 0.175, 4: 0.125, 6: 0.08}


@dataclass(frozen=True)
class Better:
    """By how much a transmitter is better than the limits, dB: {W, X, Y, Z} for EVM, floor, image, carrier leakage."""

    evm_db: float
    floor_db: float
    image_db: float
    carrier_db: float


#: TR 36.885 annex A (from TR 36.843): {W, X, Y, Z} = {3, 6, 3, 3} for one cluster of SC-FDMA.
LTE_SIDELINK = Better(3.0, 6.0, 3.0, 3.0)
#: As bad as allowed: what WiLabV2Xsim takes for NR.
NR_LIMITS = Better(0.0, 0.0, 0.0, 0.0)


def in_band(blocks: int, first: int, width: int, modulation_bits: int, better: Better) -> F64:
    """Where the power of an allocation goes within its channel.

    Parameters
    ----------
    blocks
        Resource blocks of the channel.
    first, width
        Those occupied.
    modulation_bits
        Bits a symbol: 2, 4 or 6.
    better
        Distance from the limits.

    Returns
    -------
    ndarray of float64, shape (blocks,)
        Power in each resource block, as a share of the power sent; ``1 / width`` in those occupied. The limits of the
        absolute kind (-57 dBm in 180 kHz) are left out: below the floor at any power above -10 dBm a block.
    """
    block = np.arange(blocks)
    gap = np.maximum(first - block, block - (first + width - 1))
    floor_db = -25.0 - 10.0 * np.log10(blocks / width) - better.floor_db
    slope_db = 20.0 * np.log10(EVM[modulation_bits]) - 3.0 - 5.0 * (gap - 1) / width - better.evm_db
    near = 10.0 ** (np.maximum(floor_db, slope_db) / 10.0)
    mirrored = blocks - 1 - block
    image = np.where((mirrored >= first) & (mirrored < first + width), 10.0 ** ((-25.0 - better.image_db) / 10.0), 0.0)
    # The carrier lies in the middle block, or between the two middle blocks, which then share it.
    middle = (block == (blocks - 1) // 2) | (block == blocks // 2)
    carrier = np.where(middle, 10.0 ** ((-25.0 - better.carrier_db) / 10.0) / np.count_nonzero(middle), 0.0)
    share: F64 = np.where(gap <= 0, 1.0 / width, (near + image) / width + carrier)
    return share
