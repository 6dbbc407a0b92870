"""From a scenario to the parts of a run: who is there, with which clock, and what they announce."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from v2x.clock import NS_PER_MS, SimClock, to_ns, utc_ns
from v2x.errors import FieldError, InputError
from v2x.field import encounter_ground
from v2x.field.model import Field, Junction
from v2x.geo import Plane
from v2x.links.base import F64
from v2x.links.build import build_pc5, build_uu
from v2x.links.cellular.coverage import coverage_at
from v2x.links.cellular.network import Network
from v2x.links.link_tables import Append
from v2x.links.simulated import IntervalMs, SimulatedMedium
from v2x.links.waiting import Complain
from v2x.messages.envelope.envelope import Envelope
from v2x.messages.model import NAN, Notice
from v2x.messages.profile import Profile, get_profile
from v2x.platooning.crew import names_of
from v2x.platooning.platoons import Platoons
from v2x.record.tables import BIN_M
from v2x.registry import Registry, did_you_mean
from v2x.remote.build import build_coverage
from v2x.remote.drive import ARRIVED_M, NAME, RemoteDrive
from v2x.remote.second_link import SecondLink, seed_of_second
from v2x.remote.slalom import swinging
from v2x.remote.way import way_of
from v2x.remote.wire import Carry, at_once
from v2x.rng import key_of
from v2x.scenario.model import GeometricUu, Pc5, Scenario
from v2x.scenario.model_encounters import EncounterTraffic
from v2x.scenario.model_remote import Remote
from v2x.scenario.model_roadside import StoredMessage
from v2x.scenario.model_sidelink import Sidelink
from v2x.scenario.model_stations import TAKEN
from v2x.stations.base import EventSink
from v2x.stations.controller import SignalInterface
from v2x.stations.mast_view import Masts
from v2x.stations.notices import NoticeService, notice_of
from v2x.stations.pace import DensityPace, FixedPace, Pace
from v2x.stations.perception import MastSensors, PerceptionSensor
from v2x.stations.roadside import Order, Roadside, UnitSite
from v2x.stations.sensors import Sensors
from v2x.stations.temporary_ids import TemporaryIds

#: Stations that live above the engine, imported by name.
STATIONS = Registry("v2x.stations", {"rsu": "v2x_roadside.unit:RoadsideUnit"})

#: A roadside unit announces the notices within this distance, metres (project choice: well past PC5's reach).
NOTICE_REACH_M = 1500.0


#: Types of the control messages that members of platoons say at the rate of the scenario.
_CONTROL_TYPES = ("CCM", "PCM")


#: Keys of a scenario's notice, by the field of the message part that it becomes, where they differ.
_NOTICE_KEYS = {".path_m": ".path", ".end_utc_ns": ".end_s", ".lat_deg": ".at", ".lon_deg": ".at"}


@dataclass(frozen=True)
class PlacedUnit:
    """A roadside unit, where its antenna is, the wire to the controller of its junction, and its sensor, if any."""

    unit: Roadside
    x_m: float
    y_m: float
    antenna_m: float
    wire: SignalInterface | None
    sensor: PerceptionSensor | None


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


def pc5_of(scenario: Scenario) -> Pc5:
    """The sidelink, where control messages of platoons reserve as often as they come unless it says otherwise."""
    pc5 = scenario.links.pc5
    if scenario.platoon is None or not isinstance(pc5, Sidelink):
        return pc5
    flows = {
        kind: pc5.flow(kind).model_copy(update={"interval_ms": 1e3 / scenario.platoon.beacon_hz})
        for kind in _CONTROL_TYPES
        if kind not in pc5.flows
    }
    return pc5.model_copy(update={"flows": pc5.flows | flows})


def medium_of(
    scenario: Scenario, field: Field | None, profile: Profile, append: Append, interval_ms: IntervalMs, urgent: Set[str]
) -> SimulatedMedium:
    """PC5 and Uu; ``append`` takes their rows, the rest is as of `SimulatedMedium`."""
    clock, seed = clock_of(scenario), scenario.seed
    return SimulatedMedium(
        build_pc5(pc5_of(scenario), seed, field),
        build_uu(scenario.links.uu, seed, clock.duration_ns, field),
        profile.name,
        Envelope(profile, scenario.security, seed, clock.start_utc_ns).air_bytes,
        append,
        BIN_M,
        seed,
        interval_ms,
        urgent,
    )


def identities_of(scenario: Scenario, profile: Profile) -> TemporaryIds:
    """What vehicles call themselves; members of platoons keep their names."""
    members = names_of(scenario.platoon) if scenario.platoon else ()
    lasting_ns = to_ns(scenario.stations.obu.temporary_id_s)
    return TemporaryIds(lasting_ns, profile.temporary_id_bits, scenario.seed, members)


def platoons_of(
    scenario: Scenario,
    profile: Profile,
    identities: TemporaryIds,
    unreadable: Complain,
    sink: Callable[[str], EventSink],
) -> Platoons | None:
    """The platoons of a scenario, if it has any.

    ``unreadable`` is told of frames that members cannot read; ``sink`` gives what writes the events of a vehicle.
    """
    if scenario.platoon is None:
        return None
    sensors = Sensors(scenario.sensors, scenario.seed)  # of their own: these remember whom they were asked about last
    clock = clock_of(scenario)
    return Platoons(scenario.platoon, profile, sensors, identities, clock, scenario.seed, unreadable, sink)


def remote_of(
    scenario: Scenario, field: Field | None, plane: Plane, carry: Carry, sink: Callable[[str], EventSink]
) -> RemoteDrive | None:
    """The vehicle that a scenario has driven from afar, if it has one; ``carry`` is the link over Uu."""
    config = scenario.remote
    if config is None or field is None:
        return None
    way = swinging(way_of(field, config.route, config.lane, config.start_at_m), config.slalom)
    left_m = way.course.length_m - way.start_m
    if left_m <= ARRIVED_M:
        reason = f"only {left_m:.1f} m of the way are left then, and {ARRIVED_M:g} m before its end it counts as driven"
        raise InputError(reason, path="remote.start_at_m")
    second = _second_link(scenario, config, field)
    coverage = build_coverage(config, way.course, partial(_uplink_bps, scenario, field))
    return RemoteDrive(config, way, plane.middle_convergence_deg, carry, scenario.seed, sink(NAME), second, coverage)


def remote_faults(scenario: Scenario, field: Field | None, plane: Plane) -> list[InputError]:
    """What keeps a vehicle from being driven from afar, such as a way that the field does not have: the first of it."""
    try:
        remote_of(scenario, field, plane, at_once, lambda _: _unheard)
    except InputError as error:
        return [error]
    return []


def _second_link(scenario: Scenario, config: Remote, field: Field) -> SecondLink | None:
    """The network beside ``links.uu``, if the driven vehicle uses one."""
    wanted = config.mitigations.second_link
    if wanted is None:
        return None
    duration_ns = to_ns(scenario.duration_s)
    return SecondLink(
        wanted, build_uu(scenario.links.uu, seed_of_second(scenario.seed), duration_ns, field), scenario.seed
    )


def _unheard(kind: str, fields: dict[str, Any]) -> None:
    """Nothing happens before a run."""


def _uplink_bps(scenario: Scenario, field: Field, x_m: F64, y_m: F64) -> F64:
    """Rates that the map of the field's 5G has for places."""
    uu = scenario.links.uu
    if not isinstance(uu, GeometricUu):
        raise InputError(f"links.uu of kind '{uu.kind}' has no map", path="remote.mitigations.weak_coverage")
    rates_bps: F64 = coverage_at(Network(uu, field, scenario.seed), x_m, y_m).values["uplink_mbps"] * 1e6
    return rates_bps


