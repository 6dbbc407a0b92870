"""Which link model a scenario means, by the names of `v2x.scenario.known`."""

from __future__ import annotations

from typing import Any

from v2x.field.model import Field
from v2x.links.base import BroadcastLink, PointLink
from v2x.links.without import Without
from v2x.registry import Registry
from v2x.scenario.known import PC5, UU
from v2x.scenario.model import Pc5, Uu
from v2x.scenario.model_links import PluginPc5, PluginUu


def build_pc5(config: Pc5, seed: int, field: Field | None = None) -> BroadcastLink:
    """Sidelink model of a scenario's ``links.pc5``; ``field`` is None where a recording has a plane of its own."""
    link: BroadcastLink = _made(PC5, config, seed, field)
    spared = getattr(config, "without", ())
    return Without(link, spared) if spared else link


def build_uu(config: Uu, seed: int, duration_ns: int, field: Field | None) -> PointLink:
    """5G model of a scenario's ``links.uu``.

    ``duration_ns``, the length of the run, is for models that lay it out ahead; the built-in ones can be read at any
    time and do not need it. ``field`` is None where a recording is played on a plane of its own.

    Raises
    ------
    InputError
        The field has no gNB, or a file cannot be used.
    """
    link: PointLink = _made(UU, config, seed, duration_ns, field)
    return link


def _made(table: Registry, config: Pc5 | Uu, *rest: Any) -> Any:
    """What the table has for a kind, or for a model of another package."""
    if isinstance(config, PluginPc5 | PluginUu):
        return table.load(config.model)(config.settings, *rest)
    return table.load(config.kind)(config, *rest)
