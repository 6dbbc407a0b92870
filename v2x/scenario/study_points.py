"""The runs that a study asks for: its axes multiplied out, its baselines, its seeds. Nothing is read or run here.

Axes come in groups: paths of a group change together, groups are combined each with each. A path of ``grid`` is a group
of its own; ``zip``, ``list`` and ``random`` are one each.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.rng import Stream, key_of
from v2x.scenario.document import Node
from v2x.scenario.model_study import RandomAxes, RandomAxis, Study

#: Digits of a number whose logarithm is drawn: the last bits of functions differ between machines, and so would ids.
_DIGITS = 9


@dataclass(frozen=True)
class Setting:
    """A path of the scenario and what stands there; the value knows where in the study it is written."""

    path: str
    value: Node


#: Settings that go together, one choice of a group.
Choice = tuple[Setting, ...]


@dataclass(frozen=True)
class Axes:
    """Paths that change together, in the order in which they are set, and the key of the study that they are from."""

    section: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Paths that change together, and how.

    Attributes
    ----------
    section
        Key of the study that it is from.
    choices
        What they are set to, in order; all of the same paths.
    """

    section: str
    choices: tuple[Choice, ...]

    @property
    def axes(self) -> Axes:
        """The paths."""
        return Axes(self.section, tuple(setting.path for setting in self.choices[0]))


@dataclass(frozen=True)
class Point:
    """One run of a study.

    Attributes
    ----------
    choice
        What is set in it beside what is set in all, in order.
    axes
        Value by path of each axis of the study; None on those that do not apply to a baseline.
    baseline
        Which one it is a run of; None for the study itself.
    seed
        Of the run.
    """

    choice: Choice
    axes: Mapping[str, Any]
    baseline: str | None
    seed: int

    @cached_property
    def id(self) -> str:
        """Sixteen hexadecimal digits that hang on axes, baseline and seed alone, not on what else is in the study."""
        known = {path: value for path, value in self.axes.items() if value is not None}
        return digest_of({"axes": known, "baseline": self.baseline, "seed": self.seed})

    def __str__(self) -> str:
        named = [] if self.baseline is None else [f"baseline {self.baseline}"]
        values = [f"{path}={_text(value)}" for path, value in self.axes.items() if value is not None]
        return ", ".join([*named, *values, f"seed={self.seed}"])


def groups_of(root: Node, study: Study) -> list[Group]:
    """The axes of a study, from its tree, which has been found to be a `Study`; the slowest first."""
    grid, zipped, listed, drawn = (root.child(*keys) for keys in (["grid"], ["zip"], ["list"], ["random", "axes"]))
    groups = []
    for path, values in grid.mapping.items() if grid else ():
        groups.append(Group("grid", tuple((Setting(path, item),) for item in _items(values))))
    if zipped and zipped.mapping:
        rows = zip(*map(_items, zipped.mapping.values()), strict=True)
        groups.append(Group("zip", tuple(tuple(map(Setting, zipped.mapping, row)) for row in rows)))
    if listed and listed.items:
        groups.append(Group("list", tuple(map(settings_of, listed.items))))
    if drawn and study.random:
        groups.append(Group("random", tuple(_drawn(drawn, study.random))))
    return groups


def settings_of(mapping: Node) -> Choice:
    """Paths and values of a mapping."""
    return tuple(Setting(path, value) for path, value in mapping.mapping.items())


def points_of(groups: Sequence[Group], baselines: Mapping[str, Choice], seeds: Sequence[int]) -> list[Point]:
    """All runs: the study's own, then those of each baseline; the last axis and then the seed fastest."""
    points = []
    for baseline, fixed in ((None, ()), *baselines.items()):
        left = [free for group in groups if (free := _free(group, fixed)).choices]
        for chosen in product(*(group.choices for group in left)):
            varied = tuple(chain.from_iterable(chosen))
            values = {setting.path: setting.value.plain() for setting in (*varied, *fixed)}
            axes = {path: values.get(path) for group in groups for path in group.axes.paths}
            points += [Point((*varied, *fixed), axes, baseline, seed) for seed in seeds]
    return points


def governs(setting: str, path: str) -> bool:
    """Whether a setting leaves nothing to what is set at ``path``: it is of the same, of a part above, or its kind."""
    return path == setting or path.startswith(setting.removesuffix(".kind") + ".")


def digest_of(content: object) -> str:
    """Sixteen hexadecimal digits of what JSON can say; 20 and 20.0 are the same, and so are mappings in any order."""
    text = json.dumps(_canonical(content), sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _free(group: Group, fixed: Choice) -> Group:
    """What a baseline leaves of a group: the paths that it does not set, each combination of values once."""
    left: dict[str, Choice] = {}
    for choice in group.choices:
        kept = tuple(each for each in choice if not any(governs(other.path, each.path) for other in fixed))
        if kept:
            left.setdefault(digest_of([each.value.plain() for each in kept]), kept)
    return Group(group.section, tuple(left.values()))


def _items(values: Node) -> list[Node]:
    """The values of an axis; the key of each is that of the axis."""
    return [replace(item, key_place=values.key_place) for item in values.items]


def _drawn(axes: Node, random: RandomAxes) -> Iterator[Choice]:
    """Points of a Latin hypercube (McKay, Beckman, Conover, Technometrics 21(2), 1979).

    Draws are keyed by path, so that an axis more changes no other.
    """
    stream = Stream(random.seed, "study.random")
    columns = []
    for path, axis in axes.mapping.items():
        key, rows = np.uint64(key_of(path)), np.arange(random.points)
        part = np.argsort(stream.uniform(key, 0, rows), kind="stable")
        share = (part + stream.uniform(key, 1, rows)) / random.points
        columns.append([Setting(path, node) for node in _nodes(axis, random.axes[path], share)])
    yield from zip(*columns, strict=True)


def _nodes(axis: Node, drawn: RandomAxis, share: NDArray[np.float64]) -> list[Node]:
    """What lies at each share of an axis."""
    values = axis.child("of")
    if values is not None:
        items = [replace(item, key_place=axis.key_place) for item in values.items]
        return [items[int(each * len(items))] for each in share]
    return [Node(_number(drawn, float(each)), axis.head, axis.key_place) for each in share]


def _number(axis: RandomAxis, share: float) -> float | int:
    low, high = axis.low or 0.0, axis.high or 0.0
    if axis.whole:
        return int(low + share * (high - low + 1.0))
    if axis.scale == "linear":
        return low + share * (high - low)
    value = float(f"{low * math.exp(share * math.log(high / low)):.{_DIGITS}g}")
    return min(max(value, low), high)


def _canonical(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _canonical(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_canonical(value) for value in content]
    return int(content) if isinstance(content, float) and content.is_integer() else content


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
