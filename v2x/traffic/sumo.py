"""SUMO as a source of traffic, in this process (libsumo) or beside it (TraCI): the same columns, bit for bit.

Plain getters are the fastest way to read libsumo (0.2 us each, no dictionaries); over TraCI's socket a subscription is
ten times faster than they are. Hence two readers, and everything after them in common.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S, SimClock, to_ns
from v2x.errors import RunError, TrafficError
from v2x.field.model import Field
from v2x.geo import turn_deg, wrap_deg
from v2x.rng import Stream, key_of
from v2x.scenario.model import SumoTraffic as Config
from v2x.traffic.base import KINDS, DriveCommand, SignalCommand, SignalHead, Snapshot
from v2x.traffic.sumo_drivers import SumoDrivers
from v2x.traffic.sumo_signals import SumoSignals
from v2x.traffic.sumo_vehicles import add_vehicles, wait_at_red

Engine = Literal["libsumo", "traci"]


class _Reading(NamedTuple):
    """What SUMO says of all road users now, in its own order: vehicles, then people."""

    names: list[str]
    #: x, y of the front bumper's middle, metres.
    positions: list[tuple[float, float]]
    grid_deg: list[float]
    speeds_mps: list[float]
    accels_mps2: list[float]
    lanes: list[str]


@dataclass(frozen=True)
class _Roll:
    """Who is in the field, and what never changes about them; the same until somebody enters or leaves.

    ``names`` are in SUMO's order, ``order`` sorts them, the columns are sorted.
    """

    names: list[str]
    order: NDArray[np.intp]
    id: NDArray[np.object_]
    key: NDArray[np.uint64]
    type: NDArray[np.int8]
    length_m: NDArray[np.float64]
    width_m: NDArray[np.float64]


#: Bounds of a turn: tightest radius of a two-wheeler, lateral grip of a dry road (assumed). SUMO turns a vehicle on
#: the spot where lanes meet at an angle; the rate taken from two headings must not claim that.
TIGHTEST_TURN_M, GRIP_MPS2 = 2.0, 8.0


def _fastest_turn_dps(speed_mps: NDArray[np.float64]) -> NDArray[np.float64]:
    """The turn rate that radius and grip allow at a speed, degrees per second."""
    speed = np.maximum(speed_mps, 1e-9)
    return np.degrees(np.minimum(speed / TIGHTEST_TURN_M, GRIP_MPS2 / speed))


def kind_of(type_id: str) -> int:
    """Code of a vehicle type by its name's first part (``ebike_redrunner`` -> ebike); unknown types count as cars."""
    head = type_id.partition("@")[0].partition("_")[0]
    return KINDS.index(head) if head in KINDS else 0


