"""What a run folder knows of the lights: the SPATs that were sent, read as the heads of signal controllers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from v2x.messages.model import SignalGroup, SignalPhases
from v2x.traffic.base import SignalHead

#: Lights of the air -> lights of a controller, the nearest that forbids as much.
_LIGHTS = {
    "unavailable": "off",
    "off": "off",
    "flashing_red": "red",
    "red": "red",
    "red_yellow": "red",
    "permissive_green": "permissive",
    "green": "green",
    "flashing_green": "green",
    "yellow": "yellow",
    "flashing_yellow": "yellow",
}


def heads_of(
    messages: Iterable[SignalPhases], junctions: Mapping[tuple[int, int], str], start_utc_ns: int
) -> list[SignalHead]:
    """Heads as SPATs tell them, a later one of the same junction in place of an earlier.

    Parameters
    ----------
    messages
        In order of time.
    junctions
        (Region, number on the air) -> junction of the field; one that is not there goes by the name in the message.
    start_utc_ns
        UTC of simulated time 0.
    """
    heads = {}
    for phases in messages:
        number = f"{phases.region}/{phases.intersection}"
        junction = junctions.get((phases.region, phases.intersection)) or phases.name or number
        groups = [group for group in phases.groups if group.states]
        until = {group.id: end - start_utc_ns for group in groups if (end := _end_utc_ns(group)) is not None}
        since = {
            group.id: start - start_utc_ns for group in groups if (start := group.states[0].start_utc_ns) is not None
        }
        heads[junction] = SignalHead(
            junction, {group.id: _LIGHTS[group.states[0].light] for group in groups}, since, until
        )
    return [heads[junction] for junction in sorted(heads)]


def _end_utc_ns(group: SignalGroup) -> int | None:
    """The likely end of the present light, else an end that is certain, None where the message leaves it open."""
    present = group.states[0]
    if present.likely_end_utc_ns is not None:
        return present.likely_end_utc_ns
    return present.min_end_utc_ns if present.min_end_utc_ns == present.max_end_utc_ns else None
