"""The traffic of a run that has been: what its tables say was there and was shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa

from v2x.errors import RunFolderError
from v2x.record.reading import read_table
from v2x.record.window import TableWindow
from v2x.rng import key_of
from v2x.traffic.base import KINDS, DriveCommand, SignalCommand, SignalHead, Snapshot

_NUMBERS = ("x_m", "y_m", "lon_deg", "lat_deg", "heading_deg", "speed_mps", "accel_mps2", "yaw_rate_dps", "length_m",
            "width_m")  # fmt: skip
_KIND = {name: number for number, name in enumerate(KINDS)}


class PlayedTraffic:
    """Everybody is where they were; orders change nothing, and notes are not made a second time.

    Parameters
    ----------
    folder
        A run that has ended.

    Raises
    ------
    RunFolderError
        If its tables are missing or damaged, or it was recorded without the plans of its signals.
    """

    def __init__(self, folder: Path) -> None:
        self._states = TableWindow(folder, "states", ("t_ns", "id", "type", *_NUMBERS, "lane"))
        self._plans = _Plans(folder)
        self._heads: list[SignalHead] = []
        self._key = cache(key_of)

    def start(self) -> None:
        """Nothing to be opened."""

    def step(self, t_ns: int) -> Snapshot:
        """The states at ``t_ns``, to the last bit."""
        rows = self._states.between(t_ns - 1, t_ns)
        self._heads = self._plans.heads(t_ns)
        names = _texts(rows["id"])
        return Snapshot(
            t_ns=t_ns,
            id=names,
            key=np.array([self._key(name) for name in names], np.uint64),
            type=np.array([_KIND[kind] for kind in _texts(rows["type"])], np.int8),
            **{name: rows[name].to_numpy() for name in _NUMBERS},
            lane=_texts(rows["lane"]),
        )

    def signals(self) -> list[SignalHead]:
        """What was shown and planned then."""
        return self._heads

    def steer(self, commands: Sequence[DriveCommand | SignalCommand]) -> None:
        """What happened has happened."""

    def notes(self) -> list[dict[str, Any]]:
        """They are in the record."""
        return []

    def statistics(self) -> dict[str, float]:
        """They are in the record."""
        return {}

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _Plans:
    """``signal_plans``, read as time goes on."""

    def __init__(self, folder: Path) -> None:
        plans = read_table(folder, "signal_plans")
        if not len(plans) and len(read_table(folder, "signals", ["t_ns"])):
            raise RunFolderError("it was recorded without the plans of its signals, by an older version", file=folder)
        self._rows = plans.to_pylist()
        self._next = 0
        self._runs: dict[str, dict[int, list[tuple[str, int, int | None]]]] = {}
        self._heads: dict[str, SignalHead] = {}

    def heads(self, t_ns: int) -> list[SignalHead]:
        """What each junction shows from ``t_ns`` on; the same objects until something changes."""
        changed = set()
        while self._next < len(self._rows) and self._rows[self._next]["t_ns"] <= t_ns:
            row = self._rows[self._next]
            runs = self._runs.setdefault(row["junction"], {}).setdefault(row["group"], [])
            if row["place"] == 0:
                runs.clear()
            runs.append((row["light"], row["start_ns"], row["end_ns"]))
            changed.add(row["junction"])
            self._next += 1
        self._heads |= {junction: _head(junction, self._runs[junction]) for junction in changed}
        return [self._heads[junction] for junction in sorted(self._heads)]


def _head(junction: str, runs: dict[int, list[tuple[str, int, int | None]]]) -> SignalHead:
    present = {group: first for group, (first, *_) in runs.items()}
    return SignalHead(
        junction,
        groups={group: light for group, (light, _, _) in present.items()},
        since_ns={group: start_ns for group, (_, start_ns, _) in present.items()},
        until_ns={group: end_ns for group, (_, _, end_ns) in present.items() if end_ns is not None},
        upcoming={
            group: tuple((light, start_ns, end_ns) for light, start_ns, end_ns in later if end_ns is not None)
            for group, (_, *later) in runs.items()
        },
    )


def _texts(column: pa.ChunkedArray) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Text as the engine has it, (n,) objects."""
    return np.array(column.to_pylist(), object)
