"""SUMO on a field with vehicles that the test drives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from v2x.clock import SimClock, to_ns
from v2x.field.load import load_field
from v2x.scenario.model import SumoTraffic as Config
from v2x.traffic.base import Snapshot
from v2x.traffic.steered import Convoy, Moved, Road
from v2x.traffic.sumo import SumoTraffic

STEP_S = 0.1
ENGINES = ("libsumo", "traci")
#: Two laps of the ring, in the middle lane.
RING = Road(["K_1.K_2", "K_2.K_1", "K_1.K_2", "K_2.K_1"], 1, 200.0)
#: From the country into the town.
INTO_TOWN = Road(["E2.J_24", "J_24.J_23"], 1, 400.0)
CAR_M = 4.55


def empty(field: str = "wangwenzhuang", engine: str = "libsumo", **config: Any) -> SumoTraffic:
    """Nobody but those that the test places, unless told otherwise."""
    clock = SimClock(0, to_ns(STEP_S), to_ns(600.0))
    settings = Config(kind="sumo", **{"warmup_s": 1.0, "scale": 0.0, **config})
    return SumoTraffic(settings, load_field(field), clock, 5, engine=engine)  # type: ignore[arg-type]


def convoy(n: int = 3, gap_m: float = 10.0, speed_mps: float = 20.0, *, number: int = 0) -> Convoy:
    return Convoy(tuple(f"platoon{number}.{i}" for i in range(n)), ("car",) * n, (gap_m,) * (n - 1), speed_mps)


def steady(names: Sequence[str], speed_mps: float = 20.0, **more: Any) -> list[Moved]:
    return [Moved(name, STEP_S * speed_mps, speed_mps, 0.0, **more) for name in names]


def drive(traffic: SumoTraffic, moves: Callable[[int], list[Moved]], n: int) -> list[Snapshot]:
    """Snapshots 0 to n, with ``moves(k)`` between k and k + 1."""
    seen = [traffic.step(0)]
    for k in range(n):
        traffic.move(moves(k))
        seen.append(traffic.step(to_ns(STEP_S) * (k + 1)))
    return seen


def of(snapshot: Snapshot, name: str, column: str) -> Any:
    row = snapshot.index_of(name)
    assert row is not None, f"{name} is not in the field"
    return getattr(snapshot, column)[row]
