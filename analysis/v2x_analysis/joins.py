"""Tables of a run joined: receptions with what was sent, times with the truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_S
from v2x_analysis.measurement import F64, I64
from v2x_analysis.run import Run

#: Truth is interpolated between two steps no further apart than this, ns.
_MAX_STEP_NS = NS_PER_S

#: Name and time are sorted as one integer: about 5 h in ns, which leaves room for 2**18 road users in 63 bits.
_SPAN_NS = 1 << 44


def receptions(
    run: Run,
    columns: Sequence[str] | None = None,
    *,
    between_s: tuple[float, float] | None = None,
    where: ds.Expression | None = None,
    sent: ds.Expression | None = None,
) -> pd.DataFrame:
    """Tries to receive, with what was sent.

    Parameters
    ----------
    run
        The run.
    columns, between_s, where
        Of ``rx``, as `Run.table` takes them: ``between_s`` is when frames arrived.
    sent
        Which transmissions, by columns of ``tx``: ``pyarrow.dataset.field("type") == "SPAT"``.

    Returns
    -------
    DataFrame
        Rows of ``rx`` in their order, plus ``sent_ns`` (handed to the radio), ``sender``, ``type``.
    """
    wanted = None if columns is None else list(dict.fromkeys((*columns, "tx_id")))
    rows = run.table("rx", wanted, between_s=between_s, where=where)
    number = ds.field("tx_id")
    span = (number >= int(rows["tx_id"].min())) & (number <= int(rows["tx_id"].max())) if len(rows) else number < 0
    tx = run.table("tx", ["tx_id", "t_ns", "station", "type"], where=span if sent is None else span & sent)
    if not tx["tx_id"].is_monotonic_increasing:
        tx = tx.sort_values("tx_id")
    place, known = _places(tx["tx_id"].to_numpy(), rows["tx_id"].to_numpy())
    told = tx.drop(columns="tx_id").iloc[place].set_axis(["sent_ns", "sender", "type"], axis=1)
    joined = pd.concat([rows[known].reset_index(drop=True), told.reset_index(drop=True)], axis=1)
    return joined if columns is None else joined[[*columns, *told]]


def truth_at(
    run: Run, stations: ArrayLike, t_ns: ArrayLike, columns: Sequence[str] = ("lon_deg", "lat_deg")
) -> pd.DataFrame:
    """What was true of road users at given times.

    Parameters
    ----------
    run
        The run.
    stations, t_ns
        Who and when, (n,) each.
    columns
        Of ``states``.

    Returns
    -------
    DataFrame
        (n,) rows. Numbers lie on the straight line between the steps before and after, headings on the shorter turn;
        text is that of the step before. NaN where the road user was not there, or its steps are over 1 s apart.
    """
    who, when_ns = pd.Index(np.asarray(stations, object)), np.asarray(t_ns, np.int64)
    named = ds.field("id").isin(pa.array(who.unique(), pa.string()))
    known = run.table("states", list(dict.fromkeys(("t_ns", "id", *columns))), where=named)
    if known.empty or not len(who):
        return pd.DataFrame({name: known[name].reindex(np.full(len(who), -1)).to_numpy() for name in columns})
    code = known["id"].cat.codes.to_numpy(np.int64)
    key = code * _SPAN_NS + known["t_ns"].to_numpy()
    order = np.argsort(key, kind="stable")
    key = key[order]
    wanted = known["id"].cat.categories.get_indexer(who).astype(np.int64) * _SPAN_NS + when_ns
    after = np.minimum(np.searchsorted(key, wanted, side="left"), len(key) - 1)
    before = np.where(key[after] == wanted, after, np.maximum(after - 1, 0))
    step_ns = key[after] - key[before]
    inside = (key[before] <= wanted) & (wanted <= key[after]) & (step_ns <= _MAX_STEP_NS)
    part = (wanted - key[before]) / np.maximum(step_ns, 1)
    return pd.DataFrame(
        {name: _between(known[name], order[before], order[after], part).where(inside) for name in columns}
    )


def _between(column: pd.Series, before: NDArray[np.intp], after: NDArray[np.intp], part: F64) -> pd.Series:
    low: pd.Series = column.iloc[before].reset_index(drop=True)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return low
    rise = column.to_numpy()[after] - low.to_numpy()
    if column.name == "heading_deg":
        return pd.Series((low + part * ((rise + 180.0) % 360.0 - 180.0)) % 360.0)
    return pd.Series(low + part * rise)


def _places(numbers: I64, wanted: I64) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where the wanted ones of ascending numbers stand, and which of them are there."""
    place = np.searchsorted(numbers, wanted)
    known = np.append(numbers, -1)[place] == wanted
    return place[known], known
