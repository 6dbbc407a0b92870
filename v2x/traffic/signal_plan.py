"""A fixed-time signal programme as a timeline: what each group shows, since when, until when, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from v2x.traffic.base import SignalHead

#: SUMO's link state letters as lights. ``s`` is a red that allows a right turn after a stop (Regulation art. 38).
LIGHTS = {
    "r": "red",
    "s": "red",
    "u": "red_yellow",
    "y": "yellow",
    "Y": "yellow",
    "g": "permissive",
    "G": "green",
    "o": "flashing_yellow",
    "O": "off",
}


@dataclass(frozen=True)
class SignalPlan:
    """The running programme of one junction, reduced to its groups.

    Attributes
    ----------
    junction
        Id of the junction.
    durations_ns
        Length of each phase.
    lights
        Group -> light in each phase.
    """

    junction: str
    durations_ns: tuple[int, ...]
    lights: Mapping[int, tuple[str, ...]]

    @classmethod
    def of(cls, junction: str, phases: Sequence[tuple[int, str]], groups: Mapping[int, Sequence[int]]) -> SignalPlan:
        """Build from (duration_ns, SUMO state) phases; a group shows what its first link shows."""
        lights = {
            group: tuple(LIGHTS[state[links[0]]] for _, state in phases) for group, links in sorted(groups.items())
        }
        return cls(junction, tuple(duration for duration, _ in phases), lights)

    def head(self, phase: int, phase_end_ns: int) -> SignalHead:
        """The signal head while ``phase`` runs until ``phase_end_ns``, looking ahead until each light comes again."""
        since: dict[int, int] = {}
        until: dict[int, int] = {}
        upcoming: dict[int, tuple[tuple[str, int, int], ...]] = {}
        for group, lights in self.lights.items():
            since[group] = self._since(lights, phase, phase_end_ns)
            runs = self._runs(lights, phase, phase_end_ns)
            if runs:
                until[group] = runs[0][2]
                upcoming[group] = tuple(runs[1:])
        present = {group: lights[phase] for group, lights in self.lights.items()}
        return SignalHead(self.junction, present, since, until, upcoming)

    def _since(self, lights: tuple[str, ...], phase: int, phase_end_ns: int) -> int:
        start_ns = phase_end_ns - self.durations_ns[phase]
        for back in range(1, len(lights)):
            previous = (phase - back) % len(lights)
            if lights[previous] != lights[phase]:
                break
            start_ns -= self.durations_ns[previous]
        return start_ns

    def _runs(self, lights: tuple[str, ...], phase: int, phase_end_ns: int) -> list[tuple[str, int, int]]:
        """Maximal runs of one light from now until the present light comes again; empty if the light never changes."""
        if len(set(lights)) == 1:
            return []
        start_ns, end_ns = phase_end_ns - self.durations_ns[phase], phase_end_ns
        runs: list[tuple[str, int, int]] = []
        light = lights[phase]
        for ahead in range(1, 2 * len(lights) + 1):
            following = (phase + ahead) % len(lights)
            if lights[following] != light:
                runs.append((light, start_ns, end_ns))
                light, start_ns = lights[following], end_ns
                if light == runs[0][0]:
                    break
            end_ns += self.durations_ns[following]
        return runs
