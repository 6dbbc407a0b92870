from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from messages_kit import COMMON_LIGHTS, NOW_NS, PROFILES, any_phases, signals

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.errors import CodecError
from v2x.messages.j2735 import spat as j2735_spat
from v2x.messages.model import SignalGroup, SignalState
from v2x.messages.profile import get_profile

_TENTH_NS = NS_PER_S // 10
_LATE_NS = 2 * NS_PER_S  # the frame arrives in the next hour


def _round_trip(name, message):
    profile = get_profile(name)
    type_name, data = profile.encode(message)
    assert type_name == "SPAT"
    got = profile.decode(data, NOW_NS + _LATE_NS)
    assert got[0] == "SPAT"
    assert got[1].utc_ns == pytest.approx(message.utc_ns, abs=NS_PER_MS // 2)
    return got[1]


def _same_moment(sent, got):
    return (sent is None and got is None) or abs(sent - got) <= _TENTH_NS // 2 + NS_PER_MS


@given(message=any_phases((*COMMON_LIGHTS, "red_yellow")))
@settings(max_examples=60, deadline=None)
def test_j2735_spat_comes_back(message):
    got = _round_trip("j2735", message)
    assert (got.region, got.intersection, got.revision, got.name) == (1, 22, message.revision, "x")
    assert [group.id for group in got.groups] == [group.id for group in message.groups]
    for sent_group, group in zip(message.groups, got.groups, strict=True):
        for sent, state in zip(sent_group.states, group.states, strict=True):
            assert state.light == sent.light
            for moment in ("start", "min_end", "max_end", "likely_end", "next_start"):
                assert _same_moment(getattr(sent, f"{moment}_utc_ns"), getattr(state, f"{moment}_utc_ns")), moment
            if sent.confidence is not None:
                assert abs(state.confidence - sent.confidence) <= 0.0751  # half the widest step of the table


@pytest.mark.parametrize("name", ["csae-a", "csae-b"])
@given(message=any_phases((*COMMON_LIGHTS, "flashing_green")))
@settings(max_examples=40, deadline=None)
def test_csae_spat_comes_back(name, message):
    got = _round_trip(name, message)
    assert (got.region, got.intersection, got.msg_count, got.name) == (1, 22, message.msg_count, "x")
    for sent_group, group in zip(message.groups, got.groups, strict=True):
        for i, (sent, state) in enumerate(zip(sent_group.states, group.states, strict=True)):
            assert state.light == sent.light
            if i:  # of the present state counting says only that it has begun
                assert _same_moment(sent.start_utc_ns, state.start_utc_ns)
            for moment in ("min_end", "max_end", "next_start"):
                assert _same_moment(getattr(sent, f"{moment}_utc_ns"), getattr(state, f"{moment}_utc_ns")), moment
            ends = [sent.likely_end_utc_ns, sent.min_end_utc_ns, sent.max_end_utc_ns]
            assert _same_moment(next((end for end in ends if end is not None), None), state.likely_end_utc_ns)
            if sent.confidence is not None:
                assert abs(state.confidence - sent.confidence) <= 0.0025


def test_time_marks_across_the_hour_by_hand():
    profile = get_profile("j2735")
    value = profile.codec.decode(profile.encode(signals())[1])[1]
    state = value["intersections"][0]
    assert (state["moy"], state["timeStamp"]) == (value["timeStamp"], 58_123)
    green, yellow = state["states"][0]["state-time-speed"]
    assert green["eventState"] == "protected-Movement-Allowed"
    # 09:59:58.123: began at 09:59:28.1, ends at 10:00:05.1
    assert green["timing"] == {
        "startTime": 35681,
        "minEndTime": 51,
        "maxEndTime": 51,
        "likelyTime": 51,
        "nextTime": 951,
        "confidence": 15,
    }
    assert yellow == {"eventState": "protected-clearance", "timing": {"startTime": 51, "minEndTime": 81}}
    assert state["states"][2]["state-time-speed"][0]["timing"] == {"minEndTime": 36111}


def test_the_2016_edition_has_another_unknown():
    value = j2735_spat.to_asn1(signals(), edition=2016)
    assert value["intersections"][0]["states"][2]["state-time-speed"][0]["timing"] == {"minEndTime": 36001}
    assert j2735_spat.from_asn1(value, NOW_NS, edition=2016).groups[2].states[0].min_end_utc_ns is None


def test_counting_by_hand():
    profile = get_profile("csae-a")
    value = profile.codec.decode(profile.encode(signals())[1])[1]
    green, yellow = value["intersections"][0]["phases"][0]["phaseStates"]
    counting = {
        "startTime": 0,
        "minEndTime": 70,
        "maxEndTime": 70,
        "likelyEndTime": 70,
        "timeConfidence": 200,
        "nextStartTime": 970,
    }
    assert green == {"light": "protected-green", "timing": ("counting", counting)}
    assert yellow == {
        "light": "yellow",
        "timing": ("counting", {"startTime": 70, "minEndTime": 100, "likelyEndTime": 100}),
    }
    unknown = value["intersections"][0]["phases"][2]["phaseStates"][0]
    assert unknown == {"light": "flashing-yellow", "timing": ("counting", {"startTime": 0, "likelyEndTime": 36001})}


def test_utc_timing_is_read_as_well():
    profile = get_profile("csae-a")
    value = profile.codec.decode(profile.encode(signals())[1])[1]
    value["intersections"][0]["phases"][0]["phaseStates"][0]["timing"] = (
        "utcTiming",
        {"startUTCTime": 35681, "minEndUTCTime": 51, "likelyEndUTCTime": 60, "nextStartUTCTime": 36001},
    )
    state = profile.decode(profile.codec.encode("SPAT", value), NOW_NS + _LATE_NS)[1].groups[0].states[0]
    assert state.start_utc_ns == pytest.approx(NOW_NS - 30 * NS_PER_S, abs=_TENTH_NS)
    assert state.min_end_utc_ns == pytest.approx(NOW_NS + 7 * NS_PER_S, abs=_TENTH_NS)
    assert state.next_start_utc_ns is None


def test_the_confidence_table_follows_the_formula_of_the_standard():
    codes = 10 ** (100 * j2735_spat.CONFIDENCE / 82.5) - 1.3
    assert (np.abs(codes - np.arange(16)) < 0.5).all()


def test_permissive_clearance_is_yellow_too():
    profile = get_profile("j2735")
    value = profile.codec.decode(profile.encode(signals())[1])[1]
    value["intersections"][0]["states"][0]["state-time-speed"][1]["eventState"] = "permissive-clearance"
    assert profile.decode(profile.codec.encode("SPAT", value), NOW_NS)[1].groups[0].states[1].light == "yellow"


def _with(state):
    return replace(signals(), groups=(SignalGroup(1, (state,)),))


def test_a_state_older_than_an_hour_has_no_start_time():
    message = _with(SignalState("green", NOW_NS - 5 * 3600 * NS_PER_S, None))
    assert _round_trip("j2735", message).groups[0].states[0].start_utc_ns is None


@pytest.mark.parametrize(
    ("name", "state", "path"),
    [
        ("j2735", SignalState("flashing_green", None, None), "SPAT.groups[1].states[0]"),
        ("csae-a", SignalState("red_yellow", None, None), "SPAT.groups[1].states[0]"),
        ("j2735", SignalState("red", None, NOW_NS + 4000 * NS_PER_S), "SPAT.groups[1].states[0].min_end_utc_ns"),
        ("j2735", SignalState("red", None, None, confidence=0.05), "SPAT.groups[1].states[0].confidence"),
        ("csae-b", SignalState("red", None, None, confidence=1.5), "SPAT.groups[1].states[0].confidence"),
    ],
)
def test_what_cannot_be_expressed_is_an_error_with_the_field(name, state, path):
    with pytest.raises(CodecError) as caught:
        get_profile(name).encode(_with(state))
    assert caught.value.path == path


@pytest.mark.parametrize("name", PROFILES)
def test_no_groups_is_an_error(name):
    with pytest.raises(CodecError, match="elements, got 0"):
        get_profile(name).encode(replace(signals(), groups=()))


def test_more_than_an_hour_is_the_value_that_the_chinese_standard_gives_it():
    message = _with(SignalState("red", None, NOW_NS + 5000 * NS_PER_S))
    profile = get_profile("csae-a")
    value = profile.codec.decode(profile.encode(message)[1])[1]
    timing = value["intersections"][0]["phases"][0]["phaseStates"][0]["timing"][1]
    assert timing["minEndTime"] == 36000
    assert _round_trip("csae-a", message).groups[0].states[0].min_end_utc_ns is None
