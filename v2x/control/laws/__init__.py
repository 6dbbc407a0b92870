"""Control laws of followers, one a file, by the names of `v2x.scenario.known.CONTROLLERS`."""

from __future__ import annotations

from v2x.control.laws.base import Law
from v2x.scenario.known import CONTROLLERS


def law(name: str) -> Law:
    """The control law of that name; `InputError` if there is none."""
    found: Law = CONTROLLERS.load(name)
    return found
