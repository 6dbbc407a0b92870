"""What makes sensors, clocks and delays of stations perfect; see `v2x.scenario.stages`."""

from __future__ import annotations

from typing import Any

from v2x.scenario.model import Scenario

_IDEAL = {"kind": "ideal"}


def gnss(scenario: Scenario) -> dict[str, Any]:
    """True positions, without outages; of what people carry, too."""
    own = {} if "gnss" in scenario.sensors.ideal else {"sensors.gnss": _IDEAL}
    return own | ({"stations.vru.gnss": _IDEAL} if _carried(scenario) else {})


def motion(scenario: Scenario) -> dict[str, Any]:
    """True heading, speed, acceleration and turn rate."""
    still = {"heading_sigma_deg": 0, "speed_sigma_mps": 0, "accel_sigma_mps2": 0, "yaw_rate_sigma_dps": 0}
    own = {} if "motion" in scenario.sensors.ideal else {"sensors.motion": still}
    carried = {"stations.vru.speed_sigma_mps": 0, "stations.vru.heading_sigma_deg": 0}
    return own | (carried if _carried(scenario) else {})


def clock(scenario: Scenario) -> dict[str, Any]:
    """All clocks show the time."""
    true = {"offset_sigma_ms": 0, "drift_sigma_ppm": 0}
    return {} if "clock" in scenario.sensors.ideal else {"sensors.clock": true}


def delays(scenario: Scenario) -> dict[str, Any]:
    """Stations take no time between radio and application."""
    none = {"transmit_ms": 0, "receive_ms": 0, "processing_ms": 0}
    return {} if "delays" in scenario.sensors.ideal else {"sensors.delays": none}


def radar(scenario: Scenario) -> dict[str, Any]:
    """Radars tell the true gap and closing speed at once, and lose nobody."""
    platoon = {"platoon.radar": _IDEAL} if scenario.platoon is not None else {}
    return platoon | ({"remote.vehicle.radar": _IDEAL} if scenario.remote is not None else {})


def perception(scenario: Scenario) -> dict[str, Any]:
    """The sensor of a mast sees everybody in its view, where they are, at once, and nobody else."""
    if scenario.stations.rsu.perception is None:
        return {}
    zero = (
        "latency_ms", "jitter_ms", "position_sigma_m", "speed_sigma_mps", "heading_sigma_deg", "size_sigma_m",
        "false_per_minute", "misclassified", "swap_per_s",
    )  # fmt: skip
    at = "stations.rsu.perception"
    return {f"{at}.{key}": 0 for key in zero} | {f"{at}.misses.near": {}, f"{at}.misses.far": {}}


def controller_wire(scenario: Scenario) -> dict[str, Any]:
    """Reports of signal controllers are there at once, and none is lost."""
    sites = scenario.field is not None and scenario.stations.rsu.sites
    if not sites and not scenario.stations.extra_rsu:
        return {}
    at = "stations.rsu.controller"
    return {f"{at}.jitter_ms": 0, f"{at}.delay_ms": 0, f"{at}.expected_delay_ms": None, f"{at}.outages": []}


def _carried(scenario: Scenario) -> bool:
    """Whether anybody has a device of their own."""
    return any(share > 0 for share in scenario.stations.vru.penetration.values())
