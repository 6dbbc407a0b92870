"""Whether receivers can join each SPAT with the MAP of its sender."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.messages.codec import Value
from v2x.messages.consistency import map_spat_faults
from v2x.messages.model import Intersection, MapData, Message, SignalPhases
from v2x.messages.profile import Profile, get_profile
from v2x_analysis.frames import start_utc_ns
from v2x_analysis.measurement import Measurement, count
from v2x_analysis.run import Run

#: Last parts of the paths that say what a SPAT is about; the rest is lights and times.
_NUMBERS = ("region", "id", "revision", "signalGroup")
#: Last parts of the paths in which the same geometry differs when it is sent again.
_STAMPS = ("msgCnt", "timeStamp")


def map_spat(run: Run) -> dict[str, Measurement]:
    """``message.map_spat_faults``: SPATs that do not fit the newest MAP of the same sender and intersection.

    ``n`` is the number of SPATs with such a MAP.
    """
    compared = faulty = 0
    start_ns = start_utc_ns(run)
    for (name, _), sent in run.tx.groupby(["profile", "station"], observed=True):
        profile = get_profile(str(name))
        maps, revised = _maps(profile, sent, start_ns), profile.family == "j2735"
        spats = _distinct(profile, "SPAT", sent, start_ns, lambda part: part in _NUMBERS) if maps else ()
        for sent_ns, phases in spats:
            if not isinstance(phases, SignalPhases):
                continue
            known = maps.get((phases.region, phases.intersection), ())
            for from_ns, until_ns, revision, intersection in known:
                sending = int(((sent_ns >= from_ns) & (sent_ns < until_ns)).sum())
                compared += sending
                faulty += sending * bool(map_spat_faults(intersection, revision if revised else None, phases))
    return {"message.map_spat_faults": count(faulty, n=compared)}


def _maps(
    profile: Profile, sent: pd.DataFrame, start_ns: int
) -> dict[tuple[int, int], list[tuple[int, float, int, Intersection]]]:
    """(region, intersection) -> (sent from, until, revision, geometry) of each state of its MAP, fragments joined."""
    states: dict[tuple[int, int], list[tuple[int, float, int, Intersection]]] = {}
    news = _distinct(profile, "MAP", sent, start_ns, lambda part: part not in _STAMPS)
    for sent_ns, message in sorted(news, key=lambda new: int(new[0].min())):
        if not isinstance(message, MapData):
            continue
        t_ns = int(sent_ns.min())
        for geometry in message.intersections:
            known = states.setdefault((geometry.region, geometry.id), [])
            if known and known[-1][2] == message.revision:
                from_ns, _, revision, before = known.pop()
                lanes = {lane.id: lane for lane in (*before.lanes, *geometry.lanes)}
                known.append((from_ns, np.inf, revision, replace(geometry, lanes=tuple(lanes.values()))))
                continue
            if known:
                known[-1] = (known[-1][0], t_ns, *known[-1][2:])
            known.append((t_ns, np.inf, message.revision, geometry))
    return states


def _distinct(
    profile: Profile, type_name: str, sent: pd.DataFrame, start_ns: int, telling: Callable[[str], bool]
) -> Iterator[tuple[NDArray[np.int64], Message | Value]]:
    """Times of the messages of a type that are equal in all that tells them apart, and one of them.

    ``telling`` says it of the last part of a leaf's path. Equal ones of a rare shape may come one by one. What the
    model cannot hold is left out, and what is not valid is counted elsewhere (``message.constraint_violations``).
    """
    some = sent[sent["type"] == type_name]
    frames, t_ns = some["bytes"].to_numpy(), some["t_ns"].to_numpy()
    for block in profile.decode_frames(frames).blocks_of(type_name):
        paths = [path for path in block.leaves if telling(path.rpartition(".")[2])]
        if not paths:
            continue
        content = np.concatenate([block.raw[block.slots[path]] for path in paths])
        _, first, which = np.unique(content, axis=1, return_index=True, return_inverse=True)
        for group, row in enumerate(block.rows[first].tolist()):
            try:
                message = profile.decode(frames[row], start_ns + int(t_ns[row]))[1]
            except CodecError:
                continue
            yield t_ns[block.rows[which.ravel() == group]], message
