"""Who is there in a scene, and what becomes of the receptions of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.jit import compiled
from v2x.links.base import Bodies, Cause, Receptions, Scene, Stations
from v2x.links.watched import EVERYBODY, EVERYWHERE, Watched, circle
from v2x.rng import key_of

U64 = NDArray[np.uint64]
Bools = NDArray[np.bool_]
#: What becomes of a reception: it is watched, it was drawn for a circle alone, and who waits for the frame.
WATCHED, FOR_A_CIRCLE, LISTENED, IN_A_CIRCLE = 1, 2, 4, 8
_DELIVERED = int(Cause.DELIVERED)


@dataclass(frozen=True)
class Roles:
    """What each station of a scene is, in the order of their names.

    Attributes
    ----------
    told
        Names, who is observed, who listens, and the circles.
    watched
        Whose receptions are drawn one by one.
    listens, circled
        Which stations pick up what arrives, and which are in a circle.
    unseen
        Rows of the stations that nobody observes.
    """

    told: tuple[list[str], Set[str], Set[str], Mapping[str, int]]
    watched: Watched
    listens: Bools
    circled: Bools
    unseen: NDArray[np.intp]

    @classmethod
    def of(
        cls, names: NDArray[np.object_], observed: Set[str], listeners: Set[str], circles: Mapping[str, int]
    ) -> Roles:
        """As `v2x.links.medium.Medium.enter` is told."""
        told = names.tolist(), frozenset(observed), frozenset(listeners), dict(circles)
        watched = _watched(names, observed, circles)
        unseen = ((watched.listens & EVERYBODY) == 0).nonzero()[0]
        return cls(told, watched, among(names, listeners), among(names, circles.keys()), unseen)

    def then(
        self, names: NDArray[np.object_], observed: Set[str], listeners: Set[str], circles: Mapping[str, int]
    ) -> Roles:
        """The same in the next scene; mostly nothing has changed."""
        same = (names.tolist(), observed, listeners, circles) == self.told
        return self if same else Roles.of(names, observed, listeners, circles)


@dataclass(frozen=True)
class Here:
    """Who is there: the scene, the names of its stations, their roles, and those that nobody observes."""

    scene: Scene
    names: NDArray[np.object_]
    roles: Roles
    unseen: Stations

    @classmethod
    def of(cls, scene: Scene, names: NDArray[np.object_], roles: Roles) -> Here:
        """Stations of a scene in their roles."""
        return cls(scene, names, roles, scene.stations.take(roles.unseen))

    @classmethod
    def nowhere(cls) -> Here:
        """Before the first scene."""
        none, nobody, names = np.zeros(0), np.zeros(0, np.uint64), np.zeros(0, object)
        stations, bodies = Stations(nobody, none, none, none), Bodies(nobody, none, none, none, none, none, none)
        return cls.of(Scene(0, 0, stations, bodies), names, Roles.of(names, set(), set(), {}))

    @property
    def watched(self) -> Watched:
        """Whose receptions are drawn one by one."""
        return self.roles.watched

    def sort_out(self, frame: NDArray[np.intp], got: Receptions, speaks: U64, watches: U64) -> NDArray[np.uint8]:
        """What becomes of receptions, in the bits above.

        Parameters
        ----------
        frame
            Row of the frame of each.
        got
            The receptions.
        speaks, watches
            Bits of `Watched` that the sender of each frame speaks with: as it is drawn, and as it is watched.
        """
        stations = self.watched.listens, self.roles.listens, self.roles.circled
        return _sorted_out(frame, got.receiver, got.cause == _DELIVERED, speaks, watches, *stations)


@compiled
def _sorted_out(
    frame: NDArray[np.intp], receiver: NDArray[np.intp], delivered: Bools, speaks: U64, watches: U64,
    hears: U64, listens: Bools, circled: Bools,
) -> NDArray[np.uint8]:  # fmt: skip
    """`Here.sort_out`; stations hear with bits of `Watched`."""
    sort = np.zeros(len(frame), np.uint8)
    for i in range(len(frame)):
        said, at = speaks[frame[i]], receiver[i]
        if said & EVERYWHERE | hears[at] & EVERYBODY == 0:
            sort[i] |= FOR_A_CIRCLE
        if watches[frame[i]] & hears[at] != 0:
            sort[i] |= WATCHED
            if delivered[i]:
                sort[i] |= LISTENED * listens[at] | IN_A_CIRCLE * circled[at]
    return sort


def among(names: NDArray[np.object_], wanted: Set[str]) -> NDArray[np.bool_]:
    """Which names are wanted; np.isin would sort them."""
    if not wanted:
        return np.zeros(len(names), bool)
    return np.fromiter(map(wanted.__contains__, names.tolist()), bool, len(names))


def _watched(names: NDArray[np.object_], observed: Set[str], circles: Mapping[str, int]) -> Watched:
    """All that observed stations say and hear, present or not, and what those of a circle say to each other."""
    bits = {name: circle(number) for name, number in circles.items()}
    sender, spoken = _speakers(frozenset(observed), tuple(bits.items()))
    listens = np.where(among(names, observed), EVERYWHERE | EVERYBODY, EVERYWHERE)
    if bits:
        listens |= np.array([bits.get(name, 0) for name in names.tolist()], np.uint64)
    return Watched(sender, spoken, listens)


@lru_cache(1)
def _speakers(observed: Set[str], bits: Iterable[tuple[str, np.uint64]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Keys of those that are watched, ascending, and the bits that they speak with; mostly the same as a step ago."""
    speaks = {key_of(name): bit for name, bit in bits}
    for name in observed:
        speaks[key_of(name)] = speaks.get(key_of(name), np.uint64(0)) | EVERYWHERE
    sender = np.array(sorted(speaks), np.uint64)
    return sender, np.array([speaks[key] for key in sender.tolist()], np.uint64) | EVERYBODY
