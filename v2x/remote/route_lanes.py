"""The lanes of a route: edge by edge the one to come in on, the one to go out on, and the way across to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from v2x.errors import InputError
from v2x.field.net import Link, Net, NetEdge, NetLane
from v2x.registry import did_you_mean


@dataclass(frozen=True)
class Leg:
    """One edge of a route.

    Attributes
    ----------
    lanes
        From the one at its beginning to the one at its end, with those between: one if none is to be changed.
    across
        Lanes inside the junction behind it, on the way to the next leg; none after the last.
    """

    lanes: tuple[NetLane, ...]
    across: tuple[NetLane, ...]


def legs_of(net: Net, route: Sequence[str], lane: int) -> tuple[Leg, ...]:
    """The legs of a route with as few lane changes as there can be, each made as late as there can be.

    Parameters
    ----------
    net
        The network.
    route
        Edges in order, each connected with the next.
    lane
        Number of the lane at the beginning, from the right.

    Raises
    ------
    InputError
        With the path `remote.route.N` (no such edge, or nothing leads to it from the one before) or `remote.lane`.
    """
    edges = [_edge(net, name, row) for row, name in enumerate(route)]
    links = [_links(net, row, *pair) for row, pair in enumerate(pairwise(edges), 1)]
    at = [each.index for each in _driven(edges[0])]
    if lane not in at:
        offers = ", ".join(map(str, at))
        raise InputError(f"no lane for cars of '{edges[0].id}', those are: {offers}", path="remote.lane")
    return tuple(_legs(net, edges, _cheapest(edges, links), lane))


def _edge(net: Net, name: str, row: int) -> NetEdge:
    streets = {edge.id: edge for edge in net.streets}
    if name not in streets:
        reason = f"no street '{name}' in the field's network, {did_you_mean(name, list(streets))}"
        raise InputError(reason, path=f"remote.route.{row}")
    return streets[name]


def _driven(edge: NetEdge) -> list[NetLane]:
    return [lane for lane in edge.lanes if lane.kind == "vehicle"]


def _links(net: Net, row: int, here: NetEdge, there: NetEdge) -> list[Link]:
    """Connections between lanes for cars of two edges."""
    out, into = ({lane.index for lane in _driven(edge)} for edge in (here, there))
    onward = net.onward.get(here.id, ())
    found = [
        (here.id, each.from_lane, there.id, each.to_lane)
        for each in onward
        if each.target == there.id and each.from_lane in out and each.to_lane in into
    ]
    if not found:
        streets = {edge.id for edge in net.streets}
        leads = sorted({each.target for each in onward if each.from_lane in out and each.target in streets})
        offers = f"it leads to: {', '.join(leads)}" if leads else "it leads nowhere"
        reason = f"'{here.id}' does not lead to '{there.id}', {offers}"
        raise InputError(reason, path=f"remote.route.{row}")
    return found


def _cheapest(edges: Sequence[NetEdge], links: Sequence[Sequence[Link]]) -> list[dict[int, Link]]:
    """For each edge but the last: entered lane -> link to leave it by, so that the fewest lanes are changed."""
    changes = {lane.index: 0 for lane in _driven(edges[-1])}
    best: list[dict[int, Link]] = []
    for edge, some in zip(reversed(edges[:-1]), reversed(links), strict=True):
        chosen: dict[int, tuple[int, int, Link]] = {}
        for entered in (lane.index for lane in _driven(edge)):
            # of two ways alike the one with less to change here, then the one further right
            chosen[entered] = min(
                (abs(link[1] - entered) + changes[link[3]], abs(link[1] - entered), link) for link in some
            )
        changes = {entered: total for entered, (total, _, _) in chosen.items()}
        best.append({entered: link for entered, (_, _, link) in chosen.items()})
    return best[::-1]


def _legs(net: Net, edges: Sequence[NetEdge], best: Sequence[Mapping[int, Link]], lane: int) -> list[Leg]:
    legs, entered = [], lane
    for edge, links in zip(edges[:-1], best, strict=True):
        link = links[entered]
        left = link[1]
        lanes = edge.lanes[entered : left + 1] or edge.lanes[left : entered + 1][::-1]
        legs.append(Leg(lanes, _across(net, link)))
        entered = link[3]
    return [*legs, Leg((edges[-1].lanes[entered],), ())]


def _across(net: Net, link: Link) -> tuple[NetLane, ...]:
    """Lanes inside a junction, in order: more than one where SUMO has a place to wait halfway."""
    found: list[NetLane] = []
    _, _, target, to_lane = link
    via = net.vias.get(link)
    while via is not None:
        edge, _, index = via.rpartition("_")
        found.append(net.edges[edge].lanes[int(index)])
        via = net.vias.get((edge, int(index), target, to_lane))
    return tuple(found)
