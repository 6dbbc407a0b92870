"""The lights of encounters: what a head says will come does."""

from __future__ import annotations

from itertools import pairwise

import pytest

from v2x.clock import NS_PER_S
from v2x.field.encounter_ground import roads_of
from v2x.traffic.encounters.lights import Lights

SPACING_NS = 30 * NS_PER_S
ROADS = {1: 0, 2: 1}


def test_the_cycle_is_that_of_the_measured_plan() -> None:
    """26 s green, 3 s yellow, 1 s in which both are red; green comes in the middle of an encounter, by turns."""
    lights = Lights(("E01",), ROADS, SPACING_NS)
    shown = [tuple(lights.heads(t_s * NS_PER_S)[0].groups.values()) for t_s in range(60)]
    starts = {group: [t for t in range(60) if shown[t][group] == "green" != shown[t - 1][group]] for group in (0, 1)}
    assert starts == {0: [15], 1: [45]}
    assert [sum(pair[group] == light for pair in shown) for group in (0, 1) for light in ("green", "yellow")] == [
        26,
        3,
    ] * 2
    assert shown.count(("red", "red")) == 2 and shown[14] == ("red", "red")


def test_arrows_keep_time_with_their_road() -> None:
    lights = Lights(("E01",), roads_of("rlvw"), SPACING_NS)
    for t_s in range(60):
        groups = lights.heads(t_s * NS_PER_S)[0].groups
        assert set(groups) == {1, 2, 3, 4} and (groups[3], groups[4]) == (groups[1], groups[2])


@pytest.mark.parametrize("spacing_ns", [SPACING_NS, 37_100_000_000])
def test_heads_tell_the_future(spacing_ns: int) -> None:
    lights, later = (Lights(("E01", "E02"), ROADS, spacing_ns) for _ in range(2))
    for t_ns in range(0, 3 * spacing_ns, 700_000_000):
        first, second = lights.heads(t_ns)
        assert (first.junction, second.junction) == ("E01", "E02") and first.groups == second.groups
        for group, light in first.groups.items():
            assert first.since_ns[group] <= t_ns < first.until_ns[group]
            runs = ((light, first.since_ns[group], first.until_ns[group]), *first.upcoming[group])
            assert sorted(run[0] for run in runs) == ["green", "red", "yellow"]
            for (_, _, end_ns), (_, start_ns, _) in pairwise(runs):
                assert end_ns == start_ns
            for said, start_ns, end_ns in runs:
                for moment_ns in (max(start_ns, 0), end_ns - 1):
                    assert later.heads(moment_ns)[0].groups[group] == said
