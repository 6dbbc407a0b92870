"""From a scenario to the parts of a run: who is there, with which clock, and what they announce."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from v2x.clock import SimClock, to_ns, utc_ns
from v2x.errors import FieldError, InputError
from v2x.field.model import Field, Junction
from v2x.geo import Plane
from v2x.messages.frame import Outgoing
from v2x.messages.model import NAN, Notice
from v2x.messages.profile import Profile, get_profile
from v2x.registry import Registry, did_you_mean
from v2x.scenario.model import Scenario
from v2x.scenario.model_sidelink import Sidelink
from v2x.scenario.model_stations import TAKEN
from v2x.stations.notices import NoticeService, notice_of
from v2x.stations.pace import DensityPace, FixedPace, Pace
from v2x.stations.sensors import Sensors
from v2x.traffic.base import SignalHead

#: Stations that live above the engine, imported by name.
STATIONS = Registry("v2x.stations", {"rsu": "v2x_roadside.unit:RoadsideUnit"})

#: A roadside unit announces the notices within this distance, metres (project choice: well past PC5's reach).
NOTICE_REACH_M = 1500.0


#: Keys of a scenario's notice, by the field of the message part that it becomes, where they differ.
_NOTICE_KEYS = {".path_m": ".path", ".end_utc_ns": ".end_s", ".lat_deg": ".at", ".lon_deg": ".at"}


class Roadside(Protocol):
    """What the engine asks of a roadside unit."""

    name: str
    key: int

    def poll(self, start_ns: int, end_ns: int, head: SignalHead | None) -> list[Outgoing]:
        """Everything the unit says in [start, end)."""


@dataclass(frozen=True)
class PlacedUnit:
    """A roadside unit, where its antenna is, and the junction whose signal it is wired to."""

    unit: Roadside
    x_m: float
    y_m: float
    antenna_m: float
    junction: str | None


@dataclass(frozen=True)
class _Place:
    """A site of the field or of the scenario."""

    name: str
    lon_deg: float
    lat_deg: float
    height_m: float
    junction: str | None


def clock_of(scenario: Scenario) -> SimClock:
    """The run's time grid."""
    return SimClock(utc_ns(scenario.start_utc), to_ns(scenario.step_s), to_ns(scenario.duration_s))


def pace_of(scenario: Scenario, plane: Plane) -> Pace:
    """When vehicles say their BSMs."""
    pc5 = scenario.links.pc5
    if isinstance(pc5, Sidelink) and pc5.congestion == "j3161":
        return DensityPace(scenario.seed, plane.middle_convergence_deg)
    return FixedPace(scenario.stations.obu.bsm_rate_hz, scenario.seed)


def notices_of(scenario: Scenario, plane: Plane, via: str) -> tuple[Notice, ...]:
    """The scenario's notices that go out over ``rsu`` or ``uu``."""
    start = utc_ns(scenario.start_utc)
    return tuple(notice_of(source, plane, start) for source in scenario.notices if via in source.via)


def notice_faults(scenario: Scenario, field: Field | None, plane: Plane) -> list[InputError]:
    """What no message of the profile can say of the notices: one alone, or those that a sender announces together."""
    profile, start = get_profile(scenario.profile), utc_ns(scenario.start_utc)
    faults = []
    for row, source in enumerate(scenario.notices):
        try:
            notice = notice_of(source, plane, start)
            _announce(profile, (notice,), notice)
        except InputError as error:
            *_, key = (error.path or "").rpartition(f"notices[{source.id}]")
            faults.append(InputError(error.reason, path=f"notices.{row}{_NOTICE_KEYS.get(key, key)}"))
    if faults:
        return faults
    together = [notices_of(scenario, plane, "uu")] if scenario.stations.server.enabled else []
    over_pc5 = notices_of(scenario, plane, "rsu")
    together += [_near(over_pc5, place.lon_deg, place.lat_deg) for place in _places(scenario, field, plane)]
    crowded = {}
    for notices in together:
        for notice in notices:  # they grow more only when one begins
            try:
                _announce(profile, notices, notice)
            except InputError as error:
                crowded[notice.id] = f"cannot be announced beside the others of its time: {error}"
    rows = {source.id: row for row, source in enumerate(scenario.notices)}
    return [InputError(reason, path=f"notices.{rows[number]}") for number, reason in crowded.items()]


