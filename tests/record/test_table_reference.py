"""Every column of a run folder is described, in the files as on the page; folders of before are read all the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from v2x.cli.schema import command
from v2x.record import TABLES, RunWriter, read_table
from v2x.record.reference import tables_markdown, tables_schema
from v2x.record.window import TableWindow

DOCS = Path(__file__).parents[2] / "docs" / "run-folder-tables.md"


def test_documentation_tells_the_same() -> None:
    """Remake it by: v2x schema --tables --markdown > docs/run-folder-tables.md."""
    assert DOCS.read_text(encoding="utf-8") == tables_markdown()


@pytest.mark.parametrize("table", list(TABLES))
def test_every_column_is_described_with_its_unit(table: str) -> None:
    told = tables_schema()[table]
    assert told["description"].endswith(".")
    assert [column["name"] for column in told["columns"]] == TABLES[table].names
    assert all(column["description"] for column in told["columns"])
    units = {"t_ns": "ns", "x_m": "m", "speed_mps": "m/s", "ttc_s": "s", "lon_deg": "deg", "tx_id": None, "link": None}
    for column in told["columns"]:
        assert column["unit"] == units.get(column["name"], column["unit"])
        assert column["type"] in {"int32", "int64", "float64", "bool", "text", "bytes"}


def test_page_has_a_row_for_every_column() -> None:
    page = tables_markdown()
    assert "| `cause` | text or null |  | why it was lost" in page
    assert "| `delay_ns` | int64 | ns | since the transmission's t_ns |" in page
    assert page.count("\n| `") == sum(len(schema) for schema in TABLES.values())


def test_verb_prints_page_and_json() -> None:
    assert CliRunner().invoke(command, ["--tables", "--markdown"]).output == tables_markdown()
    assert json.loads(CliRunner().invoke(command, ["--tables", "--json"]).output) == tables_schema()


def test_descriptions_stand_in_the_files(tmp_path: Path) -> None:
    with RunWriter(tmp_path / "run", {}) as writer:
        writer.finish("complete")
    schema = pq.read_schema(tmp_path / "run" / "rx.parquet")
    assert schema.metadata[b"description"] == TABLES["rx"].metadata[b"description"]
    assert schema.field("cause").metadata[b"description"].startswith(b"why it was lost")


def test_a_folder_without_descriptions_is_read(tmp_path: Path) -> None:
    """As versions before wrote it: units at most, here nothing."""
    with RunWriter(tmp_path / "run", {}) as writer:
        writer.append("events", {"t_ns": np.arange(3), "station": "traffic", "kind": "note", "fields": "{}"})
        writer.flush(1_000_000_000)
        writer.finish("complete")
    path = tmp_path / "run" / "events.parquet"
    whole = pq.read_table(path)
    bare = pa.schema([pa.field(field.name, field.type, field.nullable) for field in whole.schema])
    pq.write_table(whole.cast(bare), path, write_page_checksum=True)
    assert pq.read_schema(path).metadata is None or b"description" not in pq.read_schema(path).metadata
    assert read_table(tmp_path / "run", "events")["t_ns"].to_pylist() == [0, 1, 2]
    assert read_table(tmp_path / "run", "events", ["t_ns", "kind"]).num_rows == 3
    assert TableWindow(tmp_path / "run", "events", ["t_ns"]).between(0, 2).num_rows == 2
