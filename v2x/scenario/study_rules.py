"""What its model cannot tell of a study: paths that are given twice or are not to be varied, repeated values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from v2x.errors import InputError
from v2x.scenario.document import Node
from v2x.scenario.study_points import Group, digest_of

#: Keys of a scenario that a study has keys of its own for, or that mean nothing once a file has been read.
_NOT_VARIED = {
    "seed": "the seeds of a study stand under 'seeds'",
    "variants": "runs of a study have no variants; what they are compared with stands under 'baselines'",
    "schema_version": "not to be changed",
    "extends": "not to be changed; the scenario stands under 'base'",
}


def misplaced(root: Node) -> Iterator[InputError]:
    """A fault for each path that is given twice, must not be given, or has too few values or entries."""
    seen = _Paths()
    for section in ("set", "grid", "zip"):
        yield from seen.add(root.child(section), (section,))
    yield from _unequal(root.child("zip"))
    listed = root.child("list")
    entries = listed.items if listed else []
    for row, entry in enumerate(entries):
        if row == 0:
            yield from seen.add(entry, ("list", 0))
        elif entry.mapping.keys() != entries[0].mapping.keys():
            wanted = ", ".join(entries[0].mapping)
            yield entry.place.fault(("list", row), f"every entry sets the same paths, those of the first: {wanted}")
    yield from seen.add(root.child("random", "axes"), ("random", "axes"))
    baselines = root.child("baselines")
    for name, settings in baselines.mapping.items() if baselines else ():
        yield from _Paths().add(settings, ("baselines", name))


def repeated(groups: Sequence[Group]) -> Iterator[InputError]:
    """A fault for each choice of an axis that is the same as an earlier one."""
    for group in groups:
        seen = set[str]()
        for choice in group.choices:
            key = digest_of([setting.value.plain() for setting in choice])
            if key in seen:
                last = choice[-1]
                yield last.value.place.fault((group.section, last.path), "given twice: each run is made once")
            seen.add(key)


@dataclass
class _Paths:
    """Paths of a study, and where each was given first."""

    _given: dict[str, Node] = field(default_factory=dict)

    def add(self, settings: Node | None, section: tuple[str | int, ...]) -> Iterator[InputError]:
        """Take in those of a section; a fault for each that must not stand there."""
        for path, value in settings.mapping.items() if settings else ():
            reason = _NOT_VARIED.get(path.partition(".")[0])
            if reason is None and path in self._given:
                reason = f"given twice, already in line {self._given[path].head.line}"
            if reason is not None:
                yield value.head.fault((*section, path), reason)
            self._given.setdefault(path, value)


def _unequal(zipped: Node | None) -> Iterator[InputError]:
    axes = list(zipped.mapping.items()) if zipped else []
    for path, values in axes[1:]:
        first, wanted = axes[0][0], len(axes[0][1].items)
        if len(values.items) != wanted:
            yield values.head.fault(("zip", path), f"has {len(values.items)} values, and {first} has {wanted}")
