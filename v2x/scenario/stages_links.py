"""What makes messages and links perfect, as a whole and cause by cause; see `v2x.scenario.stages`."""

from __future__ import annotations

from typing import Any

from v2x.scenario.model import ConstantLink, GeometricUu, Scenario, StatisticalPc5
from v2x.scenario.model_links import PluginPc5
from v2x.scenario.model_sidelink import Sidelink

#: Where the published tables of loss end; a pair farther apart is not tried.
_PUBLISHED_REACH_M = 500.0


def security(_scenario: Scenario) -> dict[str, Any]:
    """Messages are as large as what they say."""
    return {"security.mode": "none"}


def resolution(scenario: Scenario) -> dict[str, Any]:
    """Control messages carry further digits than the standard gives them."""
    return {"platoon.quantised": False} if scenario.platoon is not None else {}


def pc5(scenario: Scenario) -> dict[str, Any]:
    """All that is tried arrives at once; with a link of another package, all within the ideal one's own reach."""
    link = scenario.links.pc5
    if isinstance(link, PluginPc5):
        return {"links.pc5": {"kind": "ideal"}}
    if isinstance(link, Sidelink):
        reach_m = link.reach_m
    elif isinstance(link, StatisticalPc5):
        reach_m = _PUBLISHED_REACH_M if isinstance(link.pdr, str) else link.pdr[-1][0]
    else:
        reach_m = link.range_m
    return {"links.pc5": {"kind": "ideal", "range_m": reach_m}}


def pc5_delay(scenario: Scenario) -> dict[str, Any]:
    """What arrives does so at once; fidelity 2 and 3 have no switch for the wait for a resource."""
    link = scenario.links.pc5
    if isinstance(link, ConstantLink):
        return {"links.pc5.delay_ms": 0}
    return {"links.pc5.access_ms": [0, 0]} if isinstance(link, StatisticalPc5) else {}


def pc5_random(scenario: Scenario) -> dict[str, Any]:
    """No losses that are drawn regardless of the channel."""
    link = scenario.links.pc5
    if isinstance(link, ConstantLink):
        return {"links.pc5.loss": 0}
    return {"links.pc5.bursts": None} if isinstance(link, StatisticalPc5) else {}


def pc5_half_duplex(scenario: Scenario) -> dict[str, Any]:
    """Who sends hears nevertheless."""
    return _without(scenario, "half_duplex")


def pc5_propagation(scenario: Scenario) -> dict[str, Any]:
    """Nothing is too weak, and nothing is lost to noise."""
    return _without(scenario, "below_sensitivity", "propagation")


def pc5_collision(scenario: Scenario) -> dict[str, Any]:
    """Nothing is lost to others who send in the same slot."""
    return _without(scenario, "collision")


def pc5_congestion_control(scenario: Scenario) -> dict[str, Any]:
    """Nobody keeps silent because the channel is busy."""
    return {"links.pc5.congestion": "off"} if isinstance(scenario.links.pc5, Sidelink) else {}


def uu(scenario: Scenario) -> dict[str, Any]:
    """All arrives at once, everywhere. Of remote driving, what the vehicle sends and is sent."""
    if scenario.remote is not None:
        instant = {"remote.mitigations.second_link": None, "remote.network": {"kind": "instant"}}
        return instant if scenario.remote.network.kind == "uu" else {}
    return {"links.uu": {"kind": "ideal"}} if _over_uu(scenario) else {}


def uu_delay(scenario: Scenario) -> dict[str, Any]:
    """No delay."""
    return {"links.uu.delay_ms": 0} if _over_uu(scenario) and isinstance(scenario.links.uu, ConstantLink) else {}


def uu_random(scenario: Scenario) -> dict[str, Any]:
    """No loss."""
    return {"links.uu.loss": 0} if _over_uu(scenario) and isinstance(scenario.links.uu, ConstantLink) else {}


def uu_extra(scenario: Scenario) -> dict[str, Any]:
    """Nothing is added to the network of remote driving."""
    return {"remote.network.extra_one_way_ms": 0} if scenario.remote is not None else {}


def uu_cuts(scenario: Scenario) -> dict[str, Any]:
    """The network of remote driving has no outages that the scenario plans."""
    return {"remote.network.outages_s": []} if scenario.remote is not None else {}


def uu_handover(scenario: Scenario) -> dict[str, Any]:
    """A change of the cell interrupts nothing."""
    return {"links.uu.handover.interruption_ms": 0} if _by_cells(scenario) else {}


def uu_outage(scenario: Scenario) -> dict[str, Any]:
    """Nothing is lost where there is no coverage."""
    return _free(scenario, "outage")


def uu_queue(scenario: Scenario) -> dict[str, Any]:
    """Cells have no queue, and sending takes no time."""
    return _free(scenario, "queue")


def uu_radio(scenario: Scenario) -> dict[str, Any]:
    """The radio access takes no time beside queue and sending."""
    return _free(scenario, "radio")


def uu_transport(scenario: Scenario) -> dict[str, Any]:
    """The way from the cells takes no time."""
    return _free(scenario, "transport")


def uu_core(scenario: Scenario) -> dict[str, Any]:
    """The core network takes no time."""
    return _free(scenario, "core")


def uu_internet(scenario: Scenario) -> dict[str, Any]:
    """The internet takes no time, where the server stands behind it."""
    link = scenario.links.uu
    behind = isinstance(link, GeometricUu) and link.server == "cloud"
    return _free(scenario, "internet") if behind else {}


def uu_server(scenario: Scenario) -> dict[str, Any]:
    """The server takes no time."""
    return _free(scenario, "server")


def _without(scenario: Scenario, *causes: str) -> dict[str, Any]:
    link = scenario.links.pc5
    if not isinstance(link, Sidelink | StatisticalPc5):
        return {}
    return {"links.pc5.without": sorted({*link.without, *causes})}


def _free(scenario: Scenario, part: str) -> dict[str, Any]:
    """The scenario's 5G by geometry with a part that takes no time."""
    link = scenario.links.uu
    if not isinstance(link, GeometricUu) or not _by_cells(scenario):
        return {}
    return {"links.uu.without": sorted({*link.without, part})}


def _by_cells(scenario: Scenario) -> bool:
    return isinstance(scenario.links.uu, GeometricUu) and _over_uu(scenario)


def _over_uu(scenario: Scenario) -> bool:
    """Whether anything goes over ``links.uu``."""
    by_platoon = scenario.platoon is not None and scenario.platoon.link != "pc5"
    by_remote = scenario.remote is not None and scenario.remote.network.kind == "uu"
    return scenario.stations.server.enabled or by_platoon or by_remote
