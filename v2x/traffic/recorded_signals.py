"""Signals as the vehicles of a recording saw them: what each approach showed so far, never what it will show.

A recording says which light governed a vehicle and how long that light had been on. Its end is only known by
hindsight, and a roadside unit has none: here the end of a light is estimated from the complete lights of the same
approach that lie in the past, and is absent as long as there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.traffic.base import SignalHead

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Words of recordings -> our lights; "" is no report.
LIGHTS = {
    "green": "green", "g": "green", "yellow": "yellow", "amber": "yellow", "y": "yellow", "red": "red", "r": "red",
    "permissive": "permissive", "off": "off", "dark": "off", "": "", "none": "", "unknown": "",
}  # fmt: skip
#: The light that ends each; a light followed by another one was not seen to its end.
_NEXT = {"green": "yellow", "permissive": "yellow", "yellow": "red", "red": "green"}
_STRICTNESS = ["red", "yellow", "permissive", "green", "off"]
#: Junction id of the recording's one signal head.
JUNCTION = "recorded"
#: Elapsed times are often whole seconds: two starts of a light closer than this are one, ns.
_SAME_START_NS = 3 * NS_PER_S // 2
#: How long the last report holds where nothing is known about the light's duration, ns.
_FRESH_NS = NS_PER_S
_EXAMPLES = 5


@dataclass(frozen=True)
class Report:
    """What the vehicles of an approach agreed on at one time; ``since_ns`` is None where no elapsed time is given."""

    t_ns: int
    light: str
    since_ns: int | None


@dataclass
class _Approach:
    """The light of one approach, learnt report by report."""

    light: str = ""
    since_ns: int = 0
    seen_ns: int = 0
    _started: bool = False
    _ended: str = ""
    _durations: dict[str, list[int]] = field(default_factory=dict)

    def learn(self, report: Report) -> None:
        """Take in the next report, later than all before."""
        since = report.t_ns if report.since_ns is None else report.since_ns
        if report.since_ns is None:
            again = report.t_ns - self.seen_ns > _FRESH_NS  # who knows what it showed in between
        else:
            again = since - self.since_ns > _SAME_START_NS
        if report.light != self.light or again:
            self._change(report, since)
        elif report.since_ns is not None and since < self.since_ns:
            self._refine(since)
        self.seen_ns = report.t_ns

    def _change(self, report: Report, since_ns: int) -> None:
        """A new light. The old one is complete if its start was known and the right one followed without a break."""
        witnessed = report.since_ns is not None or report.t_ns - self.seen_ns <= _FRESH_NS
        self._ended = ""
        if self._started and witnessed and _NEXT.get(self.light) == report.light:
            self._ended = self.light
            self._durations.setdefault(self.light, []).append(since_ns - self.since_ns)
        self._started = report.since_ns is not None or (self.light != "" and witnessed)
        self.light, self.since_ns = report.light, since_ns

    def _refine(self, since_ns: int) -> None:
        """Whole seconds of elapsed time bound the start from above: the earliest bound is the best."""
        if self._ended:
            self._durations[self._ended][-1] -= self.since_ns - since_ns
        self.since_ns = since_ns

    def typical_ns(self, light: str) -> int | None:
        """Median duration of the complete lights seen so far."""
        seen = self._durations.get(light)
        return int(np.median(seen)) if seen else None

    def now(self, t_ns: int) -> tuple[str, int]:
        """Light at ``t_ns`` and its start.

        Without reports it holds for a second, or to the end of its typical duration if that is later; then ``off``.
        """
        if not self.light:
            return "off", 0
        holds_until = self.seen_ns + _FRESH_NS
        typical = self.typical_ns(self.light)
        if typical is not None:
            holds_until = max(holds_until, self.since_ns + typical)
        return (self.light, self.since_ns) if t_ns < holds_until else ("off", holds_until)

    def following(self, light: str, since_ns: int, t_ns: int) -> list[tuple[str, int, int]]:
        """The present light and those after it as (light, start, estimated end), as far as durations are known."""
        chain: list[tuple[str, int, int]] = []
        for _ in range(3):
            typical = self.typical_ns(light)
            if typical is None or since_ns + typical <= t_ns:
                break
            chain.append((light, since_ns, since_ns + typical))
            light, since_ns = _NEXT[light], since_ns + typical
        return chain


class RecordedSignals:
    """The signal head of a recording: one group per approach code, 1..n in the order of the codes.

    Parameters
    ----------
    reports
        Approach code -> its reports, ascending in time.
    """

    def __init__(self, reports: dict[str, list[Report]]) -> None:
        self._reports = [reports[code] for code in sorted(reports)]
        self._approaches = [_Approach() for _ in reports]
        self._next = [0] * len(reports)

    def at(self, t_ns: int) -> list[SignalHead]:
        """The head at ``t_ns``, from the reports up to then; times must ascend. Empty if no light was recorded."""
        if not self._reports:
            return []
        since: dict[int, int] = {}
        groups: dict[int, str] = {}
        until: dict[int, int] = {}
        upcoming: dict[int, tuple[tuple[str, int, int], ...]] = {}
        for row, (approach, reports) in enumerate(zip(self._approaches, self._reports, strict=True)):
            while self._next[row] < len(reports) and reports[self._next[row]].t_ns <= t_ns:
                approach.learn(reports[self._next[row]])
                self._next[row] += 1
            group = row + 1
            groups[group], since[group] = approach.now(t_ns)
            chain = approach.following(groups[group], since[group], t_ns)
            if chain:
                until[group], upcoming[group] = chain[0][2], tuple(chain[1:])
        return [SignalHead(JUNCTION, groups, since, until, upcoming)]


def agree(
    approach: NDArray[np.object_], t_ns: I64, light: NDArray[np.object_], elapsed_s: F64
) -> tuple[dict[str, list[Report]], list[dict[str, Any]]]:
    """What the vehicles of each approach agree on at each time, and a note on those who differ.

    The majority holds; between equals the stricter light.

    Parameters
    ----------
    approach
        Approach code of each report, (n,).
    t_ns
        Simulated time, (n,).
    light
        One of our lights, (n,).
    elapsed_s
        Time since the light began, NaN where unknown, (n,).
    """
    strict = pd.Categorical(light, categories=_STRICTNESS, ordered=True)
    rows = pd.DataFrame({"approach": approach, "t_ns": t_ns, "light": strict, "elapsed_s": elapsed_s})
    votes = (
        rows.groupby(["approach", "t_ns", "light"], observed=True)["elapsed_s"].agg(["size", "median"]).reset_index()
    )
    ranked = votes.sort_values(["approach", "t_ns", "size"], ascending=[True, True, False], kind="stable")
    beaten = ranked.duplicated(["approach", "t_ns"]).to_numpy(bool)
    reports: dict[str, list[Report]] = {}
    for code, time, shown, elapsed in ranked.loc[~beaten, ["approach", "t_ns", "light", "median"]].to_numpy(object):
        since = None if np.isnan(elapsed) else int(time) - round(elapsed * NS_PER_S)
        reports.setdefault(code, []).append(Report(int(time), shown, since))
    return reports, _conflicts(ranked[beaten])


def _conflicts(losers: pd.DataFrame) -> list[dict[str, Any]]:
    if losers.empty:
        return []
    examples = [
        {"lane": code, "t_s": float(time) / NS_PER_S, "light": shown}
        for code, time, shown in losers[["approach", "t_ns", "light"]].head(_EXAMPLES).to_numpy(object)
    ]
    note = {"kind": "recording.signal_conflict", "count": len(losers), "repair": "the majority holds"}
    return [{**note, "examples": examples}]
