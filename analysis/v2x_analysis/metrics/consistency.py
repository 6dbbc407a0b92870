"""Whether receivers can join each SPAT with the MAP of its sender."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from v2x.messages.consistency import map_spat_faults
from v2x.messages.model import Intersection, MapData, SignalPhases
from v2x.messages.profile import Profile, get_profile
from v2x_analysis.frames import start_utc_ns
from v2x_analysis.measurement import Measurement, count
from v2x_analysis.run import Run

#: Last parts of the paths that say what a SPAT is about; the rest is lights and times.
_NUMBERS = ("region", "id", "revision", "signalGroup")


def map_spat(run: Run) -> dict[str, Measurement]:
    """``message.map_spat_faults``: SPATs that do not fit the newest MAP of the same sender and intersection.

    ``n`` is the number of SPATs with such a MAP.
    """
    compared = faulty = 0
    start_ns = start_utc_ns(run)
    for (name, _), sent in run.tx.groupby(["profile", "station"], observed=True):
        profile = get_profile(str(name))
        maps, revised = _maps(profile, sent[sent["type"] == "MAP"], start_ns), profile.family == "j2735"
        for since_ns, phases in _alike(profile, sent[sent["type"] == "SPAT"], start_ns) if maps else ():
            known = maps.get((phases.region, phases.intersection), ())
            for from_ns, until_ns, revision, intersection in known:
                sending = int(((since_ns >= from_ns) & (since_ns < until_ns)).sum())
                compared += sending
                faulty += sending * bool(map_spat_faults(intersection, revision if revised else None, phases))
    return {"message.map_spat_faults": count(faulty, n=compared)}


def _maps(
    profile: Profile, sent: pd.DataFrame, start_ns: int
) -> dict[tuple[int, int], list[tuple[int, float, int, Intersection]]]:
    """(region, intersection) -> (sent from, until, revision, geometry) of each state of its MAP, fragments joined."""
    states: dict[tuple[int, int], list[tuple[int, float, int, Intersection]]] = {}
    news = sent.drop_duplicates("bytes").sort_values("t_ns")
    for t_ns, data in zip(news["t_ns"].tolist(), news["bytes"], strict=True):
        message = profile.decode(data, start_ns + t_ns)[1]
        if not isinstance(message, MapData):
            continue
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


def _alike(
    profile: Profile, sent: pd.DataFrame, start_ns: int
) -> Iterator[tuple[np.ndarray[tuple[int], np.dtype[np.int64]], SignalPhases]]:
    """Times of the SPATs that name the same numbers, and one of them."""
    frames, t_ns = sent["bytes"].to_numpy(), sent["t_ns"].to_numpy()
    for block in profile.decode_frames(frames).blocks:
        paths = [path for path in block.leaves if path.rpartition(".")[2] in _NUMBERS]
        numbers = np.array([block.numbers(path) for path in paths])
        _, first, which = np.unique(numbers, axis=1, return_index=True, return_inverse=True)
        for group, row in enumerate(block.rows[first].tolist()):
            phases = profile.decode(frames[row], start_ns + int(t_ns[row]))[1]
            if isinstance(phases, SignalPhases):
                yield t_ns[block.rows[which.ravel() == group]], phases
