from __future__ import annotations

from dataclasses import replace

import pytest
from messages_kit import NOW_NS, crossroads

from v2x.errors import CodecError
from v2x.messages.model import MapData
from v2x.messages.profile import get_profile

J2735 = get_profile("j2735")


def test_what_fits_stays_whole() -> None:
    whole = crossroads()
    assert J2735.fitting(whole, len(J2735.encode(whole)[1])) == (whole,)


def test_a_long_map_comes_in_fragments_that_make_the_whole_again() -> None:
    whole = crossroads()
    limit = len(J2735.encode(whole)[1]) * 2 // 3
    parts = J2735.fitting(whole, limit)
    assert len(parts) > 1
    frames = [J2735.encode(part)[1] for part in parts]
    assert max(map(len, frames)) <= limit
    back = [J2735.decode(frame, NOW_NS)[1] for frame in frames]
    assert all(isinstance(part, MapData) for part in back)
    assert [part.fragment for part in back] == [(i, len(parts)) for i in range(1, len(parts) + 1)]
    lanes = [lane.id for part in back for lane in part.intersections[0].lanes]
    assert lanes == [lane.id for lane in whole.intersections[0].lanes]
    assert len({(part.revision, part.intersections[0].id, part.intersections[0].lat_deg) for part in back}) == 1


@pytest.mark.parametrize("name", ["j2735", "csae-a"])
def test_intersections_are_parted_first(name: str) -> None:
    profile = get_profile(name)
    one = crossroads()
    (intersection,) = one.intersections
    two = replace(one, intersections=(intersection, replace(intersection, id=intersection.id + 1)))
    parts = profile.fitting(two, len(profile.encode(one)[1]) + 8)
    assert [[each.id for each in part.intersections] for part in parts] == [[intersection.id], [intersection.id + 1]]
    assert {part.fragment for part in parts} == {(1, 1)}


@pytest.mark.parametrize(("name", "reason"), [("j2735", "even in fragments"), ("csae-a", "knows no fragments")])
def test_what_cannot_be_sent_is_an_error(name: str, reason: str) -> None:
    with pytest.raises(CodecError, match=reason):
        get_profile(name).fitting(crossroads(), 40)
