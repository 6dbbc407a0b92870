"""The profiles ``j2735`` and ``j2735-2016``: SAE J2735 of 2020 and later, and the TimeMark of 2016."""

from __future__ import annotations

from functools import partial

from v2x.messages.codec import Codec, MessageSet
from v2x.messages.control import ControlForm
from v2x.messages.j2735 import bsm, ccm, map, pmm, psm, sdsm, spat, srm, ssm, tim
from v2x.messages.model import MapData, RoadsideInformation, SignalPhases
from v2x.messages.model_cooperation import PlatoonManagement, SignalRequest, SignalRequestStatus
from v2x.messages.model_perception import PerceivedObjects, VulnerableRoadUser
from v2x.messages.pcm import pcm
from v2x.messages.profile import Converter, Profile, VehicleStateConverter
from v2x.messages.sets import J2735, J2735_2016

_ID_BITS = 32


def j2735() -> Profile:
    """The editions of 2020 and 2024: on the wire the later one only adds to the earlier."""
    return _profile("j2735", J2735, edition=2020, control=ccm.CCM)


def j2735_2016() -> Profile:
    """The edition of 2016, which has no CCM."""
    return _profile("j2735-2016", J2735_2016, edition=2016, control=ccm.BSM)


def _profile(name: str, message_set: MessageSet, edition: int, control: ControlForm) -> Profile:
    return Profile(
        name=name,
        family="j2735",
        codec=Codec(message_set),
        temporary_id_bits=_ID_BITS,
        vehicle_states=VehicleStateConverter(bsm.FORM, bsm.LEAVES),
        control=control,
        fine_control=pcm(_ID_BITS, further=True),
        converters={
            "MAP": Converter(MapData, map.to_asn1, map.from_asn1, map.STAMPS),
            "SPAT": Converter(
                SignalPhases,
                partial(spat.to_asn1, edition=edition),
                partial(spat.from_asn1, edition=edition),
                spat.STAMPS,
            ),
            "TIM": Converter(RoadsideInformation, tim.to_asn1, tim.from_asn1),
            "SDSM": Converter(PerceivedObjects, sdsm.to_asn1, sdsm.from_asn1),
            "PSM": Converter(VulnerableRoadUser, psm.to_asn1, psm.from_asn1),
            "SRM": Converter(SignalRequest, srm.to_asn1, srm.from_asn1),
            "SSM": Converter(SignalRequestStatus, ssm.to_asn1, ssm.from_asn1),
            "PMM": Converter(PlatoonManagement, pmm.to_asn1, pmm.from_asn1),
        },
    )
