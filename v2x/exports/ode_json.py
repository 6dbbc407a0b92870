"""J2735 messages as the USDOT's Operational Data Environment hands them on: a JSON object a line.

After jpo-ode of 2025 (schema version 8): ``payload`` holds the MessageFrame after the JSON encoding rules (X.697), the
names being those of the ASN.1 modules, and ``metadata`` where it came from, with the bytes as ``asn1``. What the ODE
says of its own receiving side is assumed, see ``docs/exports.md``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pyarrow.dataset as ds

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.errors import CodecError, InputError
from v2x.exports.asked import Asked
from v2x.messages.profile import Profile, get_profile

SCHEMA_VERSION = 8
_MODEL = "us.dot.its.jpo.ode.model.OdeMessageFramePayload"

#: Message type -> what the ODE calls a record of one that was sent; all others are ``unsupported``.
_RECORDS = {
    "BSM": "bsmTx", "MAP": "mapTx", "SPAT": "spatTx", "SRM": "srmTx", "SSM": "ssmTx", "TIM": "timMsg", "PSM": "psmTx",
    "SDSM": "sdsmTx",
}  # fmt: skip
#: Message types of the roadside; all others are of on-board units.
_OF_ROADSIDE = frozenset({"MAP", "SPAT", "SSM", "TIM", "SDSM", "RTCM", "RSM"})


def write(asked: Asked, draft: Path) -> str:
    """What was sent over PC5 in valid frames."""
    profile = get_profile(asked.manifest["profile"])
    if profile.family != "j2735":
        raise InputError(f"a run of {profile.name} has no J2735 messages", file=asked.folder)
    stream = str(uuid5(NAMESPACE_URL, str(asked.manifest.get("digest"))))
    written, wrong = 0, 0
    with draft.open("w", encoding="utf-8") as file:
        for t_ns, tx_id, data in _sent(asked):
            try:
                record = _record(profile, data, asked.start_utc_ns + t_ns)
            except CodecError:
                wrong += 1
                continue
            record["metadata"]["serialId"] |= {"streamId": stream, "serialNumber": tx_id}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            written += 1
    return f"{written} messages" + (f"; {wrong} frames are not valid and left out" if wrong else "")


def _sent(asked: Asked) -> Iterator[tuple[int, int, bytes]]:
    for batch in asked.batches("tx", ["t_ns", "tx_id", "bytes"], ds.field("channel") == "pc5"):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _record(profile: Profile, data: bytes, sent_utc_ns: int) -> dict[str, Any]:
    kind, value = profile.codec.decode(data)
    number, asn1_type = profile.codec.wire(kind)
    by, at = "RSU" if kind in _OF_ROADSIDE else "OBU", _iso(sent_utc_ns)
    metadata = {
        "logFileName": "",
        "recordType": _RECORDS.get(kind, "unsupported"),
        "securityResultCode": "success",
        "receivedMessageDetails": {"rxSource": "NA"},
        "payloadType": _MODEL,
        "serialId": {"streamId": "", "bundleSize": 1, "bundleId": 0, "recordId": 0, "serialNumber": 0},
        "odeReceivedAt": at,
        "schemaVersion": SCHEMA_VERSION,
        "maxDurationTime": 0,
        "recordGeneratedAt": at,
        "recordGeneratedBy": by,
        "sanitized": False,
        "odePacketID": "",
        "odeTimStartDateTime": "",
        "asn1": data.hex().upper(),
        "source": by,
        "originIp": "",
        "isCertPresent": False,
    }
    message = {"messageId": number, "value": {asn1_type: profile.codec.to_json(kind, value)}}
    model = f"us.dot.its.jpo.asn.j2735.r2024.{asn1_type}.{asn1_type}MessageFrame"
    return {"metadata": metadata, "payload": {"data": message, "dataType": model}}


def _iso(utc_ns: int) -> str:
    """UTC as the ODE writes it, to the millisecond."""
    seconds, rest_ns = divmod(utc_ns, NS_PER_S)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest_ns // NS_PER_MS:03d}Z"