class SumoTraffic:
    """SUMO drives a field's demand. See `v2x.traffic.base.Traffic` for the verbs.

    Parameters
    ----------
    config, field, clock
        What drives, where, on which time grid.
    seed
        Seed of the run; SUMO's own is derived from it.
    engine
        ``libsumo`` (one simulation a process) or ``traci``.
    gui
        Open sumo-gui (TraCI only).
    log_file
        Where SUMO's warnings go.
    """

    def __init__(
        self,
        config: Config,
        field: Field,
        clock: SimClock,
        seed: int,
        *,
        engine: Engine = "libsumo",
        gui: bool = False,
        log_file: Path | None = None,
    ) -> None:
        if gui and engine != "traci":
            raise TrafficError("sumo-gui needs --engine traci")
        self._config, self._field, self._clock = config, field, clock
        self._seed = int(Stream(seed, "sumo").bits(0)[0] >> np.uint64(34))  # SUMO takes a positive 32-bit number
        self._engine, self._gui, self._log_file = engine, gui, log_file
        self._api: Any = None
        self._read: Callable[[], _Reading] = self._read_getters
        self._static: dict[str, tuple[int, int, float, float]] = {}
        self._roll = self._call_roll([])
        self._heading_deg = np.zeros(0)
        self._notes: list[dict[str, Any]] = []
        self._colliding: set[tuple[str, str]] = set()
        self._counts = {"teleports": 0, "collisions": 0, "departed": 0, "arrived": 0}
        self._warmup_ns = to_ns(config.warmup_s)

    # ------------------------------------------------------------------ life

    def start(self) -> None:
        """Start SUMO and run the warm-up; `TrafficError` if it refuses its input."""
        api = _import(self._engine)
        arguments = self.arguments()
        if self._engine == "libsumo" and api.isLoaded():
            raise RunError("libsumo holds one simulation a process, and one is running")
        try:
            if self._engine == "libsumo":
                api.start(arguments)
            else:
                with redirect_stdout(sys.stderr):  # traci prints while it waits for SUMO's socket
                    api.start(arguments, stdout=subprocess.DEVNULL)
                self._read = self._read_subscribed
        except (api.TraCIException, api.FatalTraCIError) as cause:
            if self._engine == "libsumo" and api.isLoaded():
                api.close()  # half a simulation is left, and a process holds only one
            raise TrafficError(f"SUMO did not start: {cause}") from cause
        self._api, self._drivers = api, SumoDrivers(api)
        self._signals = SumoSignals(api, self._field.junctions, self._warmup_ns, self._config.signals)
        add_vehicles(api, self._config.vehicles, self._config.warmup_s)
        for _ in range(self._warmup_ns // self._clock.step_ns):
            self._advance()
        self._counts = dict.fromkeys(self._counts, 0)
        self._notes.clear()

    def arguments(self) -> list[str]:
        """SUMO's command line."""
        import sumo

        binary = Path(sumo.SUMO_HOME) / "bin" / ("sumo-gui" if self._gui else "sumo")
        files = self._field.sumo_files(self._config.demand)
        if self._config.routes is not None:
            files = [*files[:-1], self._config.routes]
        routes = [file for file in files if file.name.endswith(".rou.xml")]
        additional = [file for file in files if file not in routes]
        arguments = [
            *(str(binary), "--net-file", str(self._field.net_file)),
            *("--additional-files", ",".join(map(str, additional))),
            *("--route-files", ",".join(map(str, routes))),
            *("--step-length", repr(self._clock.step_ns / NS_PER_S)),
            # flows without an end would be laid out for a day
            *("--end", repr((self._warmup_ns + self._clock.duration_ns) / NS_PER_S)),
            *("--seed", str(self._seed), "--scale", repr(self._config.scale)),
            # ballistic: at constant acceleration the position does not depend on the step's length
            *("--step-method.ballistic", "true"),
            # SUMO's defaults hide failures: it would teleport colliding vehicles and not look inside junctions
            *("--collision.action", "warn", "--collision.check-junctions", "true"),
            *("--time-to-teleport", repr(self._config.time_to_teleport_s)),
            *("--no-step-log", "true", "--duration-log.disable", "true"),
        ]
        if self._gui:
            arguments += ["--start", "true", "--quit-on-end", "true"]
        if self._log_file is None:
            return [*arguments, "--no-warnings", "true"]
        return [*arguments, "--error-log", str(self._log_file)]

    def close(self) -> None:
        """End SUMO; safe to call twice."""
        if self._api is not None:
            self._api.close()
            self._api = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # ------------------------------------------------------------------ steps

    def step(self, t_ns: int) -> Snapshot:
        """State at ``t_ns``; time 0 is the end of the warm-up."""
        if t_ns > 0:
            self._advance()
        return self._snapshot(t_ns, self._read())

    def _advance(self) -> None:
        api = self._api
        try:
            api.simulationStep()
        except (api.TraCIException, api.FatalTraCIError) as cause:
            raise RunError(f"SUMO died: {cause}") from cause
        wait_at_red(api, self._config.vehicles)
        simulation = api.simulation
        departed, arrived = simulation.getDepartedIDList(), simulation.getArrivedIDList()
        if self._engine == "traci":
            self._subscribe(departed)
        self._counts["departed"] += len(departed)
        self._counts["arrived"] += len(arrived)
        self._counts["teleports"] += simulation.getStartingTeleportNumber()
        self._note_collisions(simulation.getCollisions())

    def _note_collisions(self, collisions: Sequence[Any]) -> None:
        """Count each contact once: SUMO reports it again at every step that it lasts."""
        present = set()
        for contact in collisions:
            pair = (contact.collider, contact.victim)
            present.add(pair)
            if pair not in self._colliding:
                self._counts["collisions"] += 1
                self._notes.append(
                    {
                        "kind": "traffic.collision",
                        "collider": contact.collider,
                        "victim": contact.victim,
                        "type": contact.type,
                        "lane": contact.lane,
                        "collider_speed_mps": contact.colliderSpeed,
                    }
                )
        self._colliding = present

    def _snapshot(self, t_ns: int, got: _Reading) -> Snapshot:
        before = self._heading_deg
        if got.names != self._roll.names:
            known = dict(zip(self._roll.id.tolist(), before.tolist(), strict=True))
            self._roll = self._call_roll(got.names)
            before = np.array([known.get(name, np.nan) for name in self._roll.id.tolist()], float)
        roll = self._roll
        # numpy takes twice as long to look into the tuples
        flat = np.fromiter(chain.from_iterable(got.positions), float, 2 * len(got.positions))
        x, y = flat.reshape(-1, 2)[roll.order].T
        grid_deg = np.array(got.grid_deg, float)[roll.order]
        grid = np.radians(grid_deg)
        # a vehicle's position is its front bumper's middle, a pedestrian's is the pedestrian
        back_m = np.where(roll.type == KINDS.index("pedestrian"), 0.0, roll.length_m / 2.0)
        x_m, y_m = x - back_m * np.sin(grid), y - back_m * np.cos(grid)
        lon, lat = self._field.plane.to_lonlat(x_m, y_m)
        heading = self._heading_deg = wrap_deg(grid_deg + self._field.plane.convergence_deg(lon, lat))
        speed_mps = np.array(got.speeds_mps, float)[roll.order]
        turned = turn_deg(np.where(np.isnan(before), heading, before), heading) * (NS_PER_S / self._clock.step_ns)
        fastest = _fastest_turn_dps(speed_mps)
        return Snapshot(
            t_ns=t_ns,
            id=roll.id,
            key=roll.key,
            type=roll.type,
            x_m=x_m,
            y_m=y_m,
            lon_deg=lon,
            lat_deg=lat,
            heading_deg=heading,
            speed_mps=speed_mps,
            accel_mps2=np.array(got.accels_mps2, float)[roll.order],
            yaw_rate_dps=np.clip(turned, -fastest, fastest),
            length_m=roll.length_m,
            width_m=roll.width_m,
            lane=np.array(got.lanes, object)[roll.order],
        )

    def _call_roll(self, names: list[str]) -> _Roll:
        """The roll of road users that are all known by now."""
        order = sorted(range(len(names)), key=names.__getitem__)
        ids = [names[row] for row in order]
        key, kind, length, width = zip(*(self._static[name] for name in ids), strict=True) if ids else ([],) * 4
        return _Roll(
            names=names,
            order=np.array(order, np.intp),
            id=np.array(ids, object),
            key=np.array(key, np.uint64),
            type=np.array(kind, np.int8),
            length_m=np.array(length, float),
            width_m=np.array(width, float),
        )

    # ------------------------------------------------------------------ readers

    def _learn(self, names: Sequence[str], domain: Any) -> None:
        """Remember key, kind, length and width of new road users."""
        for name in names:
            if name not in self._static:
                kind = kind_of(domain.getTypeID(name))
                self._static[name] = (key_of(name), kind, domain.getLength(name), domain.getWidth(name))

    def _read_getters(self) -> _Reading:
        vehicle, person = self._api.vehicle, self._api.person
        flat = self._api.libsumo._libsumo  # the getters without the Python functions that pass arguments on to them
        driving, walking = vehicle.getIDList(), person.getIDList()
        lanes = list(map(flat.vehicle_getLaneID, driving))
        if "" in lanes:  # a vehicle being teleported is nowhere
            driving = [name for name, lane in zip(driving, lanes, strict=True) if lane]
            lanes = [lane for lane in lanes if lane]
        self._learn(driving, vehicle)
        self._learn(walking, person)
        return _Reading(
            names=[*driving, *walking],
            positions=[*map(flat.vehicle_getPosition, driving), *map(person.getPosition, walking)],
            grid_deg=[*map(flat.vehicle_getAngle, driving), *map(person.getAngle, walking)],
            speeds_mps=[*map(flat.vehicle_getSpeed, driving), *map(person.getSpeed, walking)],
            accels_mps2=[*map(flat.vehicle_getAcceleration, driving), *(0.0 for _ in walking)],
            lanes=[*lanes, *map(person.getLaneID, walking)],
        )

    def _subscribe(self, departed: Sequence[str]) -> None:
        code = self._api.constants
        motion = [code.VAR_POSITION, code.VAR_ANGLE, code.VAR_SPEED, code.VAR_LANE_ID]
        for name in departed:
            self._api.vehicle.subscribe(name, [*motion, code.VAR_ACCELERATION])
        for name in self._api.simulation.getDepartedPersonIDList():
            self._api.person.subscribe(name, motion)

    def _read_subscribed(self) -> _Reading:
        code = self._api.constants
        got: dict[str, dict[int, Any]] = {}
        for domain in (self._api.vehicle, self._api.person):
            results = domain.getAllSubscriptionResults()
            present = {
                name: row for name, row in results.items() if row[code.VAR_LANE_ID] or domain is self._api.person
            }
            self._learn(list(present), domain)
            got |= present
        rows = got.values()
        return _Reading(
            names=list(got),
            positions=[row[code.VAR_POSITION] for row in rows],
            grid_deg=[row[code.VAR_ANGLE] for row in rows],
            speeds_mps=[row[code.VAR_SPEED] for row in rows],
            accels_mps2=[row.get(code.VAR_ACCELERATION, 0.0) for row in rows],
            lanes=[row[code.VAR_LANE_ID] for row in rows],
        )

    # ------------------------------------------------------------------ signals, orders, notes

    def signals(self) -> list[SignalHead]:
        """Heads of all signalled junctions, from the running programmes."""
        return self._signals.heads()

    def steer(self, commands: Sequence[DriveCommand | SignalCommand]) -> None:
        """Orders for the next step."""
        for command in commands:
            if isinstance(command, DriveCommand):
                self._drivers.obey(command)
            else:
                self._signals.obey(command)

    def notes(self) -> list[dict[str, Any]]:
        """Collisions since the last call."""
        notes, self._notes = self._notes, []
        return notes

    def statistics(self) -> dict[str, float]:
        """Teleports, collisions, departures, arrivals since the warm-up, and vehicles that wait for insertion."""
        return {**self._counts, "backlog": len(self._api.simulation.getPendingVehicles())}


def _import(engine: Engine) -> ModuleType:
    if engine == "libsumo":
        import libsumo

        return libsumo  # type: ignore[no-any-return]
    import traci

    return traci  # type: ignore[no-any-return]
