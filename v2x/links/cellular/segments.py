"""The way between radio and application: radio access, transport, core, internet and server as delay laws.

Source: B. Coll-Perales et al., "End-to-End V2X Latency Modeling and Analysis in 5G Networks", IEEE Trans. Veh. Technol.
72(4), 2023, DOI 10.1109/TVT.2022.3224614: vehicle - server - vehicle, with 1 % of the links' capacity for V2X, 300 B at
10 Hz, 20 vehicles/km/lane, 30 kHz. Mean, 90 % and 99.99 % of each part come from running the authors' published model.
Its radio figures were computed at 20 MHz on a motorway; the load is a queue of its own here
(`v2x.links.cellular.queues`).

A table holds three figures of a law that is not given. Ours is log-normal on each side of the 90th percentile: through
both percentiles exactly, and with the slope below chosen so that the mean is exact, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from v2x.links.base import F64, Direction

#: One for all frames, or one for each of several laws, (laws, 1).
Figure = float | F64

_Z90, _Z9999 = float(ndtri(0.9)), float(ndtri(0.9999))


@dataclass(frozen=True)
class SegmentLaw:
    """Delay of a part of the way.

    Attributes
    ----------
    p90_ms
        90th percentile.
    below, above
        Slope of the logarithm over the normal score, on each side of it.
    """

    p90_ms: float
    below: float
    above: float

    def quantile_ms(self, share: F64) -> F64:
        """Delay that a ``share`` of the frames stays below."""
        return _quantile_ms(share, self.p90_ms, self.below, self.above)

    @property
    def mean_ms(self) -> float:
        """Expected value."""
        return self.p90_ms * (_part(self.below) + _tail(self.above))

    @classmethod
    def through(cls, mean_ms: float, p90_ms: float, p9999_ms: float) -> SegmentLaw:
        """The law with this mean and these percentiles."""
        above = log(p9999_ms / p90_ms) / (_Z9999 - _Z90)
        below = brentq(lambda slope: p90_ms * (_part(slope) + _tail(above)) - mean_ms, 0.0, 5.0, xtol=1e-12)
        return cls(p90_ms, float(below), above)

    @classmethod
    def constant(cls, delay_ms: float) -> SegmentLaw:
        """Always the same."""
        return cls(delay_ms, 0.0, 0.0)

    def half(self) -> SegmentLaw:
        """The law of half the delay."""
        return SegmentLaw(self.p90_ms / 2, self.below, self.above)


class SegmentLaws:
    """Laws of several parts of a way, in their order.

    Parameters
    ----------
    laws
        The laws.
    """

    def __init__(self, laws: Sequence[SegmentLaw]) -> None:
        self._figures = tuple(np.array([[law.p90_ms, law.below, law.above] for law in laws]).T[..., None])

    def quantile_ms(self, shares: F64) -> F64:
        """Delays that shares (laws, n) of the frames stay below."""
        return _quantile_ms(shares, *self._figures)


def _quantile_ms(share: F64, p90_ms: Figure, below: Figure, above: Figure) -> F64:
    score = ndtri(share) - _Z90
    return np.asarray(p90_ms * np.exp(np.where(score < 0, below, above) * score), np.float64)


def _part(slope: float) -> float:
    """Mean of exp(slope (z - z90)) over a normal z below z90, times the chance to be there."""
    return exp(slope * slope / 2 - slope * _Z90) * float(ndtr(_Z90 - slope))


def _tail(slope: float) -> float:
    """The same above z90."""
    return exp(slope * slope / 2 - slope * _Z90) * float(ndtr(slope - _Z90))


#: Vehicle - server - vehicle: mean, 90 % and 99.99 %, ms.
_RADIO = SegmentLaw.through(1.5, 2.0, 2.77)
_SERVER = SegmentLaw.through(0.5, 0.6969, 0.7497)
#: UPF to server and back over the public internet.
_INTERNET = SegmentLaw.through(10.6881, 20.69, 97.25)
#: gNB to the core network's gateway and back, by where the server stands.
_TRANSPORT = {
    "gnb": SegmentLaw.through(0.4253, 0.47, 0.65),
    "mec": SegmentLaw.through(0.8815, 0.96, 1.32),
    "core": SegmentLaw.through(2.4024, 2.49, 2.85),
}
_TRANSPORT["cloud"] = _TRANSPORT["core"]
#: User-plane function, both ways; the tables' percentiles are the width of their bins.
_CORE_MS = {"gnb": 0.0002, "mec": 0.0002, "core": 0.0002, "cloud": 2.0006}
#: What a non-stand-alone network adds to a round trip, ms: a commercial one measured 47 ms (Luxembourg, published with
#: a remote-driving trial), the model of a stand-alone one with a server in the cloud has 17.1 ms. One measurement, and
#: what of it is the 4G core is not known: all of the difference is put there.
NSA_EXTRA_MS = 47.0 - 17.1


def segment_laws(server: str, architecture: str) -> Mapping[Direction, Mapping[str, SegmentLaw]]:
    """Direction -> part of the way -> its law.

    Each direction takes half of every part of the round trip (assumed); the server's own time is spent uplink, before
    an application there sees the frame.

    Parameters
    ----------
    server
        Where it stands: ``gnb``, ``mec`` (at the M1 aggregation point), ``core`` or ``cloud``.
    architecture
        ``sa`` or ``nsa``.
    """
    core_ms = _CORE_MS[server] + (NSA_EXTRA_MS if architecture == "nsa" else 0.0)
    both = {
        "radio": _RADIO.half(),
        "transport": _TRANSPORT[server].half(),
        "core": SegmentLaw.constant(core_ms / 2),
    }
    if server == "cloud":
        both["internet"] = _INTERNET.half()
    return {"uplink": {**both, "server": _SERVER}, "downlink": both}
