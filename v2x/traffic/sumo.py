"""SUMO as a source of traffic, in this process (libsumo) or beside it (TraCI): the same columns, bit for bit."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S, SimClock, to_ns
from v2x.errors import RunError, TrafficError
from v2x.field.model import Field
from v2x.geo import turn_deg, wrap_deg
from v2x.rng import Stream
from v2x.scenario.model import SumoTraffic as Config
from v2x.traffic.base import KINDS, DriveCommand, SignalCommand, SignalHead, Snapshot
from v2x.traffic.lane_strips import LaneStrips
from v2x.traffic.mirrored import Posed
from v2x.traffic.steered import Convoy, Moved, Road, Side, Sights
from v2x.traffic.sumo_drivers import SumoDrivers
from v2x.traffic.sumo_lanes import SumoLanes
from v2x.traffic.sumo_mirror import SumoMirror
from v2x.traffic.sumo_placing import place_convoys
from v2x.traffic.sumo_reading import GetterReader, Reading, Static, SubscribedReader
from v2x.traffic.sumo_signals import SumoSignals
from v2x.traffic.sumo_steering import SumoSteering
from v2x.traffic.sumo_vehicles import add_vehicles, wait_at_red

Engine = Literal["libsumo", "traci"]


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


def _call_roll(names: list[str], static: Mapping[str, Static]) -> _Roll:
    """The roll of road users that are all known by now."""
    order = sorted(range(len(names)), key=names.__getitem__)
    ids = [names[row] for row in order]
    key, kind, length, width = zip(*(static[name] for name in ids), strict=True) if ids else ([],) * 4
    return _Roll(
        names=names,
        order=np.array(order, np.intp),
        id=np.array(ids, object),
        key=np.array(key, np.uint64),
        type=np.array(kind, np.int8),
        length_m=np.array(length, float),
        width_m=np.array(width, float),
    )


#: Bounds of a turn: tightest radius of a two-wheeler, lateral grip of a dry road (assumed). SUMO turns a vehicle on
#: the spot where lanes meet at an angle; the rate taken from two headings must not claim that.
TIGHTEST_TURN_M, GRIP_MPS2 = 2.0, 8.0


def _fastest_turn_dps(speed_mps: NDArray[np.float64]) -> NDArray[np.float64]:
    """The turn rate that radius and grip allow at a speed, degrees per second."""
    speed = np.maximum(speed_mps, 1e-9)
    return np.degrees(np.minimum(speed / TIGHTEST_TURN_M, GRIP_MPS2 / speed))


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
        self._roll = _call_roll([], {})
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
        except (api.TraCIException, api.FatalTraCIError) as cause:
            if self._engine == "libsumo" and api.isLoaded():
                api.close()  # half a simulation is left, and a process holds only one
            raise TrafficError(f"SUMO did not start: {cause}") from cause
        self._api, self._drivers = api, SumoDrivers(api)
        self._reader = GetterReader(api) if self._engine == "libsumo" else SubscribedReader(api)
        self._lanes = SumoLanes(api)
        step_s = self._clock.step_ns / NS_PER_S
        self._steering = SumoSteering(api, self._lanes, step_s)
        self._mirror = SumoMirror(api, self._lanes, LaneStrips(self._field.lanes), step_s)
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
            self._mirror.move()
            self._advance()
            self._notes += self._mirror.settle()
        snapshot = self._snapshot(t_ns, self._mirror.correct(self._reader.read()))
        self._notes += self._steering.mirror(snapshot)
        return snapshot

    def _advance(self) -> None:
        api = self._api
        try:
            api.simulationStep()
        except (api.TraCIException, api.FatalTraCIError) as cause:
            raise RunError(f"SUMO died: {cause}") from cause
        wait_at_red(api, self._config.vehicles)
        simulation = api.simulation
        departed, arrived = simulation.getDepartedIDList(), simulation.getArrivedIDList()
        self._reader.enter(departed)
        self._counts["departed"] += len(departed)
        self._counts["arrived"] += len(arrived)
        self._counts["teleports"] += simulation.getStartingTeleportNumber()
        self._note_collisions(simulation.getCollisions())

    def _note_collisions(self, collisions: Sequence[Any]) -> None:
        """Count each contact once: SUMO reports it again at every step that it lasts."""
        present = set()
        for contact in collisions:
            pair = (contact.collider, contact.victim)
            if len(self._mirror.others(pair)) < 2:  # SUMO knows no more of a mirrored one than its lane
                continue
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

    def _snapshot(self, t_ns: int, got: Reading) -> Snapshot:
        before = self._heading_deg
        if got.names != self._roll.names:
            known = dict(zip(self._roll.id.tolist(), before.tolist(), strict=True))
            self._roll = _call_roll(got.names, self._reader.static)
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

    def place(self, convoys: Sequence[Convoy], road: Road, apart_m: float) -> None:
        """Put convoys onto a road, see `v2x.traffic.steered.Steered`."""
        gone = place_convoys(self._api, self._lanes, self._steering, convoys, road, apart_m)
        self._reader.leave(gone)
        self._reader.enter([name for convoy in convoys for name in convoy.names])
        self._notes += ({"kind": "traffic.removed", "vehicle": name} for name in gone)

    def move(self, moves: Sequence[Moved]) -> None:
        """How vehicles that somebody else drives go in the next step."""
        self._steering.move(moves)

    def sights(self, snapshot: Snapshot, names: Sequence[str], reach_m: float) -> Sights:
        """What these vehicles have ahead of them."""
        return self._steering.sights(snapshot, names, reach_m)

    def sides(self, snapshot: Snapshot, name: str) -> tuple[Side, Side]:
        """What a vehicle has to its left and to its right."""
        return self._steering.sides(snapshot, name)

    def embody(self, vehicle: str, length_m: float, width_m: float) -> None:
        """Have a vehicle mirrored, see `v2x.traffic.mirrored.Mirrored`."""
        self._mirror.embody(vehicle, length_m, width_m)

    def mirror(self, poses: Sequence[Posed]) -> None:
        """Where mirrored vehicles are at the end of the next step."""
        self._mirror.mirror(poses)

    def notes(self) -> list[dict[str, Any]]:
        """Collisions since the last call, and what happened to steered vehicles and to those in their way."""
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
