"""PMM: the management of platoons for SAE J2735."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_kit import NOW_NS
from models_kit import assert_close, round_trip

from v2x.errors import CodecError
from v2x.messages.model_cooperation import PlatoonManagement, PlatoonRole, PlatoonStatus
from v2x.messages.profile import get_profile

#: A leader with 2^72 + 5 for its platoon lets 14 in and 13 out.
LEADER = PlatoonManagement(
    5, 11, NOW_NS, 2**72 + 5, "leader", "navigating", (11, 12, 13, 14), (14,), (13,), 8, open_to_join=False
)
IDENTITIES = st.integers(0, 2**32 - 1)
LISTS = st.lists(IDENTITIES, max_size=32).map(tuple)


def test_all_of_the_model_by_hand():
    profile = get_profile("j2735")
    type_name, data = profile.encode(LEADER)
    assert type_name == "PMM"
    assert int.from_bytes(data[:2]) == 254
    assert profile.codec.decode(data)[1] == {
        **{"msgCnt": 5, "id": bytes([0, 0, 0, 11]), "secMark": 58123, "role": "leader", "status": "navigating"},
        "platoon": (2**72 + 5).to_bytes(17),
        "members": [bytes([0, 0, 0, i]) for i in (11, 12, 13, 14)],
        "joining": [bytes([0, 0, 0, 14])],
        "leaving": [bytes([0, 0, 0, 13])],
        "capacity": 8,
        "openToJoin": False,
    }


@given(
    message=st.builds(
        PlatoonManagement,
        msg_count=st.integers(0, 127),
        temporary_id=IDENTITIES,
        utc_ns=st.just(NOW_NS),
        platoon_id=st.none() | st.integers(0, 2**136 - 1),
        role=st.sampled_from(get_args(PlatoonRole)),
        status=st.sampled_from(get_args(PlatoonStatus)),
        members=LISTS,
        joining=LISTS,
        leaving=LISTS,
        capacity=st.none() | st.integers(1, 32),
        open_to_join=st.none() | st.booleans(),
    )
)
@settings(max_examples=60, deadline=None)
def test_every_message_comes_back(message):
    assert_close(message, round_trip(message, "PMM", "j2735"))


def test_identities_are_those_of_bsms():
    long = replace(LEADER, temporary_id=0x1234567890ABCDEF, members=(0x1234567890ABCDEF,))
    got = round_trip(long, "PMM", "j2735")
    assert (got.temporary_id, got.members) == (0x90ABCDEF, (0x90ABCDEF,))


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("platoon_id", 2**136, "platoon_id"),
        ("members", (1,) * 33, "members"),
        ("capacity", 33, "capacity"),
        ("msg_count", 128, "msgCnt"),
    ],
)
def test_what_cannot_be_said(field, value, path):
    with pytest.raises(CodecError) as caught:
        get_profile("j2735").encode(replace(LEADER, **{field: value}))
    assert caught.value.path == f"PMM.{path}"


def test_words_of_a_later_edition():
    profile = get_profile("j2735")
    value = profile.codec.decode(profile.encode(LEADER)[1])[1] | {"role": "...1", "status": "...0"}
    got = profile.decode(profile.codec.encode("PMM", value), NOW_NS)[1]
    assert (got.role, got.status) == ("free", "unknown")
