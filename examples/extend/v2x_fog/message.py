"""A message of one's own, FOG, in a profile that is J2735 and this message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from v2x.errors import CodecError
from v2x.messages.codec import Codec, Value
from v2x.messages.profile import Converter, Profile, get_profile
from v2x.messages.sets import J2735
from v2x.messages.timemark import minute_and_ms, stamp

#: The number of the message in the frame: 240 to 255 are for tests.
NUMBER = 242
_MODULE = Path(__file__).with_name("fog")


@dataclass(frozen=True)
class FogReport:
    """How far a vehicle can see, in SI units.

    Attributes
    ----------
    temporary_id
        Of the vehicle, 32 bits.
    utc_ns
        When.
    lat_deg, lon_deg
        Where.
    visibility_m
        How far; 1000 m is that far or farther.
    """

    temporary_id: int
    utc_ns: int
    lat_deg: float
    lon_deg: float
    visibility_m: float


def to_asn1(report: FogReport) -> Value:
    """The ASN.1 value; `CodecError` for what the message cannot say."""
    if not report.visibility_m >= 0.0:
        raise CodecError("must not be negative", path="visibility_m")
    return {
        "id": (report.temporary_id & 0xFFFFFFFF).to_bytes(4),
        "secMark": minute_and_ms(report.utc_ns)[1],
        "lat": round(report.lat_deg * 1e7),
        "long": round(report.lon_deg * 1e7),
        "visibility": min(round(report.visibility_m), 1000),
    }


def from_asn1(value: Value, near_utc_ns: int) -> FogReport:
    """What a decoded message says; ``near_utc_ns`` is when it arrived, which completes its time."""
    return FogReport(
        temporary_id=int.from_bytes(value["id"]),
        utc_ns=stamp(None, value["secMark"], near_utc_ns),
        lat_deg=value["lat"] * 1e-7,
        lon_deg=value["long"] * 1e-7,
        visibility_m=float(value["visibility"]),
    )


def profile() -> Profile:
    """J2735 with FOG. The name of a profile begins with that of its family."""
    messages: dict[str, Any] = {**J2735.messages, "FOG": (NUMBER, "FogReport")}
    open_types = {**J2735.open_types, ("messageId", "value"): dict(messages.values())}
    codec = Codec(replace(J2735, modules=(*J2735.modules, str(_MODULE)), messages=messages, open_types=open_types))
    j2735 = get_profile("j2735")
    converters = {**j2735.converters, "FOG": Converter(FogReport, to_asn1, from_asn1)}
    return replace(j2735, name="j2735-fog", codec=codec, converters=converters)
