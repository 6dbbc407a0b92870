"""The channel as slots and sub-channels: how long, how many, how noisy, and how much of a transmission falls where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from v2x.links.base import F64
from v2x.links.sidelink.emission import Better, in_band

#: Thermal noise at 290 K, dBm in 1 Hz.
_THERMAL_DBM_HZ = -173.98


def thermal_noise_mw(bandwidth_hz: float, noise_figure_db: float = 9.0) -> float:
    """Noise power in a bandwidth; 9 dB is the figure of a vehicle's receiver in TR 36.885 (annex A.1.4)."""
    return float(10.0 ** ((_THERMAL_DBM_HZ + noise_figure_db) / 10.0) * bandwidth_hz)


@dataclass(frozen=True)
class Mask:
    """In-band emission by the standard's mask, for transmissions of one modulation (2 QPSK, 4 16QAM, 6 64QAM)."""

    modulation_bits: int
    better: Better


@dataclass(frozen=True)
class ResourceGrid:
    """Slots times sub-channels, of one or more adjacent carriers of equal width.

    Sub-channels are numbered through the carriers, upwards in frequency.

    Attributes
    ----------
    slot_ns
        Length of a slot (LTE: subframe).
    carriers
        How many.
    subchannels
        Sub-channels of each carrier.
    blocks
        Resource blocks of each sub-channel.
    carrier_blocks
        Resource blocks of each carrier; the last may belong to no sub-channel.
    noise_mw
        Noise power in a sub-channel, at the receiver's input (`thermal_noise_mw`).
    in_band
        In-band emission: by mask, or a flat ratio in dB of the power in any other sub-channel to that in the own, or
        None.
    adjacent_db
        How far a carrier's power is down in the next one; None: not received there at all.
    """

    slot_ns: int
    carriers: int
    subchannels: int
    blocks: int
    carrier_blocks: int
    noise_mw: float
    in_band: Mask | float | None = None
    adjacent_db: float | None = None

    @cached_property
    def carrier(self) -> NDArray[np.int32]:
        """Number of each sub-channel's carrier, (carriers * subchannels,)."""
        return np.repeat(np.arange(self.carriers, dtype=np.int32), self.subchannels)

    @cached_property
    def leak(self) -> F64:
        """Power sent in a sub-channel (row) that appears in another (column), as a share; 1 in itself.

        For transmissions of one sub-channel, shape (carriers * subchannels,) twice. What a wider one leaks is taken as
        the sum over its sub-channels, which is within 2.3 dB of the mask for it (five sub-channels of ten blocks).
        """
        within = np.array([self._within_carrier(number) for number in range(self.subchannels)])
        leak = np.kron(np.eye(self.carriers), within)
        if self.adjacent_db is not None:
            # Flat over the neighbour: assumed, the requirements are for its whole width.
            part = 10.0 ** (-self.adjacent_db / 10.0) * self.blocks / self.carrier_blocks
            leak[np.abs(np.subtract.outer(self.carrier, self.carrier)) == 1] = part
        return leak

    def _within_carrier(self, number: int) -> F64:
        """Share of a sub-channel's power that appears in each of its carrier's."""
        shares = np.zeros(self.subchannels)
        if isinstance(self.in_band, Mask):
            mask = self.in_band
            power = in_band(self.carrier_blocks, number * self.blocks, self.blocks, mask.modulation_bits, mask.better)
            shares = power[: self.subchannels * self.blocks].reshape(self.subchannels, -1).sum(axis=1)
        elif self.in_band is not None:
            shares += 10.0 ** (self.in_band / 10.0)
        shares[number] = 1.0
        return shares
