"""Who may turn right on red: the rule of the road, as the MAP tells it.

A round red lets right-turning vehicles go where they obstruct nobody; a red arrow forbids (Implementation Regulation of
the Road Traffic Safety Law, art. 38; from memory). A MAP marks the turns that may go (AllowedManeuvers of both
families, where a bit that is not set prohibits). One that marks none is not taken at its word: the only record of a
Chinese roadside unit at hand marks no right turn. There the lamp is judged by what else MAP and SPAT tell:

- the group is also that of another manoeuvre of the approach: both see the same, round lamp;
- a group of its own whose green is permissive: the turn gives way to walkers on green, as under a round lamp, while an
  arrow's green is its own right of way (project choice);
- any other group of its own: an arrow.
"""

from __future__ import annotations

from v2x.messages.model import Connection
from v2x.stations.applications.approach import Matched
from v2x.stations.applications.phases import Phases


def may_turn_on_red(connection: Connection, matched: Matched, phases: Phases) -> bool:
    """Whether a right turn may go on red; one without a signal group may at any time.

    Parameters
    ----------
    connection
        The turn.
    matched
        Whose approach it is on.
    phases
        What SPATs have told.
    """
    if connection.signal_group is None:
        return True
    if matched.marks_on_red:
        return connection.on_red
    return _is_round(connection.signal_group, matched, phases)


def _is_round(group: int, matched: Matched, phases: Phases) -> bool:
    others = (each for lane in matched.approach for each in lane.connections if each.maneuver != "right")
    return phases.yields(matched.place, group) or any(each.signal_group == group for each in others)