def _announce(profile: Profile, notices: tuple[Notice, ...], first: Notice) -> None:
    """Encode what a sender of the notices says when one of them begins."""
    message = NoticeService(0, (first.lat_deg, first.lon_deg, NAN), notices).message(0, first.start_utc_ns)
    if message is not None:
        profile.encode(message)


def roadside_of(
    scenario: Scenario, field: Field | None, plane: Plane, profile: Profile, sensors: Sensors
) -> list[PlacedUnit]:
    """The roadside units that are up, sorted by name."""
    clock = clock_of(scenario)
    build: Callable[..., Roadside] = STATIONS.load("rsu")
    notices = notices_of(scenario, plane, "rsu")
    junctions = {junction.id: junction for junction in field.junctions} if field else {}
    units = []
    for place in sorted(_places(scenario, field, plane), key=lambda place: place.name):
        x, y = plane.to_xy([place.lon_deg], [place.lat_deg])
        junction = junctions.get(place.junction or "")
        unit = build(
            place.name,
            (place.lat_deg, place.lon_deg, NAN),
            profile,
            scenario.stations.rsu,
            intersection=field.intersections.get(junction.id) if field and junction else None,
            spat=_spat_identity(place, junction, field),
            notices=_near(notices, place.lon_deg, place.lat_deg),
            read_clock=_reader(sensors, place.name, clock.start_utc_ns),
            transmit_ns=sensors.transmit_ns,
            seed=scenario.seed,
        )
        units.append(PlacedUnit(unit, float(x[0]), float(y[0]), place.height_m, place.junction))
    return units


def station_names(field: Field | None, roadside: list[PlacedUnit]) -> dict[str, str]:
    """The names that no road user may have, and whose they are: the tables of a run tell stations apart by name."""
    gnbs = {site.id: "a gNB" for site in (field.gnb if field else ())}
    return TAKEN | gnbs | {placed.unit.name: "a roadside unit" for placed in roadside}


def _places(scenario: Scenario, field: Field | None, plane: Plane) -> list[_Place]:
    wanted = scenario.stations.rsu.sites
    sites = {site.id: site for site in field.rsu} if field else {}
    if wanted != "all":
        for name in wanted:
            if name not in sites:
                raise FieldError(
                    f"no site '{name}' in the field, {did_you_mean(name, list(sites))}", path="stations.rsu.sites"
                )
        sites = {name: sites[name] for name in wanted}
    places = [_Place(s.id, s.lon_deg, s.lat_deg, s.height_m, s.junction) for s in sites.values()]
    for extra in scenario.stations.extra_rsu:
        lon, lat = extra.at.lonlat(plane)
        places.append(_Place(extra.id, lon, lat, extra.antenna_height_m, extra.junction))
    return places


def _spat_identity(place: _Place, junction: Junction | None, field: Field | None) -> tuple[int, int, str] | None:
    """Region, number and name for SPAT; a junction that the field does not know (a recording's) gets number 1."""
    if place.junction is None:
        return None
    if junction is None or field is None:
        return (0, 1, place.junction)
    return (field.region, junction.number, junction.pinyin) if junction.signal_groups else None


def _near(notices: tuple[Notice, ...], lon_deg: float, lat_deg: float) -> tuple[Notice, ...]:
    here = Plane.tangent(lon_deg, lat_deg)
    near = []
    for notice in notices:
        east, north = here.to_xy([notice.lon_deg], [notice.lat_deg])
        if np.hypot(east[0], north[0]) <= NOTICE_REACH_M:
            near.append(notice)
    return tuple(near)


def _reader(sensors: Sensors, station: str, start_utc_ns: int) -> Callable[[int], int]:
    """A station's clock as a function of simulated time."""
    return lambda t_ns: start_utc_ns + sensors.clocks.read_one_ns(station, t_ns)
