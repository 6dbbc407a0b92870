"""How full the sidelink's channel was, as every station saw it once a second.

Source: the table ``channel``, which a link without a model of its channel leaves empty. Stations near each other hear
the same channel, so the independent unit is a block of 10 s of the whole fleet, not a station.
"""

from __future__ import annotations

import pandas as pd

from v2x_analysis.measurement import BLOCK_NS, RATIO, Measurement, absent, count, quantiles
from v2x_analysis.run import Run


def busy(run: Run) -> dict[str, Measurement]:
    """``link.cbr.p50`` (p95, max): channel busy ratio (TS 36.214 clause 5.1.30), per station and second."""
    return _ratio(run.channel, "cbr", "link.cbr")


def occupied(run: Run) -> dict[str, Measurement]:
    """``link.cr.p50`` (p95, max): a station's own share of the channel (TS 36.214 clause 5.1.31)."""
    return _ratio(run.channel, "cr", "link.cr")


def interval_set(run: Run) -> dict[str, Measurement]:
    """``link.itt_ms.p50`` (p95): time between transmissions that congestion control set (SAE J3161/1)."""
    return _quantiles(run.channel[run.channel["itt_ms"].notna()], "itt_ms", "ms", "link.itt_ms")


def _ratio(rows: pd.DataFrame, column: str, family: str) -> dict[str, Measurement]:
    largest = count(rows[column].max(), RATIO, len(rows)) if len(rows) else absent(RATIO)
    return {**_quantiles(rows, column, RATIO, family), f"{family}.max": largest}


def _quantiles(rows: pd.DataFrame, column: str, unit: str, family: str) -> dict[str, Measurement]:
    measured = quantiles(rows[column], unit, {"link_block": rows["t_ns"] // BLOCK_NS}, (50, 95))
    return {f"{family}.{name}": measurement for name, measurement in measured.items()}
