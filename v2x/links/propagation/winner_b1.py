"""WINNER+ B1, urban microcell, as LTE sidelink studies use it between vehicles (TR 36.885 clause A.1.4).

WINNER+ deliverable D5.3 (2010), and TR 36.843 clause A.2.1.2 round corners (clauses from memory; docs/propagation.md
says what was compared). Antenna heights count from the effective environment height: 0 or 1 m in simulators that all
say "WINNER+ B1", 16.5 dB apart beyond 177 m. It is therefore an argument everywhere. Distances in m, carrier in GHz,
losses in dB.
"""

from __future__ import annotations

from v2x.jit import compiled, elementwise
from v2x.links.propagation.decade import log10

#: The model's speed of light, m/s.
_LIGHT_MPS = 3.0e8
#: The model holds from here on; nearer pairs are taken to be so far apart (TR 36.843 clause A.2.1.2).
_NEAREST_M = 3.0
_DECADES_OF_5 = 0.69897000433601880  # log10 5


@compiled
def _los_db(distance_m: float, one_m: float, other_m: float, environment_m: float, carrier_ghz: float) -> float:
    distance_m = max(distance_m, _NEAREST_M)
    one_m, other_m = one_m - environment_m, other_m - environment_m
    breakpoint_m = 4.0 * one_m * other_m * carrier_ghz * 1e9 / _LIGHT_MPS
    decades, carrier = log10(distance_m), log10(carrier_ghz)
    if distance_m < breakpoint_m:
        loss_db = 22.7 * decades + 27.0 + 20.0 * carrier
    else:
        loss_db = 40.0 * decades + 7.56 - 17.3 * log10(one_m * other_m) + 2.7 * carrier
    return max(loss_db, 20.0 * decades + 46.4 + 20.0 * (carrier - _DECADES_OF_5))


@compiled
def _round_corner_db(first_m: float, second_m: float, los_db: float, carrier_ghz: float) -> float:
    """``los_db`` at the corner, ``first_m`` down the one street, and on into the other for ``second_m``."""
    order = max(2.8 - 0.0024 * first_m, 1.84)
    return los_db + 17.9 - 12.5 * order + 10.0 * order * log10(max(second_m, _NEAREST_M)) + 3.0 * log10(carrier_ghz)


@elementwise
def los_db(distance_m: float, one_m: float, other_m: float, environment_m: float, carrier_ghz: float) -> float:
    """Loss in line of sight, not below that of free space.

    Arguments: distance; both antennas' heights above ground and the effective environment height, below both; carrier.
    """
    return _los_db(distance_m, one_m, other_m, environment_m, carrier_ghz)


@elementwise
def nlos_db(
    first_m: float, second_m: float, one_m: float, other_m: float, environment_m: float, carrier_ghz: float
) -> float:
    """Loss around one street corner: the lesser one of both directions (Manhattan layout).

    Arguments: way from either end to the corner; then as for `los_db`.
    """
    one_los_db = _los_db(first_m, one_m, other_m, environment_m, carrier_ghz)
    other_los_db = _los_db(second_m, one_m, other_m, environment_m, carrier_ghz)
    return min(
        _round_corner_db(first_m, second_m, one_los_db, carrier_ghz),
        _round_corner_db(second_m, first_m, other_los_db, carrier_ghz),
    )
