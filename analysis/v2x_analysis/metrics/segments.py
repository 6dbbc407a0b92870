"""Where the time over Uu goes: radio, queue, transport, core, server.

Source: the table ``uu_segments``, which a link that knows only whole delays leaves empty. As for the whole latency,
frames of one road user within 10 s are one unit, and a lost frame has no latency.
"""

from __future__ import annotations

import pandas as pd

from v2x.clock import NS_PER_MS
from v2x.record.tables import SEGMENTS
from v2x_analysis.measurement import Measurement, quantiles
from v2x_analysis.observed import uu
from v2x_analysis.run import Run


def latency(run: Run) -> dict[str, Measurement]:
    """``link.uu_segment_ms.<segment>.p50`` (p95), both directions; only segments that the link tells apart."""
    rows = run.derived(frame_segments)
    result: dict[str, Measurement] = {}
    for segment in present(rows):
        some = rows[rows["segment"] == segment]
        measured = quantiles(some["duration_ms"], "ms", {"link_block": some["block"]}, (50, 95))
        result |= {f"link.uu_segment_ms.{segment}.{name}": measurement for name, measurement in measured.items()}
    return result


def frame_segments(run: Run) -> pd.DataFrame:
    """Segments of the delivered frames: ``tx_id``, ``segment``, ``duration_ms``, ``uplink``, ``block``."""
    frames = run.derived(uu)
    frames = frames.loc[frames["delivered"], ["tx_id", "uplink", "block"]]
    rows = run.uu_segments.merge(frames, on="tx_id", how="inner")
    return rows.assign(duration_ms=rows["duration_ns"] / NS_PER_MS)


def present(rows: pd.DataFrame) -> list[str]:
    """The segments that occur, in the order of the way."""
    found = set(rows["segment"].unique())
    return [*(name for name in SEGMENTS if name in found), *sorted(found.difference(SEGMENTS))]
