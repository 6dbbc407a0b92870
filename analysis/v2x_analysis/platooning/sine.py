"""Response of a string to a sinusoid of its leader: complex amplitude of each vehicle's speed, by least squares.

The transient is left out: half of the time, but at least `settling_s`, where a whole period remains; what is then
fitted is a whole number of periods up to the end. The fit has a sine, a cosine and a slow drift, since a string that
starts with a gap error closes it slowly. Against the exact discrete theory (Ploeg, PATH, ACC; 0.02 to 2 Hz; 60 and
120 s) that is within 0.1 % at the first follower (tests/analysis/test_platoon_stability.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x_analysis.measurement import F64
from v2x_analysis.platooning.grid import Grid
from v2x_analysis.platooning.strings import Stretch

C128 = NDArray[np.complex128]

#: The periods are dealt into at most so many parts, whose scatter gives the interval of a gain.
MAX_PARTS = 8

#: Fewer periods than this are fitted with a linear drift, more with a cubic one: in one period a cubic is half a sine.
_CUBIC_FROM = 3


@dataclass(frozen=True)
class Response:
    """Of one platoon of n + 1 vehicles.

    Attributes
    ----------
    platoon
        Its number.
    amplitude_mps
        Complex amplitude of each vehicle's speed, (n + 1,): A e^(i phi) of A sin(2 pi f t + phi).
    parts_mps
        The same of parts of the time, (parts, n + 1).
    from_s, until_s, periods
        What was fitted.
    """

    platoon: int
    amplitude_mps: C128
    parts_mps: C128
    from_s: float
    until_s: float
    periods: int

    @property
    def gain(self) -> C128:
        """Of each follower over its predecessor, (n,)."""
        return _ratio(self.amplitude_mps)

    @property
    def parts_gain(self) -> C128:
        """The same of parts of the time, (parts, n)."""
        return _ratio(self.parts_mps)


def settling_s(followers: int) -> float:
    """Time that a string needs at least to settle; each vehicle adds its own. Assumed, see the tests named above."""
    return 8.0 + 1.5 * followers


def needed_s(followers: int, frequency_hz: float) -> float:
    """Shortest undisturbed stretch that a response can be told from."""
    return settling_s(followers) + 1.0 / frequency_hz


def response(whole: Grid, stretch: Stretch, frequency_hz: float) -> Response | None:
    """Response of a platoon; None if the stretch is too short."""
    t_s = whole.t_s[stretch.first : stretch.last]
    length_s = len(t_s) * whole.step_s
    enough_s = settling_s(len(stretch.members) - 1)
    periods = int((length_s - enough_s) * frequency_hz + 1e-9)
    if periods < 1:
        return None
    periods = max(1, min(periods, int(length_s / 2.0 * frequency_hz + 1e-9)))
    fitted = round(periods / frequency_hz / whole.step_s)
    speed_mps = whole.numbers("speed_mps")[stretch.first : stretch.last, stretch.members][-fitted:]
    t_s = t_s[-fitted:]
    parts = min(periods, MAX_PARTS)
    each = round(periods // parts / frequency_hz / whole.step_s)
    cuts = [slice(len(t_s) - (k + 1) * each, len(t_s) - k * each) for k in reversed(range(parts))]
    return Response(
        platoon=stretch.platoon,
        amplitude_mps=amplitudes(t_s, speed_mps, frequency_hz, 3 if periods >= _CUBIC_FROM else 1),
        parts_mps=np.stack([amplitudes(t_s[cut], speed_mps[cut], frequency_hz, 1) for cut in cuts]),
        from_s=float(t_s[0]),
        until_s=float(t_s[-1]) + whole.step_s,
        periods=periods,
    )


def amplitudes(t_s: F64, values: F64, frequency_hz: float, drift: int) -> C128:
    """Complex amplitudes at a frequency, beside a polynomial in time.

    Parameters
    ----------
    t_s
        Times, (n,).
    values
        One column a signal, (n, m).
    frequency_hz
        Of the sinusoid.
    drift
        Degree of the polynomial.

    Returns
    -------
    ndarray
        (m,), A e^(i phi) of A sin(2 pi f t + phi).
    """
    phase = 2.0 * np.pi * frequency_hz * t_s
    scaled = np.linspace(-1.0, 1.0, len(t_s))
    terms = np.stack([np.sin(phase), np.cos(phase), *(scaled**power for power in range(drift + 1))], axis=1)
    found = np.linalg.lstsq(terms, values)[0]
    return np.asarray(found[0] + 1j * found[1], np.complex128)


def _ratio(amplitude: C128) -> C128:
    """Of each over the one before, along the last axis; NaN where that one does not move at all."""
    before = amplitude[..., :-1]
    moves = np.abs(before) > 1e-9
    return np.asarray(np.where(moves, amplitude[..., 1:] / np.where(moves, before, 1.0), np.nan), np.complex128)
