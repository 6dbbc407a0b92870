"""The head of a report: the verdict in words, what decides it, what was held against standards, key figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from v2x_analysis.judging import Judgement
from v2x_analysis.scorecard import Figure, Scorecard

#: Figures at the head of the page, as far as the run has them.
TILES = (
    ("platoon.head_to_tail_gain", "Platoon, last speed over the leader's"),
    ("platoon.min_gap_m", "Smallest gap in a platoon"),
    ("platoon.minimal_safe_gap_m", "Smallest safe gap"),
    ("platoon.aoi_ms.p95", "Age of information in a platoon, p95"),
    ("platoon.collisions", "Contacts of platoon members"),
    ("remote.grade", "Remote driving, grade of 100"),
    ("remote.g2g_ms.p95", "Glass to glass, p95"),
    ("remote.loop_ms.p95", "Camera to vehicle's answer, p95"),
    ("remote.lateral_max_m", "Farthest from the course"),
    ("remote.min_ttc_s", "Least time to collision"),
    ("link.pdr_0_100m", "PC5 delivery within 100 m"),
    ("link.pdr_200_300m", "PC5 delivery at 200–300 m"),
    ("link.latency_ms.p95", "PC5 latency, p95"),
    ("link.irt_ms.p95", "Inter-reception time, p95"),
    ("link.blind_spot_s.p99", "Blind spots within 100 m, p99"),
    ("link.cbr.p95", "Channel busy, p95"),
    ("link.aoi_ms.p95", "Age of information, p95"),
    ("link.uu_latency_ms.p95", "Uu latency one way, p95"),
    ("spat.prediction_error_s.p95", "SPAT prediction error, p95"),
    ("message.count", "Frames sent"),
    ("message.constraint_violations", "Constraint violations"),
    ("message.accuracy_m.p95", "Position error sent, p95"),
    ("traffic.vehicles", "Vehicles"),
)


@dataclass(frozen=True)
class Summary:
    """What decides a verdict.

    Attributes
    ----------
    passed, failed, open
        How many criteria came out so.
    deciding
        Those that failed, or if none did, those that are open.
    verified
        Verdict -> how many rows of standards, read in their documents, came out so.
    unverified
        How many rows of standards are second hand: they are no conformity, however they came out.
    tiles
        Key figures: what they are called, and what was measured.
    """

    passed: int
    failed: int
    open: int
    deciding: tuple[Judgement, ...]
    verified: Counter[str]
    unverified: int
    tiles: tuple[tuple[str, Figure], ...]


def summary(card: Scorecard) -> Summary:
    """The summary of a scorecard."""
    told = Counter(row.verdict for row in card.criteria)
    decider = "FAIL" if told["FAIL"] else "INCONCLUSIVE"
    rows = _of_standards(card)
    return Summary(
        passed=told["PASS"],
        failed=told["FAIL"],
        open=told["INCONCLUSIVE"],
        deciding=tuple(row for row in card.criteria if row.verdict == decider),
        verified=Counter(row.verdict for row in rows if not row.unverified),
        unverified=sum(row.unverified for row in rows),
        tiles=tuple((label, card.metrics[key]) for key, label in TILES if _known(card, key)),
    )


def _of_standards(card: Scorecard) -> Sequence[Judgement]:
    """Rows of standards, each once, whether asked for or only compared."""
    asked = {row.metric: row for row in card.criteria if row.of_standard}
    return [*asked.values(), *(row for row in card.requirements if row.metric not in asked)]


def _known(card: Scorecard, key: str) -> bool:
    return key in card.metrics and card.metrics[key].value is not None
