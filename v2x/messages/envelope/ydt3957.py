"""Secured messages in the style of YD/T 3957, with SM2: read, and built **to size only**.

`cryptography` has no SM2, and no other kept package of that kind is used here: a signed message has zeros where the
signature and the public key would be. The ASN.1 (``asn1/ydt3957``) follows a public rendition and is not verified.
"""

from __future__ import annotations

from dataclasses import dataclass

from v2x.errors import CodecError
from v2x.messages.envelope import oer
from v2x.messages.envelope.oer import Value

_MODULE, _UNIT = "ydt3957", "SecuredMessage"
_VERSION = 1  # assumed

_BLANK = bytes(32)
_DIGEST = {"algorithm": "sgdsm3", "digest": bytes(8)}
_SIGNATURE = {"curve": "sgdsm2", "r": ("x-only", _BLANK), "s": _BLANK}


@dataclass(frozen=True)
class SecuredMessage:
    """A received message: what it carries, the application it is signed for (None: unsecured), its ASN.1 value."""

    payload: bytes
    aid: int | None
    value: Value


def unsecured(payload: bytes) -> bytes:
    """A message without security."""
    return oer.encode(_MODULE, _UNIT, {"version": _VERSION, "payload": ("unSecuredData", payload)})


def sized(payload: bytes, aid: int, time64: int, *, attach: bool) -> bytes:
    """A message as long as a signed one, with the certificate if ``attach``, else with its digest."""
    signed = {
        "signer": ("certificate", [_certificate(aid)]) if attach else ("certificateDigest", _DIGEST),
        "tbs": {"headerInfo": {"itsAid": aid, "genTime": time64}, "data": payload},
        "sign": _SIGNATURE,
    }
    return oer.encode(_MODULE, _UNIT, {"version": _VERSION, "payload": ("signedData", signed)})


def decode(data: bytes) -> SecuredMessage:
    """Bytes as a message; `CodecError` if they are none in canonical form, or it carries no data."""
    value = oer.decode(_MODULE, _UNIT, data)
    kind, content = value["payload"]
    if kind == "unSecuredData":
        return SecuredMessage(content, None, value)
    if "data" not in content["tbs"]:
        raise CodecError("signs data that it does not carry", path=f"{_UNIT}.payload.signedData")
    return SecuredMessage(content["tbs"]["data"], content["tbs"]["headerInfo"]["itsAid"], value)


def _certificate(aid: int) -> Value:
    """A pseudonym certificate for one application, by its size."""
    validity = {"validityPeriod": ("timeStartAndEnd", {"startValidity": 0, "endValidity": 0})}
    return {
        "version": _VERSION,
        "issuer": ("certificateDigest", _DIGEST),
        "tbs": {
            "subjectInfo": {"subjectType": "pseudonymTicket", "subjectName": b""},
            "subjectAttributes": {
                "verificationKey": {"curve": "sgdsm2", "key": ("compressed-y-0", _BLANK)},
                "itsAidList": [aid],
            },
            "validityRestrictions": validity,
        },
        "signature": _SIGNATURE,
    }
