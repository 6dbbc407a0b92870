"""Do a MAP and a SPAT speak of the same intersection? Receivers join them by number, and nothing else tells them."""

from __future__ import annotations

from v2x.messages.model import Intersection, SignalPhases


def map_spat_faults(intersection: Intersection, revision: int | None, phases: SignalPhases) -> list[str]:
    """What keeps a receiver from joining a SPAT with the MAP of its intersection, in words; empty if nothing does.

    Parameters
    ----------
    intersection, revision
        Of the newest MAP; revision None where the family carries none (T/CSAE 53).
    phases
        The SPAT.
    """
    ours, theirs = (intersection.region, intersection.id), (phases.region, phases.intersection)
    if ours != theirs:
        return [f"intersection {theirs} in the SPAT, {ours} in the MAP"]
    faults = []
    if revision is not None and revision != phases.revision:
        faults.append(f"revision {phases.revision} in the SPAT, {revision} in the MAP")
    connections = (connection for lane in intersection.lanes for connection in lane.connections)
    used = {connection.signal_group for connection in connections} - {None}
    told = {group.id for group in phases.groups}
    if missing := sorted(group for group in used - told if group is not None):
        faults.append(f"signal groups {missing} of the MAP are not in the SPAT")
    if extra := sorted(told - used):
        faults.append(f"signal groups {extra} of the SPAT are not in the MAP")
    return faults
