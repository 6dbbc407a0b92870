"""Small batches for the link tests."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_MS
from v2x.links.base import Bodies, Receptions, Scene, Stations, Transmissions
from v2x.links.simulated import SimulatedMedium
from v2x.messages.frame import Frames

STEP_NS = 100 * NS_PER_MS
#: What a medium appended to each table.
Tables = dict[str, list[Mapping[str, Any]]]


def frames(
    sender: ArrayLike, t_ns: ArrayLike, x_m: ArrayLike = 0.0, y_m: ArrayLike = 0.0, air_bytes: ArrayLike = 200
) -> Transmissions:
    """Transmissions of BSMs, numbered from 0, with the given columns, scalars repeated."""
    sender, t_ns, x_m, y_m, air_bytes = np.broadcast_arrays(sender, t_ns, x_m, y_m, air_bytes)
    return Transmissions(
        tx_id=np.arange(sender.size),
        t_ns=t_ns.astype(np.int64),
        sender=sender.astype(np.uint64),
        x_m=x_m.astype(float),
        y_m=y_m.astype(float),
        air_bytes=air_bytes.astype(np.int64),
        type=np.full(sender.size, "BSM", object),
    )


def hearers(key: ArrayLike, x_m: ArrayLike = 0.0, y_m: ArrayLike = 0.0, antenna_m: ArrayLike = 1.5) -> Stations:
    """Stations with the given columns, scalars repeated."""
    key, x_m, y_m, antenna_m = np.broadcast_arrays(key, x_m, y_m, antenna_m)
    return Stations(key.astype(np.uint64), x_m.astype(float), y_m.astype(float), antenna_m.astype(float))


def scene(stations: Stations, t_ns: int = 0) -> Scene:
    """A step of 100 ms in which these stations stand, and nothing in their way."""
    nowhere = np.zeros(0)
    nothing = Bodies(np.zeros(0, np.uint64), nowhere, nowhere, nowhere, nowhere, nowhere, nowhere)
    return Scene(t_ns, t_ns + STEP_NS, stations, nothing)


def say(
    medium: SimulatedMedium,
    frames: Frames,
    scene: Scene,
    names: NDArray[np.object_],
    observed: Set[str],
    listeners: Set[str],
) -> None:
    """The frames of a scene, at once."""
    medium.enter(scene, names, observed, listeners)
    medium.broadcast(frames, scene.until_ns)


def by_name(sent: Transmissions, heard: Stations, got: Receptions) -> dict[tuple[int, int, int], tuple[int, int]]:
    """Receptions as (sender, sent at, receiver) -> (arrival, cause): what must not depend on rows and batches."""
    row = {tx_id: row for row, tx_id in enumerate(sent.tx_id.tolist())}
    tx = [row[tx_id] for tx_id in got.tx_id.tolist()]
    return {
        (int(sent.sender[tx]), int(sent.t_ns[tx]), int(heard.key[rx])): (int(t_ns), int(cause))
        for tx, rx, t_ns, cause in zip(tx, got.receiver, got.t_ns, got.cause, strict=True)
    }


def _listed(value: Any) -> Any:
    return (
        value.to_pylist()
        if isinstance(value, pa.Array)
        else value.tolist()
        if isinstance(value, np.ma.MaskedArray)
        else value
    )


def column(tables: Tables, table: str, name: str) -> list[Any]:
    """A column over all that was appended to a table, single values repeated."""
    values: list[Any] = []
    for columns in tables.get(table, []):
        plain = {key: _listed(value) for key, value in columns.items()}
        rows = max(len(value) for value in plain.values() if isinstance(value, np.ndarray | list))
        values += list(plain[name]) if isinstance(plain[name], np.ndarray | list) else [plain[name]] * rows
    return values
