"""Small recordings for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from v2x.clock import NS_PER_S, SimClock, to_ns
from v2x.geo import Plane
from v2x.scenario.model import RecordedTraffic as RecordedTrafficConfig
from v2x.traffic.base import SignalHead, Snapshot
from v2x.traffic.replay import RecordedTraffic

ORIGIN = {"crs": "wgs84", "lon_deg": 117.3, "lat_deg": 39.1}
PLANE = Plane.tangent(117.3, 39.1)


def opened(
    path: Path,
    *,
    crs: str = "local",
    step_s: float = 0.1,
    duration_s: float = 20.0,
    plane: Plane = PLANE,
    **config: Any,
) -> RecordedTraffic:
    """A started recording."""
    model = RecordedTrafficConfig(kind="recording", path=path, crs=crs, origin=config.pop("origin", ORIGIN), **config)
    clock = SimClock(1_700_000_000 * NS_PER_S, to_ns(step_s), to_ns(duration_s))
    traffic = RecordedTraffic(model, clock, plane)
    traffic.start()
    return traffic


def play(traffic: RecordedTraffic, step_s: float = 0.1, duration_s: float = 20.0) -> Iterator[tuple[Snapshot, Any]]:
    """Snapshots and signal heads of all steps."""
    for t_ns in range(0, to_ns(duration_s), to_ns(step_s)):
        yield traffic.step(t_ns), traffic.signals()


def states(traffic: RecordedTraffic, step_s: float = 0.1, duration_s: float = 20.0) -> pd.DataFrame:
    """All snapshots as one table."""
    parts = [
        pd.DataFrame({"t_s": snapshot.t_ns / NS_PER_S, **snapshot.columns()})
        for snapshot, _ in play(traffic, step_s, duration_s)
        if len(snapshot)
    ]
    return pd.concat(parts, ignore_index=True)


def head_of(heads: list[SignalHead]) -> SignalHead:
    """The one head of a recording."""
    (head,) = heads
    return head


def write(path: Path, table: pd.DataFrame) -> Path:
    """Write by suffix."""
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False)
    return path
