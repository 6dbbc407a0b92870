"""A metric of one's own: how many warnings of fog there were, and how soon they came."""

from __future__ import annotations

from v2x.clock import NS_PER_S
from v2x_analysis.measurement import Measurement, absent, count, mean
from v2x_analysis.run import Run


def alerts(run: Run) -> dict[str, Measurement]:
    """``fog.alerts`` and ``fog.first_s``; the keys of a family begin with its name."""
    events = run.events
    started = events[(events["kind"] == "alert.start") & events["fields"].str.contains('"fog"')]
    found = {"fog.alerts": count(len(started), n=len(started))}
    if started.empty:
        return {**found, "fog.first_s": absent("s", "nobody was warned")}
    first_ns = started.groupby("station", observed=True)["t_ns"].min()
    # each station is an observation of its own: that is what the interval of a criterion is made of
    return {**found, "fog.first_s": mean(first_ns / NS_PER_S, "s", {"station": range(len(first_ns))})}
