"""What carries the frames of a run, as the engine knows it: simulated links, or a record of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from v2x.links.base import Direction, LinkNote, Scene, Stations
from v2x.links.waiting import Arrival
from v2x.messages.frame import Frames


class Medium(Protocol):
    """PC5 and Uu of one run."""

    def enter(
        self,
        scene: Scene,
        names: NDArray[np.object_],
        observed: Set[str],
        listeners: Set[str],
        circles: Mapping[str, int] = ...,
    ) -> None:
        """Who is there until others are said to be; once a step of the traffic, before anything is sent in it.

        Parameters
        ----------
        scene, names
            Who could hear, and the names of its stations.
        observed
            Stations whose receptions are rows.
        listeners
            Stations that will pick up what arrives, as far as it is observed.
        circles
            Stations that are observed among themselves, and the number of their circle. They pick up what is urgent.
        """

    def move(self, t_ns: int, mobiles: Stations) -> None:
        """Where the stations with a 5G connection are from ``t_ns`` on; once a step, before anything is sent."""

    def broadcast(self, frames: Frames, until_ns: int) -> None:
        """Send over PC5 to whoever is in reach, and hear what was sent before.

        Parameters
        ----------
        frames
            Ordered as they are to be numbered: those from the last ``until_ns`` on. A sender that is also a station of
            the scene is at the same place.
        until_ns
            Up to where the radios run.
        """

    def unicast(
        self, frames: Frames, direction: Direction, mobiles: Stations, to: Sequence[str], *, urgent: bool = False
    ) -> None:
        """Send over Uu, each frame to one listener.

        Parameters
        ----------
        frames
            Ordered as they are to be numbered.
        direction
            ``uplink`` or ``downlink``.
        mobiles
            The mobile station of each frame, whose radio leg it takes.
        to
            Name of the receiver of each frame.
        urgent
            Whether they are picked up as they come, within a scene.
        """

    def due(self, t_ns: int, hold_ns: int) -> list[Arrival]:
        """What applications get to see at ``t_ns``: arrivals at least ``hold_ns`` old, in order of arrival.

        ``hold_ns`` is the receiver's own delay between antenna and application.
        """

    def busy(self, key: int) -> float | None:
        """Channel busy ratio that a station measured in the last whole second, None where PC5 has no channel."""

    def notes(self) -> list[LinkNote]:
        """What happened to the 5G connections since the last call."""

    def statistics(self) -> dict[str, float]:
        """Figures of the sidelink over the whole run."""

    def flush(self, t_ns: int) -> None:
        """A second has ended at ``t_ns``, or the run begins: whatever is told by the second is up to date."""

    def hand_over(self) -> None:
        """Write the rows of what was sent and received up to now."""

    def close(self, t_ns: int) -> None:
        """The run ends at ``t_ns``."""
