"""The profiles ``csae-a`` and ``csae-b``: T/CSAE 53-2020 in the two dialects seen in the field."""

from __future__ import annotations

from functools import partial

from v2x.messages.codec import Codec, MessageSet
from v2x.messages.csae import bsm, map, rsi, spat
from v2x.messages.model import MapData, RoadsideInformation, SignalPhases
from v2x.messages.overhead import DSMP_BYTES, YDT_3957_SIGNED_BYTES
from v2x.messages.profile import Converter, Profile, VehicleStateConverter
from v2x.messages.sets import CSAE_A, CSAE_B


def csae_a() -> Profile:
    """Dialect A, seen on the air for the day-1 messages."""
    return _profile("csae-a", CSAE_A, min_path_points=1)


def csae_b() -> Profile:
    """Dialect B, of the phase II module set."""
    return _profile("csae-b", CSAE_B, min_path_points=2)


def _profile(name: str, message_set: MessageSet, min_path_points: int) -> Profile:
    return Profile(
        name=name,
        family="csae",
        codec=Codec(message_set),
        temporary_id_bits=64,
        overhead_bytes=YDT_3957_SIGNED_BYTES + DSMP_BYTES,
        vehicle_states=VehicleStateConverter(bsm.FORM, bsm.from_asn1),
        converters={
            "MAP": Converter(MapData, map.to_asn1, map.from_asn1),
            "SPAT": Converter(SignalPhases, spat.to_asn1, spat.from_asn1),
            "RSI": Converter(RoadsideInformation, partial(rsi.to_asn1, min_path_points=min_path_points), rsi.from_asn1),
        },
    )
