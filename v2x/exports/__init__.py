"""What is written of a run for other tools: a format a file, named in one table."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from v2x.errors import InputError
from v2x.exports.asked import Asked
from v2x.record.folder import draft_path, read_manifest
from v2x.registry import Registry

#: Writes what is asked to a file, or into a folder that it makes, at the path given, and says what that was.
Writer = Callable[[Asked, Path], str]

#: Format -> its `Writer`.
EXPORTS = Registry(
    "v2x.exports",
    {
        "csv": "v2x.exports.csv_tables:write",
        "geojson": "v2x.exports.geojson:write",
        "mcap": "v2x.exports.mcap_log:write",
        "ode-json": "v2x.exports.ode_json:write",
        "pcap": "v2x.exports.pcap:write",
        "pcap-its": "v2x.exports.pcap:write_its",
        "pcap-raw": "v2x.exports.pcap:write_raw",
        "sumo-fcd": "v2x.exports.sumo_fcd:write",
    },
)


def export(form: str, asked: Asked, out: Path, *, force: bool) -> str:
    """Write a run in a format, the whole of it or nothing.

    Parameters
    ----------
    form
        A name in `EXPORTS`.
    asked
        The run, and what of it.
    out
        Where; a folder where the format is one of several files.
    force
        Replace what is there: of a folder, files of the same names.

    Returns
    -------
    str
        What was written, in words.

    Raises
    ------
    InputError
        There is something already, it is no run, the run does not fit the format, or it cannot be written.
    """
    if out.exists() and (any(out.iterdir()) if out.is_dir() else out.stat().st_size) and not force:
        raise InputError("there is something in it; give another file, or --force to replace it", file=out)
    read_manifest(asked.folder)
    write: Writer = EXPORTS.load(form)
    draft = draft_path(out)
    try:
        told = write(asked, draft)
        _take_place(draft, out)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", file=out) from error
    finally:
        with suppress(OSError):  # what cannot be written may be impossible to remove, too
            if draft.is_dir():
                shutil.rmtree(draft)
            draft.unlink(missing_ok=True)
    return told


def _take_place(draft: Path, out: Path) -> None:
    if not (draft.is_dir() and out.is_dir()):
        draft.replace(out)
        return
    for file in draft.iterdir():
        file.replace(out / file.name)
