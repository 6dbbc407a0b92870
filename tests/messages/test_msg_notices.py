from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from messages_kit import NOW_NS, PROFILES, any_notices, notices

from v2x.clock import NS_PER_S
from v2x.errors import CodecError
from v2x.messages.csae import rsi
from v2x.messages.j2735 import tim
from v2x.messages.model import NAN
from v2x.messages.profile import get_profile
from v2x.scenario.causes import NOTICE_CAUSES

_MINUTE_NS = 60 * NS_PER_S


def _round_trip(name, message):
    profile = get_profile(name)
    type_name, data = profile.encode(message)
    assert type_name == {"j2735": "TIM"}.get(name, "RSI")
    assert profile.codec.encode(*profile.codec.decode(data)) == data
    return profile.decode(data, NOW_NS + 3 * NS_PER_S)[1]


def _assert_same(sent, got, tolerance_m, radius_step_m, width_step_m):
    assert (got.id, got.cause, got.priority, got.text) == (sent.id, sent.cause, sent.priority, sent.text)
    assert abs(got.lat_deg - sent.lat_deg) <= 0.51e-7
    assert abs(got.lon_deg - sent.lon_deg) <= 0.51e-7
    assert np.isnan(got.elevation_m) == np.isnan(sent.elevation_m)
    assert np.isnan(sent.elevation_m) or abs(got.elevation_m - sent.elevation_m) <= 0.051
    assert got.start_utc_ns == sent.start_utc_ns // _MINUTE_NS * _MINUTE_NS
    assert got.end_utc_ns == (None if sent.end_utc_ns is None else -(-sent.end_utc_ns // _MINUTE_NS) * _MINUTE_NS)
    assert np.isnan(got.radius_m) == np.isnan(sent.radius_m)
    assert np.isnan(sent.radius_m) or abs(got.radius_m - sent.radius_m) <= radius_step_m / 2 + 1e-9
    assert got.path_m.shape == sent.path_m.shape
    if len(sent.path_m):
        assert np.abs(got.path_m - sent.path_m).max() <= tolerance_m
        assert abs(got.path_width_m - sent.path_width_m) <= width_step_m / 2 + 1e-9
    if not np.isnan(sent.speed_limit_mps):
        assert abs(got.speed_limit_mps - sent.speed_limit_mps) <= 0.5 / 3.6 + 1e-9


@given(message=any_notices(NOTICE_CAUSES))
@settings(max_examples=50, deadline=None)
def test_tim_comes_back(message):
    got = _round_trip("j2735", message)
    assert (got.msg_count, got.sender_id) == (message.msg_count, message.sender_id)
    for sent, notice in zip(message.notices, got.notices, strict=True):
        # up to 40.95 m in centimetres, to 409.5 m in decimetres, then in metres
        step_m = 0.01 if sent.radius_m < 40.9 else 0.1 if sent.radius_m < 409 else 1.0
        _assert_same(sent, notice, 0.02, step_m, 0.01)


@pytest.mark.parametrize("name", ["csae-a", "csae-b"])
@given(message=any_notices(NOTICE_CAUSES))
@settings(max_examples=40, deadline=None)
def test_rsi_comes_back(name, message):
    got = _round_trip(name, message)
    assert (got.msg_count, got.sender_id, got.lat_deg, got.elevation_m) == (
        message.msg_count,
        message.sender_id,
        39.0,
        5.0,
    )
    for sent, notice in zip(
        sorted(message.notices, key=lambda notice: notice.id),
        sorted(got.notices, key=lambda notice: notice.id),
        strict=True,
    ):
        _assert_same(sent, notice, 0.013, 0.1, 0.2)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("cause", NOTICE_CAUSES)
def test_every_cause_has_a_code_of_its_own(name, cause):
    limit = {"speed_limit_mps": 60 / 3.6} if cause == "speed_limit" else {}
    message = replace(notices(), notices=(replace(notices().notices[1], cause=cause, **limit),))
    assert _round_trip(name, message).notices[0].cause == cause


@pytest.mark.parametrize("table", [tim.ITIS, rsi.EVENTS, rsi.SIGNS])
def test_codes_are_unique(table):
    assert len(set(table.codes.values())) == len(table.codes)


@pytest.mark.parametrize(("name", "cause"), [("j2735", "itis_5906"), ("csae-a", "event_9902"), ("csae-a", "sign_38")])
def test_codes_without_a_name_travel_as_numbers(name, cause):
    message = replace(notices(), notices=(replace(notices().notices[1], cause=cause),))
    assert _round_trip(name, message).notices[0].cause == cause


def test_a_speed_limit_is_a_sign_with_a_number():
    profile = get_profile("j2735")
    frame = profile.codec.decode(profile.encode(notices())[1])[1]["dataFrames"][2]
    assert frame["frameType"] == "roadSignage"
    # ITIS: speed limit, 40, km/h
    assert frame["content"] == ("speedLimit", [{"item": ("itis", code)} for code in (268, 12544 + 40, 8721)])
    profile = get_profile("csae-a")
    (sign,) = profile.codec.decode(profile.encode(notices())[1])[1]["rtss"]
    assert (sign["signType"], sign["description"]) == (85, ("textString", "40km/h"))


def test_chinese_text_is_gb2312():
    message = replace(notices(), notices=(replace(notices().notices[0], text="前方施工"),))
    profile = get_profile("csae-a")
    (event,) = profile.codec.decode(profile.encode(message)[1])[1]["rtes"]
    assert event["description"] == ("textGB2312", "前方施工".encode("gb2312"))
    assert _round_trip("csae-a", message).notices[0].text == "前方施工"
    with pytest.raises(CodecError):
        get_profile("j2735").encode(message)


def test_a_path_of_one_place_is_a_round_area_in_both_dialects():
    limit = replace(notices(), notices=(notices().notices[2],))
    for name, points in (("csae-a", 1), ("csae-b", 2)):
        profile = get_profile(name)
        (sign,) = profile.codec.decode(profile.encode(limit)[1])[1]["rtss"]
        assert len(sign["referencePaths"][0]["activePath"]) == points
        assert _round_trip(name, limit).notices[0].radius_m == pytest.approx(250.0)


def test_times_cross_the_new_year():
    new_year_ns = 1_735_689_600 * NS_PER_S
    notice = replace(
        notices().notices[1], start_utc_ns=new_year_ns - 90 * NS_PER_S, end_utc_ns=new_year_ns + 600 * NS_PER_S
    )
    message = replace(notices(), utc_ns=new_year_ns - NS_PER_S, notices=(notice,))
    for name in PROFILES:
        profile = get_profile(name)
        got = profile.decode(profile.encode(message)[1], new_year_ns + NS_PER_S)[1].notices[0]
        assert got.start_utc_ns == new_year_ns - 120 * NS_PER_S
        assert got.end_utc_ns == new_year_ns + 600 * NS_PER_S


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"cause": "aliens"}, "cause"),
        ({"radius_m": NAN}, ""),
        ({"radius_m": -1.0}, "radius_m"),
        ({"radius_m": 1e6}, "radius_m"),
        ({"lat_deg": NAN, "lon_deg": 400.0}, "lon_deg"),
        ({"path_m": np.zeros((1, 2))}, "path_m"),
        ({"cause": "speed_limit"}, "speed_limit_mps"),
        ({"priority": 8}, "priority"),
        ({"id": -1}, "Id"),
    ],
)
def test_what_cannot_be_expressed_is_an_error_with_the_field(name, changes, path):
    message = replace(notices(), notices=(replace(notices().notices[1], **changes),))
    with pytest.raises(CodecError) as caught:
        get_profile(name).encode(message)
    assert caught.value.path.lower().endswith(path.lower())


def test_an_rsi_needs_the_place_of_its_sender():
    with pytest.raises(CodecError, match="sender"):
        get_profile("csae-a").encode(replace(notices(), lat_deg=NAN))
