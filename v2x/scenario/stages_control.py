"""What makes those perfect who drive, and what they drive by; see `v2x.scenario.stages`."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from v2x.scenario.model import Scenario

_G_MPS2 = 9.81
#: Less than a tenth of a control step: a lag of 0 would divide by it.
_NO_LAG_S = 1e-4
#: Faster than any wheel is asked to turn.
_AT_ONCE_RADPS = 100.0


def controller(scenario: Scenario) -> dict[str, Any]:
    """Vehicles do what their control law or operator asks for, as far as the tyres hold.

    The law and its gains stay as they are: they are what is tested. Nothing is ideal about a law by itself.
    """
    settings: dict[str, Any] = {}
    tyres_mps2 = round(_G_MPS2 * scenario.weather.friction, 3)
    least = {"engine_lag_s": _NO_LAG_S, "dead_time_s": 0}
    most = {"max_accel_mps2": tyres_mps2, "max_brake_mps2": tyres_mps2}
    for place, engine in _engines(scenario):
        settings |= {f"{place}.{key}": value for key, value in least.items() if (getattr(engine, key) or 0.0) > value}
        settings |= {f"{place}.{key}": value for key, value in most.items() if (getattr(engine, key) or inf) < value}
    if scenario.remote is not None:
        at = "remote.vehicle"
        settings |= {f"{at}.steer_lag_s": 0, f"{at}.steer_rate_radps": _AT_ONCE_RADPS, f"{at}.disturbed": False}
    return settings


def operator(scenario: Scenario) -> dict[str, Any]:
    """The operator of remote driving reacts at once, has calm hands and knows how late everything is."""
    if scenario.remote is None or scenario.remote.external:
        return {}
    at = "remote.human"
    return {f"{at}.reaction_s": 0, f"{at}.remnant": False, f"{at}.training": 1}


def video(scenario: Scenario) -> dict[str, Any]:
    """Pictures are exposed, encoded and decoded in no time; rate, packets and screen stay as they are."""
    if scenario.remote is None:
        return {}
    return {f"remote.video.{key}": 0 for key in ("exposure_ms", "encode_ms", "decode_ms")}


def driver(scenario: Scenario) -> dict[str, Any]:
    """Drivers under test react to alerts at once; what distracts them is the test's own and stays."""
    settings: dict[str, Any] = {}
    for row, subject in enumerate(scenario.stations.subjects):
        if subject.driver is not None:
            at = f"stations.subjects.{row}.driver"
            settings |= {f"{at}.reaction_s": 0, f"{at}.reaction_spread_s": 0}
    return settings


def _engines(scenario: Scenario) -> Iterator[tuple[str, Any]]:
    """Whoever has an engine in the platoon section, and where it stands there; null is as the platoon has it."""
    platoon = scenario.platoon
    if platoon is not None:
        yield "platoon", platoon
        yield from ((f"platoon.members.{row}", member) for row, member in enumerate(platoon.members))
        yield from ((f"platoon.singles.{row}", single) for row, single in enumerate(platoon.singles))
