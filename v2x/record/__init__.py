"""The run folder: crash-safe while running, Parquet afterwards."""

from v2x.record.compact import compact
from v2x.record.folder import read_manifest
from v2x.record.reading import read_table
from v2x.record.tables import TABLES
from v2x.record.writer import RunWriter

__all__ = ["TABLES", "RunWriter", "compact", "read_manifest", "read_table"]
