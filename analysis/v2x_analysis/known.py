"""Who knew what when: what the applications of a receiver had of a sender at any time, and how old it was.

A message counts from when an application has taken it (``rx.t_used_ns``), by when it was handed to the radio
(``tx.t_ns``); one that was overtaken by a newer one brings nothing. Between two that bring something the age grows by a
second a second (Kaul et al. 2012, "Real-time status: how often should one update?", there of the sender's samples).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x_analysis.joins import receptions
from v2x_analysis.measurement import I64
from v2x_analysis.run import Run


def knowledge(run: Run, receiver: str | None = None, sender: str | None = None, type_name: str = "BSM") -> pd.DataFrame:
    """What receivers knew of senders.

    Parameters
    ----------
    run
        The run.
    receiver, sender
        Of one station only; None is all. Receivers are those whose applications use messages: vehicles under test.
    type_name
        Messages that count, without the profile.

    Returns
    -------
    DataFrame
        ``receiver, sender, from_ns, until_ns, sent_ns``: from ``from_ns`` until ``until_ns`` the newest message that
        the receiver had used of the sender was the one sent at ``sent_ns``, so that at t its age was ``t - sent_ns``.
        The last one of a pair holds to the end of the run. By receiver, sender and time.
    """
    where = ds.field("t_used_ns").is_valid()
    sent = ds.field("type") == type_name
    if receiver is not None:
        where &= ds.field("receiver") == receiver
    if sender is not None:
        sent &= ds.field("station") == sender
    used = receptions(run, ["receiver", "t_used_ns"], where=where, sent=sent)
    used = used.assign(used_ns=used["t_used_ns"].astype(np.int64))
    pair = used.groupby(["receiver", "sender"], observed=True).ngroup().to_numpy()
    end_ns = round(run.duration_s * NS_PER_S)
    news = newest(used.assign(pair=pair), "pair").fillna({"until_ns": end_ns})
    news = news[news["from_ns"] < end_ns].astype({"until_ns": np.int64})
    names = ["receiver", "sender", "from_ns", "until_ns", "sent_ns"]
    return news[names].sort_values(names[:3], kind="stable", ignore_index=True)


def ages(known: pd.DataFrame, every_s: float = 0.1) -> pd.DataFrame:
    """Age of information at regular times.

    Parameters
    ----------
    known
        What `knowledge` gives, or some of its rows.
    every_s
        From one time to the next.

    Returns
    -------
    DataFrame
        ``t_ns, receiver, sender, age_ms``.
    """
    t_ns, row = sampled(known, round(every_s * NS_PER_S))
    held = known.iloc[row].reset_index(drop=True)
    age_ms = (t_ns - held["sent_ns"]) / NS_PER_MS
    return pd.DataFrame({"t_ns": t_ns, "receiver": held["receiver"], "sender": held["sender"], "age_ms": age_ms})


def newest(used: pd.DataFrame, by: str) -> pd.DataFrame:
    """Of messages in use, those that were newer than all that were in use before them.

    Parameters
    ----------
    used
        ``used_ns``, ``sent_ns``, and the column ``by``: whole numbers, within each of which messages follow each other.

    Returns
    -------
    DataFrame
        Its rows with ``from_ns`` (``used_ns``) and ``until_ns``, when the next one took its place: NaN for the last.
    """
    used = used.sort_values([by, "used_ns", "sent_ns"], kind="stable", ignore_index=True)
    before = used.groupby(by)["sent_ns"].cummax().groupby(used[by]).shift()
    news = used[~(used["sent_ns"] <= before)]
    return news.assign(from_ns=news["used_ns"], until_ns=news.groupby(by)["used_ns"].shift(-1))


def sampled(known: pd.DataFrame, every_ns: int) -> tuple[I64, I64]:
    """Multiples of ``every_ns`` in each [``from_ns``, ``until_ns``), and the row that each is in."""
    first, end = (-(-known[name].to_numpy(np.int64) // every_ns) for name in ("from_ns", "until_ns"))
    number = np.maximum(end - first, 0)  # what is used only after a meeting has ended is never held
    row = np.repeat(np.arange(len(known)), number)
    step = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    return (first[row] + step) * every_ns, row
