"""Which link model a scenario means. A new model is one file and one line here, or an entry point of the same group."""

from __future__ import annotations

from v2x.field.model import Field
from v2x.links.base import BroadcastLink, PointLink
from v2x.links.without import Without
from v2x.registry import Registry
from v2x.scenario.model import Pc5, Uu

#: Kind -> callable ``(config, seed, field)`` that makes a `BroadcastLink`.
PC5 = Registry(
    "v2x.pc5",
    {
        "ideal": "v2x.links.pc5_constant:ideal_pc5",
        "constant": "v2x.links.pc5_constant:ConstantPc5",
        "statistical": "v2x.links.pc5_statistical:StatisticalPc5",
        "geometric": "v2x.links.sidelink.geometric:geometric_pc5",
        "sensing": "v2x.links.sidelink.sensing:SensingPc5",
    },
)

#: Kind -> callable ``(config, seed, duration_ns, field)`` that makes a `PointLink`.
UU = Registry(
    "v2x.uu",
    {
        "ideal": "v2x.links.uu_constant:ideal_uu",
        "constant": "v2x.links.uu_constant:ConstantUu",
        "preset": "v2x.links.uu_preset:PresetUu",
        "trace": "v2x.links.cellular.trace:TraceUu",
        "geometric": "v2x.links.cellular.geometric:GeometricUu",
    },
)


def build_pc5(config: Pc5, seed: int, field: Field | None = None) -> BroadcastLink:
    """Sidelink model of a scenario's ``links.pc5``; ``field`` is None where a recording has a plane of its own."""
    link: BroadcastLink = PC5.load(config.kind)(config, seed, field)
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
    link: PointLink = UU.load(config.kind)(config, seed, duration_ns, field)
    return link
