"""What the report says about remote driving in words: the profile, the verdict, which requirement broke first, rows."""

from __future__ import annotations

from dataclasses import dataclass

from v2x.clock import NS_PER_S
from v2x.scenario.remote_profiles import RemoteProfile
from v2x_analysis.judging import Verdict
from v2x_analysis.remote.driven import driven, profile_of
from v2x_analysis.remote.verdicts import Judged, first_broken, judged, overall
from v2x_analysis.run import Run


@dataclass(frozen=True)
class Section:
    """The run against its profile; ``first`` is the requirement that broke first, and when, in words."""

    profile: RemoteProfile
    verdict: Verdict
    first: str
    rows: tuple[Judged, ...]

    def lost(self, one: Judged) -> str:
        """When a row's bound was lost; empty where there is no such moment."""
        return "" if one.broke_ns is None else f"lost at {one.broke_ns / NS_PER_S:.2f} s"


def section(run: Run) -> Section | None:
    """None where nobody was driven from afar."""
    if run.derived(driven) is None:
        return None
    rows = run.derived(judged)
    return Section(profile_of(run), overall(rows), _first(first_broken(rows)), rows)


def _first(one: Judged | None) -> str:
    if one is None or one.broke_ns is None:
        return "no requirement, hard or soft, was lost at a moment of its own"
    return f"{one.row.id}, {one.row.title}, at {one.broke_ns / NS_PER_S:.2f} s"
