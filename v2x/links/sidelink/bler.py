"""Block error rate by SINR: published curves, what to do between them, and the inverse that a scheduler draws from.

Two families. `CURVES` are points of R1-160284 (3GPP), linear between them. The others are curves of link simulations
that WiLabV2Xsim ships (https://github.com/V2Xgithub/WiLabV2Xsim, folder PERcurves), each reduced by us to a logistic
``1 / (1 + exp((sinr - middle) / slope))`` by least squares: at most 0.03 off their points (0.06 for NR MCS 21, 100 B).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from v2x.links.base import F64

Surroundings = Literal["highway_los", "highway_nlos", "urban_los", "urban_nlos", "crossing_nlos"]


@dataclass(frozen=True)
class Curve:
    """Block error rate by SINR, linear between points.

    Attributes
    ----------
    name, source
        What it is called and where it is from.
    sinr_db
        Points, ascending, dB over the occupied resource blocks.
    bler
        Block error rate there, not increasing from 1. Below the first point it is 1, above the last one the last value.
    """

    name: str
    source: str
    sinr_db: F64
    bler: F64

    def at(self, sinr_db: F64) -> F64:
        """Block error rate, same shape."""
        rate: F64 = np.interp(sinr_db, self.sinr_db, self.bler, left=1.0)
        return rate

    def shifted(self, shift_db: float) -> Curve:
        """The curve of a code that needs so many dB more."""
        return replace(self, name=f"{self.name} {shift_db:+.2f} dB", sinr_db=self.sinr_db + shift_db)


def thresholds(curve: Curve, n: int = 4096) -> F64:
    """SINR that a block needs, by its luck: the curve's inverse in equal steps of probability.

    With ``u`` uniform in (0, 1), a block is received if and only if its linear SINR exceeds
    ``thresholds(curve, n)[int(u * n)]``; its error rate is then the curve's, to within 1 / (2 n).

    Parameters
    ----------
    curve
        Block error rate.
    n
        Steps.

    Returns
    -------
    ndarray of float64, shape (n,)
        Linear power ratios, ascending; infinite where the curve's last value says that no SINR is enough.
    """
    luck = (np.arange(n) + 0.5) / n
    needed_db = np.interp(luck, 1.0 - curve.bler, curve.sinr_db, right=np.inf)
    linear: F64 = 10.0 ** (needed_db / 10.0)
    return linear


def fallback_sinr_db(efficiency: float) -> float:
    """SINR that a block of so many bit/s/Hz needs: Shannon at 40 %, WiLabV2Xsim's rule for codes without a curve."""
    return float(10.0 * np.log10(2.0 ** (efficiency / 0.4) - 1.0))


def curve_for(surroundings: Surroundings, modulation_bits: int, efficiency: float, payload_bytes: int) -> Curve:
    """The nearest published curve, moved to the wanted efficiency.

    Our rule: among the curves of the surroundings those of the same modulation (else all), of these the nearest
    efficiency, of these the nearest size; moved by the difference of `fallback_sinr_db`. LTE and NR share the curves:
    where both are published (urban, 1500 B, rate 0.5) they lie 0.2 dB apart. Size itself moves nothing.

    Parameters
    ----------
    surroundings
        Fading that the curves were simulated with.
    modulation_bits
        Bits a symbol: 2 QPSK, 4 16QAM, 6 64QAM.
    efficiency
        Information bits / (180 x resource blocks) in a slot: bit/s/Hz.
    payload_bytes
        Size of the block.
    """
    rows = [row for row in _SIMULATED if row.surroundings == surroundings]
    alike = [row for row in rows if row.modulation_bits == modulation_bits] or rows
    wanted_db = fallback_sinr_db(efficiency)

    def distance(row: _Simulated) -> tuple[float, float]:
        off_db = abs(fallback_sinr_db(row.efficiency) - wanted_db)
        return round(off_db, 1), abs(float(np.log(row.payload_bytes / payload_bytes)))

    nearest = min(alike, key=distance)
    return nearest.curve().shifted(wanted_db - fallback_sinr_db(nearest.efficiency))


@dataclass(frozen=True)
class _Simulated:
    """A curve of the WiLabV2Xsim collection: what was simulated, and its logistic."""

    surroundings: Surroundings
    radio: Literal["LTE", "NR"]
    mcs: int
    payload_bytes: int
    modulation_bits: int
    efficiency: float
    middle_db: float
    slope_db: float

    def curve(self) -> Curve:
        odds = np.linspace(-14.0, 14.0, 561)
        bler = 1.0 / (1.0 + np.exp(odds))
        bler[0], bler[-1] = 1.0, 0.0  # beyond a millionth: nothing and all
        name = f"{self.radio} MCS {self.mcs} {self.payload_bytes} B {self.surroundings}"
        return Curve(name, "WiLabV2Xsim PERcurves, logistic fit ours", self.middle_db + self.slope_db * odds, bler)


