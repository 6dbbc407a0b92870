"""The profile ``j2735``: SAE J2735, TimeMark of the 2020 and later editions."""

from __future__ import annotations

from v2x.messages.codec import Codec
from v2x.messages.j2735 import bsm, map, spat, tim
from v2x.messages.model import MapData, RoadsideInformation, SignalPhases
from v2x.messages.overhead import IEEE_1609_2_SIGNED_BYTES, WSMP_BYTES
from v2x.messages.profile import Converter, Profile, VehicleStateConverter
from v2x.messages.sets import J2735


def j2735() -> Profile:
    """SAE J2735."""
    return Profile(
        name="j2735",
        family="j2735",
        codec=Codec(J2735),
        temporary_id_bits=32,
        overhead_bytes=IEEE_1609_2_SIGNED_BYTES + WSMP_BYTES,
        vehicle_states=VehicleStateConverter(bsm.FORM, bsm.from_asn1),
        converters={
            "MAP": Converter(MapData, map.to_asn1, map.from_asn1),
            "SPAT": Converter(SignalPhases, spat.to_asn1, spat.from_asn1),
            "TIM": Converter(RoadsideInformation, tim.to_asn1, tim.from_asn1),
        },
    )
