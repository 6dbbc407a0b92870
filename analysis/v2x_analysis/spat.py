"""What recorded SPATs say of the present light of each signal group, in columns, joined with what it then did.

A run has ten thousands of SPATs, each with a dozen groups: they are read leaf by leaf, as columns, and not one by one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.messages.columns import Column, Messages
from v2x.messages.profile import Profile, get_profile
from v2x_analysis.measurement import BLOCK_NS, F64
from v2x_analysis.run import Run

#: Times of SPAT are tenths of a second.
_TENTH_S = 0.1
_HOUR_S, _MINUTE_S = 3600.0, 60.0
_STAMP = "intersections[0].timeStamp"  # of both families: milliseconds of the minute
#: Instants in TimeMarks are read as no more than this in the past, as by `v2x.messages.timemark`.
_SLACK_S = 300.0
#: A light that is told up to this before or after it was shown is meant to be that one, seconds: reports take time.
_NEAR_S = 2.0

#: Lights of the truth by the names that families have for them; what is not told or not known is no light.
_LIGHTS = {
    "dark": "off",
    "stop-And-Remain": "red",
    "pre-Movement": "red_yellow",
    "permissive-Movement-Allowed": "permissive",
    "protected-Movement-Allowed": "green",
    "protected-clearance": "yellow",
    "permissive-clearance": "yellow",
    "caution-Conflicting-Traffic": "flashing_yellow",
    "red": "red",
    "permissive-green": "permissive",
    "protected-green": "green",
    "yellow": "yellow",
    "flashing-yellow": "flashing_yellow",
}
_ENDS = ("likely_s", "min_s", "max_s")


@dataclass(frozen=True)
class _Layout:
    """Where a family has what is read: paths of leaves, ``{}`` for the number of the group in the message."""

    group: str
    light: str
    times: dict[str, str]
    region: str
    number: str
    counts_down: bool


_FAMILIES = {
    "j2735": _Layout(
        "intersections[0].states[{}].signalGroup",
        "intersections[0].states[{}].state-time-speed[0].eventState",
        {
            "likely": "intersections[0].states[{}].state-time-speed[0].timing.likelyTime",
            "min": "intersections[0].states[{}].state-time-speed[0].timing.minEndTime",
            "max": "intersections[0].states[{}].state-time-speed[0].timing.maxEndTime",
        },
        "intersections[0].id.region",
        "intersections[0].id.id",
        counts_down=False,
    ),
    "csae": _Layout(
        "intersections[0].phases[{}].id",
        "intersections[0].phases[{}].phaseStates[0].light",
        {
            "likely": "intersections[0].phases[{}].phaseStates[0].timing.counting.likelyEndTime",
            "min": "intersections[0].phases[{}].phaseStates[0].timing.counting.minEndTime",
            "max": "intersections[0].phases[{}].phaseStates[0].timing.counting.maxEndTime",
        },
        "intersections[0].intersectionId.region",
        "intersections[0].intersectionId.id",
        counts_down=True,
    ),
}


def told(run: Run) -> pd.DataFrame:
    """The present light of each group in each SPAT.

    Returns
    -------
    DataFrame
        ``t_ns``, ``tx_id``, ``station``, ``region``, ``intersection``, ``group``, ``light`` (as in the table
        ``signals``, "" if unavailable), ``likely_s``, ``min_s``, ``max_s`` (ends on the run's clock, NaN if not told).
    """
    whole, words, ends = ("t_ns", "tx_id", "region", "intersection", "group"), ("station", "light"), _ENDS
    types = dict.fromkeys(whole, "int64") | dict.fromkeys(words, "object") | dict.fromkeys(ends, "float64")
    parts = [pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in types.items()})]
    for name, sent in run.tx[run.tx["type"] == "SPAT"].groupby("profile", observed=True):
        profile = get_profile(str(name))
        parts += _of_profile(profile, sent, run.start_utc.timestamp())
    return pd.concat(parts[1:] or parts, ignore_index=True)


def _of_profile(profile: Profile, sent: pd.DataFrame, start_s: float) -> list[pd.DataFrame]:
    layout = _FAMILIES[profile.family]
    messages: Messages = profile.decode_frames(sent["bytes"].to_numpy()).messages("SPAT")
    columns = messages.columns()
    about = sent.iloc[messages.rows]
    stamp_s = _stamps(columns.get(_STAMP), about["t_ns"].to_numpy() / NS_PER_S, start_s)
    pattern = re.compile(re.escape(layout.group).replace(re.escape("{}"), r"(\d+)"))
    parts = []
    for match in filter(None, map(pattern.fullmatch, columns)):
        place = match[1]
        group, light = columns[match[0]], columns[layout.light.format(place)]
        has = group.present
        ends = {
            f"{end}_s": _instants(columns.get(path.format(place)), stamp_s, start_s, layout.counts_down)[has]
            for end, path in layout.times.items()
        }
        parts.append(
            pd.DataFrame(
                {
                    "t_ns": about["t_ns"].to_numpy()[has],
                    "tx_id": about["tx_id"].to_numpy()[has],
                    "station": about["station"].astype(str).to_numpy()[has],
                    "region": _numbers(columns, layout.region, len(has))[has],
                    "intersection": _numbers(columns, layout.number, len(has))[has],
                    "group": group.values[has].astype(np.int64),
                    "light": [_LIGHTS.get(word, "") for word in _words(light)[has]],
                    **ends,
                }
            )
        )
    return parts


def _words(column: Column) -> NDArray[Any]:
    """Values of an enumeration by name."""
    return np.array(column.names, object)[column.values] if column.names else column.values


def _numbers(columns: dict[str, Column], path: str, n: int) -> NDArray[np.int64]:
    return columns[path].values.astype(np.int64) if path in columns else np.zeros(n, np.int64)


def _stamps(column: Column | None, sent_s: F64, start_s: float) -> F64:
    """When each message was made, on the run's clock: its millisecond of the minute that is nearest to its sending."""
    if column is None:
        return sent_s
    at_s = column.values * (NS_PER_MS / NS_PER_S)
    utc_s = sent_s + start_s
    return at_s + np.floor((utc_s - at_s + _MINUTE_S / 2.0) / _MINUTE_S) * _MINUTE_S - start_s


def _instants(column: Column | None, stamp_s: F64, start_s: float, counts_down: bool) -> F64:
    """Instants on the run's clock, NaN where none is told."""
    if column is None:
        return np.full(len(stamp_s), np.nan)
    mark = column.values.astype(np.float64)
    usable = column.present & (mark < (_HOUR_S if counts_down else _HOUR_S + 1.0) / _TENTH_S)
    at_s = mark * _TENTH_S
    if counts_down:
        at_s = stamp_s + at_s
    else:
        utc_s = stamp_s + start_s
        at_s = at_s - np.floor((at_s - utc_s + _SLACK_S) / _HOUR_S) * _HOUR_S - start_s
    return np.where(usable, at_s, np.nan)


def judged(run: Run) -> pd.DataFrame:
    """`told` with what the lights then did.

    Returns
    -------
    DataFrame
        The columns of `told`, and ``shown`` (the light at that time, "" where it is not known), ``ended_s`` (when the
        light that is told ended, NaN if that is not known), ``block`` (number of the 10 s at the intersection in which
        that is).
    """
    rows = run.derived(told)
    shown, ended_s = np.full(len(rows), "", object), np.full(len(rows), np.nan)
    truth = dict(iter(run.signals.groupby(["region", "intersection", "group"])))
    for key, some in rows.groupby(["region", "intersection", "group"]):
        if key in truth:
            shown[some.index], ended_s[some.index] = _compare(some, truth[key])
    rows = rows.assign(shown=shown, ended_s=ended_s)
    block = rows["ended_s"] // (BLOCK_NS / NS_PER_S)
    return rows.assign(block=rows.groupby(["region", "intersection", block], dropna=False).ngroup())


def _compare(said: pd.DataFrame, lights: pd.DataFrame) -> tuple[NDArray[np.object_], F64]:
    """The light shown at each time, and when the one that is told ended: the present one, or its neighbour."""
    lights = lights.sort_values("t_ns", kind="stable")
    name = lights["light"].astype(str).to_numpy(object)
    new = np.ones(len(name), bool)
    new[1:] = name[1:] != name[:-1]
    name, begin_s = name[new], lights["t_ns"].to_numpy()[new] / NS_PER_S
    end_s = np.append(begin_s[1:], np.nan)
    t_s, light = said["t_ns"].to_numpy() / NS_PER_S, said["light"].to_numpy(object)
    at = np.searchsorted(begin_s, t_s, side="right") - 1
    shown = np.where(at >= 0, name[np.maximum(at, 0)], "")
    ended_s = np.full(len(t_s), np.nan)
    for beside in (1, -1, 0):  # the present one last: it counts before the others
        other = at + beside
        inside = (other >= 0) & (other < len(name))
        other = np.where(inside, other, 0)
        away_s = np.maximum(begin_s[other] - t_s, np.where(np.isnan(end_s[other]), 0.0, t_s - end_s[other]))
        meant = inside & (name[other] == light) & (away_s <= _NEAR_S)
        ended_s = np.where(meant, end_s[other], ended_s)
    return shown, ended_s
