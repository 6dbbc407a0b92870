"""The standard study of a sidelink: vehicles on a straight road that all send alike, and who hears them how far.

The road is a ring in one dimension, so that it has no ends: distances are taken along it. Vehicles drive at one speed
in lanes, half of them in each direction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.links.base import STRIP_M, Bodies, Cause, Scene, Stations, Transmissions, Watched
from v2x.links.sidelink.presets import Study
from v2x.links.sidelink.sensing import SensingPc5
from v2x.rng import Stream

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Shortest road; twice the way to the farthest interferer must fit.
_LEAST_ROAD_M = 5000.0
#: Lanes, alternating in direction; vehicles keep their places in them, evenly spaced but for this part of the spacing.
#: The references do not say how theirs are placed; vehicles at random places, as if they could overlap, collide more.
LANES, _LOOSE = 4, 0.5
#: Every station has reserved anew several times after this: reservations hold for 1.5 s at most.
_WARM_UP_S = 3
_STEP_NS = 100 * NS_PER_MS
#: Distance bins, centred on their multiples.
BIN_M, BINS = 25.0, 21
#: What becomes of a packet on the air.
CAUSES = (Cause.DELIVERED, Cause.HALF_DUPLEX, Cause.BELOW_SENSITIVITY, Cause.PROPAGATION, Cause.COLLISION)


@dataclass(frozen=True)
class Curve:
    """What a study found, by distance 0, 25 ... 500 m.

    Attributes
    ----------
    cbr
        Channel busy ratio, mean over stations and seconds.
    tries
        Receptions tried, (bins,).
    shares
        (bins, causes) share that was delivered, or lost to each of `CAUSES`.
    ci95
        Half width of the 95 % interval of the delivered share, (bins,): from the scatter of whole seconds, which share
        the places of the vehicles and are taken as independent otherwise.
    """

    cbr: float
    tries: I64
    shares: F64
    ci95: F64


class Road:
    """A study under way.

    Parameters
    ----------
    study
        Setting.
    seed
        Of places, phases and all else.
    vehicles
        How many; None for as many as a road takes that is long enough.
    """

    def __init__(self, study: Study, seed: int, vehicles: int | None = None) -> None:
        self._study = study
        n = vehicles or round(_LEAST_ROAD_M * study.density_per_m)
        self.length_m = n / study.density_per_m
        self._key = np.arange(1, n + 1, dtype=np.uint64)
        number, lane = np.divmod(np.arange(n), LANES)
        spacing_m = LANES / study.density_per_m
        offset = (
            Stream(seed, "road.lane").uniform(lane) + number + _LOOSE * Stream(seed, "road.place").uniform(self._key)
        )
        self._x_m = offset * spacing_m
        self._speed_mps = np.where(lane % 2, -study.speed_mps, study.speed_mps)
        self._period_ns = round(NS_PER_S / study.rate_hz)
        self._phase_ns = (Stream(seed, "road.phase").uniform(self._key) * self._period_ns).astype(np.int64)
        self.link = SensingPc5(study.radio, seed, period_m=self.length_m)
        self._t_ns, self._sent = 0, 0

    def step(self) -> I64:
        """A tenth of a second; receptions that were decided in it, (causes, strips)."""
        scene = Scene(self._t_ns, self._t_ns + _STEP_NS, self._stations(), _NO_BODIES)
        nobody = Watched(np.zeros(0, np.uint64), np.zeros(len(self._key), np.bool_))
        aired = self.link.broadcast(self._frames(), scene, nobody)
        self._t_ns += _STEP_NS
        strips = int(self._study.radio.reach_m / STRIP_M) + 1
        return aired.counted.get("BSM", np.zeros((len(Cause), strips), np.int64))

    def _stations(self) -> Stations:
        n, t_s = len(self._key), self._t_ns / NS_PER_S
        x_m = (self._x_m + self._speed_mps * t_s) % self.length_m
        return Stations(self._key, x_m, np.zeros(n), np.full(n, self._study.antenna_m))

    def _frames(self) -> Transmissions:
        """Packets of the step, in order of time."""
        first = -((self._phase_ns - self._t_ns) // self._period_ns)
        first = np.maximum(first, 0)
        most = -(-_STEP_NS // self._period_ns)
        t_ns = (self._phase_ns + (first + np.arange(most)[:, None]) * self._period_ns).ravel()
        sender = np.tile(self._key, most)
        order = np.lexsort((sender, t_ns))
        order = order[(t_ns[order] >= self._t_ns) & (t_ns[order] < self._t_ns + _STEP_NS)]
        n = len(order)
        tx_id = np.arange(self._sent, self._sent + n)
        self._sent += n
        size = np.full(n, self._study.payload_bytes)
        return Transmissions(
            tx_id, t_ns[order], sender[order], np.zeros(n), np.zeros(n), size, np.full(n, "BSM", object)
        )


def measure(study: Study, duration_s: float, seed: int) -> Curve:
    """Run a study.

    Parameters
    ----------
    study
        Setting; its radio's ``reach_m`` should be the last bin's end at least (`at_least_to`).
    duration_s
        Time measured, after a warm-up of 3 s; whole seconds.
    seed
        Of the study.
    """
    road = Road(study, seed)
    seconds = max(1, round(duration_s))
    per_second = []
    cbr = []
    for second in range(-_WARM_UP_S, seconds):
        counts = sum((road.step() for _ in range(NS_PER_S // _STEP_NS)), start=np.zeros(1, np.int64))
        state = road.link.state()
        if second >= 0 and state is not None:
            per_second.append(_binned(counts))
            cbr.append(float(state.cbr.mean()))
    found = np.stack(per_second)  # (seconds, bins, causes)
    tries = found.sum(axis=(0, 2))
    shares = found.sum(axis=0) / np.maximum(tries, 1)[:, None]
    return Curve(float(np.mean(cbr)), tries, shares, _half_width(found))


def _binned(counts: I64) -> I64:
    """Receptions by centred bin and by what becomes of a packet on the air, (bins, causes)."""
    strips = np.arange(counts.shape[1])
    bins = ((strips + 0.5) * STRIP_M / BIN_M + 0.5).astype(np.int64)
    found = np.zeros((BINS, len(CAUSES)), np.int64)
    inside = bins < BINS
    for column, cause in enumerate(CAUSES):
        np.add.at(found[:, column], bins[inside], counts[cause, inside])
    return found


def _half_width(found: I64) -> F64:
    """95 % interval of the delivered share by the ratio estimator over seconds (Cochran 1977, section 6.4)."""
    seconds = len(found)
    delivered, tries = found[:, :, 0].astype(float), found.sum(axis=2).astype(float)
    share = delivered.sum(axis=0) / np.maximum(tries.sum(axis=0), 1.0)
    if seconds < 2:
        return np.full(BINS, np.nan)
    spread = ((delivered - share * tries) ** 2).sum(axis=0) / (seconds - 1)
    mean = np.maximum(tries.mean(axis=0), 1e-9)
    width: F64 = student_t.ppf(0.975, seconds - 1) * np.sqrt(spread / seconds) / mean
    return width


_NO_BODIES = Bodies(np.zeros(0, np.uint64), *(np.zeros(0) for _ in range(6)))
