"""Routes with given turn shares, without chance.

At each approach a rotor hands out the moves so that after n vehicles each move has been taken n times its share,
rounded (the rotor-router of Priezzhev et al. 1996; its error stays below one vehicle, a random draw's grows with the
root of n).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from v2x.errors import FieldError
from v2x.field.net import Net
from v2x.field.source import Move

_MOVE: dict[str, Move] = {"s": "straight", "l": "left", "L": "left", "r": "right", "R": "right"}
#: A vehicle that has passed this many edges goes home the shortest way: it would circle for ever on a closed track.
_LONGEST = 24

Route = tuple[str, ...]


@dataclass(frozen=True)
class TurnShares:
    """Share of each move: of the whole field, of a junction, of one approach of it (by the neighbour it comes from)."""

    default: Mapping[Move, float]
    junctions: Mapping[str, Mapping[Move, float]] = field(default_factory=dict)
    approaches: Mapping[tuple[str, str], Mapping[Move, float]] = field(default_factory=dict)

    def at(self, junction: str, neighbour: str) -> Mapping[Move, float]:
        """The shares that hold for vehicles reaching a junction from a neighbour."""
        return self.approaches.get((junction, neighbour), self.junctions.get(junction, self.default))


@dataclass
class Rotor:
    """Hands out options so that their counts follow their weights as closely as whole numbers can."""

    weights: Mapping[str, float]
    taken: Counter[str] = field(default_factory=Counter)

    def turn(self) -> str:
        """The option that is furthest behind its share."""
        total = self.taken.total() + 1
        option = max(self.weights, key=lambda name: self.weights[name] * total - self.taken[name])
        self.taken[option] += 1
        return option


@dataclass(frozen=True)
class Entry:
    """An edge on which vehicles enter the field, and how many of all that enter do it here."""

    edge: str
    weight: float


def options(net: Net, lane_kind: str, turns: TurnShares) -> dict[str, dict[str, float]]:
    """Edge -> onward edge -> share, for users of a kind of lane.

    Parameters
    ----------
    lane_kind
        ``vehicle`` or ``bike``.
    turns
        Shares of the moves at each junction; moves an approach lacks go to its others in proportion.
    """
    table: dict[str, dict[str, float]] = {}
    for edge in net.streets:
        moves: dict[Move, dict[str, None]] = {}
        for connection in net.onward.get(edge.id, ()):
            if edge.lanes[connection.from_lane].kind == lane_kind and connection.direction in _MOVE:
                moves.setdefault(_MOVE[connection.direction], {})[connection.target] = None
        declared = turns.at(edge.target, edge.origin)
        shares = {move: declared.get(move, 0.0) for move in moves}
        total = sum(shares.values())
        ways = table.setdefault(edge.id, {})
        for move, targets in moves.items():
            share = shares[move] / total if total > 0 else 1.0 / len(moves)
            for target in targets:
                ways[target] = ways.get(target, 0.0) + share / len(targets)
    return table


def walk_routes(ways: Mapping[str, Mapping[str, float]], entries: list[Entry], count: int) -> dict[str, Counter[Route]]:
    """``count`` routes in all, per entry edge with how often each was drawn; each follows ``ways`` to a dead end."""
    if not entries:
        raise FieldError("no street leads into the field, so no traffic can enter")
    rotors = {edge: Rotor(onward) for edge, onward in ways.items() if onward}
    total = sum(entry.weight for entry in entries)
    gate = Rotor({entry.edge: entry.weight / total for entry in entries})
    routes: dict[str, Counter[Route]] = {entry.edge: Counter() for entry in entries}
    for _ in range(count):
        edge = gate.turn()
        route = [edge]
        while edge in rotors and len(route) < _LONGEST:
            edge = rotors[edge].turn()
            route.append(edge)
        routes[route[0]][(*route, *_way_home(ways, edge))] += 1
    return routes


def _way_home(ways: Mapping[str, Mapping[str, float]], start: str) -> Route:
    """Shortest way in edges from an edge (not included) to one with no way onward, () where there is none."""
    queue: deque[tuple[str, Route]] = deque([(start, ())])
    seen = {start}
    while queue:
        edge, route = queue.popleft()
        if not ways.get(edge):
            return route
        for onward in ways[edge]:
            if onward not in seen:
                seen.add(onward)
                queue.append((onward, (*route, onward)))
    return ()
