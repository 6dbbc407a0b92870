"""A log in MCAP (https://mcap.dev), which Foxglove opens. Times are nanoseconds of UTC.

- ``/states``: JSON, a message a step with all road users;
- ``/events``, ``/transmissions``: JSON, a message a row of ``events`` and ``tx`` (without the bytes);
- ``/frames/FAMILY.TYPE``: the bytes of MessageFrames, encoding ``uper``; the sequence number is ``tx_id``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from v2x import __version__
from v2x.errors import InputError
from v2x.exports.asked import Asked
from v2x.messages.profile import get_profile
from v2x.record.tables import TABLES

if TYPE_CHECKING:
    from mcap.writer import Writer

_SENT = ("t_ns", "tx_id", "station", "profile", "type", "air_bytes", "channel")
#: MCAP counts messages in 32 bits.
_SEQUENCE_BITS = 0xFFFFFFFF


class _Note(NamedTuple):
    """A message of the log: when (of the run), on which topic, its number and content."""

    t_ns: int
    topic: str
    number: int
    data: bytes


def write(asked: Asked, draft: Path) -> str:
    """States, events, transmissions and frames in the order of time."""
    try:
        from mcap.writer import Writer
    except ImportError as error:
        raise InputError("needs the package mcap: pip install 'v2x-testfield[mcap]'", file="--format mcap") from error
    number = 0
    with draft.open("wb") as file:
        log = Writer(file)
        log.start(library=f"v2x {__version__}")
        channels = _Channels(log)
        for note in merge(_states(asked), _events(asked), _frames(asked), key=lambda note: note.t_ns):
            t_ns = asked.start_utc_ns + note.t_ns
            log.add_message(channels[note.topic], t_ns, note.data, t_ns, note.number & _SEQUENCE_BITS)
            number += 1
        log.finish()  # type: ignore[no-untyped-call]
    return f"{number} messages in {len(channels)} channels"


def _states(asked: Asked) -> Iterator[_Note]:
    rows = (row for batch in asked.batches("states") for row in batch.to_pylist())
    for number, (t_ns, users) in enumerate(groupby(rows, key=lambda row: row["t_ns"])):
        yield _Note(t_ns, "/states", number, _json({"t_ns": t_ns, "road_users": list(users)}))


def _events(asked: Asked) -> Iterator[_Note]:
    rows = (row for batch in asked.batches("events") for row in batch.to_pylist())
    for number, row in enumerate(rows):
        yield _Note(row["t_ns"], "/events", number, _json(row | {"fields": json.loads(row["fields"])}))


def _frames(asked: Asked) -> Iterator[_Note]:
    for batch in asked.batches("tx"):
        for row in batch.to_pylist():
            t_ns, tx_id = row["t_ns"], row["tx_id"]
            yield _Note(t_ns, "/transmissions", tx_id, _json({name: row[name] for name in _SENT}))
            yield _Note(t_ns, f"/frames/{get_profile(row['profile']).family}.{row['type']}", tx_id, row["bytes"])


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


class _Channels(dict[str, int]):
    """Topic -> number of its channel, made when it is first asked for."""

    def __init__(self, log: Writer) -> None:
        super().__init__()
        self._log = log

    def __missing__(self, topic: str) -> int:
        if topic.startswith("/frames/"):
            self[topic] = self._log.register_channel(topic, "uper", 0, {"type": topic.rpartition("/")[2]})
        else:
            schema = self._log.register_schema("v2x" + topic.replace("/", "."), "jsonschema", _json(_SCHEMAS[topic]))
            self[topic] = self._log.register_channel(topic, "json", schema)
        return self[topic]


def _row_schema(table: str, names: tuple[str, ...]) -> dict[str, Any]:
    fields = (TABLES[table].field(name) for name in names)
    properties = {field.name: {"type": _json_type(field.type)} for field in fields}
    return {"type": "object", "properties": properties, "required": list(names)}


def _json_type(kind: pa.DataType) -> str:
    return "integer" if pa.types.is_integer(kind) else "number" if pa.types.is_floating(kind) else "string"


_STATE = _row_schema("states", tuple(TABLES["states"].names))
_EVENT = _row_schema("events", ("t_ns", "station", "kind"))
_SCHEMAS: dict[str, dict[str, Any]] = {
    "/states": {
        "type": "object",
        "properties": {"t_ns": {"type": "integer"}, "road_users": {"type": "array", "items": _STATE}},
        "required": ["t_ns", "road_users"],
    },
    "/events": _EVENT | {"properties": _EVENT["properties"] | {"fields": {"type": "object"}}},
    "/transmissions": _row_schema("tx", _SENT),
}
