"""TR 37.885 clause 6.2.1: between vehicles, and between vehicles and roadside units, up to 6 GHz.

Path loss from table 6.2.1-1, chance of line of sight from table 6.2-1 (vehicles on one street), loss by vehicles
in the way (NLOSv) from clause 6.2.1's three cases. Distances in m between the antennas, carrier in GHz, losses in dB.
The clause has no least distance; nearer than 1 m counts as 1 m (assumed).
"""

from __future__ import annotations

from math import exp

from v2x.jit import elementwise
from v2x.links.propagation.decade import log10

#: Loss by each vehicle in the way, dB (ETSI TR 103 257-1, as simulators use it).
PER_VEHICLE_DB = 6.9
_NEAREST_M = 1.0


@elementwise
def highway_db(distance_m: float, carrier_ghz: float) -> float:
    """Loss on a highway, in line of sight or, with NLOSv loss on top, behind vehicles."""
    return 32.4 + 20.0 * log10(max(distance_m, _NEAREST_M)) + 20.0 * log10(carrier_ghz)


@elementwise
def urban_db(distance_m: float, carrier_ghz: float) -> float:
    """Loss on one urban street, in line of sight or, with NLOSv loss on top, behind vehicles."""
    return 38.77 + 16.7 * log10(max(distance_m, _NEAREST_M)) + 18.2 * log10(carrier_ghz)


@elementwise
def nlos_db(distance_m: float, carrier_ghz: float) -> float:
    """Loss behind buildings."""
    return 36.85 + 30.0 * log10(max(distance_m, _NEAREST_M)) + 18.9 * log10(carrier_ghz)


@elementwise
def highway_los(distance_m: float) -> float:
    """Chance of line of sight on a highway; else vehicles stand in the way."""
    if distance_m <= 475.0:
        return min(1.0, 2.1013e-6 * distance_m * distance_m - 0.002 * distance_m + 1.0193)
    return max(0.0, 0.54 - 0.001 * (distance_m - 475.0))


@elementwise
def urban_los(distance_m: float) -> float:
    """Chance of line of sight on one urban street; else vehicles stand in the way."""
    return min(1.0, 1.05 * exp(-0.0114 * distance_m))


@elementwise
def nlosv_db(distance_m: float, one_m: float, other_m: float, blocker_m: float, normal: float) -> float:
    """Loss by vehicles in the way.

    Arguments: distance; heights of both antennas and of the highest vehicle between; a standard normal draw, with
    which the loss in dB is normal, cut off at 0.
    """
    if min(one_m, other_m) > blocker_m:
        return 0.0
    growth_db = max(0.0, 15.0 * log10(max(distance_m, _NEAREST_M)) - 41.0)
    if max(one_m, other_m) < blocker_m:
        return max(0.0, 9.0 + growth_db + 4.5 * normal)
    return max(0.0, 5.0 + growth_db + 4.0 * normal)