def notices_of(scenario: Scenario, plane: Plane, via: str) -> tuple[Notice, ...]:
    """The scenario's notices that go out over ``rsu`` or ``uu``."""
    start = utc_ns(scenario.start_utc)
    own = tuple(notice_of(source, plane, start) for source in scenario.notices if via in source.via)
    if via == "rsu" and isinstance(scenario.traffic, EncounterTraffic):
        return own + encounter_ground.notices_of(scenario.traffic, start)
    return own


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
    scenario: Scenario,
    field: Field | None,
    plane: Plane,
    profile: Profile,
    sensors: Sensors,
    sink: Callable[[str], EventSink],
) -> list[PlacedUnit]:
    """The roadside units that are up, sorted by name; ``sink`` gives the log of a station."""
    clock = clock_of(scenario)
    build: Callable[[UnitSite], Roadside] = STATIONS.load("rsu")
    notices, stored = notices_of(scenario, plane, "rsu"), tuple(map(_order_of(clock), scenario.stations.rsu.stored))
    junctions = {junction.id: junction for junction in field.junctions} if field else {}
    units = []
    places = sorted(_places(scenario, field, plane), key=lambda place: place.name)
    for place, sensor in zip(places, _mast_sensors(scenario, field, plane, places), strict=True):
        x, y = plane.to_xy([place.lon_deg], [place.lat_deg])
        junction = junctions.get(place.junction or "")
        site = UnitSite(
            name=place.name,
            key=key_of(place.name),
            place=(place.lat_deg, place.lon_deg, NAN),
            profile=profile,
            config=scenario.stations.rsu,
            intersection=field.intersections.get(junction.id) if field and junction else None,
            spat=_spat_identity(place, junction, field),
            notices=_near(notices, place.lon_deg, place.lat_deg),
            stored=stored,
            read_clock=_reader(sensors, place.name, clock.start_utc_ns),
            transmit_ns=sensors.transmit_ns,
            seed=scenario.seed,
            event=sink(place.name),
        )
        controller = scenario.stations.rsu.controller
        wire = SignalInterface(place.junction, controller, scenario.seed) if place.junction is not None else None
        units.append(PlacedUnit(build(site), float(x[0]), float(y[0]), place.height_m, wire, sensor))
    return units


