"""What a stream was worth to the operator, from what was seen and when.

glass to glass   of a picture: from the middle of its exposure until it is seen
age              of what is seen at an instant: since the middle of its exposure. Between pictures it grows by a
                 second a second, so its mean is above that of glass to glass
freeze           a gap between pictures that are seen longer than three of the camera's periods and than 100 ms; all
                 of the gap counts as frozen, as in W3C webrtc-stats (totalFreezesDuration)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.remote.video.screen import Shown

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Parts of glass to glass, in their order; each ends where the next begins.
STAGES = ("encode", "network", "playout", "decode", "display")


@dataclass(frozen=True)
class Freezing:
    """When a gap between pictures is a freeze, both bounds to be exceeded; assumed, close to W3C webrtc-stats.

    Attributes
    ----------
    frames
        Periods of the camera.
    least_ms
        Time.
    """

    frames: int = 3
    least_ms: float = 100.0


@dataclass(frozen=True)
class Freezes:
    """Freezes within a time.

    Attributes
    ----------
    count
        How many.
    ratio
        Share of the time that was frozen.
    longest_ns
        The longest gap between pictures, frozen or not.
    """

    count: int
    ratio: float
    longest_ns: int


class Seen:
    """Columns over the pictures that were seen, (n,).

    Parameters
    ----------
    shown
        In order of time.

    Attributes
    ----------
    captured_ns, shown_ns
        Middle of the exposure; when it is seen.
    stages_ns
        Stage -> time that each picture took for it. ``encode`` has the second half of the exposure in it, ``network``
        the wait for packets that come later and for pictures that are needed.
    """

    def __init__(self, shown: Sequence[Shown]) -> None:
        times = np.array(
            [
                (one.frame.captured_ns, one.frame.sent_ns, one.ready_ns, one.play_ns, one.decoded_ns, one.shown_ns)
                for one in shown
            ],
            np.int64,
        ).reshape(-1, len(STAGES) + 1)
        self.captured_ns, self.shown_ns = times[:, 0], times[:, -1]
        self.stages_ns: dict[str, I64] = dict(zip(STAGES, np.diff(times).T, strict=True))

    @property
    def glass_to_glass_ns(self) -> I64:
        """Of each picture."""
        return self.shown_ns - self.captured_ns

    def age_ns(self, t_ns: I64) -> F64:
        """Age of what was seen last at each instant, (m,), NaN before the first; a blank screen does not end it."""
        seen = np.searchsorted(self.shown_ns, t_ns, side="right")
        age, some = np.full(len(t_ns), np.nan), seen > 0
        age[some] = t_ns[some] - self.captured_ns[seen[some] - 1]
        return age

    def mean_age_ns(self, begin_ns: int, end_ns: int) -> float:
        """Mean of the age over a time, exact; NaN if it begins before the first picture."""
        inside = self.shown_ns[(self.shown_ns > begin_ns) & (self.shown_ns < end_ns)]
        edges = np.concatenate([[begin_ns], inside, [end_ns]])
        lengths = np.diff(edges)
        return float((lengths * (self.age_ns(edges[:-1]) + lengths / 2.0)).sum() / lengths.sum())

    def freezes(self, begin_ns: int, end_ns: int, fps: int, rule: Freezing) -> Freezes:
        """Freezes from one instant to another, at which gaps are cut; without any picture all of it is one."""
        inside = self.shown_ns[(self.shown_ns > begin_ns) & (self.shown_ns < end_ns)]
        gaps = np.diff(np.concatenate([[begin_ns], inside, [end_ns]]))
        frozen = gaps[gaps > max(rule.frames * NS_PER_S / fps, rule.least_ms * NS_PER_MS)]
        return Freezes(len(frozen), float(frozen.sum()) / (end_ns - begin_ns), int(gaps.max()))
