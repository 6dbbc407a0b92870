"""Messages: how many, how often, how large, and whether each is valid under its standard's constraints."""

from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_S
from v2x_analysis.frames import decoded
from v2x_analysis.measurement import Measurement, count, mean
from v2x_analysis.run import Run


def counts(run: Run) -> dict[str, Measurement]:
    """``message.count.<type>``: frames sent of each type; ``message.count``: of all."""
    tx = run.tx
    by_type = tx["type"].value_counts()
    each = {f"message.count.{str(name).lower()}": count(number) for name, number in sorted(by_type.items()) if number}
    return {"message.count": count(len(tx)), **each}


def rate(run: Run) -> dict[str, Measurement]:
    """``message.rate_hz.bsm``: BSM per second of a station, between its first and its last one."""
    bsm = run.tx[(run.tx["type"] == "BSM") & (run.tx["channel"] == "pc5")]
    by_station = bsm.groupby("station", observed=True)["t_ns"].agg(["min", "max", "count"])
    span_s = (by_station["max"] - by_station["min"]) / NS_PER_S
    lasting = span_s > 0
    intervals = by_station["count"][lasting] - 1
    return {
        "message.rate_hz.bsm": mean(
            intervals / span_s[lasting], "Hz", {"station": np.arange(lasting.sum())}, weights=span_s[lasting]
        )
    }


def sizes(run: Run) -> dict[str, Measurement]:
    """``message.size_bytes.<type>``: mean length of the bare MessageFrame; unit: the station."""
    tx = run.tx
    length = tx["bytes"].map(len)
    return {
        f"message.size_bytes.{str(name).lower()}": mean(
            length[tx["type"] == name], "byte", {"station": tx.loc[tx["type"] == name, "station"].cat.codes}
        )
        for name in sorted(tx["type"].unique())
    }


def constraint_violations(run: Run) -> dict[str, Measurement]:
    """``message.constraint_violations``: recorded frames that their profile's strict codec refuses, out of all."""
    result = run.derived(decoded)
    return {"message.constraint_violations": count(len(result.violations), n=result.frames)}
