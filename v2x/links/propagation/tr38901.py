"""TR 38.901 clause 7.4: between a base station and a user terminal outdoors, 0.5 to 100 GHz.

Path loss from table 7.4.1-1, chance of line of sight from table 7.4.2-1, for urban macro (UMa), urban micro in street
canyons (UMi) and rural macro cells (RMa). Distances are horizontal, heights above ground, both in m; the slanting
distance is computed here. Carrier in GHz, losses in dB. The tables begin at 10 m; nearer counts as 10 m.

The effective environment height of UMa and UMi is 1 m: exact for terminals below 13 m (notes 1 of both tables), that is
for everything on a road. Terminals must be higher than that. RMa has its tables' default surroundings, buildings of 5 m
and streets of 20 m.
"""

from __future__ import annotations

from math import exp, pi, sqrt

from v2x.jit import compiled, elementwise
from v2x.links.propagation.decade import log10

#: The clause's speed of light, m/s (note 1 of table 7.4.1-1).
_LIGHT_MPS = 3.0e8
_NEAREST_M = 10.0
_ENVIRONMENT_M = 1.0
_RURAL_BUILDING_M, _RURAL_STREET_M = 5.0, 20.0
_ROUGH = float(_RURAL_BUILDING_M**1.72)
#: In line of sight: loss at 1 m and 1 GHz, dB a decade before the breakpoint, and dB a decade that its place takes off.
_UMA, _UMI = (28.0, 22.0, 18.0), (32.4, 21.0, 19.0)


@compiled
def _slant_m(distance_m: float, site_m: float, station_m: float) -> float:
    return sqrt(distance_m * distance_m + (site_m - station_m) * (site_m - station_m))


@compiled
def _breakpoint_m(site_m: float, station_m: float, carrier_ghz: float) -> float:
    """Effective breakpoint distance d'_BP of UMa and UMi (note 1)."""
    return 4.0 * (site_m - _ENVIRONMENT_M) * (station_m - _ENVIRONMENT_M) * carrier_ghz * 1e9 / _LIGHT_MPS


@compiled
def _urban_los(
    distance_m: float, site_m: float, station_m: float, carrier_ghz: float, law: tuple[float, float, float]
) -> float:
    """PL1 and PL2 of UMa and UMi."""
    base_db, near_db, breakpoint_db = law
    distance_m = max(distance_m, _NEAREST_M)
    slant_m, breakpoint_m = _slant_m(distance_m, site_m, station_m), _breakpoint_m(site_m, station_m, carrier_ghz)
    loss_db = base_db + 20.0 * log10(carrier_ghz)
    if distance_m <= breakpoint_m:
        return loss_db + near_db * log10(slant_m)
    return loss_db + 40.0 * log10(slant_m) - breakpoint_db * log10(_slant_m(breakpoint_m, site_m, station_m))


@compiled
def _rma_near(slant_m: float, carrier_ghz: float) -> float:
    """PL1 of RMa."""
    return (
        20.0 * log10(40.0 * pi * slant_m * carrier_ghz / 3.0)
        + min(0.03 * _ROUGH, 10.0) * log10(slant_m)
        - min(0.044 * _ROUGH, 14.77)
        + 0.002 * log10(_RURAL_BUILDING_M) * slant_m
    )


@compiled
def _rma_los(distance_m: float, site_m: float, station_m: float, carrier_ghz: float) -> float:
    distance_m = max(distance_m, _NEAREST_M)
    slant_m = _slant_m(distance_m, site_m, station_m)
    breakpoint_m = 2.0 * pi * site_m * station_m * carrier_ghz * 1e9 / _LIGHT_MPS  # note 5
    if distance_m <= breakpoint_m:
        return _rma_near(slant_m, carrier_ghz)
    return _rma_near(breakpoint_m, carrier_ghz) + 40.0 * log10(slant_m / breakpoint_m)


@elementwise
def uma_los_db(distance_m: float, site_m: float, station_m: float, carrier_ghz: float) -> float:
    """Loss in line of sight, urban macro."""
    return _urban_los(distance_m, site_m, station_m, carrier_ghz, _UMA)


@elementwise
def uma_nlos_db(distance_m: float, site_m: float, station_m: float, carrier_ghz: float) -> float:
    """Loss without line of sight, urban macro."""
    slant_m = _slant_m(max(distance_m, _NEAREST_M), site_m, station_m)
    loss_db = 13.54 + 39.08 * log10(slant_m) + 20.0 * log10(carrier_ghz) - 0.6 * (station_m - 1.5)
    return max(loss_db, _urban_los(distance_m, site_m, station_m, carrier_ghz, _UMA))


@elementwise
def umi_los_db(distance_m: float, site_m: float, station_m: float, carrier_ghz: float) -> float:
    """Loss in line of sight, urban micro."""
    return _urban_los(distance_m, site_m, station_m, carrier_ghz, _UMI)


@elementwise
def umi_nlos_db(distance_m: float, site_m: float, station_m: float, carrier_ghz: float) -> float:
    """Loss without line of sight, urban micro."""
    slant_m = _slant_m(max(distance_m, _NEAREST_M), site_m, station_m)
    loss_db = 22.4 + 35.3 * log10(slant_m) + 21.3 * log10(carrier_ghz) - 0.3 * (station_m - 1.5)
    return max(loss_db, _urban_los(distance_m, site_m, station_m, carrier_ghz, _UMI))


@elementwise
def rma_los_db(distance_m: float, site_m: float, station_m: float, carrier_ghz: float) -> float:
    """Loss in line of sight, rural macro."""
    return _rma_los(distance_m, site_m, station_m, carrier_ghz)


@elementwise
def rma_nlos_db(distance_m: float, site_m: float, station_m: float, carrier_ghz: float) -> float:
    """Loss without line of sight, rural macro."""
    slant_m = _slant_m(max(distance_m, _NEAREST_M), site_m, station_m)
    site = log10(site_m)
    loss_db = (
        161.04
        - 7.1 * log10(_RURAL_STREET_M)
        + 7.5 * log10(_RURAL_BUILDING_M)
        - (24.37 - 3.7 * (_RURAL_BUILDING_M / site_m) ** 2) * site
        + (43.42 - 3.1 * site) * (log10(slant_m) - 3.0)
        + 20.0 * log10(carrier_ghz)
        - (3.2 * log10(11.75 * station_m) ** 2 - 4.97)
    )
    return max(loss_db, _rma_los(distance_m, site_m, station_m, carrier_ghz))


@compiled
def _urban_chance(distance_m: float, fading_m: float) -> float:
    if distance_m <= 18.0:
        return 1.0
    return 18.0 / distance_m + exp(-distance_m / fading_m) * (1.0 - 18.0 / distance_m)


@elementwise
def uma_los(distance_m: float) -> float:
    """Chance of line of sight, urban macro, to a terminal not above 13 m."""
    return _urban_chance(distance_m, 63.0)


@elementwise
def umi_los(distance_m: float) -> float:
    """Chance of line of sight, urban micro."""
    return _urban_chance(distance_m, 36.0)


@elementwise
def rma_los(distance_m: float) -> float:
    """Chance of line of sight, rural macro."""
    return 1.0 if distance_m <= 10.0 else exp(-(distance_m - 10.0) / 1000.0)