def _mast_sensors(
    scenario: Scenario, field: Field | None, plane: Plane, places: list[_Place]
) -> list[PerceptionSensor] | list[None]:
    """The sensor at each place."""
    config = scenario.stations.rsu.perception
    if config is None:
        return [None] * len(places)
    x_m, y_m = plane.to_xy([place.lon_deg for place in places], [place.lat_deg for place in places])
    key = np.array([key_of(place.name) for place in places], np.uint64)
    masts = Masts(key, x_m, y_m, np.array([place.height_m for place in places]))
    sensors = MastSensors(config, masts, plane, field.buildings if field else (), scenario.seed)
    return [sensors.sensor(mast) for mast in range(len(places))]


def _order_of(clock: SimClock) -> Callable[[StoredMessage], Order]:
    """A stored message of the scenario as an order to a unit."""

    def order(stored: StoredMessage) -> Order:
        start_ns = clock.utc_ns(to_ns(stored.start_s))
        stop_ns = None if stored.stop_s is None else clock.utc_ns(to_ns(stored.stop_s))
        interval_ns = round(stored.interval_ms * NS_PER_MS)
        return Order(stored.type, bytes.fromhex(stored.payload), stored.priority, interval_ns, start_ns, stop_ns)

    return order


def stored_faults(scenario: Scenario) -> list[InputError]:
    """Stored messages that are none of the profile, or not of the type that they are said to be."""
    profile, faults = get_profile(scenario.profile), []
    for row, stored in enumerate(scenario.stations.rsu.stored):
        path = f"stations.rsu.stored.{row}"
        try:
            name, _ = profile.codec.decode(bytes.fromhex(stored.payload))
        except InputError as error:
            faults.append(InputError(f"no message of {profile.name}: {error}", path=f"{path}.payload"))
            continue
        if name != stored.type:
            faults.append(InputError(f"the payload is {name}", path=f"{path}.type"))
    return faults


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
