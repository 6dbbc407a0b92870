"""What a MAP says of signals is what SUMO's lights do, lane by lane, in every field."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np

from v2x.field.model import Field, Junction
from v2x.field.net import Net, read_net
from v2x.messages.model import Lane

Way = tuple[tuple[str, int], tuple[str, int]]


def net_lane(net: Net, lane: Lane, reference: np.ndarray) -> tuple[str, int]:
    """The network's lane that a lane of the MAP is: the one of its edge whose end at the junction is nearest."""
    near = reference + lane.points_m[0]  # grid and true north differ by centimetres here
    lanes = net.edges[lane.link].lanes
    away_m = [float(np.hypot(*(each.shape[-1 if lane.ingress else 0] - near))) for each in lanes]
    assert min(away_m) < 1.0
    return lane.link, lanes[int(np.argmin(away_m))].index


def told(field: Field, net: Net, junction: Junction) -> dict[Way, tuple[int | None, bool]]:
    """Movements of the MAP, vehicles and bicycles: the groups that it names, and whether they may be made on red."""
    reference = np.array(field.plane.to_xy(junction.lon_deg, junction.lat_deg), float)
    lanes = {lane.id: lane for lane in field.intersections[junction.id].lanes if lane.kind != "crosswalk"}
    place = {number: net_lane(net, lane, reference) for number, lane in lanes.items()}
    return {
        (place[lane.id], place[each.to_lane]): (each.signal_group, each.on_red)
        for lane in lanes.values()
        for each in lane.connections
    }


def lights_that_run(field: Field) -> dict[str, list[set[str]]]:
    """Controller -> the letters that each link ever shows, by the file that SUMO is given."""
    (signals, *_) = field.sumo_files("light")
    return {
        logic.attrib["id"]: [
            set(shown) for shown in zip(*(p.attrib["state"] for p in logic.iter("phase")), strict=True)
        ]
        for logic in ET.parse(signals).iter("tlLogic")
    }


def test_each_movement_has_the_group_and_the_red_of_its_link(shipped: Field) -> None:
    """Link state ``s`` is SUMO's "go on red after a stop"."""
    net, lights = read_net(shipped.net_file), lights_that_run(shipped)
    signalled = [junction for junction in shipped.junctions if junction.signal_groups]
    assert signalled
    for junction in signalled:
        group_of = {link: group for group, links in junction.signal_groups.items() for link in links}
        governed = {
            ((each.origin, each.from_lane), (each.target, each.to_lane)): (
                group_of[each.link_index],
                "s" in lights[junction.id][each.link_index],
            )
            for each in net.connections
            if each.tl == junction.id and each.link_index is not None and each.origin[0] != ":"
        }
        assert told(shipped, net, junction) == governed
        assert {on_red for _, on_red in governed.values()} == {True, False}
