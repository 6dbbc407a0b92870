"""How reliable the run's own messages were by the measure of each requirement: its latency, its range, its link.

The reliability of TS 22.186 is the share of messages that arrive within the latency, up to the range. Source: ``rx``,
which is every reception that touches a subject, a roadside unit or the server; rows about platoons take the control
messages between members of one platoon, if the run has any. Latency counts from handing a frame to
the radio to its arrival, so sensing and applications come on top.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.scenario.requirements import Requirement, requirements
from v2x_analysis.measurement import BLOCK_NS, F64, RATIO, Measurement, mean
from v2x_analysis.observed import ENCOUNTER_M, pc5, uu
from v2x_analysis.platooning.messages import inside
from v2x_analysis.run import Run

#: Kind of messages: those between members of one platoon.
_PLATOON = "platoon"

#: This share of what a row asks for counts as all of it: a service of 10 Hz is never 100 ms apart to the microsecond.
#: Assumed.
_NEARLY = 0.99


@dataclass(frozen=True)
class Load:
    """What was tried over a link: medians of the bare messages' length and of a pair's rate, and the farthest try."""

    payload_bytes: float
    rate_hz: float
    reach_m: float

    @property
    def rate_mbps(self) -> float:
        """Bits a second of a pair, in millions."""
        return self.payload_bytes * 8.0 * self.rate_hz / 1e6

    def lacks(self, row: Requirement) -> list[str]:
        """Where it falls short of the row, in words; empty if all that the row asks for was tried."""
        asked = (
            (self.payload_bytes, row.payload_bytes[0] if row.payload_bytes else None, "B"),
            (self.rate_hz, row.rate_hz, "Hz"),
            (self.rate_mbps, row.data_rate_mbps, "Mbit/s"),
            (self.reach_m, row.range_m, "m"),
        )
        return [
            f"{sent:.3g} {unit} of {wanted:g} {unit}"
            for sent, wanted, unit in asked
            if wanted is not None and sent < _NEARLY * wanted
        ]


@dataclass(frozen=True)
class Evidence:
    """What a run says about a requirement.

    Attributes
    ----------
    row
        The requirement.
    in_time, tries
        Messages in each block of 10 s of a link that had any, (u,).
    link_seconds
        Seconds of a link that had any.
    load
        What was sent.
    """

    row: Requirement
    in_time: F64
    tries: F64
    link_seconds: int
    load: Load

    @property
    def reliability(self) -> Measurement:
        """Share of messages in time."""
        block = np.tile(np.arange(len(self.tries)), 2)
        outcome = np.repeat([1.0, 0.0], len(self.tries))
        return mean(outcome, RATIO, {"link_block": block}, weights=np.r_[self.in_time, self.tries - self.in_time])


def reliabilities(run: Run) -> dict[str, Measurement]:
    """``requirement.<id>``: share of messages within the latency and range of each row that the run has data for."""
    return {found.row.key: found.reliability for found in run.derived(evidence).values()}


def evidence(run: Run) -> dict[str, Evidence]:
    """Evidence by id of the requirement; only those that the run has messages for."""
    network, platooning = run.derived(uu), run.derived(inside)
    rows_of = {
        "pc5": run.derived(pc5),
        "uplink": network[network["uplink"]],
        "downlink": network[~network["uplink"]],
        _PLATOON: platooning,
    }
    result: dict[str, Evidence] = {}
    for kind, rows in rows_of.items():
        asked = [row for row in requirements().values() if _kind(row, len(platooning) > 0) == kind]
        if len(rows):
            result |= {found.row.id: found for found in _evidence(rows, _load(run, rows), asked)}
    return result


def _kind(row: Requirement, with_platoon: bool) -> str:
    """Which messages a row is about."""
    return _PLATOON if with_platoon and row.among == "platoon" else row.link


def _evidence(rows: pd.DataFrame, load: Load, asked: list[Requirement]) -> Iterator[Evidence]:
    """Evidence from the receptions of one link."""
    block = np.unique(rows["block"], return_inverse=True)[1]
    seconds = BLOCK_NS // NS_PER_S
    second = block * seconds + (rows["sent_ns"].to_numpy() // NS_PER_S) % seconds
    delay_ms = np.where(rows["delivered"], rows["delay_ns"] / NS_PER_MS, np.inf)
    distance_m = rows["distance_m"].to_numpy()
    for row in asked:
        range_m = ENCOUNTER_M if assumes_range(row) else row.range_m
        near = np.ones(len(rows), bool) if range_m is None else distance_m <= range_m
        tries = np.bincount(block[near])
        in_time = np.bincount(block[near & (delay_ms <= row.max_latency_ms)], minlength=len(tries))
        counts = np.stack([in_time, tries])[:, tries > 0].astype(np.float64)
        if near.any():
            yield Evidence(row, counts[0], counts[1], int(np.count_nonzero(np.bincount(second[near]))), load)


def assumes_range(row: Requirement) -> bool:
    """Whether a row of the sidelink says no range, and is taken up to where an encounter ends (`ENCOUNTER_M`)."""
    return row.link == "pc5" and row.range_m is None


def _load(run: Run, rows: pd.DataFrame) -> Load:
    length = run.tx.set_index("tx_id")["bytes"].map(len).reindex(rows["tx_id"])
    gap_ns = np.diff(rows["sent_ns"])[np.diff(rows["way"]) == 0]  # `observed` sorts by way and time
    gap_ns = gap_ns[gap_ns > 0]  # a message may take several frames at once
    rate_hz = NS_PER_S / float(np.median(gap_ns)) if len(gap_ns) else 0.0
    return Load(float(length.median()), rate_hz, float(rows["distance_m"].max()))
