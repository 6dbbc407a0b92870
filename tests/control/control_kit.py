"""Strings under a sinusoid on the closed track, and what the exact theory says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from v2x.control.laws import law
from v2x.control.leader import Sine
from v2x.control.measures import SineFit
from v2x.control.platoon_string import Vehicles
from v2x.control.study import Track, run
from v2x.control.study_link import StudyLink
from v2x.rng import Stream
from v2x.scenario.model_platoon import CONTROL_STEP_NS
from v2x_analysis.platooning.theory import Setting, response

F64 = NDArray[np.float64]
C128 = NDArray[np.complex128]
I64 = NDArray[np.int64]

DT_S = CONTROL_STEP_NS / 1e9
FOLLOWERS, SPEED_MPS, AMPLITUDE_MPS = 8, 25.0, 1.0
#: Transients are over, and how long the fit then is: whole periods of every multiple of 0.05 Hz.
SETTLED_S, FIT_S = 80.0, 60.0
#: Smaller amplitudes are not compared by ratio but absolutely, with the resolution of a speed in a message.
LOUD_MPS, SPEED_LSB_MPS = 0.05, 0.02


@dataclass(frozen=True)
class Strings:
    """What sinusoids became on their way down strings.

    Attributes
    ----------
    settings, frequency_hz
        Of each cell.
    phases
        When vehicles send, control steps, (cell, phase, vehicle).
    found
        Speed of every vehicle over the leader's, by simulation, (cell, phase, vehicle).
    exact
        The same by the theory that averages over phases, (cell, vehicle).
    """

    settings: tuple[Setting, ...]
    frequency_hz: F64
    phases: I64
    found: C128
    exact: C128

    @property
    def loud(self) -> NDArray[np.bool_]:
        """Followers that swing enough, behind one that does, to be compared by ratio, (cell, follower)."""
        swings = np.abs(self.exact) * AMPLITUDE_MPS >= LOUD_MPS
        return np.asarray(swings[:, 1:] & swings[:, :-1])

    @property
    def exact_gain(self) -> F64:
        """Of each follower over the vehicle ahead, by theory, (cell, follower)."""
        return ratio(np.abs(self.exact))

    @property
    def plain(self) -> F64:
        """Gain as one reads it: over the vehicle ahead, in the mean over phases, (cell, follower)."""
        return np.asarray(ratio(np.abs(self.found)).mean(axis=1))

    @property
    def by_size(self) -> F64:
        """Mean amplitude over that of the vehicle ahead, (cell, follower)."""
        return ratio(np.abs(self.found).mean(axis=1))

    @property
    def by_phasor(self) -> F64:
        """Size of the mean phasor over that of the vehicle ahead, (cell, follower): what the theory above averages.

        What the sampling of one hop makes of the held values of the one before turns with their phases and has no mean;
        sizes have one, which is always too large.
        """
        return ratio(np.abs(self.found.mean(axis=1)))

    @property
    def spread(self) -> F64:
        """Standard deviation of the plain gain over phases, relative to its mean, (cell, follower)."""
        gains = ratio(np.abs(self.found))
        return np.asarray(gains.std(axis=1) / gains.mean(axis=1))

    def off(self, gain: F64) -> F64:
        """Relative difference of a gain from theory, (cell, follower); NaN of the quiet."""
        return np.where(self.loud, gain / self.exact_gain - 1.0, np.nan)

    @property
    def quiet_off_mps(self) -> F64:
        """Difference of amplitudes, of the mean phasor over phases, (cell, follower); NaN of the loud."""
        off = np.abs(self.found.mean(axis=1)) - np.abs(self.exact)
        return np.where(self.loud, np.nan, np.abs(off[:, 1:]) * AMPLITUDE_MPS)


def ratio(sizes: F64) -> F64:
    """Of each over the one before, along the last axis."""
    return np.asarray(sizes[..., 1:] / sizes[..., :-1])


def grid(
    setting: Setting, frequencies_hz: Sequence[float], delays_s: Sequence[float]
) -> tuple[tuple[Setting, ...], F64]:
    """A setting with all delays at all frequencies, as `drive` takes them."""
    cells = [(replace(setting, delay_s=delay_s), f) for delay_s in delays_s for f in frequencies_hz]
    return tuple(cell[0] for cell in cells), np.array([cell[1] for cell in cells])


def drive(
    settings: Sequence[Setting], frequency_hz: F64, *, phases: int = 1, quantised: bool = False, seed: int = 1
) -> Strings:
    """Drive strings of one law, each at as many random phases of its messages."""
    cells = [setting for setting in settings for _ in range(phases)]
    frequency = np.repeat(frequency_hz, phases)
    every = np.array([round(setting.beacon_s / DT_S) for setting in cells])[:, None]
    shape = (len(cells), FOLLOWERS + 1)
    draw = Stream(seed, "validation.phase").uniform(np.arange(shape[0])[:, None], np.arange(shape[1]))
    sent = np.floor(draw * every).astype(np.int64)
    track = track_of(cells, StudyLink(phases_s=sent * DT_S, quantised=quantised), FOLLOWERS, seed)
    fit = SineFit(frequency, SETTLED_S, *shape)
    run(track, Sine(SPEED_MPS, frequency[:, None], AMPLITUDE_MPS, 0.0), SETTLED_S + FIT_S, [fit])
    return Strings(
        settings=tuple(settings),
        frequency_hz=frequency_hz,
        phases=sent.reshape(len(settings), phases, -1),
        found=(fit.phasor_mps / fit.phasor_mps[:, :1]).reshape(len(settings), phases, -1),
        exact=np.array([response(one, f, FOLLOWERS)[0] for one, f in zip(settings, frequency_hz, strict=True)]),
    )


def track_of(settings: Sequence[Setting], link: StudyLink, followers: int, seed: int = 1) -> Track:
    """One linear string for each setting, all of one law, with ideal radars and without fallback."""
    first = settings[0]

    def column(values: Sequence[float]) -> F64:
        return np.array(values, np.float64)[:, None]

    return Track(
        law=first.law,
        speed_mps=SPEED_MPS,
        replicas=len(settings),
        followers=followers,
        gains={
            name: column([setting.gains.get(name, default) for setting in settings])
            for name, default in law(first.law).defaults.items()
        },
        vehicles=Vehicles(
            lag_s=column([setting.lag_s for setting in settings]),
            dead_s=column([setting.dead_s for setting in settings]),
            max_accel_mps2=100.0,
            max_brake_mps2=100.0,
        ),
        link=replace(
            link,
            delay_s=np.array([setting.delay_s for setting in settings]),
            beacon_s=np.array([setting.beacon_s for setting in settings]),
        ),
        feed_forward="measured" if first.feed_forward == "measured" else "desired",
        seed=seed,
    )