# Efficiency: LTE by the block size (TS 36.213 table 7.1.7.2.1-1) of the fewest resource blocks that take the payload;
# NR 0.6 x bits a symbol x code rate (9 of 14 symbols carry data, as in LTE). Not in the table: LTE MCS 9 and 10 of the
# collection, which need more than its MCS 11 does, and LTE MCS 7 190 B, which is R1-160284's r = 0.7 below.
_SIMULATED = (
    _Simulated("highway_los", "LTE", 3, 190, 2, 0.318, -2.49, 0.84),
    _Simulated("highway_los", "LTE", 4, 350, 2, 0.397, -1.58, 0.74),
    _Simulated("highway_los", "LTE", 5, 190, 2, 0.477, -0.29, 0.92),
    _Simulated("highway_los", "LTE", 5, 350, 2, 0.481, -0.63, 0.79),
    _Simulated("highway_los", "LTE", 6, 550, 2, 0.592, 0.43, 0.74),
    _Simulated("highway_los", "LTE", 7, 350, 2, 0.691, 2.08, 0.85),
    _Simulated("highway_los", "LTE", 8, 550, 2, 0.796, 2.87, 0.80),
    _Simulated("highway_los", "LTE", 11, 350, 4, 0.975, 5.20, 0.96),
    _Simulated("highway_los", "LTE", 11, 550, 4, 0.979, 5.11, 0.88),
    _Simulated("highway_nlos", "LTE", 3, 190, 2, 0.318, 0.79, 0.69),
    _Simulated("highway_nlos", "LTE", 4, 350, 2, 0.397, 1.77, 0.68),
    _Simulated("highway_nlos", "LTE", 5, 190, 2, 0.477, 3.13, 0.81),
    _Simulated("highway_nlos", "LTE", 5, 350, 2, 0.481, 2.76, 0.72),
    _Simulated("highway_nlos", "LTE", 6, 550, 2, 0.592, 3.93, 0.70),
    _Simulated("highway_nlos", "LTE", 7, 350, 2, 0.691, 5.71, 0.70),
    _Simulated("highway_nlos", "LTE", 8, 550, 2, 0.796, 6.57, 0.74),
    _Simulated("highway_nlos", "LTE", 11, 350, 4, 0.975, 9.04, 0.90),
    _Simulated("highway_nlos", "LTE", 11, 550, 4, 0.979, 8.99, 0.76),
    _Simulated("urban_los", "LTE", 4, 350, 2, 0.397, -0.85, 0.72),
    _Simulated("urban_los", "LTE", 5, 350, 2, 0.481, 0.08, 0.76),
    _Simulated("urban_los", "LTE", 7, 350, 2, 0.691, 2.85, 0.89),
    _Simulated("urban_los", "LTE", 11, 350, 4, 0.975, 5.97, 1.09),
    _Simulated("crossing_nlos", "LTE", 4, 350, 2, 0.397, 1.21, 0.72),
    _Simulated("crossing_nlos", "LTE", 5, 350, 2, 0.481, 2.18, 0.72),
    _Simulated("crossing_nlos", "LTE", 7, 350, 2, 0.691, 5.11, 0.80),
    _Simulated("crossing_nlos", "LTE", 11, 350, 4, 0.975, 8.45, 0.93),
    _Simulated("urban_nlos", "NR", 7, 100, 2, 0.616, 9.15, 2.00),
    _Simulated("urban_nlos", "NR", 7, 1500, 2, 0.616, 9.18, 1.96),
    _Simulated("urban_nlos", "NR", 21, 100, 6, 2.166, 19.66, 3.30),
    _Simulated("urban_nlos", "NR", 21, 1500, 6, 2.166, 21.54, 2.35),
)

# R1-160284 as Gonzalez-Martin et al. 2019 use it (github.com/msepulcre/C-V2X, get_BLER.m): 190 B, 280 km/h; it falls to
# 0.001 and to 0.0001 at 20 dB, and stays there.
_R1_160284 = "R1-160284, 190 B at 280 km/h, as used by Gonzalez-Martin et al. 2019"
_TWO_STEPS = [1e-3, 1e-4]

#: Curves that can be asked for by name.
CURVES: dict[str, Curve] = {
    "r1-160284-qpsk-0.7": Curve(
        "R1-160284 QPSK r=0.7",
        _R1_160284,
        np.array([0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 20.0, 20.000001]),
        np.array([1.0, 0.9, 0.7, 0.4, 0.13, 0.045, 0.017, 0.007, 1e-3, *_TWO_STEPS]),
    ),
    "r1-160284-qpsk-0.5": Curve(
        "R1-160284 QPSK r=0.5",
        _R1_160284,
        np.array([-2.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 20.0, 20.000001]),
        np.array([1.0, 0.9, 0.7, 0.3, 0.09, 0.02, 0.002, 1e-3, *_TWO_STEPS]),
    ),
    **{
        f"wilab-{row.radio.lower()}-mcs{row.mcs}-{row.payload_bytes}-{row.surroundings.replace('_', '-')}": row.curve()
        for row in _SIMULATED
    },
}
