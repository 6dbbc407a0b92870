from __future__ import annotations

import pytest
from messages_kit import NOW_NS, PROFILES, notices, signals, vehicle_states

from v2x.errors import CodecError, InputError
from v2x.messages.profile import PROFILES as REGISTRY
from v2x.messages.profile import get_profile


def test_names():
    assert REGISTRY.names() == ["csae", "csae-a", "csae-b", "j2735", "j2735-2016", "j2735-2020", "j2735-2024"]
    assert get_profile("csae").name == "csae-a"
    assert get_profile("j2735") is get_profile("j2735")
    with pytest.raises(InputError, match="did you mean 'csae-b'"):
        get_profile("csaeb")


def test_types_are_qualified_by_their_family():
    profile = get_profile("csae-a")
    assert profile.resolve("RSI") == profile.resolve("csae.RSI") == "RSI"
    for unknown in ("j2735.BSM", "TIM", "j2735.SSM"):
        with pytest.raises(CodecError, match="unknown message type"):
            profile.resolve(unknown)


def test_widths():
    assert {name: get_profile(name).temporary_id_bits for name in PROFILES} == {"j2735": 32, "csae-a": 64, "csae-b": 64}
    assert set(get_profile("j2735").type_names) == {
        *("BSM", "MAP", "SPAT", "TIM", "PSM", "SRM", "SSM", "RSA", "EVA", "ICA", "RTCM", "SDSM", "RSM", "CCM"),
        *("PMM", "PCM"),
    }
    assert get_profile("csae-b").type_names == (
        *("BSM", "MAP", "RSM", "SPAT", "RSI"),
        *("test", "RTCM", "RSC", "SSM", "VIR", "PAM", "PSM", "CLPMM", "VPM", "PCM"),
    )


@pytest.mark.parametrize("name", PROFILES)
def test_decode_gives_messages_of_the_model(name):
    profile = get_profile(name)
    for message in (vehicle_states(), signals(), notices()):
        type_name, got = profile.decode(profile.encode(message)[1], NOW_NS)
        assert type(got) is type(message)
        assert type_name in profile.type_names


def test_a_type_outside_the_model_is_its_asn1_value():
    profile = get_profile("csae-a")
    value = {"msgCnt": 1, "userData": b"12345678"}
    assert profile.decode(profile.codec.encode("test", value), NOW_NS) == ("test", value)


def test_only_messages_are_encoded():
    with pytest.raises(CodecError, match="dict is not a message"):
        get_profile("j2735").encode({"type": "BSM"})


def test_a_batch_of_something_else_is_refused():
    profile = get_profile("j2735")
    with pytest.raises(CodecError, match="expected a BSM, got SPAT"):
        profile.decode_vehicle_states([profile.encode(signals())[1]], NOW_NS)
