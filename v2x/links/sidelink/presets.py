"""The straight-road settings of published studies, as far as they are published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import ceil, log10
from typing import Any

from pydantic import ValidationError

from v2x.errors import InputError
from v2x.links.sidelink.layout import LTE_BLOCK_HZ
from v2x.links.sidelink.nr_transport import NR_HIGHEST_MCS, NrShapes
from v2x.links.sidelink.resource_grid import thermal_noise_mw
from v2x.links.sidelink.transport import NO_HEADERS, Allocation, LteShapes, allocate
from v2x.scenario.model_propagation import WinnerB1
from v2x.scenario.model_sidelink import SUBCHANNEL_BLOCKS, Flow, Mode, Pool, SensingPc5, carrier_blocks

#: Resource elements in a resource block of a symbol.
_ELEMENTS = 12
#: Sensing and reception threshold of Gonzalez-Martin et al. 2019 for a whole packet, dBm.
_PSEN_DBM = -90.5
#: Most transport blocks of a packet.
_SEGMENTS = 4


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
    open_road_m
        Length of a road with two ends, where vehicles stand anywhere; None for a ring on which they keep a distance.
    """

    radio: SensingPc5
    density_per_m: float
    speed_mps: float
    antenna_m: float
    rate_hz: float
    payload_bytes: int
    open_road_m: float | None = None


def gonzalez2019(
    subchannels: int = 4,
    power_dbm: float = 20.0,
    rate_hz: float = 10.0,
    density_per_m: float = 0.1,
    payload_bytes: int = 190,
    mode: Mode = "lte4",
) -> Study:
    """M. Gonzalez-Martin, M. Sepulcre, R. Molina-Masegosa, J. Gozalvez, IEEE Trans. Veh. Technol. 68(2), 2019.

    Their code (github.com/msepulcre/C-V2X) counts noise in the blocks that carry 190 B: 10 (QPSK r = 0.7) with four
    sub-channels, 12 (r = 0.5) with two, at -95 dBm in 50. A packet takes one sub-channel. Ours: other numbers of
    sub-channels go with the nearer of these two codes; larger packets take blocks in proportion, and as many
    sub-channels and segments as their code needs, smaller ones are padded; the speed, which they do not give.

    Parameters
    ----------
    subchannels
        Of the 10 MHz channel.
    power_dbm
        Transmitter output; antennas have no gain.
    rate_hz
        Packets a second: 10, 20 or 50 in the study.
    density_per_m
        Vehicles a metre: 0.1 to 0.3 in the study.
    payload_bytes
        Size of a packet on the air.
    mode
        nr2: the procedure of NR in the same setting, see `_packet`.

    Raises
    ------
    InputError
        If no sub-channel of the standard is so narrow, or a packet is too big.
    """
    size = _widest(mode, subchannels)
    dense = subchannels > 2
    mcs = 9 if dense else 7
    packet = _packet(mode, size, subchannels, payload_bytes, mcs)
    carrying = ceil((10 if dense else 12) * max(1.0, payload_bytes / 190 / packet.segments))
    noise_dbm = -95.0 + _db(carrying / packet.subchannels / carrier_blocks("lte4", 10, 15))
    sensed_dbm = _PSEN_DBM - _db(packet.subchannels)  # in each of its sub-channels
    radio = _plain(
        rate_hz,
        power_dbm,
        mode=mode,
        channel=Pool(carrier_mhz=10, subchannel_blocks=size, subchannels=subchannels),
        propagation=WinnerB1(kind="winner_b1", environment_height_m=0.0, shadowing_db=3.0, decorrelation_m=25.0),
        antenna_gain_dbi=0.0,
        noise_figure_db=noise_dbm - _db(thermal_noise_mw(size * LTE_BLOCK_HZ, 0.0)),
        sensitivity_dbm=_PSEN_DBM,
        rssi_floor_dbm=sensed_dbm,
        busy_dbm=sensed_dbm,
        rsrp_threshold_dbm=sensed_dbm - _db(_ELEMENTS * size),
        curve="r1-160284-qpsk-0.7" if dense else "r1-160284-qpsk-0.5",
        mcs=packet.mcs,
        highest_mcs=packet.mcs,
        keep_probability=0.0,
        emission="none",
    )
    return Study(radio, density_per_m, 70.0 / 3.6, 1.5, rate_hz, payload_bytes)


