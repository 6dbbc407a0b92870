"""MAP, SPAT, SRM, SSM and RTCM against pycrate's module of ISO TS 19091, which shares nothing with ours."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from messages_kit import any_map, any_phases, crossroads
from pycrate_asn1dir.ITS_IS import DSRC
from random_values import RandomValues

from v2x.messages.j2735 import spat as j2735_spat
from v2x.messages.profile import get_profile

ORACLES = {
    "MAP": DSRC.MapData,
    "SPAT": DSRC.SPAT,
    "SRM": DSRC.SignalRequestMessage,
    "SSM": DSRC.SignalStatusMessage,
    "RTCM": DSRC.RTCMcorrections,
}


def _content(data: bytes) -> bytes:
    """What a MessageFrame carries, without id and length."""
    return data[4:] if data[2] & 0x80 else data[3:]


#: ISO TS 19091 lets longitudes begin at -1800000000, SAE J2735 at -1799999999: the same bits say one unit less there.
_LONGITUDES = ("long", "lon")


def _plain(value):
    """Our values in pycrate's form: bit strings as (number, bits), unknown regional extensions with a name."""
    if isinstance(value, dict):
        return {name: _plain_member(name, entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if isinstance(value, tuple) and isinstance(value[0], bytes):
        data, bits = value
        return int.from_bytes(data) >> (-bits % 8), bits
    return (value[0], _plain(value[1])) if isinstance(value, tuple) else value


def _plain_member(name: str, value):
    if name in _LONGITUDES:
        return value - 1
    return ("_unk_004", value) if name == "regExtValue" else _plain(value)


def _assert_agree(type_name: str, data: bytes, value):
    oracle = ORACLES[type_name]
    oracle.from_uper(_content(data))
    assert oracle.get_val() == _plain(value)
    oracle.set_val(_plain(value))
    assert oracle.to_uper() == _content(data)


def _compare(message):
    profile = get_profile("j2735")
    type_name, data = profile.encode(message)
    _assert_agree(type_name, data, profile.codec.decode(data)[1])


@given(message=any_map())
@settings(max_examples=40, deadline=None)
def test_map_bits_are_the_same(message):
    _compare(message)


@given(message=any_phases())
@settings(max_examples=40, deadline=None)
def test_spat_bits_are_the_same(message):
    # ISO TS 19091 has the TimeMark of 2016, so its sentinel is used
    value = j2735_spat.to_asn1(message, edition=2016)
    _assert_agree("SPAT", get_profile("j2735").codec.encode("SPAT", value), value)


def test_a_crossroads_is_the_same():
    _compare(crossroads())


def test_pycrate_would_notice():
    profile = get_profile("j2735")
    type_name, data = profile.encode(crossroads())
    value = profile.codec.decode(data)[1]
    value["msgIssueRevision"] += 1
    with pytest.raises(AssertionError):
        _assert_agree(type_name, data, value)


_TIME_MARKS = ("startTime", "minEndTime", "maxEndTime", "likelyTime", "nextTime")


def _common(value):
    """A random value without what the two standards do not share.

    TimeMarks end at 36001 there, road authorities are an addition of later editions of SAE J2735, and vehicle types of
    ISO 3883 have eight bits there and seven here.
    """
    if isinstance(value, list):
        return [_common(entry) for entry in value]
    if isinstance(value, tuple) and isinstance(value[1], dict | list | tuple):
        return value[0], _common(value[1])
    if not isinstance(value, dict):
        return value
    return {
        name: min(entry, 36_001) if name in _TIME_MARKS else _common(entry)
        for name, entry in value.items()
        if name not in ("roadAuthorityID", "iso3883")
    }


def _assert_agree_on_random_values(type_name: str, count: int):
    codec, random = get_profile("j2735").codec, Random(type_name)
    values = RandomValues(random)
    for _ in range(count):
        value = _common(values.message(codec, type_name))
        _assert_agree(type_name, codec.encode(type_name, value), value)


@pytest.mark.parametrize("type_name", ORACLES)
def test_random_values_are_the_same(type_name):
    _assert_agree_on_random_values(type_name, 60)


@pytest.mark.validate
@pytest.mark.parametrize("type_name", ORACLES)
def test_many_random_values_are_the_same(type_name):
    _assert_agree_on_random_values(type_name, 2_000)
