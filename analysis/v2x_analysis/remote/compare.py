"""Against the scenario's first variant: how much longer it took, and how much more the wheel was turned."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from v2x_analysis.measurement import Measured, absent, count
from v2x_analysis.remote import conduct, lateral
from v2x_analysis.remote.driven import driven
from v2x_analysis.remote.tracked import Tracked
from v2x_analysis.run import Run


def figures(run: Run) -> dict[str, Measured]:
    """``remote.time_ratio`` and ``remote.srr_ratio``."""
    if run.derived(driven) is None:
        return {}
    return {
        "remote.time_ratio": _ratio(run, conduct.tracked, "remote.time_s"),
        "remote.srr_ratio": _ratio(run, lateral.tracked, "remote.srr_per_min"),
    }


def _ratio(run: Run, part: Callable[[Run], Mapping[str, Tracked]], key: str) -> Measured:
    other = run.baseline
    if other is None or other.derived(driven) is None:
        return absent("1", "no variant to compare with")
    own, its = (each.derived(part)[key].measurement.value for each in (run, other))
    if own is None or not its:
        return absent("1", f"{key} of one of the runs is not known, or 0")
    return count(own / its)
