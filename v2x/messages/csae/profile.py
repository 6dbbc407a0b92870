"""The profiles ``csae-a`` and ``csae-b``: T/CSAE 53-2020 in the two dialects seen in the field, and T/CSAE 157-2020."""

from __future__ import annotations

from functools import partial

from v2x.messages.codec import Codec, MessageSet
from v2x.messages.csae import bsm, clpmm, map, psm, rsc, rsi, rsm, spat, ssm, vir
from v2x.messages.model import MapData, RoadsideInformation, SignalPhases
from v2x.messages.model_cooperation import PlatoonManagement, SignalRequest, SignalRequestStatus
from v2x.messages.model_perception import PerceivedObjects, VulnerableRoadUser
from v2x.messages.pcm import pcm
from v2x.messages.profile import Converter, Profile, VehicleStateConverter
from v2x.messages.sets import CSAE_A, CSAE_B

_ID_BITS = 64


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
        temporary_id_bits=_ID_BITS,
        vehicle_states=VehicleStateConverter(bsm.FORM, bsm.LEAVES),
        control=pcm(_ID_BITS, further=False),
        fine_control=pcm(_ID_BITS, further=True),
        converters={
            "MAP": Converter(MapData, map.to_asn1, map.from_asn1, map.STAMPS),
            "SPAT": Converter(SignalPhases, spat.to_asn1, spat.from_asn1, spat.STAMPS),
            "RSI": Converter(RoadsideInformation, partial(rsi.to_asn1, min_path_points=min_path_points), rsi.from_asn1),
            "SSM": Converter(PerceivedObjects, ssm.to_asn1, ssm.from_asn1),
            "RSM": Converter(PerceivedObjects, rsm.to_asn1, rsm.from_asn1),
            "PSM": Converter(VulnerableRoadUser, psm.to_asn1, psm.from_asn1),
            "CLPMM": Converter(PlatoonManagement, clpmm.to_asn1, clpmm.from_asn1),
            "VIR": Converter(SignalRequest, vir.to_asn1, vir.from_asn1),
            "RSC": Converter(SignalRequestStatus, rsc.to_asn1, rsc.from_asn1),
        },
    )
