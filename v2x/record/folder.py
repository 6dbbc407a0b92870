"""What lies where in a run folder: names, the manifest, who may write, and the streams of a run that goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from v2x.errors import RunFolderError
from v2x.record.tables import TABLES

try:
    import fcntl
except ImportError:  # Windows: runs work, but a second writer is not noticed
    fcntl = None  # type: ignore[assignment]

#: Version of the layout; raised when a reader of the old one would misread the new one.
FORMAT_VERSION = 1

#: What a manifest says of its run.
STATUSES = ("running", "complete", "interrupted")

MANIFEST, SCENARIO, LOG = "manifest.json", "scenario.resolved.yaml", "log.jsonl"
SCORECARD, REPORT, SUMO_LOG = "scorecard.json", "report.html", "sumo.log"

#: Folder in a run's folder of the run that it compares itself with.
VARIANTS = "variants"

#: Where the old run waits until the one that replaces it has begun.
ASIDE = ".replaced"

#: Key of the metadata of each record batch: simulated time up to which its table is whole, in nanoseconds.
UNTIL_NS = b"until_ns"


def stream_path(folder: Path, table: str) -> Path:
    """Arrow IPC stream of a table, there while the run goes on (or was cut)."""
    return folder / f"{table}.arrows"


def parquet_path(folder: Path, table: str) -> Path:
    """Parquet file of a table, there once the run is compacted."""
    return folder / f"{table}.parquet"


def stream_schema(table: str) -> pa.Schema:
    """Schema of a table's stream: text is plain, because a cut stream must not depend on an earlier dictionary."""
    fields = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in TABLES[table]
    ]
    return pa.schema(fields)


def own_files(folder: Path) -> list[Path]:
    """Files of the run that are in the folder, the manifest last; nothing that the user put beside them."""
    tables = [path(folder, table) for table in TABLES for path in (stream_path, parquet_path)]
    files = [*tables, *(folder / name for name in (SCENARIO, LOG, SUMO_LOG, SCORECARD, REPORT, MANIFEST))]
    return [path for file in files for path in (draft_path(file), file) if path.exists()]


def draft_path(path: Path) -> Path:
    """Where a file is written before it takes its name."""
    return path.with_name(path.name + ".part")


def write_atomic(path: Path, content: str | bytes, draft: Path | None = None) -> None:
    """Replace a file in one go: a reader (or a kill) sees the old content or the new one, never half of it.

    Until it is whole it stands in ``draft``, by default beside the file.
    """
    draft = draft or draft_path(path)
    try:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise RunFolderError(f"cannot write: {error.strerror}", file=path) from error


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write ``manifest.json`` atomically; a value that is not JSON (or not finite) is a `ValueError`."""
    write_atomic(
        folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, allow_nan=False, indent=2, default=_plain) + "\n"
    )


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run folder.

    Raises
    ------
    RunFolderError
        If the folder is no run folder, or was written by a newer version.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunFolderError(f"not a run folder: it has no {MANIFEST}", file=folder) from None
    except (OSError, ValueError) as error:
        raise RunFolderError(f"unreadable manifest: {error}", file=path) from error
    if not isinstance(manifest, dict) or "format_version" not in manifest:
        raise RunFolderError("not the manifest of a run: 'format_version' is missing", file=path)
    if manifest["format_version"] != FORMAT_VERSION:
        raise RunFolderError(f"format {manifest['format_version']}, this version reads {FORMAT_VERSION}", file=path)
    if manifest.get("status") not in STATUSES:
        raise RunFolderError(f"status must be one of {', '.join(STATUSES)}", file=path, path="status")
    return manifest


def prepare(folder: Path, *, force: bool) -> None:
    """Make an empty run folder, or put the old run in it aside if ``force``.

    Only files of the old run are moved, and only where a manifest says that there was one. From then on either
    `discard` brings the old run back, or `drop_aside` removes it.

    Raises
    ------
    RunFolderError
        If there is something in the folder and ``force`` does not apply, or it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        occupied = any(folder.iterdir())
    except OSError as error:
        raise RunFolderError(f"cannot write there: {error.strerror}", file=folder) from error
    if not occupied:
        return
    if not force:
        raise RunFolderError("the folder is not empty; give another, or --force to replace the run in it", file=folder)
    aside = folder / ASIDE
    if (aside / MANIFEST).exists():  # a kill came before the first second of a run: what is aside is the folder's run
        own_log(folder).close()
        discard(folder)
    try:
        read_manifest(folder)
    except RunFolderError as error:
        raise RunFolderError(f"--force replaces only a run, and this is {error.reason}", file=folder) from error
    with own_log(folder):
        drop_aside(folder)
        aside.mkdir()
        for file in reversed(own_files(folder)):  # the manifest first: it says which of the two places holds the run
            file.rename(aside / file.name)


def discard(folder: Path) -> None:
    """Remove a run that has not begun and bring back the one it was to replace; an empty folder goes, too."""
    aside = folder / ASIDE
    if (folder / MANIFEST).exists():
        for file in own_files(folder):
            file.unlink()
    for file in own_files(aside):  # the manifest last, here and above
        file.replace(folder / file.name)
    drop_aside(folder)
    if not any(folder.iterdir()):
        folder.rmdir()


def drop_aside(folder: Path) -> None:
    """Remove the run that the one in the folder replaces."""
    (folder / ASIDE / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(folder / ASIDE, ignore_errors=True)


def own_log(folder: Path) -> IO[str]:
    """Open ``log.jsonl`` for appending and claim the folder; the claim ends when the file is closed or we die.

    Raises
    ------
    RunFolderError
        If another process has claimed it: its run is still going.
    """
    log = (folder / LOG).open("a", encoding="utf-8")
    try:
        claim(folder, log.fileno())
    except RunFolderError:
        log.close()
        raise
    return log


def claim(folder: Path, descriptor: int) -> None:
    """Claim a folder by an open file of it; the claim ends when that is closed or we die.

    Raises
    ------
    RunFolderError
        If another process has claimed it: its run is still going.
    """
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunFolderError("a run is still writing to it", file=folder) from None


def stream_batches(path: Path) -> Iterator[tuple[pa.RecordBatch, int | None]]:
    """Whole batches of an IPC stream and how far (ns) each makes the table whole; ends quietly where it is cut."""
    with pa.OSFile(str(path)) as source:
        try:
            reader = pa.ipc.open_stream(source)
            while True:
                batch, metadata = reader.read_next_batch_with_custom_metadata()
                batch.validate(full=True)  # damaged offsets would crash whoever reads the rows
                until = metadata.get(UNTIL_NS) if metadata is not None else None
                yield batch, None if until is None else int(until)
        except (StopIteration, pa.ArrowException, OSError):
            return  # the end, or the batch that the kill cut in two


def _plain(value: Any) -> Any:
    """Numpy scalars and paths, as JSON knows them."""
    return value.item() if hasattr(value, "item") else str(value)
