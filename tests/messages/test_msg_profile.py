from __future__ import annotations

import pytest
from messages_kit import NOW_NS, PROFILES, notices, signals, vehicle_states

from v2x.errors import CodecError, InputError
from v2x.messages.profile import PROFILES as REGISTRY
from v2x.messages.profile import get_profile


def test_names():
    assert REGISTRY.names() == ["csae", "csae-a", "csae-b", "j2735"]
    assert get_profile("csae").name == "csae-a"
    assert get_profile("j2735") is get_profile("j2735")
    with pytest.raises(InputError, match="did you mean 'csae-b'"):
        get_profile("csaeb")


def test_types_are_qualified_by_their_family():
    profile = get_profile("csae-a")
    assert profile.resolve("RSI") == profile.resolve("csae.RSI") == "RSI"
    for unknown in ("j2735.BSM", "TIM", "csae.SSM"):
        with pytest.raises(CodecError, match="unknown message type"):
            profile.resolve(unknown)


def test_widths_and_sizes():
    assert {name: get_profile(name).temporary_id_bits for name in PROFILES} == {"j2735": 32, "csae-a": 64, "csae-b": 64}
    assert get_profile("j2735").type_names == ("BSM", "MAP", "SPAT", "TIM")
    assert get_profile("csae-b").type_names == ("BSM", "MAP", "RSM", "SPAT", "RSI")
    for name in PROFILES:
        overhead = get_profile(name).air_bytes(40) - 40
        # signature (64), time (8) and digest (8) at the least; a tenth of a WSM's room at the most
        assert 80 < overhead < 140
        assert get_profile(name).air_bytes(500) == 500 + overhead


@pytest.mark.parametrize("name", PROFILES)
def test_decode_gives_messages_of_the_model(name):
    profile = get_profile(name)
    for message in (vehicle_states(), signals(), notices()):
        type_name, got = profile.decode(profile.encode(message)[1], NOW_NS)
        assert type(got) is type(message)
        assert type_name in profile.type_names


def test_a_type_outside_the_model_is_its_asn1_value():
    profile = get_profile("csae-a")
    size = {"width": 180, "length": 450}
    participant = {
        "ptcType": "pedestrian",
        "ptcId": 9,
        "source": "video",
        "secMark": 123,
        "pos": {"offsetLL": ("position-LL1", {"lon": 12, "lat": -40})},
        "posConfidence": {"pos": "a1m"},
        "speed": 60,
        "heading": 0,
        "size": size,
    }
    value = {
        "msgCnt": 1,
        "id": b"12345678",
        "refPos": {"lat": 390_000_000, "long": 1_170_000_000},
        "participants": [participant],
    }
    assert profile.decode(profile.codec.encode("RSM", value), NOW_NS) == ("RSM", value)


def test_only_messages_are_encoded():
    with pytest.raises(CodecError, match="dict is not a message"):
        get_profile("j2735").encode({"type": "BSM"})


def test_a_batch_of_something_else_is_refused():
    profile = get_profile("j2735")
    with pytest.raises(CodecError, match="expected a BSM, got SPAT"):
        profile.decode_vehicle_states([profile.encode(signals())[1]], NOW_NS)
