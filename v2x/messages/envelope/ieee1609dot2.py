"""Secured data units of IEEE 1609.2: unsecured or signed, to bytes and back, by our module ``asn1/ieee1609dot2``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from v2x.errors import CodecError
from v2x.messages.envelope import oer
from v2x.messages.envelope.oer import Value

_MODULE, _UNIT = "ieee1609dot2", "Ieee1609Dot2Data"
_VERSION = 3

#: A signer is named by the last eight bytes of the hash of its certificate, or by the certificate (and its issuers).
Signer = bytes | Sequence[Value]

#: r and s of an ECDSA P-256 signature, 32 bytes each, big endian.
Signature = tuple[bytes, bytes]


@dataclass(frozen=True)
class Header:
    """What is signed besides the payload.

    Attributes
    ----------
    psid
        Application, must agree with the network header.
    generation_time, expiry_time
        Time64: microseconds of TAI since 2004 (`v2x.messages.envelope.timescale`).
    location
        Latitude and longitude in 1e-7 deg, elevation in 0.1 m above -409.6 m, as on the air.
    """

    psid: int
    generation_time: int | None = None
    expiry_time: int | None = None
    location: tuple[int, int, int] | None = None

    def value(self) -> Value:
        """ASN.1 value of HeaderInfo."""
        value: Value = {"psid": self.psid}
        if self.generation_time is not None:
            value["generationTime"] = self.generation_time
        if self.expiry_time is not None:
            value["expiryTime"] = self.expiry_time
        if self.location is not None:
            latitude, longitude, elevation = self.location
            value["generationLocation"] = {"latitude": latitude, "longitude": longitude, "elevation": elevation}
        return value


@dataclass(frozen=True)
class Unit:
    """A received data unit.

    Attributes
    ----------
    payload
        What it carries: a MessageFrame.
    header
        Of a signed unit; None if it is unsecured. Rarer members are in ``value`` only.
    signer
        Digest (8 bytes), certificates, or empty for a unit signed by a key that it does not name.
    value
        ASN.1 value of the whole.
    """

    payload: bytes
    header: Header | None
    signer: Signer
    value: Value


def unsecured(payload: bytes) -> bytes:
    """A data unit without security."""
    return oer.encode(_MODULE, _UNIT, _unit(("unsecuredData", payload)))


def to_be_signed(payload: bytes, header: Header) -> Value:
    """ASN.1 value of ToBeSignedData."""
    return {"payload": {"data": _unit(("unsecuredData", payload))}, "headerInfo": header.value()}


def signed(tbs: Value, signer: Signer, signature: Signature) -> bytes:
    """A signed data unit from its parts; whoever made the signature answers for it."""
    return oer.encode(
        _MODULE,
        _UNIT,
        _unit(
            (
                "signedData",
                {
                    "hashId": "sha256",
                    "tbsData": tbs,
                    "signer": ("digest", signer) if isinstance(signer, bytes) else ("certificate", list(signer)),
                    "signature": signature_value(signature),
                },
            )
        ),
    )


def decode(data: bytes) -> Unit:
    """Bytes as a data unit.

    Raises
    ------
    CodecError
        Not a unit in canonical form, encrypted, with extensions unknown here, or a signed hash of data elsewhere.
    """
    value = oer.decode(_MODULE, _UNIT, data)
    kind, content = value["content"]
    if kind == "unsecuredData":
        return Unit(content, None, b"", value)
    tbs = content["tbsData"]
    if "data" not in tbs["payload"]:
        raise CodecError("signs data that it does not carry", path=f"{_UNIT}.content.signedData")
    info = tbs["headerInfo"]
    place = info.get("generationLocation")
    header = Header(
        info["psid"],
        info.get("generationTime"),
        info.get("expiryTime"),
        None if place is None else (place["latitude"], place["longitude"], place["elevation"]),
    )
    _, signer = content["signer"]
    _, payload = tbs["payload"]["data"]["content"]
    return Unit(payload, header, signer or b"", value)


def encode_part(type_name: str, value: Any) -> bytes:
    """A part of a unit (``ToBeSignedData``, ``Certificate``, ``ToBeSignedCertificate``) as it is hashed."""
    return oer.encode(_MODULE, type_name, value)


def signature_value(signature: Signature) -> Any:
    """ASN.1 value of an ECDSA P-256 signature; r as x coordinate only, the form in which certificates are hashed."""
    r, s = signature
    return "ecdsaNistP256Signature", {"rSig": ("x-only", r), "sSig": s}


def _unit(content: tuple[str, Any]) -> Value:
    return {"protocolVersion": _VERSION, "content": content}
