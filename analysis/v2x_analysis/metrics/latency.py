"""Latency: from handing a frame to the radio to its arrival, delivered frames only (a lost one has no latency).

Source: ``rx``, which is every reception that touches a subject, a roadside unit or the server. Frames of one pair of
stations within 10 s share queue, channel and stalls: they are one unit.
"""

from __future__ import annotations

import pandas as pd

from v2x.clock import NS_PER_MS
from v2x_analysis.measurement import Measurement, quantiles
from v2x_analysis.observed import observed
from v2x_analysis.run import Run


def sidelink(run: Run) -> dict[str, Measurement]:
    """``link.latency_ms.p50`` (p95, p99): PC5, all message types."""
    return _latency(run, "pc5", "link.latency_ms")


def network(run: Run) -> dict[str, Measurement]:
    """``link.uu_latency_ms.p50`` (p95, p99): Uu, both directions, each frame one way."""
    return _latency(run, "uu", "link.uu_latency_ms")


def delivered(run: Run, link: str) -> pd.DataFrame:
    """Rows of `observed` that arrived over ``link``."""
    rows = run.derived(observed)
    return rows[rows["delivered"] & (rows["link"] == link)]


def _latency(run: Run, link: str, family: str) -> dict[str, Measurement]:
    rows = delivered(run, link)
    measured = quantiles(
        rows["delay_ns"].to_numpy() / NS_PER_MS, "ms", {"link_block": rows["block"].to_numpy()}, (50, 95, 99)
    )
    return {f"{family}.{name}": measurement for name, measurement in measured.items()}
