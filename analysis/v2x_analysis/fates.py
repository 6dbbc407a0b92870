"""What became of frames: which share arrived, and what the rest was lost to."""

from __future__ import annotations

import pandas as pd
import pyarrow.dataset as ds

from v2x.links.base import Cause
from v2x_analysis.run import Run

#: Why a frame may be lost, as the tables spell it.
CAUSES = tuple(cause.name.lower() for cause in Cause if cause != Cause.DELIVERED)
#: What else may become of it.
DELIVERED = "delivered"


def link_fates(run: Run, by: str = "distance_m", *, link: str = "pc5", type_name: str | None = None) -> pd.DataFrame:
    """Packet delivery ratio and causes of loss over a link, of all receptions of the run.

    Parameters
    ----------
    run
        The run.
    by
        Column of ``link_bins``: ``distance_m`` (lower edge of a bin of 25 m), ``t_ns`` (begin of a second), ``type``.
    link
        ``pc5``, ``uu``.
    type_name
        Messages that count, without the profile; None is all.

    Returns
    -------
    DataFrame
        By that column: ``tries``, then the share of them that was ``delivered``, or lost to each cause that came up.
    """
    where = ds.field("link") == link
    if type_name is not None:
        where &= ds.field("type") == type_name
    bins = run.table("link_bins", list(dict.fromkeys((by, "cause", "count"))), where=where)
    table = fates(bins, by)
    table.insert(0, "tries", bins.groupby(by, observed=True)["count"].sum())
    return table


def fates(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Share of the ``count`` of each value of a column that had each fate: delivered first, then causes in order."""
    fate = rows["cause"].astype(object).where(rows["cause"].notna(), DELIVERED)
    table = rows.assign(fate=fate).pivot_table(
        index=by, columns="fate", values="count", aggfunc="sum", fill_value=0, observed=True
    )
    return table.div(table.sum(axis=1), axis=0)[[each for each in (DELIVERED, *CAUSES) if each in table]]
