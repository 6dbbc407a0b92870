"""Messages within a thousand strings at once, over a link that is only a delay and luck.

What a vehicle says at step k is its state at k and the acceleration it commanded in the step before; a follower that
gets it uses it from step k + delay on. A message is lost for each receiver by itself. Draws are keyed by the string's
number, receiver, sender and step: other strings, or more of them, change nobody's luck.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.control.laws.base import Heard
from v2x.jit import compiled, hashed, unit
from v2x.messages.scales import ACCELERATION, LATITUDE, SPEED
from v2x.rng import Stream
from v2x.scenario.model_links import GilbertElliott

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

#: Resolution of what messages tell: speed, acceleration, commanded acceleration, place (by latitude, in metres).
_LSB = (SPEED.lsb, ACCELERATION.lsb, ACCELERATION.lsb, LATITUDE.lsb * 111_000.0)


@dataclass(frozen=True)
class StudyLink:
    """What messages meet. Each value is one for all or one for each replica.

    Attributes
    ----------
    delay_s
        From the instant that a message tells of to its use, in whole control steps.
    beacon_s
        Time between messages of a vehicle, in whole control steps.
    loss
        Share of messages lost, each for itself.
    bursts
        Loss by a Gilbert-Elliott chain for each receiver and sender; None for none.
    outage_s
        Begin and end of a time in which nothing that is sent arrives.
    phases_s
        When vehicles send within a beacon interval, broadcast to (replica, vehicle); None: at random.
    quantised
        Whether messages have the resolution of the standards.
    """

    delay_s: ArrayLike = 0.0
    beacon_s: ArrayLike = 0.1
    loss: ArrayLike = 0.0
    bursts: GilbertElliott | None = None
    outage_s: tuple[ArrayLike, ArrayLike] = (np.inf, np.inf)
    phases_s: ArrayLike | None = None
    quantised: bool = False


class _Luck(NamedTuple):
    """What decides whether messages arrive, by (ahead or leader, replica, receiver) or by replica."""

    key: U64
    loss: F64
    outage: I64
    """First step of it, and first after it, (2, replica)."""
    bad: NDArray[np.bool_]
    """States of the chains when the last message was sent."""
    relax: F64
    """How much of such a state is left from one message to the next."""
    chain: tuple[float, float, float]
    """Share of time in the bad state (0: no chains), loss in the good state and in the bad."""


@compiled
def _draw(
    key: np.uint64, said: int, loss: float, was_bad: bool, relax: float, chain: tuple[float, float, float]
) -> tuple[bool, bool]:
    """Whether a message is lost, and whether its chain is in the bad state when it is sent."""
    bad_share, loss_good, loss_bad = chain
    word = hashed(key, np.uint64(said))
    lost = unit(word) < loss
    if bad_share == 0.0:
        return lost, False
    word = hashed(word, np.uint64(1))
    bad = unit(word) < bad_share + relax * ((1.0 if was_bad else 0.0) - bad_share)
    return lost or unit(hashed(word, np.uint64(2))) < (loss_bad if bad else loss_good), bad


@compiled
def _tick(left: I64, every: I64) -> None:
    """One step less to the next message, or all of them again: what is due has ``every`` steps left after this."""
    for r in range(left.shape[0]):
        for i in range(left.shape[1]):
            left[r, i] = left[r, i] - 1 if left[r, i] > 1 else every[r]


@compiled
def _say(
    slot: int,
    left: I64,
    every: I64,
    state: tuple[F64, F64, F64, F64],
    lsb: tuple[float, float, float, float],
    sent: F64,
) -> None:
    for r in range(left.shape[0]):
        for i in range(left.shape[1]):
            if left[r, i] == every[r]:
                for part in range(4):
                    value = state[part][r, i]
                    sent[slot, r, i, part] = np.rint(value / lsb[part]) * lsb[part] if lsb[part] > 0.0 else value


@compiled
def _hear(
    k: int,
    left: I64,
    every: I64,
    delay: I64,
    sent: F64,
    key: U64,
    loss: F64,
    outage: I64,
    bad: NDArray[np.bool_],
    relax: F64,
    chain: tuple[float, float, float],
    told: F64,
    told_step: I64,
) -> None:
    """Take in what arrives, from the vehicle ahead (0) and from the leader (1); to the second vehicle that is one."""
    for r in range(left.shape[0]):
        said = k - delay[r]
        slot, cut = said % sent.shape[0], outage[0, r] <= said < outage[1, r]
        for j in range(1, left.shape[1]):
            for which in range(1 if j == 1 else 2):
                i = j - 1 if which == 0 else 0
                if left[r, i] == every[r]:
                    lost, bad[which, r, j] = _draw(key[which, r, j], said, loss[r], bad[which, r, j], relax[r], chain)
                    if not (lost or cut):
                        for part in range(4):
                            told[which, part, r, j] = sent[slot, r, i, part]
                        told_step[which, r, j] = said
        for part in range(4):
            told[1, part, r, 1] = told[0, part, r, 1]
        told_step[1, r, 1] = told_step[0, r, 1]


@compiled
def _grow_old(k: int, dt: float, told_step: I64, age: F64) -> None:
    for which in range(2):
        for r in range(age.shape[1]):
            for j in range(1, age.shape[2]):
                age[which, r, j] = (k - told_step[which, r, j]) * dt


class Exchange:
    """The messages of all strings, (replica, vehicle), as if they had driven steadily and talked before.

    Parameters
    ----------
    link
        What messages meet.
    speed_mps, place_m
        Speeds and places (see `step`) in the first step.
    seed
        Seed of the study.
    numbers
        Of the strings, see `v2x.control.study.Track`, (replica,).
    dt_s
        Control step.
    places
        Whether anybody wants to know how far ahead others are.
    """

    def __init__(
        self,
        link: StudyLink,
        speed_mps: F64,
        place_m: F64,
        seed: int,
        numbers: I64,
        dt_s: float,
        places: bool = True,
    ) -> None:
        replicas, vehicles = speed_mps.shape
        self._dt_s, self._k, self._places = dt_s, 0, places
        self._every = np.maximum(1, _steps(link.beacon_s, replicas, dt_s))
        self._delay = _steps(link.delay_s, replicas, dt_s)
        column = np.arange(vehicles)
        if link.phases_s is None:
            draw = Stream(seed, "study.phase").uniform(numbers[:, None], column)
            phase = np.floor(draw * self._every[:, None]).astype(np.int64)
        else:
            phase = np.rint(np.broadcast_to(np.asarray(link.phases_s), speed_mps.shape) / dt_s).astype(np.int64)
        self._to_send = phase % self._every[:, None] + 1
        self._to_arrive = (phase + self._delay[:, None]) % self._every[:, None] + 1
        self._sent = np.zeros((int(self._delay.max()) + 1, replicas, vehicles, 4))
        self._luck = self._luck_of(link, seed, numbers, vehicles)
        self._lsb = _LSB if link.quantised else (0.0, 0.0, 0.0, 0.0)
        # What arrived last before the first step, and what is under way, was said at a steady speed.
        source = np.stack([np.maximum(column - 1, 0), np.zeros_like(column)])
        last = (self._to_arrive - 1 - self._every[:, None] - self._delay[:, None])[:, source]
        self._told_step = np.ascontiguousarray(np.moveaxis(last, 1, 0))
        self._told = np.zeros((2, 4, replicas, vehicles))
        speed, place = (np.moveaxis(value[:, source], 1, 0) for value in (speed_mps, place_m))
        self._told[:, 0], self._told[:, 3] = speed, place + speed * self._told_step * dt_s
        slots = np.arange(len(self._sent)) - len(self._sent)
        self._sent[..., 0] = speed_mps
        self._sent[..., 3] = place_m + speed_mps * slots[:, None, None] * dt_s
        self._distance, self._age = np.zeros((2, replicas, vehicles)), np.full((2, replicas, vehicles), np.inf)

    def _luck_of(self, link: StudyLink, seed: int, numbers: I64, vehicles: int) -> _Luck:
        replicas = len(numbers)
        key = Stream(seed, "study.loss").bits(np.arange(2)[:, None, None], numbers[:, None], np.arange(vehicles))
        loss = np.array(np.broadcast_to(np.asarray(link.loss, np.float64), replicas))
        edges = (np.broadcast_to(np.asarray(edge, np.float64), replicas) / self._dt_s for edge in link.outage_s)
        outage = np.array([np.clip(np.rint(edge), -(2**40), 2**40) for edge in edges]).astype(np.int64)
        if link.bursts is None:
            return _Luck(key, loss, outage, np.zeros(key.shape, np.bool_), np.zeros(replicas), (0.0, 0.0, 0.0))
        rate_hz = 1.0 / link.bursts.mean_good_s + 1.0 / link.bursts.mean_bad_s
        share = 1.0 / link.bursts.mean_good_s / rate_hz
        bad = Stream(seed, "study.burst").uniform(key) < share
        relax = np.exp(-rate_hz * self._every * self._dt_s)
        return _Luck(key, loss, outage, bad, relax, (share, link.bursts.loss_good, link.bursts.loss_bad))

    def step(self, speed_mps: F64, accel_mps2: F64, commanded_mps2: F64, place_m: F64) -> tuple[Heard, Heard]:
        """What everybody has heard of the vehicle ahead and of the leader by now.

        Parameters
        ----------
        speed_mps, accel_mps2, commanded_mps2
            Motion, and the acceleration commanded in the step before.
        place_m
            Place on the road with all vehicles' lengths taken out: differences are gaps.
        """
        k, every = self._k, self._every
        _tick(self._to_send, every)
        _tick(self._to_arrive, every)
        state = (speed_mps, accel_mps2, commanded_mps2, place_m)
        _say(k % len(self._sent), self._to_send, every, state, self._lsb, self._sent)
        _hear(k, self._to_arrive, every, self._delay, self._sent, *self._luck, self._told, self._told_step)
        _grow_old(k, self._dt_s, self._told_step, self._age)
        if self._places:
            np.subtract(self._told[:, 3], place_m, out=self._distance)
        self._k += 1
        return self._heard(0), self._heard(1)

    def _heard(self, which: int) -> Heard:
        speed, accel, commanded, _ = self._told[which]
        return Heard(speed, accel, commanded, self._distance[which], self._age[which])


def _steps(value_s: ArrayLike, replicas: int, dt_s: float) -> I64:
    """Seconds as whole control steps, one for each replica."""
    return np.rint(np.broadcast_to(np.asarray(value_s, np.float64), replicas) / dt_s).astype(np.int64)
