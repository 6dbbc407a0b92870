"""How much worse a figure may get, and which got worse by more."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from v2x.errors import InputError
from v2x.registry import did_you_mean
from v2x_analysis.comparison.directions import begins


@dataclass(frozen=True)
class Allowed:
    """So much: a number in the figure's unit, or a share of what A has."""

    amount: float
    relative: bool

    def of(self, value: float) -> float:
        """In the figure's unit, where A has ``value``."""
        return self.amount * abs(value) if self.relative else self.amount


#: Verdicts, and whether runs come to their end, must not get worse at all; all else by a twentieth (ours).
_DEFAULTS: Mapping[str, Allowed] = dict.fromkeys(("complete", "criterion", "verdict"), Allowed(0.0, False))
_ELSE = Allowed(0.05, True)


@dataclass(frozen=True)
class Tolerances:
    """What is allowed, by key of a figure or its beginning; the longest that fits decides."""

    asked: Mapping[str, Allowed] = field(default_factory=dict)

    @classmethod
    def parse(cls, settings: Iterable[str]) -> Self:
        """From settings such as ``link.pdr=0.01`` or ``link.latency_ms=5%``; `InputError` for one that is neither."""
        return cls(dict(map(_setting, settings)))

    def of(self, key: str) -> Allowed:
        """What a figure is allowed."""
        for known in (self.asked, _DEFAULTS):
            fitting = [name for name in known if begins(key, name)]
            if fitting:
                return known[max(fitting, key=len)]
        return _ELSE

    def check(self, keys: Iterable[str]) -> None:
        """`InputError` for a setting that is about none of the figures."""
        known = list(keys)
        for name in self.asked:
            if not any(begins(key, name) for key in known):
                raise InputError(f"no figure '{name}', {did_you_mean(name, known)}", path=f"--tolerance {name}")


def _setting(text: str) -> tuple[str, Allowed]:
    name, _, amount = text.partition("=")
    try:
        number = float(amount.removesuffix("%"))
    except ValueError:
        number = math.nan
    if not name or not 0.0 <= number < math.inf:
        raise InputError("expected METRIC=VALUE with a number from 0 on, or a percentage", path=f"--tolerance {text}")
    relative = amount.endswith("%")
    return name, Allowed(number / 100.0 if relative else number, relative)
