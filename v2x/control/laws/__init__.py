"""Control laws of followers, one a file. A new one is one file and one line here, or an entry point of that group."""

from __future__ import annotations

from v2x.control.laws.base import Law
from v2x.registry import Registry

LAWS = Registry(
    "v2x.law",
    {
        "acc": "v2x.control.laws.acc:ACC",
        "path": "v2x.control.laws.path:PATH",
        "ploeg": "v2x.control.laws.ploeg:PLOEG",
        "consensus": "v2x.control.laws.consensus:CONSENSUS",
        "flatbed": "v2x.control.laws.flatbed:FLATBED",
        "degraded": "v2x.control.laws.degraded:DEGRADED",
    },
)


def law(name: str) -> Law:
    """The control law of that name; `InputError` if there is none."""
    found: Law = LAWS.load(name)
    return found
