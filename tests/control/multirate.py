"""Strings with messages every M steps at given phases: exact, where `v2x_analysis.platooning.theory` averages.

A string whose vehicles sample at multiples of M steps is periodic in time: a sinusoid of z = exp(2 pi i f dt) becomes a
sum of M images z_m = z exp(2 pi i m / M). Radar and plant act on each by itself; a message from steps that are p modulo
M, used n steps later and held, takes image m to image l by

    z_m^-n  1/M sum_k exp(2 pi i (m - l) k / M) z_m^-r(k),   r(k) = (k - p - n) mod M.

Its part m = l = 0 is the D of `theory`. Written for the two laws whose messages carry what other messages made (Ploeg,
PATH), from the difference equations in docs/platooning.md.
"""

from __future__ import annotations

import numpy as np
from control_kit import C128, I64, Strings

from v2x.control.laws import law
from v2x_analysis.platooning.theory import Setting


def response_at(setting: Setting, frequency_hz: float, phases: I64) -> C128:
    """Speed of every vehicle over the leader's, (string, vehicle), for the phases of its messages in control steps."""
    dt, gains = setting.dt_s, {**law(setting.law).defaults, **setting.gains}
    every, delay = round(setting.beacon_s / dt), round(setting.delay_s / dt)
    z = np.exp(2j * np.pi * (frequency_hz * dt + np.arange(every) / every))
    share, dead = dt / (setting.lag_s + dt), round(setting.dead_s / dt)
    accel = share * z**-dead / (z - (1.0 - share))
    speed = accel * dt * z / (z - 1.0)
    place = speed * dt * z / (z - 1.0)
    push = 1.0 / z if setting.feed_forward == "desired" else accel
    told = _messages(z, every, delay, phases)  # (string, vehicle, to image, from image)
    if setting.law == "ploeg":
        h, kp, kd = gains["time_gap_s"], gains["kp"], gains["kd"]
        own = 1.0 - (1.0 - dt / h) / z + dt / h * (kp * (place + h * speed) + kd * (speed + h * accel))
        seen, heard, of_leader = dt / h * (kp * place + kd * speed), dt / h * push, np.zeros_like(z)
    else:
        c1, xi, wn = gains["c1"], gains["xi"], gains["omega_n_radps"]
        root = xi + np.sqrt(xi * xi - 1.0)
        own = 1.0 + 2.0 * xi * wn * speed + wn * wn * place
        seen, heard = wn * wn * place, (1.0 - c1) * push + (2.0 * xi - c1 * root) * wn * speed
        of_leader = c1 * push + root * wn * c1 * speed
    first = np.zeros((len(phases), every), np.complex128)
    first[:, 0] = 1.0
    commands = [first]
    for i in range(1, phases.shape[1]):
        ahead = commands[-1]
        given = seen * ahead + _act(told[:, i - 1], heard * ahead) + _act(told[:, 0], of_leader * first)
        commands.append(given / own)
    return np.stack([command[:, 0] for command in commands], axis=1)


def responses_at(strings: Strings) -> C128:
    """The same for all that was driven, (cell, phase, vehicle)."""
    cells = zip(strings.settings, strings.frequency_hz.tolist(), strings.phases, strict=True)
    return np.stack([response_at(setting, frequency_hz, phases) for setting, frequency_hz, phases in cells])


def _messages(z: C128, every: int, delay: int, phases: I64) -> C128:
    """What hearing makes of each image of a vehicle's motion, (string, vehicle, image, image)."""
    k = np.arange(every)
    turn = np.exp(2j * np.pi * np.subtract.outer(k, k)[..., None] * k / every)  # (from, to, k)
    since = (k - phases[..., None] - delay) % every
    held = z[:, None] ** -since[..., None, :].astype(float)  # (string, vehicle, from, k)
    told = np.einsum("...mk,mlk->...lm", held, turn) / every
    return np.asarray(told * z**-delay)


def _act(operator: C128, images: C128) -> C128:
    return np.asarray((operator @ images[..., None])[..., 0])
