"""The straight-road settings of published studies, as far as they are published."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10
from typing import Any

from v2x.errors import InputError
from v2x.links.sidelink.resource_grid import thermal_noise_mw
from v2x.scenario.model_propagation import WinnerB1
from v2x.scenario.model_sidelink import SUBCHANNEL_BLOCKS, Flow, Pool, SensingPc5

#: Resource blocks of a 10 MHz carrier, and their width.
_CARRIER_BLOCKS, _BLOCK_HZ = 50, 180e3
#: Resource elements in a resource block of a symbol.
_ELEMENTS = 12
#: Sensing and reception threshold of Gonzalez-Martin et al. 2019 for a whole packet, dBm.
_PSEN_DBM = -90.5


@dataclass(frozen=True)
class Study:
    """Vehicles on a straight road that all send alike.

    Attributes
    ----------
    radio
        Their radio.
    density_per_m, speed_mps
        How many a metre, and how fast, half of them in each direction.
    antenna_m
        Height of their antennas.
    rate_hz, payload_bytes
        Packets a second, and their size on the air.
    """

    radio: SensingPc5
    density_per_m: float
    speed_mps: float
    antenna_m: float
    rate_hz: float
    payload_bytes: int


def gonzalez2019(subchannels: int = 4, power_dbm: float = 20.0, rate_hz: float = 10.0) -> Study:
    """M. Gonzalez-Martin, M. Sepulcre, R. Molina-Masegosa, J. Gozalvez, IEEE Trans. Veh. Technol. 68(2), 2019.

    Their code (github.com/msepulcre/C-V2X) counts noise in the blocks that carry 190 B: 10 (QPSK r = 0.7) with four
    sub-channels, 12 (r = 0.5) with two, at -95 dBm in 50. A packet takes one sub-channel. Ours: other numbers of
    sub-channels go with the nearer of these two codes; the speed, which they do not give.

    Parameters
    ----------
    subchannels
        Of the 10 MHz channel.
    power_dbm
        Transmitter output; antennas have no gain.
    rate_hz
        Packets a second: 10 or 20 in the study.

    Raises
    ------
    InputError
        If no sub-channel of the standard is so narrow.
    """
    fitting = [size for size in SUBCHANNEL_BLOCKS["lte4"] if size * subchannels <= _CARRIER_BLOCKS]
    if subchannels < 1 or not fitting:
        raise InputError(f"{subchannels} sub-channels do not fit into 10 MHz")
    size = fitting[-1]
    dense = subchannels > 2
    noise_dbm = -95.0 + _db((10 if dense else 12) / _CARRIER_BLOCKS)
    radio = _plain(
        rate_hz,
        channel=Pool(carrier_mhz=10, subchannel_blocks=size, subchannels=subchannels),
        propagation=WinnerB1(kind="winner_b1", environment_height_m=0.0, shadowing_db=3.0, decorrelation_m=25.0),
        obu_power_dbm=power_dbm,
        antenna_gain_dbi=0.0,
        noise_figure_db=noise_dbm - _db(thermal_noise_mw(size * _BLOCK_HZ, 0.0)),
        sensitivity_dbm=_PSEN_DBM,
        rssi_floor_dbm=_PSEN_DBM,
        busy_dbm=_PSEN_DBM,
        rsrp_threshold_dbm=_PSEN_DBM - _db(_ELEMENTS * size),
        curve="r1-160284-qpsk-0.7" if dense else "r1-160284-qpsk-0.5",
        mcs=9 if dense else 7,
        highest_mcs=9 if dense else 7,
        keep_probability=0.0,
        emission="none",
    )
    return Study(radio, density_per_m=0.1, speed_mps=70.0 / 3.6, antenna_m=1.5, rate_hz=rate_hz, payload_bytes=190)


def wilab_r2() -> Study:
    """WiLabV2Xsim, LTE mode 4: 100 vehicles/km, MCS 11, so that 350 B take two sub-channels of ten blocks."""
    return _wilab(density_per_m=0.1, mcs=11, blocks=20, subchannels=2)


def wilab_r3() -> Study:
    """WiLabV2Xsim, LTE mode 4: 50 vehicles/km, MCS 7, so that 350 B take three sub-channels of ten blocks."""
    return _wilab(density_per_m=0.05, mcs=7, blocks=30, subchannels=1)


def _wilab(density_per_m: float, mcs: int, blocks: int, subchannels: int) -> Study:
    """23 dBm, 3 dBi, noise figure 6 dB, 10 Hz, 140 km/h, WINNER+ B1 with effective heights of 0.5 m.

    The simulator lets packets start only at multiples of their own width: sub-channels here are as wide as a packet.
    Below its curve of errors it knows no sensitivity, and its received energy has no floor.
    """
    radio = _plain(
        10.0,
        channel=Pool(carrier_mhz=10, subchannel_blocks=blocks, subchannels=subchannels),
        propagation=WinnerB1(kind="winner_b1", environment_height_m=1.0, shadowing_db=3.0, decorrelation_m=25.0),
        obu_power_dbm=23.0,
        antenna_gain_dbi=3.0,
        noise_figure_db=6.0,
        sensitivity_dbm=-140.0,
        rssi_floor_dbm=-140.0,
        rsrp_threshold_dbm=-110.0,
        curve=f"wilab-lte-mcs{mcs}-350-highway-los",
        mcs=mcs,
        highest_mcs=mcs,
        keep_probability=0.4,
        emission="mask",
    )
    return Study(radio, density_per_m, speed_mps=140.0 / 3.6, antenna_m=1.5, rate_hz=10.0, payload_bytes=350)


def _plain(rate_hz: float, **settings: Any) -> SensingPc5:
    """What all studies leave out: control channel, layer 2, congestion control, one-shot messages."""
    interval_ms = 1e3 / rate_hz
    return SensingPc5(
        kind="sensing",
        reach_m=512.5,  # the end of the last bin
        layer2_headers=False,
        control_power=False,
        congestion="off",
        flows={"BSM": Flow(interval_ms=interval_ms, priority=5)},
        t2_ms=min(100.0, interval_ms),
        **settings,
    )


def _db(ratio: float) -> float:
    return 10.0 * log10(ratio)
