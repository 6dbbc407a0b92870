"""The lights of all sites: a fixed cycle of two encounters, so that in the middle of each one road turns green."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from v2x.clock import NS_PER_S
from v2x.traffic.base import SignalHead

#: Yellow and the time in which all lights are red, s. With the default spacing of 30 s the cycle is 26 s green, 3 s
#: yellow, 1 s red for each road: plan A measured at a two-phase junction in Tianjin (SinD).
YELLOW_S, ALL_RED_S = 3, 1
#: Green ends and red begins this long before the other road's green, s.
GREEN_ENDS_S, RED_BEGINS_S = YELLOW_S + ALL_RED_S, ALL_RED_S


class Lights:
    """The controllers of all sites, in step.

    Parameters
    ----------
    junctions
        Their names, sorted.
    roads
        Signal group -> the road that it keeps time with, 0 or 1.
    spacing_ns
        Length of an encounter.
    """

    def __init__(self, junctions: tuple[str, ...], roads: Mapping[int, int], spacing_ns: int) -> None:
        self._junctions, self._roads, self._spacing_ns = junctions, roads, spacing_ns
        green_ns = spacing_ns - GREEN_ENDS_S * NS_PER_S
        self._begins = (("green", 0), ("yellow", green_ns), ("red", green_ns + YELLOW_S * NS_PER_S))
        self._cycle_ns = 2 * spacing_ns

    def heads(self, t_ns: int) -> list[SignalHead]:
        """What they show, and will."""
        runs = {group: self._runs(t_ns, road) for group, road in self._roads.items()}
        present = {group: first for group, (first, *_) in runs.items()}
        groups = {group: light for group, (light, _, _) in present.items()}
        since_ns = {group: start_ns for group, (_, start_ns, _) in present.items()}
        until_ns = {group: end_ns for group, (_, _, end_ns) in present.items()}
        upcoming = {group: tuple(later) for group, (_, *later) in runs.items()}
        return [SignalHead(junction, groups, since_ns, until_ns, upcoming) for junction in self._junctions]

    def _runs(self, t_ns: int, road: int) -> list[tuple[str, int, int]]:
        """(light, start_ns, end_ns) of the present light and of the two after it."""
        begin_ns = self._spacing_ns // 2 + road * self._spacing_ns  # of a green
        begin_ns += (t_ns - begin_ns) // self._cycle_ns * self._cycle_ns
        starts = [(light, begin_ns + cycle * self._cycle_ns + at) for cycle in (0, 1) for light, at in self._begins]
        starts.append(("green", begin_ns + 2 * self._cycle_ns))
        runs = [(light, start_ns, end_ns) for (light, start_ns), (_, end_ns) in pairwise(starts)]
        first = next(k for k, (_, _, end_ns) in enumerate(runs) if t_ns < end_ns)
        return runs[first : first + 3]
