"""The roadside units of a scenario, before it runs."""

from __future__ import annotations

from collections.abc import Sequence

from v2x.errors import InputError
from v2x.field.model import Field
from v2x.geo import Plane
from v2x.registry import did_you_mean
from v2x.scenario.model import Scenario


def unit_places(scenario: Scenario, field: Field | None, plane: Plane) -> dict[str, tuple[float, float]]:
    """Name -> position on the plane, metres, of all units that are up."""
    config = scenario.stations
    wanted = config.rsu.sites
    sites = [site for site in (field.rsu if field else ()) if wanted == "all" or site.id in wanted]
    places = {site.id: (site.lon_deg, site.lat_deg) for site in sites}
    places |= {extra.id: extra.at.lonlat(plane) for extra in config.extra_rsu}
    lon_deg, lat_deg = (list(column) for column in zip(*places.values(), strict=True)) if places else ([], [])
    x_m, y_m = plane.to_xy(lon_deg, lat_deg)
    return dict(zip(places, zip(x_m.tolist(), y_m.tolist(), strict=True), strict=True))


def chosen(wanted: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The units meant by ``--rsu``, ``all`` among them meaning all; `InputError` for one that is not there."""
    if "all" in wanted:
        return tuple(sorted(known))
    for name in wanted:
        if name not in known:
            hint = did_you_mean(name, list(known)) if known else "the scenario has none"
            raise InputError(f"no roadside unit '{name}', {hint}", file="--rsu")
    return tuple(sorted(set(wanted)))
