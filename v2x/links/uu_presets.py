"""Measured 5G networks as numbers: one-way delay laws and stalls. This table is the only place they stand.

CICV5G: X. Zhang et al., 2025, Zenodo DOI 10.5281/zenodo.17475688, CC BY 4.0. Round trips vehicle-cloud-vehicle of a
publish/subscribe echo on the Tongji University test field, Shanghai, one sample in 55 ms; n78 is a public, n8 a private
network; "weak" is their drive W2S through poor n8 coverage. shift + Gamma was fitted to the round trips outside stalls;
the stalls were counted in the raw files (``tests/links/test_cicv5g.py`` counts them again).

SA trial: DETERMINISTIC6G, latency measurements of a 5G stand-alone network at 3.7 GHz with 100 MHz, one-way, 100 B
every 10 ms; shift + Gamma fitted to the published quantiles by `v2x.links.uu_fit`. It reports no stalls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from v2x.links.base import F64

#: Cumulative shares at which the peaks of stalls are tabled.
PEAK_QUANTILES = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)

#: Median sampling period of CICV5G.
_SAMPLING_MS = 55.0


@dataclass(frozen=True)
class GammaDelay:
    """One-way delay: ``shift_ms`` + Gamma(``shape``, ``scale_ms``)."""

    shift_ms: float
    shape: float
    scale_ms: float

    def quantile_ms(self, share: F64) -> F64:
        """Delay that a ``share`` of the frames stays below."""
        return np.asarray(self.shift_ms + gammaincinv(self.shape, share) * self.scale_ms, np.float64)


@dataclass(frozen=True)
class StallLaw:
    """Episodes in which a station's path carries nothing, in both directions at once.

    Attributes
    ----------
    per_minute
        Rate of the Poisson process of their starts.
    duration_ms
        Their lengths at `PEAK_QUANTILES`; log-linear between.
    """

    per_minute: float
    duration_ms: tuple[float, ...]

    def durations_ns(self, share: F64) -> F64:
        """Length of the episode at each cumulative ``share`` in (0, 1)."""
        lengths: F64 = np.exp(np.interp(share, PEAK_QUANTILES, np.log(self.duration_ms))) * 1e6
        return lengths


@dataclass(frozen=True)
class UuPreset:
    """A network: delay of each direction and the stalls they share."""

    uplink: GammaDelay
    downlink: GammaDelay
    stalls: StallLaw | None


def _round_trip(
    shift_ms: float, shape: float, scale_ms: float, median_ms: float, per_minute: float, peaks_ms: tuple[float, ...]
) -> UuPreset:
    """Preset of a measured round trip.

    Each direction gets half the shift and Gamma(shape / 2): the sum of two such draws is the fitted law exactly.
    The slowest sample of a stall of length D was sent some U(0, 55 ms) after its start and then still travels, so its
    round trip (the peak) is D + median - 27.5 ms in the mean; solved for D.
    """
    half = GammaDelay(shift_ms / 2, shape / 2, scale_ms)
    durations = tuple(peak + _SAMPLING_MS / 2 - median_ms for peak in peaks_ms)
    return UuPreset(half, half, StallLaw(per_minute, durations))


#: Name -> preset.
UU_PRESETS = {
    # CICV5G urban road, n78: 44658 samples, 25 stalls in 43.1 min
    "urban_n78": _round_trip(
        11.5, 2.68, 1.81, 16.0, 0.580, (233.0, 253.0, 253.4, 257.0, 264.0, 273.0, 295.2, 309.6, 694.0)
    ),
    # CICV5G arterial road, n78: 8738 samples, 25 stalls in 8.08 min
    "arterial_n78": _round_trip(
        12.5, 1.43, 3.02, 16.0, 3.094, (255.0, 259.0, 259.4, 264.0, 268.0, 274.0, 279.6, 296.8, 323.0)
    ),
    # CICV5G W2S, n8: 25270 samples, 106 stalls in 25.0 min
    "weak_n8": _round_trip(
        13.5, 2.16, 3.36, 19.0, 4.237, (111.0, 274.5, 283.5, 305.0, 333.0, 373.5, 447.0, 650.2, 2480.0)
    ),
    "sa_trial": UuPreset(GammaDelay(4.354, 4.025, 0.548), GammaDelay(0.0, 9.662, 0.577), None),
}
