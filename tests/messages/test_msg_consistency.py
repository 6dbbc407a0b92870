from __future__ import annotations

from dataclasses import replace

from messages_kit import crossroads, signals

from v2x.messages.consistency import map_spat_faults
from v2x.messages.model import SignalGroup


def test_map_and_spat_are_compared_by_number() -> None:
    message = crossroads()
    (intersection,) = message.intersections
    used = sorted(
        {c.signal_group for lane in intersection.lanes for c in lane.connections if c.signal_group is not None}
    )
    states = signals().groups[0].states
    phases = replace(
        signals(),
        region=intersection.region,
        intersection=intersection.id,
        revision=message.revision,
        groups=tuple(SignalGroup(group, states) for group in used),
    )
    assert map_spat_faults(intersection, message.revision, phases) == []
    older = replace(phases, revision=message.revision + 1)
    assert map_spat_faults(intersection, message.revision, older) == [
        f"revision {message.revision + 1} in the SPAT, {message.revision} in the MAP"
    ]
    assert map_spat_faults(intersection, None, older) == []
    other = replace(phases, groups=(*phases.groups[1:], SignalGroup(200, states)))
    assert map_spat_faults(intersection, message.revision, other) == [
        f"signal groups [{used[0]}] of the MAP are not in the SPAT",
        "signal groups [200] of the SPAT are not in the MAP",
    ]
    assert "in the MAP" in map_spat_faults(intersection, message.revision, replace(phases, intersection=9))[0]
