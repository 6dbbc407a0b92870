"""The standard study of a sidelink: vehicles on a straight road that all send alike, and who hears them how far.

The road is one line, on which all vehicles drive at one speed, half of them in each direction. It is a ring, so that
there are no ends and all counts are of the middle of a long road; or it has ends where the published study has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.stats import t as student_t

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.links.base import F64, I64, STRIP_M, Bodies, Cause, Scene, Stations, Transmissions
from v2x.links.sidelink.presets import Study
from v2x.links.sidelink.sensing import SensingPc5
from v2x.links.watched import Watched
from v2x.rng import Stream

#: Shortest ring, of which twice the way to the farthest interferer is a part, and fewest vehicles on it.
_LEAST_RING_M, _LEAST_VEHICLES = 5000.0, 200
#: Lanes of a ring, alternating in direction; vehicles keep their places in them, evenly spaced but for this part of the
#: spacing. Our choice: the studies do not say; at random places, as if they could overlap, they collide slightly more.
LANES, _LOOSE = 4, 0.5
#: Longest life of a reservation: 15 periods, or 1.5 s with periods below 100 ms (TS 36.321 clause 5.14.1.1).
_RESERVED_PERIODS, _RESERVED_S = 15, 1.5
#: Roads among which the time is divided. Seconds of one road are too much alike to tell how sure its answer is.
_ROADS = 5
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
        Half width of the 95 % interval of the delivered share, (bins,), from the scatter among roads; NaN where nothing
        was tried, or on one road only.
    unsent
        Share of receptions tried that came to nothing since the packet did not get on the air; not among the ``tries``.
    """

    cbr: float
    tries: I64
    shares: F64
    ci95: F64
    unsent: float


class Road:
    """A study under way.

    Parameters
    ----------
    study
        Setting.
    seed
        Of places, phases and all else.
    vehicles
        How many there are on a ring; None for as many as make one that is long enough.
    step_ms
        Length of a step, in which all stand still.
    """

    def __init__(self, study: Study, seed: int, vehicles: int | None = None, step_ms: int = 100) -> None:
        self._study, self._step_ns = study, step_ms * NS_PER_MS
        if study.open_road_m is not None:
            n = max(2, round(study.open_road_m * study.density_per_m))
        else:
            n = vehicles or max(_LEAST_VEHICLES, round(_LEAST_RING_M * study.density_per_m))
        self.length_m = study.open_road_m or n / study.density_per_m
        self._key = np.arange(1, n + 1, dtype=np.uint64)
        number, lane = np.divmod(np.arange(n), LANES)
        place = Stream(seed, "road.place").uniform(self._key)
        if study.open_road_m is None:
            begin = Stream(seed, "road.lane").uniform(lane)
            self._x_m = (begin + number + _LOOSE * place) * LANES / study.density_per_m
        else:
            self._x_m = place * self.length_m
        self._speed_mps = np.where(lane % 2, -study.speed_mps, study.speed_mps)
        self._period_ns = round(NS_PER_S / study.rate_hz)
        self._phase_ns = (Stream(seed, "road.phase").uniform(self._key) * self._period_ns).astype(np.int64)
        self.link = SensingPc5(study.radio, seed, period_m=None if study.open_road_m else self.length_m)
        self._t_ns, self._sent = 0, 0

    @property
    def warm_up_s(self) -> int:
        """Time after which nearly all stations have reserved anew twice, knowing of each other."""
        longest_s = max(_RESERVED_S, _RESERVED_PERIODS * self._period_ns / NS_PER_S)
        return ceil(2.0 * longest_s / (1.0 - self._study.radio.keep_probability))

    def second(self) -> I64:
        """A second; receptions that were decided in it, (causes, strips)."""
        return np.asarray(sum(self.step() for _ in range(NS_PER_S // self._step_ns)))

    def step(self) -> I64:
        """A step; receptions that were decided in it, (causes, strips)."""
        scene = Scene(self._t_ns, self._t_ns + self._step_ns, self._stations(), _NO_BODIES)
        nobody = Watched.of(np.zeros(0, np.uint64), np.zeros(len(self._key), np.bool_))
        aired = self.link.broadcast(self._frames(), scene, nobody)
        self._t_ns += self._step_ns
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
        most = -(-self._step_ns // self._period_ns)
        t_ns = (self._phase_ns + (first + np.arange(most)[:, None]) * self._period_ns).ravel()
        sender = np.tile(self._key, most)
        order = np.lexsort((sender, t_ns))
        order = order[(t_ns[order] >= self._t_ns) & (t_ns[order] < self._t_ns + self._step_ns)]
        n = len(order)
        tx_id = np.arange(self._sent, self._sent + n)
        self._sent += n
        size = np.full(n, self._study.payload_bytes)
        return Transmissions(
            tx_id, t_ns[order], sender[order], np.zeros(n), np.zeros(n), size, np.full(n, "BSM", object)
        )


def measure(study: Study, duration_s: float, seed: int, step_ms: int = 100) -> Curve:
    """Run a study, on a few roads that share nothing, so that their scatter says how sure the answer is.

    Parameters
    ----------
    study
        Setting; its radio's ``reach_m`` should be the last bin's end at least.
    duration_s
        Time measured on all roads together, each after a warm-up (`Road.warm_up_s`); rounded up to whole seconds.
    seed
        Of the study.
    step_ms
        Length of a step; must divide a second.
    """
    seconds = ceil(duration_s)
    roads = min(_ROADS, seconds)
    counts, cbr = [], []
    for number in range(roads):
        road = Road(study, int(Stream(seed, "road").bits(number)[0]), step_ms=step_ms)
        for _ in range(road.warm_up_s):
            road.second()
        heard = []
        for _ in range(seconds // roads + (number < seconds % roads)):
            heard.append(road.second())
            state = road.link.state()
            cbr.append(float(state.cbr.mean()) if state is not None else 0.0)
        counts.append(np.sum(heard, axis=0))
    found = np.stack([_binned(road) for road in counts])  # (roads, bins, causes)
    tries = found.sum(axis=(0, 2))
    shares = found.sum(axis=0) / np.maximum(tries, 1)[:, None]
    every = np.sum(counts, axis=(0, 2))
    unsent = 1.0 - float(every[list(CAUSES)].sum() / max(every.sum(), 1))
    return Curve(float(np.mean(cbr)), tries, shares, _half_width(found), unsent)


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
    """95 % interval of the delivered share by the ratio estimator over roads (Cochran 1977, section 6.4)."""
    roads = len(found)
    delivered, tries = found[:, :, 0].astype(float), found.sum(axis=2).astype(float)
    if roads < 2:
        return np.full(BINS, np.nan)
    share = delivered.sum(axis=0) / np.maximum(tries.sum(axis=0), 1.0)
    spread = ((delivered - share * tries) ** 2).sum(axis=0) / (roads - 1)
    mean = np.maximum(tries.mean(axis=0), 1e-9)
    width: F64 = student_t.ppf(0.975, roads - 1) * np.sqrt(spread / roads) / mean
    return np.where(tries.any(axis=0), width, np.nan)


_NO_BODIES = Bodies(np.zeros(0, np.uint64), *(np.zeros(0) for _ in range(6)))
