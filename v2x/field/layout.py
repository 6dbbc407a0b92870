"""From a field's source to its streets: directed edges, the arms of each junction, and who may go where.

Bikes never turn left from their lane: in
China they cross straight ahead and wait for the other green (the two-stage left), and letting them turn directly
gridlocks these networks.
"""

from __future__ import annotations

from dataclasses import dataclass

from v2x.errors import FieldError
from v2x.field.edges import Edge, Link, edges_of
from v2x.field.ramps import Joint, with_ramps
from v2x.field.source import FieldSource, Move, Node, Road
from v2x.geo import turn_deg

#: A bend of less than this is "straight on", of more than its supplement a U-turn, which nobody may make here.
_STRAIGHT_DEG = 45.0


@dataclass(frozen=True)
class Arm:
    """What meets a junction at one bearing (outward, degrees from north): a road coming in, going out, or both."""

    bearing_deg: float
    into: Edge | None
    out: Edge | None

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The one or two edges of the arm."""
        return tuple(edge for edge in (self.into, self.out) if edge is not None)

    @property
    def road(self) -> Road:
        """The road of the arm."""
        return self.edges[0].road

    @property
    def walkable(self) -> bool:
        """Whether there is a sidewalk to cross to."""
        return any(edge.cross.sidewalk_width_m > 0 for edge in self.edges)


@dataclass(frozen=True)
class Crossroads:
    """A node where roads meet: arms clockwise from north, vehicle links in the order of their signal indices."""

    id: str
    node: Node
    arms: tuple[Arm, ...]
    links: tuple[Link, ...]
    main_deg: float

    def on_main(self, bearing_deg: float) -> bool:
        """Whether an arm at this bearing belongs to the main road's axis."""
        off = abs(float(turn_deg(self.main_deg, bearing_deg)))
        return min(off, 180.0 - off) < _STRAIGHT_DEG


@dataclass(frozen=True)
class Layout:
    """All edges, crossroads and ends of ramps of a field."""

    source: FieldSource
    edges: tuple[Edge, ...]
    crossroads: tuple[Crossroads, ...]
    joints: tuple[Joint, ...]


def lay_out(source: FieldSource) -> Layout:
    """Edges and crossroads of a source; `FieldError` where roads or ramps get into each other's way."""
    edges, joints = with_ramps(source, edges_of(source))
    meetings = [_crossroads(source, node, edges) for node in source.nodes]
    return Layout(source, tuple(edges), tuple(meeting for meeting in meetings if len(meeting.arms) > 1), joints)


def _crossroads(source: FieldSource, node_id: str, edges: list[Edge]) -> Crossroads:
    node = source.nodes[node_id]
    leaving = [edge for edge in edges if edge.origin == node_id]
    arms = []
    for into in (edge for edge in edges if edge.target == node_id):
        bearing = (into.bearing_end_deg + 180.0) % 360.0
        # The two directions of one road part at the same bearing; two roads to one neighbour (a ring) do not.
        out = next((edge for edge in leaving if abs(float(turn_deg(bearing, edge.bearing_start_deg))) < 1.0), None)
        leaving = [edge for edge in leaving if edge is not out]
        arms.append(Arm(bearing, into, out))
    arms += [Arm(edge.bearing_start_deg, None, edge) for edge in leaving]
    arms.sort(key=lambda arm: arm.bearing_deg)
    links = tuple(link for arm in arms if arm.into for link in _links(arm.into, arms))
    return Crossroads(node_id, node, tuple(arms), links, _main_bearing(node, arms))


def _main_bearing(node: Node, arms: list[Arm]) -> float:
    """Bearing of the main road: the named one, else that of the highest class, else the first clockwise."""
    if node.main is not None:
        named = [arm for arm in arms if arm.road.id == node.main]
        if not named:
            raise FieldError(f"road '{node.main}' does not pass the junction it is the main road of")
        return named[0].bearing_deg
    return max(arms, key=lambda arm: arm.edges[0].cross.priority).bearing_deg if arms else 0.0


def _links(edge: Edge, arms: list[Arm]) -> list[Link]:
    exits: dict[Move, Edge] = {}
    for arm in arms:
        if arm.out is None or arm.into is edge:
            continue
        turn = float(turn_deg(edge.bearing_end_deg, arm.out.bearing_start_deg))
        move: Move = "straight" if abs(turn) < _STRAIGHT_DEG else "right" if turn > 0 else "left"
        if move in exits:
            raise FieldError(f"from {edge.id} two roads lead {move}, the layout knows only crossroads of four arms")
        exits[move] = arm.out
    links = []
    if edge.bike_lane is not None:
        for move, target in exits.items():
            if move != "left" and target.bike_lane is not None:
                links.append(Link(edge, target, edge.bike_lane, target.bike_lane, move, bike=True))
    lanes_of = {move: target.cross.lanes for move, target in exits.items()}
    for position, moves in enumerate(_lane_moves(edge.cross.lanes, lanes_of)):
        for move in moves:
            lanes = edge.motor_lanes[position], exits[move].motor_lanes[_aim(edge, exits[move], position, move)]
            links.append(Link(edge, exits[move], *lanes, move, bike=False))
    return sorted(links, key=lambda link: (link.from_lane, ("right", "straight", "left").index(link.move)))


def _aim(edge: Edge, target: Edge, position: int, move: Move) -> int:
    """Motor lane of the target, from the right: counted from the left for left turns, else from the right."""
    last = target.cross.lanes - 1
    if move == "left":
        return max(last - (edge.cross.lanes - 1 - position), 0)
    return min(position, last)


def _lane_moves(lanes: int, exits: dict[Move, int]) -> list[list[Move]]:
    """Moves of each motor lane from the right, by the motor lanes of the exits.

    Three lanes or more give left turns a lane of their own. No more lanes lead straight on than there are beyond, since
    two green movements into one lane end in contacts: the rightmost then only turns right, where it can.
    """
    own_left = int("left" in exits and lanes >= 3)
    ahead = range(lanes - own_left) if "straight" in exits else range(0)
    too_many = max(len(ahead) - exits.get("straight", 0), 0)
    ahead = ahead[too_many:] if "right" in exits else ahead[: len(ahead) - too_many]
    moves: list[list[Move]] = [["straight"] if position in ahead else [] for position in range(lanes)]
    if "right" in exits:
        moves[0].insert(0, "right")
    if "left" in exits:
        moves[-1].append("left")
    for i in range(1, lanes):  # lanes that lead nowhere follow their right neighbour
        moves[i] = moves[i] or list(moves[i - 1])
    for i in range(lanes - 2, -1, -1):
        moves[i] = moves[i] or list(moves[i + 1])
    return moves
