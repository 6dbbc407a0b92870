"""``v2x export``: what a run sent, as files that other tools read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import cache
from operator import index
from pathlib import Path
from typing import Any

import click
import numpy as np
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from v2x.cli.frames import new_file
from v2x.clock import utc_ns
from v2x.errors import InputError, RunFolderError
from v2x.messages.envelope import capture, its
from v2x.messages.envelope.envelope import Envelope
from v2x.messages.envelope.pcap import write_pcap
from v2x.messages.frame import Frames
from v2x.messages.profile import get_profile
from v2x.record.folder import MANIFEST, SCENARIO, draft_path, read_manifest
from v2x.record.reading import read_table
from v2x.rng import key_of
from v2x.scenario.model_security import Security

#: Packets of a run: (nanoseconds of UTC, bytes).
Packets = Iterator[tuple[int, bytes]]
#: Rows that are turned into packets at a time.
_BATCH = 4096


@click.command(name="export")
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(["pcap", "pcap-its", "pcap-raw"]), required=True)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=new_file,
    required=True,
    help="File to write.",
)
@click.option("--force", is_flag=True, help="Replace FILE if there is something in it.")
def command(run: Path, form: str, out: Path, force: bool) -> None:
    """Write what RUN sent over PC5 to a capture file for Wireshark and the like.

    pcap: Ethernet frames with WSMP and IEEE 1609.2 as the run secured them (j2735; sized runs are signed now).
    pcap-its: MAP, SPAT, SRM, SSM and RTCM as exported PDUs that stock Wireshark dissects to the last field (j2735).
    pcap-raw: bare MessageFrames, link type USER0 (any profile).
    """
    if out.exists() and out.stat().st_size and not force:
        raise InputError("there is something in it; give another file, or --force to replace it", file=out)
    manifest, start_utc_ns = _manifest(run)
    frames = _sent(run)
    link_type, packets = _FORMS[form](run, manifest, frames, start_utc_ns)
    count = _write(out, link_type, packets)
    click.echo(f"{count} packets of {len(frames)} transmissions over PC5: {out}", err=True)


def _manifest(run: Path) -> tuple[dict[str, Any], int]:
    """The manifest, with all that is needed of it, and when the run began: nanoseconds of UTC."""
    manifest = read_manifest(run)
    try:
        get_profile(manifest["profile"])
        index(manifest["seed"])
        return manifest, utc_ns(datetime.fromisoformat(manifest["start_utc"]))
    except (KeyError, TypeError, ValueError) as error:
        raise RunFolderError(f"not the manifest of a run that can be exported: {error}", file=run / MANIFEST) from error


def _sent(run: Path) -> Frames:
    """What was sent over PC5, in the order of its numbers."""
    table = read_table(run, "tx", ["t_ns", "tx_id", "station", "type", "bytes", "channel"]).sort_by("tx_id")
    columns = table.to_pydict()
    rows = [row for row, channel in enumerate(columns["channel"]) if channel == "pc5"]
    key = cache(key_of)
    stations = [columns["station"][row] for row in rows]
    return Frames(
        t_ns=np.array(columns["t_ns"], np.int64)[rows],
        station=np.array(stations, object),
        key=np.array([key(station) for station in stations], np.uint64),
        type=np.array([columns["type"][row] for row in rows], object),
        data=[columns["bytes"][row] for row in rows],
        x_m=np.full(len(rows), np.nan),
        y_m=np.full(len(rows), np.nan),
    )


def _as_sent(run: Path, manifest: dict[str, Any], frames: Frames, start_utc_ns: int) -> tuple[int, Packets]:
    profile = get_profile(manifest["profile"])
    if profile.family != "j2735":
        raise InputError(
            f"a run of {profile.name} cannot be written so: no Ethernet type is known for DSMP, and there is no SM2 to "
            "sign with; use --format pcap-raw",
            file=run,
        )
    security = _security(run)
    if security.mode == "sized":
        security = security.model_copy(update={"mode": "signed"})
    envelope = Envelope(profile, security, manifest["seed"], start_utc_ns)

    def packets() -> Packets:
        for begin in range(0, len(frames), _BATCH):
            batch = frames.take(range(begin, min(begin + _BATCH, len(frames))))
            for row, packet in enumerate(envelope.packets(batch, "pc5")):
                # on Ethernet the type stands for the octet of the family
                yield start_utc_ns + int(batch.t_ns[row]), capture.ethernet(packet[1:], int(batch.key[row]))

    return capture.ETHERNET, packets()


def _as_its(run: Path, manifest: dict[str, Any], frames: Frames, start_utc_ns: int) -> tuple[int, Packets]:
    if get_profile(manifest["profile"]).family != "j2735":
        raise InputError("only J2735 messages have sisters that Wireshark dissects", file=run)
    dressed = ((row, its.encode(data, int(frames.key[row]))) for row, data in enumerate(frames.data))
    packets = (
        (start_utc_ns + int(frames.t_ns[row]), capture.exported_its(packet))
        for row, packet in dressed
        if packet is not None
    )
    return capture.EXPORTED_PDU, packets


def _as_raw(run: Path, manifest: dict[str, Any], frames: Frames, start_utc_ns: int) -> tuple[int, Packets]:  # noqa: ARG001
    times = (start_utc_ns + int(t_ns) for t_ns in frames.t_ns)
    return capture.USER0, iter(zip(times, frames.data, strict=True))


_FORMS: dict[str, Callable[[Path, dict[str, Any], Frames, int], tuple[int, Packets]]] = {
    "pcap": _as_sent,
    "pcap-its": _as_its,
    "pcap-raw": _as_raw,
}


def _security(run: Path) -> Security:
    """How the run secured its messages."""
    path = run / SCENARIO
    try:
        scenario = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        return Security.model_validate(dict(scenario).get("security", {}))
    except OSError as error:
        raise RunFolderError(f"cannot be read: {error.strerror}", file=path) from error
    except (YAMLError, TypeError, ValueError) as error:
        raise RunFolderError(f"not the scenario of a run: {error}", file=path) from error


def _write(out: Path, link_type: int, packets: Packets) -> int:
    """Write the whole file or nothing."""
    draft = draft_path(out)
    try:
        with draft.open("wb") as file:
            count = write_pcap(file, link_type, packets)
        draft.replace(out)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", file=out) from error
    finally:
        with suppress(OSError):  # what cannot be written may be impossible to remove, too
            draft.unlink(missing_ok=True)
    return count
