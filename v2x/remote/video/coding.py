"""Which pictures stand alone and which need others, and how large they are beside the mean.

Sizes do not depend on what is in the picture: a scene that moves more is not modelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Coding(Protocol):
    """A way to code a sequence of pictures."""

    @property
    def cycle(self) -> int:
        """After how many pictures all of the image has been coded anew."""

    @property
    def heals(self) -> bool:
        """Whether each picture renews a part of the image."""

    def intra(self, number: int) -> bool:
        """Whether a picture can be decoded without any other."""

    def share(self, number: int) -> float:
        """Size of a picture over the mean size, rate / (8 fps)."""


@dataclass(frozen=True)
class GroupOfPictures:
    """An I picture, then P pictures that each need the one before.

    With N pictures in a group and I pictures r times as large as P pictures, P = N / (N - 1 + r) of the mean. At
    8 Mbit/s and 30 pictures a second that is 29.4 kB, and 147 kB for I. N and r are assumed.

    Attributes
    ----------
    cycle
        N.
    ratio
        r.
    """

    cycle: int = 30
    ratio: float = 5.0
    heals = False

    def intra(self, number: int) -> bool:
        """See `Coding.intra`."""
        return number % self.cycle == 0

    def share(self, number: int) -> float:
        """See `Coding.share`."""
        p = self.cycle / (self.cycle - 1 + self.ratio)
        return self.ratio * p if self.intra(number) else p


@dataclass(frozen=True)
class IntraRefresh:
    """P pictures of one size, each with another stripe coded anew; only the first picture of all is an I picture.

    As in x264's ``intra-refresh`` and V4L2's ``INTRA_REFRESH_PERIOD``. After a loss the image is whole again when each
    stripe has been renewed once: a renewed stripe is taken to refer to renewed ones only (assumed).

    Attributes
    ----------
    cycle
        Pictures in which all stripes are renewed. Assumed.
    first_ratio
        Size of the first picture over the mean. Assumed.
    """

    cycle: int = 30
    first_ratio: float = 5.0
    heals = True

    def intra(self, number: int) -> bool:
        """See `Coding.intra`."""
        return number == 0

    def share(self, number: int) -> float:
        """See `Coding.share`."""
        return self.first_ratio if number == 0 else 1.0
