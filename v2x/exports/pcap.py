"""What a run said over PC5 as captures for Wireshark and the like."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from v2x.errors import InputError, RunFolderError
from v2x.exports.asked import Asked
from v2x.messages.envelope import capture, its
from v2x.messages.envelope.envelope import Envelope
from v2x.messages.envelope.pcap import PcapWriter
from v2x.messages.frame import Frames
from v2x.messages.profile import get_profile
from v2x.record.folder import SCENARIO
from v2x.rng import key_of
from v2x.scenario.model_security import Security


def write(asked: Asked, draft: Path) -> str:
    """Ethernet frames with WSMP and IEEE 1609.2 as the run secured them; what was only sized is signed now."""
    profile = get_profile(asked.manifest["profile"])
    if profile.family != "j2735":
        raise InputError(
            f"a run of {profile.name} cannot be written so: no Ethernet type is known for DSMP, and there is no SM2 to "
            "sign with; use --format pcap-raw",
            file=asked.folder,
        )
    security = _security(asked.folder)
    if security.mode == "sized":
        security = security.model_copy(update={"mode": "signed"})
    envelope = Envelope(profile, security, asked.manifest["seed"], asked.start_utc_ns)

    def dressed(frames: Frames) -> Iterator[bytes]:
        for packet, key in zip(envelope.packets(frames, "pc5"), frames.key.tolist(), strict=True):
            yield capture.ethernet(packet[1:], key)  # on Ethernet the type stands for the octet of the family

    with draft.open("wb") as file:
        writer, sent = PcapWriter(file, capture.ETHERNET), 0
        for frames in _sent(asked):
            sent += len(frames)
            for t_ns, packet in zip(frames.t_ns.tolist(), dressed(frames), strict=True):
                writer.write(asked.start_utc_ns + t_ns, packet)
    return _told(writer, sent)


def write_its(asked: Asked, draft: Path) -> str:
    """MAP, SPAT, SRM, SSM and RTCM as exported PDUs of their ETSI sisters, which stock Wireshark dissects."""
    if get_profile(asked.manifest["profile"]).family != "j2735":
        raise InputError("only J2735 messages have sisters that Wireshark dissects", file=asked.folder)
    with draft.open("wb") as file:
        writer, sent = PcapWriter(file, capture.EXPORTED_PDU), 0
        for frames in _sent(asked):
            sent += len(frames)
            for t_ns, key, data in zip(frames.t_ns.tolist(), frames.key.tolist(), frames.data, strict=True):
                packet = its.encode(data, key)
                if packet is not None:
                    writer.write(asked.start_utc_ns + t_ns, capture.exported_its(packet))
    return _told(writer, sent)


def write_raw(asked: Asked, draft: Path) -> str:
    """Bare MessageFrames of any profile, link type USER0."""
    with draft.open("wb") as file:
        writer, sent = PcapWriter(file, capture.USER0), 0
        for frames in _sent(asked):
            sent += len(frames)
            for t_ns, data in zip(frames.t_ns.tolist(), frames.data, strict=True):
                writer.write(asked.start_utc_ns + t_ns, data)
    return _told(writer, sent)


def _told(writer: PcapWriter, sent: int) -> str:
    return f"{writer.count} packets of {sent} transmissions over PC5"


def _sent(asked: Asked) -> Iterator[Frames]:
    """What was sent over PC5, some frames at a time."""
    key = cache(key_of)
    columns = ["t_ns", "station", "type", "bytes"]
    for batch in asked.batches("tx", columns, ds.field("channel") == "pc5"):
        rows = batch.to_pydict()
        nowhere = np.full(len(rows["t_ns"]), np.nan)
        yield Frames(
            t_ns=np.array(rows["t_ns"], np.int64),
            station=np.array(rows["station"], object),
            key=np.array([key(station) for station in rows["station"]], np.uint64),
            type=np.array(rows["type"], object),
            data=rows["bytes"],
            x_m=nowhere,
            y_m=nowhere,
        )


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
