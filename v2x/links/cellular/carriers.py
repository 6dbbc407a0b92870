"""Carriers: what a cell and a vehicle's modem do on a band.

Bands, channel widths and resource blocks: TS 38.104 clauses 5.2 and 5.3.2 (n78: 100 MHz, 30 kHz, 273 blocks; n8:
20 MHz, 15 kHz, 106 blocks). From memory of the reports, to be confirmed before they are quoted as normative: 51 dBm is
the 44 dBm for 20 MHz of TR 38.802 table A.2.1-1 at the same density; 46 dBm, the sector antenna's 15 dBi (12 dBi at
900 MHz) and the noise figures are those of TR 36.942 clauses 4.2 to 4.6. Vehicles: 23 dBm (power class 3, TS 38.101-1
clause 6.2.1), an antenna of 0 dBi on the roof (assumed), no loss into the car. TDD: 2.5 ms double period DDDSU DDSUU
with special slots of 10 + 2 + 2 symbols, the usual pattern of n78 in China (from memory): 5 + 2 x 10/14 of 10 slots
down, 3 up. Beams: an array of 64 elements of 8 dBi has 26 dBi, 11 dB more than the sector antenna, of which data gets 8
(assumed); on 900 MHz there is no such array.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Carrier:
    """A carrier.

    Attributes
    ----------
    frequency_ghz
        Middle of the channel.
    subcarrier_hz, blocks
        Spacing, and resource blocks of 12 subcarriers in the channel.
    cell_dbm, cell_dbi
        Power of a cell over the whole channel, and gain of a sector's antenna along its axis.
    beam_db
        Gain of data over the sector's antenna, by beams towards the served station, in both directions.
    cell_noise_db
        Noise figure of the gNB.
    downlink_share, uplink_share
        Share of the time in which the channel carries each direction.
    """

    frequency_ghz: float
    subcarrier_hz: float
    blocks: int
    cell_dbm: float
    cell_dbi: float
    beam_db: float
    cell_noise_db: float
    downlink_share: float
    uplink_share: float

    @property
    def bandwidth_hz(self) -> float:
        """What the resource blocks occupy."""
        return 12.0 * self.subcarrier_hz * self.blocks


CARRIERS = {
    "n78": Carrier(3.5, 30e3, 273, 51.0, 15.0, 8.0, 5.0, downlink_share=(5 + 20 / 14) / 10, uplink_share=0.3),
    "n8": Carrier(0.9, 15e3, 106, 46.0, 12.0, 0.0, 5.0, downlink_share=1.0, uplink_share=1.0),
}

#: A vehicle's modem.
MOBILE_DBM, MOBILE_NOISE_DB = 23.0, 9.0
#: Thermal noise at 290 K in 1 Hz.
NOISE_DBM_HZ = -174.0
