"""What the report says about remote driving: the profile, the verdict, which requirement broke first, rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from v2x.clock import NS_PER_S
from v2x.scenario.remote_profiles import RemoteProfile
from v2x_analysis.judging import Verdict
from v2x_analysis.remote.driven import driven, profile_of
from v2x_analysis.remote.verdicts import Judged, first_broken, judged, overall
from v2x_analysis.run import Run


@dataclass(frozen=True)
class Section:
    """The run against its profile; ``first`` is the requirement that broke first."""

    profile: RemoteProfile
    verdict: Verdict
    first: Judged | None
    rows: tuple[Judged, ...]

    @property
    def hard(self) -> Counter[str]:
        """How well the bound is known -> how many of the rows that decide the verdict."""
        return Counter(one.row.status for one in self.rows if one.row.level == "hard")

    def lost_s(self, one: Judged) -> str:
        """When the bound of a row was lost that has such a moment, seconds."""
        return f"{(one.broke_ns or 0) / NS_PER_S:.2f}"


def section(run: Run) -> Section | None:
    """None where nobody was driven from afar."""
    if run.derived(driven) is None:
        return None
    rows = run.derived(judged)
    return Section(profile_of(run), overall(rows), first_broken(rows), rows)
