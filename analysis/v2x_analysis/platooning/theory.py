"""Exact theory of strings of vehicles in discrete time: how a sinusoid of the leader's speed passes down the string.

In the z-transform with z = exp(2 pi i f dt), the plant of `v2x.control.plant` takes a command to

    acceleration  A = al z^-d / (z - (1 - al)),   speed  V = A dt z / (z - 1),   place  X = V dt z / (z - 1),

and a message takes what it tells to D = z^-n (1 + z^-1 + ... + z^-(M-1)) / M: n steps of delay, M steps between
messages. D is the fundamental of sampling and holding, averaged over the phase of the messages within a step of the
state. With one message in every step (M = 1) everything here is exact. With M > 1 it is exact for the first follower,
but for aliases of the sinusoid around the message rate; further back the held values of one hop are sampled by the
next, and what comes out depends on the phases of both: this is the mean. The commanded acceleration in a message is one
step older than the state.

Each law is u_i own_i = u_(i-1) ahead_i + u_0 leader_i, derived in docs/platooning.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.control.laws import law
from v2x.control.laws.consensus import K_AHEAD, K_FIRST, K_LEADER
from v2x.control.radar import DESIGN_RATE_SIGMA_MPS
from v2x.control.singer import gain, transition

C128 = NDArray[np.complex128]
F64 = NDArray[np.float64]

#: Angular frequencies over which a string is judged, rad/s: a sixth of a turn an hour to beyond any engine.
_OMEGA_RADPS = np.logspace(-3.0, 1.5, 4000)
#: How far above 1 an amplification may be by rounding.
ROUNDING = 1e-6


@dataclass(frozen=True)
class Setting:
    """A homogeneous string and its messages.

    Attributes
    ----------
    law
        Control law.
    gains
        Gains that are not the law's defaults.
    lag_s, dead_s
        Engine lag and dead time.
    delay_s, beacon_s
        Delay of messages, and time between them.
    feed_forward
        Which acceleration messages carry; ``none``: they have none, and the law goes on without.
    dt_s
        Control step; delays and times are rounded to whole steps.
    """

    law: str
    gains: Mapping[str, float] = field(default_factory=dict)
    lag_s: float = 0.5
    dead_s: float = 0.0
    delay_s: float = 0.0
    beacon_s: float = 0.1
    feed_forward: Literal["desired", "measured", "none"] = "desired"
    dt_s: float = 0.01


@dataclass(frozen=True)
class _Parts:
    """What a command and a message become, for an array of z."""

    z: C128
    accel: C128
    speed: C128
    place: C128
    told: C128
    """D."""
    push: C128
    """What the acceleration in a message is of a command."""
    there: C128
    """What a place in a message is of a command, extrapolated over its age at the speed of the message."""


#: (own, ahead, leader) of vehicle i.
_Row = tuple[C128, C128, C128]


def _parts(setting: Setting, z: C128) -> _Parts:
    dt = setting.dt_s
    share, dead = dt / (setting.lag_s + dt), round(setting.dead_s / dt)
    accel = share * z**-dead / (z - (1.0 - share))
    speed = accel * dt * z / (z - 1.0)
    place = speed * dt * z / (z - 1.0)
    steps = round(setting.delay_s / dt) + np.arange(max(1, round(setting.beacon_s / dt)))
    ages = z[..., None] ** -steps
    told = ages.mean(axis=-1)
    there = told * place + (ages * steps).mean(axis=-1) * dt * speed
    push = {"desired": told / z, "measured": told * accel, "none": np.zeros_like(z)}[setting.feed_forward]
    return _Parts(z, accel, speed, place, told, push, there)


def _acc(p: _Parts, g: Mapping[str, float], dt: float, i: int) -> _Row:  # noqa: ARG001
    ahead = (p.speed + g["lambda_"] * p.place) / g["time_gap_s"]
    return 1.0 + ahead + g["lambda_"] * p.speed, ahead, np.zeros_like(p.z)


def _follow(p: _Parts, g: Mapping[str, float], dt: float, push: C128) -> _Row:
    h, kp, kd = g["time_gap_s"], g["kp"], g["kd"]
    own = 1.0 - (1.0 - dt / h) / p.z + dt / h * (kp * (p.place + h * p.speed) + kd * (p.speed + h * p.accel))
    return own, dt / h * (kp * p.place + kd * p.speed + push), np.zeros_like(p.z)


def _ploeg(p: _Parts, g: Mapping[str, float], dt: float, i: int) -> _Row:  # noqa: ARG001
    return _follow(p, g, dt, p.push)


def _degraded(p: _Parts, g: Mapping[str, float], dt: float, i: int) -> _Row:  # noqa: ARG001
    """The estimator s[k] = (1 - K C) F s[k-1] + K v[k], for radars that measure without error in every step."""
    corrected = gain(dt, DESIGN_RATE_SIGMA_MPS)
    kept = (np.eye(2) - np.outer(corrected, [1.0, 0.0])) @ transition(dt)
    estimate = np.linalg.solve(np.eye(2) - kept / p.z[..., None, None], corrected[:, None])[..., 1, 0]
    return _follow(p, g, dt, estimate * p.speed)


def _path(p: _Parts, g: Mapping[str, float], dt: float, i: int) -> _Row:  # noqa: ARG001
    c1, xi, wn = g["c1"], g["xi"], g["omega_n_radps"]
    root = xi + np.sqrt(xi * xi - 1.0)
    to_ahead, to_leader = (2.0 * xi - c1 * root) * wn, root * wn * c1
    own = 1.0 + (to_ahead + to_leader) * p.speed + wn * wn * p.place
    ahead = (1.0 - c1) * p.push + to_ahead * p.told * p.speed + wn * wn * p.place
    return own, ahead, c1 * p.push + to_leader * p.told * p.speed


def _flatbed(p: _Parts, g: Mapping[str, float], dt: float, i: int) -> _Row:  # noqa: ARG001
    ka, kv, kp, h = g["ka"], g["kv"], g["kp"], g["time_gap_s"]
    own = 1.0 + ka * p.accel + kv * p.speed + kp * (p.place + h * p.speed)
    return own, kv * p.told * p.speed + kp * p.place, kp * h * p.told * p.speed


def _consensus(p: _Parts, g: Mapping[str, float], dt: float, i: int) -> _Row:  # noqa: ARG001
    b, heard = g["b"], p.told * p.speed
    headway = g["time_gap_s"] * heard
    if i == 1:
        own = 1.0 + b * p.speed + K_FIRST * p.place
        return own, np.zeros_like(p.z), b * heard + K_FIRST * (p.there - headway)
    own = 1.0 + b * p.speed + (K_LEADER + K_AHEAD) * p.place
    leader = b * heard + K_LEADER * (p.there - i * headway) - K_AHEAD * headway
    return own, K_AHEAD * p.there, leader


_LAWS: dict[str, Callable[[_Parts, Mapping[str, float], float, int], _Row]] = {
    "acc": _acc,
    "path": _path,
    "ploeg": _ploeg,
    "consensus": _consensus,
    "flatbed": _flatbed,
    "degraded": _degraded,
}


#: Laws that the theory is worked out for.
LAWS = frozenset(_LAWS)


def response(setting: Setting, frequency_hz: ArrayLike, followers: int = 8) -> C128:
    """Speed of every vehicle for a leader's speed of amplitude 1, (frequency, vehicle), the leader first."""
    z = np.exp(2j * np.pi * np.atleast_1d(np.asarray(frequency_hz, np.float64)) * setting.dt_s)
    parts, gains = _parts(setting, z), {**law(setting.law).defaults, **setting.gains}
    out = np.ones((len(z), followers + 1), np.complex128)
    for i in range(1, followers + 1):
        own, ahead, leader = _LAWS[setting.law](parts, gains, setting.dt_s, i)
        out[:, i] = (ahead * out[:, i - 1] + leader * out[:, 0]) / own
    return out