def _wilab(
    own_pool: tuple[int, int],
    mcs: int,
    *,
    subchannels: int | None = None,
    power_dbm: float = 23.0,
    rate_hz: float = 10.0,
    density_per_m: float = 0.1,
    payload_bytes: int = 350,
    mode: Mode = "lte4",
) -> Study:
    """23 dBm, 3 dBi, noise figure 6 dB, 10 Hz, 140 km/h, WINNER+ B1 with effective heights of 0.5 m.

    Read in the simulator: packets start only at multiples of their own width, so sub-channels here are as wide as a
    packet (other numbers of sub-channels: as wide as fits, packets start anywhere); below its curve of errors it knows
    no sensitivity; received energy below the noise counts as none; vehicles stand anywhere on 2 km with two ends, which
    are part of its counts, and who leaves at one end enters at the other.

    Parameters
    ----------
    own_pool
        Resource blocks of a sub-channel and number of sub-channels, where neither number nor mode is another.
    """
    as_published = subchannels is None and mode == "lte4"
    subchannels = subchannels or own_pool[1]
    size = own_pool[0] if as_published else _widest(mode, subchannels)
    packet = _packet(mode, size, subchannels, payload_bytes, mcs)
    radio = _plain(
        rate_hz,
        power_dbm,
        mode=mode,
        channel=Pool(carrier_mhz=10, subchannel_blocks=size, subchannels=subchannels),
        propagation=WinnerB1(kind="winner_b1", environment_height_m=1.0, shadowing_db=3.0, decorrelation_m=25.0),
        antenna_gain_dbi=3.0,
        noise_figure_db=6.0,
        sensitivity_dbm=-140.0,
        rssi_floor_dbm=_db(thermal_noise_mw(size * LTE_BLOCK_HZ, 6.0)),
        rsrp_threshold_dbm=-110.0,
        curve=f"wilab-lte-mcs{mcs}-350-highway-los",
        mcs=packet.mcs,
        highest_mcs=packet.mcs,
        keep_probability=0.4,
        emission="mask",
    )
    return Study(radio, density_per_m, 140.0 / 3.6, 1.5, rate_hz, payload_bytes, open_road_m=2000.0)


#: WiLabV2Xsim, LTE mode 4: 100 vehicles/km, MCS 11, so that 350 B take two sub-channels of ten blocks; and 50
#: vehicles/km, MCS 7, so that they take three.
wilab_r2 = partial(_wilab, (20, 2), 11)
wilab_r3 = partial(_wilab, (30, 1), 7, density_per_m=0.05)

#: Studies by the name they go by on the command line.
PRESETS: dict[str, Callable[..., Study]] = {
    "gonzalez2019": gonzalez2019,
    "wilab-r2": wilab_r2,
    "wilab-r3": wilab_r3,
}


def _widest(mode: Mode, subchannels: int) -> int:
    """Resource blocks of the widest sub-channel of which so many fit into 10 MHz."""
    room = carrier_blocks(mode, 10, 15)
    fitting = [size for size in SUBCHANNEL_BLOCKS[mode] if size * subchannels <= room]
    if subchannels < 1 or not fitting:
        raise InputError(f"{subchannels} sub-channels do not fit into 10 MHz with {mode}", path="subchannels")
    return fitting[-1]


def _packet(mode: Mode, size: int, subchannels: int, payload_bytes: int, mcs: int) -> Allocation:
    """What a packet takes at an MCS of LTE.

    Under NR it takes as much, at the lowest MCS that lets it; the study's error curve stays, so that what differs
    between the modes is how resources are chosen.
    """
    lte = allocate(LteShapes(size, subchannels, NO_HEADERS, False), payload_bytes, mcs, mcs, _SEGMENTS)
    if not lte.segments:
        raise InputError(f"{payload_bytes} B need more than {_SEGMENTS} blocks at MCS {mcs}", path="payload_bytes")
    if mode == "lte4":
        return lte
    shapes = NrShapes(size, subchannels, NO_HEADERS)
    for index in range(mcs, NR_HIGHEST_MCS + 1):
        packet = allocate(shapes, payload_bytes, index, index, _SEGMENTS)
        if (packet.segments, packet.subchannels) == (lte.segments, lte.subchannels):
            return packet
    raise InputError(f"no MCS puts {payload_bytes} B where LTE has them", path="payload_bytes")


def _plain(rate_hz: float, power_dbm: float, **settings: Any) -> SensingPc5:
    """What all studies leave out: control channel, layer 2, congestion control, one-shot messages."""
    interval_ms = 1e3 / rate_hz
    try:
        return SensingPc5(
            kind="sensing",
            reach_m=512.5,  # the end of the last bin
            obu_power_dbm=power_dbm,
            rsu_power_dbm=power_dbm,  # there are none, but they would widen the circle of interferers
            layer2_headers=False,
            control_power=False,
            congestion="off",
            most_segments=_SEGMENTS,
            flows={"BSM": Flow(interval_ms=interval_ms, priority=5)},
            t2_ms=min(100.0, interval_ms),
            **settings,
        )
    except ValidationError as error:
        fault = error.errors()[0]
        raise InputError(fault["msg"], path=".".join(map(str, fault["loc"]))) from error


def _db(ratio: float) -> float:
    return 10.0 * log10(ratio)
