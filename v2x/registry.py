"""Tables of plug-ins: ``"name": "module:attribute"``, imported when first asked for.

Built-ins live in static tables beside the protocol they implement (an editable install does not see a new entry
point until it is reinstalled); other packages add theirs through an entry-point group of the same name.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from v2x.errors import InputError


def did_you_mean(name: str, known: list[str]) -> str:
    """Tail of an error message that offers the nearest known name, or lists them all."""
    close = get_close_matches(name, known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"expected one of {', '.join(sorted(known))}"


class Registry:
    """Names of one kind of thing, merged from a static table and the entry-point ``group``."""

    def __init__(self, group: str, builtin: Mapping[str, str]) -> None:
        self.group = group
        self._targets = dict(builtin)
        self._builtin = frozenset(builtin)
        for point in entry_points(group=group):
            if self._targets.get(point.name, point.value) != point.value:
                raise InputError(f"two plug-ins claim the name '{point.name}' in group '{group}'")
            self._targets[point.name] = point.value

    def names(self) -> list[str]:
        """All known names, sorted."""
        return sorted(self._targets)

    def added(self) -> list[str]:
        """Names that other packages have added, sorted."""
        return sorted(self._targets.keys() - self._builtin)

    def target(self, name: str) -> str:
        """Where what a known name stands for is: ``module:attribute``."""
        return self._targets[name]

    def load(self, name: str) -> Any:
        """Import and return what ``name`` stands for; `InputError` with the nearest name if unknown."""
        if name not in self._targets:
            raise InputError(f"unknown {self.group} '{name}', {did_you_mean(name, list(self._targets))}")
        module, _, attribute = self._targets[name].partition(":")
        return getattr(import_module(module), attribute)
