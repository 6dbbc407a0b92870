"""Answers three questions about a run of gigabytes, with the seconds and the memory that each took.

Make the run with ``v2x run examples/big_run.yaml --out runs/big``, then ``python examples/big_run.py runs/big west-1``:
west-1 is the vehicle under test that is asked about.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable

import pandas as pd

import v2x_analysis
from v2x_analysis import Run

#: Neighbours that have said nothing for so long have left, ns.
FORGOTTEN_NS = 2_000_000_000


def delivery(run: Run, _: str) -> pd.DataFrame:
    """PDR by distance and cause, of all receptions."""
    return v2x_analysis.link_fates(run, "distance_m").iloc[::4].round(4)


def age(run: Run, subject: str) -> pd.DataFrame:
    """Age of information of a subject over time: quantiles over its neighbours, minute by minute, ms.

    Of neighbours that said something in the last two seconds; the others have left.
    """
    known = v2x_analysis.knowledge(run, receiver=subject)
    forgotten_ns = (known["sent_ns"] + FORGOTTEN_NS).clip(lower=known["from_ns"])
    known["until_ns"] = known["until_ns"].clip(upper=forgotten_ns)
    ages = v2x_analysis.ages(known, every_s=0.1)
    by_minute = ages.groupby(ages["t_ns"] // 60_000_000_000)["age_ms"]
    return by_minute.describe(percentiles=[0.05, 0.5, 0.95]).round(1)


def red_lights(run: Run, _: str) -> pd.DataFrame:
    """All red-light warnings with their lead time."""
    return v2x_analysis.alerts_with_leads(run, ["rlvw"]).round(2)


def main(folder: str, subject: str) -> None:
    """Print each answer."""
    run = Run(folder)
    questions: list[Callable[[Run, str], pd.DataFrame]] = [delivery, age, red_lights]
    for question in questions:
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        answer = question(run, subject)
        took_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
        print(f"{(question.__doc__ or '').splitlines()[0]}\n{answer.to_string()}")
        print(f"{took_s:.1f} s, {cpu_s:.1f} s of CPU, peak so far {peak_mb:.0f} MB\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
