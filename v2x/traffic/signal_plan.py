"""A fixed-time signal programme: what each group shows in each phase, and which phases may be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

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
GREENS = frozenset({"green", "permissive"})
_CHANGING = frozenset({"yellow", "red_yellow"})
#: A light and when it begins and ends.
Run = tuple[str, int, int]


@dataclass(frozen=True)
class SignalPlan:
    """A programme of one junction, reduced to its groups.

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

    def __len__(self) -> int:
        return len(self.durations_ns)

    @cached_property
    def steady(self) -> tuple[bool, ...]:
        """Whether each phase is a green that may go on for longer: somebody drives, and no light is changing."""
        shown = [{lights[phase] for lights in self.lights.values()} for phase in range(len(self))]
        return tuple(bool(lights & GREENS) and not lights & _CHANGING for lights in shown)

    def opens(self, phase: int) -> bool:
        """Whether a phase is the first of a green, after clearance."""
        return self.steady[phase] and not self.steady[phase - 1]

    @cached_property
    def all_red(self) -> int | None:
        """The first phase in which all show red, None without one."""
        phases = (k for k in range(len(self)) if all(lights[k] == "red" for lights in self.lights.values()))
        return next(phases, None)

    def is_all_red(self, phase: int) -> bool:
        """Whether all show red in a phase."""
        return all(lights[phase] == "red" for lights in self.lights.values())

    def least_ns(self, phase: int, min_green_ns: int) -> int:
        """Shortest that a phase may be: clearance keeps its length, that of pedestrians included.

        A light that goes from green to red without yellow is theirs, and they walk on in the phase that follows.
        """
        walkers = any(lights[phase - 1] in GREENS and lights[phase] == "red" for lights in self.lights.values())
        duration_ns = self.durations_ns[phase]
        return duration_ns if walkers or not self.steady[phase] else min(duration_ns, min_green_ns)

    def began_ns(self, phase: int, begin_ns: int) -> dict[int, int]:
        """Since when each group has shown its light in a phase that began at ``begin_ns``, if all went by the plan."""
        return {group: begin_ns - self._before_ns(lights, phase) for group, lights in self.lights.items()}

    def _before_ns(self, lights: tuple[str, ...], phase: int) -> int:
        """For how long before a phase its light was shown."""
        before_ns = 0
        for back in range(1, len(self)):
            if lights[phase - back] != lights[phase]:
                break
            before_ns += self.durations_ns[phase - back]
        return before_ns

    def runs(self, group: int, phase: int, begin_ns: int, lengths_ns: Sequence[int]) -> list[Run]:
        """Maximal runs of one light, from ``phase`` on; without the last one, of which the end is not in the lengths.

        Parameters
        ----------
        group
            Signal group.
        phase, begin_ns
            The first phase, and when it began.
        lengths_ns
            How long it and those after it are.
        """
        lights = self.lights[group]
        runs: list[Run] = []
        light, start_ns, end_ns = lights[phase], begin_ns, begin_ns
        for ahead, length_ns in enumerate(lengths_ns):
            following = lights[(phase + ahead) % len(self)]
            if following != light:
                runs.append((light, start_ns, end_ns))
                light, start_ns = following, end_ns
            end_ns += length_ns
        return runs