def gain_per_vehicle(setting: Setting, frequency_hz: ArrayLike, followers: int = 8) -> F64:
    """Amplitude of each follower over that of the vehicle ahead, (frequency, follower)."""
    amplitude = np.abs(response(setting, frequency_hz, followers))
    return np.asarray(amplitude[:, 1:] / amplitude[:, :-1])


def worst_gain(setting: Setting, followers: int = 1) -> tuple[float, float]:
    """Greatest amplification of any follower over the vehicle ahead at any frequency, and that frequency in Hz."""
    omega = _OMEGA_RADPS[np.pi / setting.dt_s > _OMEGA_RADPS]
    gains = gain_per_vehicle(setting, omega / (2.0 * np.pi), followers).max(axis=1)
    worst = int(gains.argmax())
    return float(gains[worst]), float(omega[worst] / (2.0 * np.pi))


def smallest_stable_time_gap_s(setting: Setting, longest_s: float = 8.0, within_s: float = 1e-4) -> float:
    """Smallest time gap at which no frequency is amplified from vehicle to vehicle; NaN if none up to ``longest_s``.

    For laws with a time gap that treat all followers alike (Ploeg, degraded, ACC), by bisection: a larger gap is never
    worse for these.
    """

    def stable(time_gap_s: float) -> bool:
        gains = {**setting.gains, "time_gap_s": time_gap_s}
        return worst_gain(replace(setting, gains=gains))[0] <= 1.0 + ROUNDING

    low, high = setting.dt_s, longest_s
    if not stable(high):
        return float("nan")
    while high - low > within_s:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if stable(middle) else (middle, high)
    return high
