"""The tables of a run folder, described: for programs as plain values, for people in Markdown."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from v2x.record.tables import OPTIONAL, TABLES

_HEAD = """# Tables of a run folder

Made by `v2x schema --tables --markdown`. What else is in the folder and how it is read: [run-folder.md](run-folder.md).
Times are integer nanoseconds since the start of the run. In pandas, `text` is a categorical.
"""


def tables_schema() -> dict[str, Any]:
    """All tables by name: ``description``, ``optional`` (a folder may lack it) and ``columns``.

    A column has ``name``, ``type`` (``int32 int64 float64 bool text bytes``), ``unit`` (None without one), ``nullable``
    and ``description``.
    """
    return {
        name: {
            "description": _told(schema.metadata, "description"),
            "optional": name in OPTIONAL,
            "columns": [_column(field) for field in schema],
        }
        for name, schema in TABLES.items()
    }


def tables_markdown() -> str:
    """The same as a page, a section a table."""
    return _HEAD + "".join(_section(name, table) for name, table in tables_schema().items())


def _column(field: pa.Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": _type(field.type),
        "unit": _told(field.metadata, "unit"),
        "nullable": field.nullable,
        "description": _told(field.metadata, "description"),
    }


def _told(metadata: dict[bytes, bytes], key: str) -> str | None:
    value = metadata.get(key.encode())
    return None if value is None else value.decode()


def _type(kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind):
        return "text"
    return {"binary": "bytes", "double": "float64"}.get(str(kind), str(kind))


def _section(name: str, table: dict[str, Any]) -> str:
    lines = [f"\n## {name}\n", table["description"], "", "| column | type | unit | meaning |", "|---|---|---|---|"]
    for column in table["columns"]:
        kind = column["type"] + (" or null" if column["nullable"] else "")
        lines.append(f"| `{column['name']}` | {kind} | {column['unit'] or ''} | {column['description']} |")
    if table["optional"]:
        lines += ["", "A folder of an older version may lack it, which reads as no rows."]
    return "\n".join(lines) + "\n"
