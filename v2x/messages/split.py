"""A MAP that is too long for one frame, in fragments.

Intersections go into frames of their own first. One that is still too long is split by its approaches: every fragment
names the same intersection, revision and reference point, so a receiver puts the lanes together by number. SAE J2735
tells the fragments apart by ``layerID``: ten times their number plus the position, as ETSI TS 103 301 uses it (from
memory). T/CSAE 53 has nothing of the kind: a single intersection that is too long for it is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import groupby

from v2x.errors import CodecError
from v2x.messages.model import Intersection, Lane, MapData

#: What ``layerID`` can tell apart.
MAX_FRAGMENTS = 9


def fragments(message: MapData, fits: Callable[[MapData], bool]) -> tuple[MapData, ...]:
    """The MAP, or as few parts of it as fit.

    Parameters
    ----------
    message
        The whole.
    fits
        Whether a part can be sent in one frame.

    Raises
    ------
    CodecError
        Where an approach alone does not fit, or more than nine fragments would be needed.
    """
    if fits(message):
        return (message,)
    if len(message.intersections) != 1:
        alone = (replace(message, intersections=(each,)) for each in message.intersections)
        return tuple(part for each in alone for part in fragments(each, fits))
    (intersection,) = message.intersections
    approaches = [list(lanes) for _, lanes in groupby(intersection.lanes, lambda lane: (lane.ingress, lane.link))]
    for count in range(2, min(len(approaches), MAX_FRAGMENTS) + 1):
        parts = _parts(message, intersection, approaches, count)
        if all(map(fits, parts)):
            return parts
    raise CodecError("too long for a frame, even in fragments", path=f"MAP.intersections[{intersection.id}]")


def _parts(
    message: MapData, intersection: Intersection, approaches: list[list[Lane]], count: int
) -> tuple[MapData, ...]:
    """The approaches in order, spread over ``count`` parts with about equally many lanes."""
    total, seen = len(intersection.lanes), 0
    lanes: list[list[Lane]] = [[] for _ in range(count)]
    for approach in approaches:
        lanes[min(seen * count // total, count - 1)] += approach
        seen += len(approach)
    shared = [part for part in lanes if part]
    return tuple(
        replace(
            message,
            intersections=(replace(intersection, lanes=tuple(part)),),
            fragment=(number, len(shared)),
        )
        for number, part in enumerate(shared, 1)
    )
