"""Parts of tables: columns, rows, batches, whatever state the run is in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from v2x.errors import InputError, RunFolderError
from v2x.record import TABLES, RunWriter
from v2x.record.reading import open_dataset, read_batches, read_table

SECONDS, PER_SECOND = 4, 5


@pytest.fixture(params=["streams", "parquet"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Receptions of two stations by turns, as they are while the run goes on, and after it."""
    with RunWriter(tmp_path / "run", {}) as writer:
        for second in range(SECONDS):
            number = second * PER_SECOND + np.arange(PER_SECOND)
            receiver = np.where(number % 2, "B", "A").astype(object)
            used = np.ma.MaskedArray(number, number % 3 == 0)
            about = {"link": "pc5", "cause": None, "delay_ns": 5, "distance_m": 1.5}
            times = {"t_ns": number * 200_000_000, "t_used_ns": used}
            writer.append("rx", {"tx_id": number, "receiver": receiver, **about, **times})
            writer.flush((second + 1) * 10**9)
        if request.param == "parquet":
            writer.finish("complete")
        yield writer.folder


def test_columns_and_rows(folder: Path) -> None:
    where = (ds.field("receiver") == "B") & ds.field("t_used_ns").is_valid() & (ds.field("t_ns") < 2 * 10**9)
    found = read_table(folder, "rx", ["receiver", "tx_id"], where)
    assert found.schema == pa.schema([TABLES["rx"].field("receiver"), TABLES["rx"].field("tx_id")])
    assert found.to_pydict() == {"receiver": ["B", "B", "B"], "tx_id": [1, 5, 7]}


def test_batches_are_the_table(folder: Path) -> None:
    batches = list(read_batches(folder, "rx", ["tx_id"], ds.field("receiver") == "A"))
    assert all(batch.num_rows for batch in batches)
    assert pa.Table.from_batches(batches)["tx_id"].to_pylist() == list(range(0, SECONDS * PER_SECOND, 2))


def test_a_dataset_is_what_pyarrow_has(folder: Path) -> None:
    dataset = open_dataset(folder, "rx")
    assert dataset.count_rows(ds.field("receiver") == "A") == SECONDS * PER_SECOND // 2
    assert open_dataset(folder, "remote").count_rows() == 0


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        (("rrx",), "no table 'rrx', did you mean 'rx'"),
        (("rx", ["cuase"]), "no column 'cuase' in 'rx', did you mean 'cause'"),
        (("rx", None, ds.field("receivr") == "A"), "receivr"),
        (("rx", None, ds.field("receiver") == 5), "no rows of 'rx' can be chosen so"),
        (("rx", None, "receiver"), "no rows of 'rx' can be chosen so"),
    ],
)
def test_what_cannot_be_asked(folder: Path, asked: tuple[Any, ...], fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        read_table(folder, *asked)
    with pytest.raises(InputError, match=fault):
        list(read_batches(folder, *asked))


def test_row_groups_that_are_out_of_the_question_are_not_read(tmp_path: Path) -> None:
    """The second group is damaged, and nobody notices who asks for the first."""
    writer = RunWriter(tmp_path, {})
    writer.finish("complete")
    file = tmp_path / "link_bins.parquet"
    n = 20_000
    rows = {"t_ns": range(n), "link": ["pc5"] * n, "type": ["BSM"] * n, "distance_m": [0.0] * n, "cause": [None] * n}
    table = pa.Table.from_pydict(rows | {"count": range(n)}, TABLES["link_bins"])
    pq.write_table(table, file, row_group_size=n // 2, write_page_checksum=True, compression="none")
    group = pq.read_metadata(file).row_group(1)
    data = bytearray(file.read_bytes())
    at = group.column(5).data_page_offset + 100
    data[at : at + 40] = bytes(40)
    file.write_bytes(data)
    assert read_table(tmp_path, "link_bins", where=ds.field("t_ns") < n // 2).num_rows == n // 2
    with pytest.raises(RunFolderError, match=r"unreadable table.*link_bins|link_bins.*unreadable table"):
        list(read_batches(tmp_path, "link_bins"))
