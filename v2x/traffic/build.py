"""From a scenario's ``traffic`` to the source that plays it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from v2x.clock import SimClock
from v2x.errors import TrafficError
from v2x.field.model import Field
from v2x.geo import Plane
from v2x.scenario.model import RecordedTraffic, Scenario, SumoTraffic, SyntheticTraffic
from v2x.scenario.model_encounters import EncounterTraffic
from v2x.traffic.base import Traffic


def build_traffic(
    scenario: Scenario,
    field: Field | None,
    plane: Plane,
    clock: SimClock,
    *,
    engine: str,
    gui: bool,
    log_file: Path | None,
    taken: Mapping[str, str],
) -> Traffic:
    """The traffic of a scenario, not started yet; SUMO is imported only where it drives.

    ``taken`` says what goes by the names that no road user of a recording may have; the others are known only later.

    Raises
    ------
    TrafficError
        If the source cannot be used as asked.
    """
    config = scenario.traffic
    if isinstance(config, SumoTraffic):
        from v2x.traffic import sumo

        if field is None:
            raise TrafficError("traffic of kind 'sumo' needs a field")
        if engine not in ("libsumo", "traci"):
            raise TrafficError(f"unknown engine '{engine}', expected libsumo or traci")
        return sumo.SumoTraffic(
            config,
            field,
            clock,
            scenario.seed,
            engine="traci" if engine == "traci" else "libsumo",
            gui=gui,
            log_file=log_file,
        )
    if isinstance(config, RecordedTraffic):
        from v2x.traffic import replay

        return replay.RecordedTraffic(config, clock, plane, taken)
    if isinstance(config, EncounterTraffic):
        from v2x.traffic.encounters import source

        return source.EncounterTraffic(config, clock, plane, scenario.seed)
    from v2x.traffic import synthetic

    return synthetic.SyntheticTraffic(config, clock, plane)


def plane_of(scenario: Scenario, field: Field | None) -> Plane:
    """The plane a run computes on: the field's, or a tangent plane at the origin that the traffic names."""
    if field is not None:
        return field.plane
    config = scenario.traffic
    if isinstance(config, RecordedTraffic | SyntheticTraffic | EncounterTraffic) and config.origin is not None:
        return Plane.tangent(*config.origin.lonlat())
    raise TrafficError("a run without a field needs traffic.origin, a geographic point", path="traffic.origin")
