"""What a study of strings on the closed track found: gains with intervals, the exact theory, a verdict for each cell.

The theory is that of `v2x_analysis.platooning.theory`: a linear string with ideal radars that loses no message. Cells
with loss, noisy radars or fallback have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
from scipy.special import stdtrit

from v2x.control.laws import law
from v2x.control.string_study import Driven
from v2x.scenario.model_string_study import Cell
from v2x_analysis.measurement import F64
from v2x_analysis.platooning.stability import AUDIBLE_MPS
from v2x_analysis.platooning.theory import Setting, response, worst_gain

#: Confidence of intervals.
_SURE = 0.95


@dataclass(frozen=True)
class Verdict:
    """What is said of a cell, over all frequencies and followers.

    Attributes
    ----------
    stable
        False if an interval of a gain lies above 1, True if all lie below, None if one has 1 inside or nobody swings
        enough to tell. For the frequencies that were tried.
    worst_gain, worst_hz, worst_follower
        Greatest mean gain, its frequency, and the follower.
    expected_gain
        Greatest gain of the same followers at the same frequencies by theory; None where there is none.
    head_to_tail_gain
        Greatest mean of the last vehicle's amplitude over the leader's.
    min_gap_m, collisions
        Smallest gap of anybody, and how many strings had a collision.
    limited_share
        Share of the steps of the follower that was at its limits most.
    theory_worst_gain, theory_worst_hz
        Greatest gain at any frequency by theory, and that frequency; None where there is none.
    """

    stable: bool | None
    worst_gain: float | None
    worst_hz: float | None
    worst_follower: int | None
    expected_gain: float | None
    head_to_tail_gain: float
    min_gap_m: float
    collisions: int
    limited_share: float
    theory_worst_gain: float | None
    theory_worst_hz: float | None


class Findings:
    """A cell at all frequencies: arrays of shape (frequency, follower).

    Parameters
    ----------
    driven
        Of one cell, one for each frequency.
    """

    def __init__(self, driven: Sequence[Driven]) -> None:
        self.cell = driven[0].cell
        self.frequency_hz = np.array([one.frequency_hz for one in driven])
        amplitude = np.stack([one.amplitude_mps for one in driven])  # (frequency, replica, vehicle)
        self.n = amplitude.shape[1]
        ahead = amplitude[..., :-1]  # 0 where vehicles that hear nothing do not react at all
        gains = np.divide(amplitude[..., 1:], ahead, out=np.full(ahead.shape, np.nan), where=ahead > 0.0)
        self.gain: F64 = gains.mean(axis=1)
        self.gain_sd: F64 = gains.std(axis=1, ddof=1)
        half = stdtrit(self.n - 1, (1.0 + _SURE) / 2.0) * self.gain_sd / np.sqrt(self.n)
        self.gain_low, self.gain_high = self.gain - half, self.gain + half
        self.amplitude_mps: F64 = amplitude.mean(axis=1)[:, 1:]
        self.audible = amplitude.mean(axis=1)[:, :-1] >= AUDIBLE_MPS
        self.head_to_tail: F64 = (amplitude[..., -1] / amplitude[..., 0]).mean(axis=1)
        least = np.stack([one.least_m for one in driven])
        self.min_gap_m: F64 = least.min(axis=1)
        self.collisions = (least <= 0.0).sum(axis=1)
        self._collided = int((least <= 0.0).any(axis=2).sum())
        self.limited: F64 = np.stack([one.limited for one in driven]).mean(axis=1)

    @cached_property
    def setting(self) -> Setting | None:
        """The cell as theory sees it, or None."""
        cell, chosen = self.cell, law(self.cell.controller)
        if cell.radar != "ideal" or cell.fallback or (chosen.hears and cell.loss > 0.0):
            return None
        return Setting(
            law=cell.controller,
            gains={} if cell.time_gap_s is None else {"time_gap_s": cell.time_gap_s},
            lag_s=cell.engine_lag_s,
            dead_s=cell.dead_time_s,
            delay_s=cell.delay_ms / 1e3,
            beacon_s=1.0 / cell.beacon_hz,
            feed_forward=cell.feed_forward,
        )

    @cached_property
    def expected(self) -> F64:
        """Amplitude of every vehicle over the leader's by theory, (frequency, vehicle); NaN where there is none."""
        if self.setting is None:
            return np.full((len(self.frequency_hz), self.cell.followers + 1), np.nan)
        return np.abs(response(self.setting, self.frequency_hz, self.cell.followers))

    @property
    def expected_gain(self) -> F64:
        """Gain by theory, (frequency, follower); NaN where there is none."""
        return np.asarray(self.expected[:, 1:] / self.expected[:, :-1])

    @cached_property
    def verdict(self) -> Verdict:
        """In short."""
        worst = np.unravel_index(np.where(self.audible, self.gain, -1.0).argmax(), self.gain.shape)
        heard = bool(self.audible.any())
        known = self.setting is not None and heard
        beyond = (None, None) if self.setting is None else worst_gain(self.setting, self.cell.followers)
        return Verdict(
            stable=self._stable(),
            worst_gain=float(self.gain[worst]) if heard else None,
            worst_hz=float(self.frequency_hz[worst[0]]) if heard else None,
            worst_follower=int(worst[1]) + 1 if heard else None,
            expected_gain=float(self.expected_gain[self.audible].max()) if known else None,
            head_to_tail_gain=float(self.head_to_tail.max()),
            min_gap_m=float(self.min_gap_m.min()),
            collisions=self._collided,
            limited_share=float(self.limited.max()),
            theory_worst_gain=beyond[0],
            theory_worst_hz=beyond[1],
        )

    def _stable(self) -> bool | None:
        if (self.gain_low[self.audible] > 1.0).any():
            return False
        return None if not self.audible.any() or (self.gain_high[self.audible] > 1.0).any() else True


def findings(driven: Iterable[Driven]) -> dict[Cell, Findings]:
    """By the effective cell, whose frequencies come one after the other; only these few are held at a time."""
    return {cell: Findings(list(parts)) for cell, parts in groupby(driven, key=lambda one: one.cell)}
