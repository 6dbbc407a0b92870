"""Standing messages are bit for bit what the codec makes of each sending, and are encoded once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_kit import NOW_NS, PROFILES, any_map, any_phases, vehicle_states

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.errors import CodecError
from v2x.messages.codec import Codec
from v2x.messages.model import RoadsideInformation, SignalGroup, SignalPhases, SignalState
from v2x.messages.profile import Profile, get_profile

LIGHTS = ("unavailable", "off", "flashing_red", "red", "permissive_green", "green", "yellow", "flashing_yellow")
#: Gaps between sendings, mostly short, up to more than an hour: hours roll over, instants pass, starts grow too old.
GAPS_NS = st.lists(st.one_of(st.integers(0, 3 * NS_PER_S), st.integers(0, 5000 * NS_PER_S)), min_size=1, max_size=6)


def encoded(profile: Profile, message: object) -> bytes | str:
    """Its bytes, or what is wrong with it."""
    try:
        return profile.encode(message)[1]
    except CodecError as error:
        return str(error)


def sent_again(profile: Profile, message: object, gaps_ns: list[int]) -> None:
    """Every sending is what the codec would send."""
    standing = profile.standing(message)
    utc_ns = message.utc_ns
    for count, gap_ns in enumerate(gaps_ns):
        utc_ns += gap_ns
        expected = encoded(profile, replace(message, utc_ns=utc_ns, msg_count=count))
        try:
            got: bytes | str = standing.at(utc_ns, count)
        except CodecError as error:
            got = str(error)
        assert got == expected


@settings(deadline=None, max_examples=60)
@pytest.mark.parametrize("name", PROFILES)
@given(message=any_phases(LIGHTS), gaps_ns=GAPS_NS)
def test_spat(name: str, message: SignalPhases, gaps_ns: list[int]) -> None:
    sent_again(get_profile(name), message, gaps_ns)


@settings(deadline=None, max_examples=15)
@pytest.mark.parametrize("name", PROFILES)
@given(message=any_map(), gaps_ns=GAPS_NS)
def test_map(name: str, message: object, gaps_ns: list[int]) -> None:
    profile = get_profile(name)
    if isinstance(encoded(profile, message), bytes):
        sent_again(profile, message, gaps_ns)


def phases(end_ns: int | None) -> SignalPhases:
    """A light that is green from now on."""
    state = SignalState("green", NOW_NS, end_ns, end_ns, end_ns, confidence=1.0)
    return SignalPhases(0, NOW_NS, 1, 22, 1, (SignalGroup(4, (state,)),), "XI22")


@pytest.mark.parametrize("name", PROFILES)
def test_it_is_encoded_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = get_profile(name)
    standing = profile.standing(phases(NOW_NS + 30 * NS_PER_S))
    monkeypatch.setattr(Codec, "encode", lambda *_: pytest.fail("encoded again"))
    sendings = {standing.at(NOW_NS + k * 100 * NS_PER_MS, k) for k in range(100)}
    assert len(sendings) == 100
    assert standing.type == "SPAT"


def test_a_shape_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = replace(get_profile("j2735"))
    profile.standing(phases(NOW_NS + 30 * NS_PER_S))
    monkeypatch.setattr(Codec, "layout", lambda *_: pytest.fail("measured again"))
    message = replace(phases(NOW_NS + 50 * NS_PER_S), utc_ns=NOW_NS + NS_PER_S, intersection=23)
    assert profile.standing(message).at(message.utc_ns, 0) == profile.encode(message)[1]


def test_a_start_that_grows_too_old_is_left_out_from_then_on() -> None:
    profile, gaps_ns = get_profile("j2735"), [3294 * NS_PER_S, *[NS_PER_S // 4] * 40]
    sent_again(profile, phases(None), gaps_ns)
    standing = profile.standing(phases(None))
    assert len(standing.at(NOW_NS + 3294 * NS_PER_S, 0)) > len(standing.at(NOW_NS + 3304 * NS_PER_S, 0))


def test_what_has_more_than_stamps_does_not_stand() -> None:
    profile = get_profile("j2735")
    with pytest.raises(CodecError, match="does not stand"):
        profile.standing(RoadsideInformation(0, NOW_NS, 1, 39.0, 117.0, float("nan"), ()))
    with pytest.raises(CodecError, match="not a message"):
        profile.standing(vehicle_states())
