"""What a run folder gets of a vehicle driven from afar: ``remote``, ``remote_frames`` and ``remote_commands``."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.remote.command import Command
from v2x.remote.onboard import Mode
from v2x.remote.way import Way
from v2x.remote.wire import LOST_NS

#: Times to collision beyond this are not recorded, s.
FAR_S = 30.0
#: Whether a command is used is known so long after it was sent (assumed: longer than any way).
_SETTLED_NS = 8 * NS_PER_S
_MODES = [str(mode) for mode in Mode]


class Row(NamedTuple):
    """A control step, as the table ``remote`` has it but for what follows from the rest."""

    t_ns: int
    mode: int
    x_m: float
    y_m: float
    station_m: float
    offset_m: float
    heading_error_rad: float
    speed_mps: float
    accel_mps2: float
    steer_rad: float
    steer_command_rad: float
    accel_command_mps2: float
    cap_mps: float
    captured_ns: int
    """Of the picture on the screen, negative while it is blank."""
    sent_ns: int
    """Of the command in force, negative before the first."""
    ttc_s: float
    follower_ttc_s: float


class Sent(NamedTuple):
    """A command that was sent, and when it arrives."""

    command: Command
    arrived_ns: int


class RemoteLog:
    """Keeps it until somebody takes it as rows.

    Parameters
    ----------
    name
        The vehicle's.
    way
        Its course and lanes.
    length_m, width_m, middle_m
        Of its body, and from the rear axle to its middle.
    """

    def __init__(self, name: str, way: Way, length_m: float, width_m: float, middle_m: float) -> None:
        self._name, self._way, self._body = name, way, (length_m, width_m, middle_m)
        self._rows: list[Row] = []
        self._sent: list[Sent] = []
        self._used_ns: dict[int, int] = {}  # by number of the command

    def step(self, row: Row) -> None:
        """A control step."""
        self._rows.append(row)

    def sent(self, command: Command, arrived_ns: int) -> None:
        """A command; `LOST_NS` for one that never arrives."""
        self._sent.append(Sent(command, arrived_ns))

    def used(self, number: int, t_ns: int) -> None:
        """A command was in force for the first time."""
        self._used_ns[number] = t_ns

    def tables(self, t_ns: int, frames: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Tables and their columns: all steps since the last call, and what is settled of pictures and commands."""
        if self._rows:
            rows, self._rows = self._rows, []
            yield "remote", self._steps(rows)
        if frames:
            yield "remote_frames", self._named({name: [row[name] for row in frames] for name in frames[0]}, len(frames))
        settled = [each for each in self._sent if each.command.sent_ns < t_ns - _SETTLED_NS]
        if settled:
            self._sent = self._sent[len(settled) :]
            yield "remote_commands", self._commands(settled)

    def _named(self, columns: dict[str, Any], rows: int) -> dict[str, Any]:
        return {"station": np.full(rows, self._name, object), **columns}

    def _steps(self, rows: list[Row]) -> dict[str, Any]:
        told = {name: np.array(column) for name, column in zip(Row._fields, zip(*rows, strict=True), strict=True)}
        t_ns, mode = told["t_ns"], told.pop("mode")
        for name, since in (("frame_age_ms", "captured_ns"), ("command_age_ms", "sent_ns")):
            then_ns = told.pop(since)
            told[name] = np.ma.masked_array((t_ns - then_ns) / NS_PER_MS, then_ns < 0)
        for name, most in (("cap_mps", inf), ("ttc_s", FAR_S), ("follower_ttc_s", FAR_S)):
            told[name] = np.ma.masked_array(told[name], ~(told[name] < most))
        length_m, width_m, middle_m = self._body
        where = told["station_m"], told["offset_m"], told["heading_error_rad"]
        told["lane_m"] = np.ma.masked_array(self._way.lane_excess_m(*where, length_m, width_m, middle_m), False)
        told["limit_mps"] = self._way.course.limit_mps(told["station_m"])
        told["mode"] = pa.DictionaryArray.from_arrays(pa.array(mode, pa.int8()), pa.array(_MODES))
        return self._named(told, len(rows))

    def _commands(self, sent: list[Sent]) -> dict[str, Any]:
        commands = [each.command for each in sent]
        columns = {
            "t_ns": [command.sent_ns for command in commands],
            "number": [command.number for command in commands],
            "captured_ns": [command.captured_ns or None for command in commands],
            "arrived_ns": [None if each.arrived_ns == LOST_NS else each.arrived_ns for each in sent],
            "used_ns": [self._used_ns.pop(command.number, None) for command in commands],
            "steer_rad": [command.steer_rad for command in commands],
            "accel_mps2": [command.accel_mps2 for command in commands],
        }
        return self._named(columns, len(sent))
