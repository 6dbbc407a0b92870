"""Requirements of standards: the table, what a run says about a row, and the three verdicts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from folder_kit import Folder
from pydantic import ValidationError

from v2x.errors import InputError
from v2x.scenario.model import Criterion
from v2x.scenario.requirements import Requirement, requirement, requirements
from v2x_analysis import Judgement, Run, Scorecard, score
from v2x_analysis.judging import judge_requirement
from v2x_analysis.metrics.requirements import Evidence, Load, evidence

ROW = Requirement(
    id="X 1", document="X", edition="1", status="read", title="test", link="pc5", payload_bytes=(100, 200), rate_hz=10,
    max_latency_ms=20, reliability=0.99, range_m=200,
)  # fmt: skip
FULL = Load(payload_bytes=150, rate_hz=10, reach_m=500)


def judged(won: int, of: int, load: Load = FULL, blocks: int = 100, row: Requirement = ROW) -> Judgement:
    """Blocks of ``of`` messages in 10 s, of which ``won`` are in time, in the first block one less."""
    in_time = np.full(blocks, float(won))
    in_time[0] -= won < of
    return judge_requirement(row, Evidence(row, in_time, np.full(blocks, float(of)), 10 * blocks, load), 0.95)


# ---------------------------------------------------------------- the table


def test_rows_are_those_of_the_documents() -> None:
    rows = requirements()
    assert len({row.key for row in rows.values()}) == len(rows) == 16
    sharing = requirement("TS 22.186 5.4-001")
    assert sharing.key == "requirement.ts_22_186_5_4_001"
    assert (sharing.payload_bytes, sharing.rate_hz, sharing.max_latency_ms) == ((1600, 1600), 10, 100)
    assert (sharing.reliability, sharing.range_m, sharing.status) == (0.99, 1000, "secondary")
    assert requirement("TS 22.186 5.2-006").range_m == 80  # metres; the column beside it is Mbit/s
    assert requirement("TR 22.856 tele-operation uplink").data_rate_mbps == 4 * 8 + 4
    assert "99.999 % within 20 ms" in requirement("TR 22.856 tele-operation downlink").words


def test_names_that_cannot_be_judged_by_are_refused() -> None:
    with pytest.raises(InputError, match=r"unknown requirement 'TS 22.186 5.4-01', did you mean 'TS 22.186 5.4-001'"):
        requirement("TS 22.186 5.4-01")
    with pytest.raises(InputError, match=r"'TS 22.186 5.2-005' states no reliability"):
        requirement("TS 22.186 5.2-005")


@pytest.mark.parametrize(
    ("criterion", "reason"),
    [
        ({}, "give exactly one of metric and requirement"),
        ({"metric": "link.pdr", "requirement": "X"}, "give exactly one of metric and requirement"),
        ({"requirement": "X", "at_least": 0.9}, "goes with a metric"),
        ({"requirement": "X", "min_units": 5}, "goes with a metric"),
        ({"requirement": "X", "source": "ours"}, "goes with a metric"),
    ],
)
def test_a_criterion_asks_for_a_metric_or_a_requirement(criterion: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Criterion(**criterion)
    asked = Criterion(requirement="X", confidence=0.9)
    assert Criterion(**asked.model_dump()) == asked  # as the resolved scenario has it


# ---------------------------------------------------------------- three verdicts


def test_pass_needs_the_whole_interval() -> None:
    good = judged(100, 100)
    assert (good.verdict, good.reason, good.value) == ("PASS", "", 1.0)
    # a thousand seconds in a hundred blocks: some are taken off for what so few blocks can tell
    assert (good.unit, good.n_units, good.min_units) == ("link_second", 978, 299)
    assert good.interval == pytest.approx((1.0 - 3.0 / 978, 1.0), abs=1e-4)
    assert judged(99, 100).verdict == "INCONCLUSIVE"  # 99 % on the spot
    assert judged(95, 100).verdict == "FAIL"


def test_too_small_a_sample_proves_nothing() -> None:
    few = judged(100, 100, blocks=20)
    assert (few.verdict, few.reason) == ("INCONCLUSIVE", "177 of 299 independent units")
    strict = judged(100, 100, blocks=5000, row=ROW.model_copy(update={"reliability": 0.99999}))
    assert strict.verdict == "INCONCLUSIVE"
    assert re.fullmatch("49,9.. of 299,572 independent units", strict.reason)
    single = judged(100, 100, blocks=1)
    assert (single.verdict, single.interval) == ("INCONCLUSIVE", None)
    assert "one block" in single.reason


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        (Load(40, 10, 500), "tried with less: 40 B of 100 B"),
        (Load(150, 1, 150), "tried with less: 1 Hz of 10 Hz, 150 m of 200 m"),
    ],
)
def test_what_passes_with_less_is_not_shown_and_what_fails_has_failed(load: Load, reason: str) -> None:
    light = judged(100, 100, load)
    assert (light.verdict, light.reason) == ("INCONCLUSIVE", reason)
    assert (judged(90, 100, load).verdict, judged(90, 100, load).reason) == ("FAIL", "")


def test_a_row_at_second_hand_is_no_conformity() -> None:
    told = ROW.model_copy(update={"status": "secondary"})
    kept = judged(100, 100, row=told)
    assert (kept.verdict, kept.reason) == ("INCONCLUSIVE", "the row was not read in its document")
    assert kept.unverified and not judged(100, 100).unverified
    assert judged(90, 100, row=told).verdict == "FAIL"


def test_a_data_rate_is_payload_times_rate() -> None:
    fast = ROW.model_copy(update={"payload_bytes": None, "rate_hz": None, "data_rate_mbps": 25.0})
    assert FULL.lacks(fast) == ["0.012 Mbit/s of 25 Mbit/s"]
    assert Load(62_500, 50, 500).lacks(fast) == []


# ---------------------------------------------------------------- of a run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A says 60 B at 10 Hz for 40 s: to B at 50 m in 15 ms, from the 30th second on in 120 ms; to C at 400 m, lost."""
    folder = Folder(tmp_path / "run")
    for k in range(400):
        folder.frame(k * 100, "A", "B", delay_ms=15 if k < 300 else 120, data=b"x" * 60)
        folder.frame(k * 100 + 50, "A", "C", distance_m=400.0, cause="propagation", data=b"x" * 60)
    for k in range(20):
        folder.frame(k * 1000, "A", "server", link="uu", delay_ms=30)
        folder.frame(k * 1000, "server", "A", link="uu", delay_ms=10)
    return folder.run()


def test_evidence_counts_what_is_in_time_within_the_range(run: Run) -> None:
    found = evidence(run)
    sharing = found["TS 22.186 5.4-001"]  # 100 ms, 1000 m
    assert sharing.reliability.value == pytest.approx(300 / 800)
    assert (sharing.link_seconds, len(sharing.tries)) == (80, 8)
    assert (sharing.load.payload_bytes, sharing.load.rate_hz, sharing.load.reach_m) == (60, pytest.approx(10), 400)
    assert found["TS 22.186 5.2-006"].reliability.value == 0.0  # 10 ms, 80 m
    platoon = found["TS 22.186 5.2-004"]  # 25 ms, no range: B alone is within 300 m
    assert (platoon.reliability.value, platoon.reliability.n) == (pytest.approx(0.75), 400)


def test_directions_of_the_network_are_apart(run: Run) -> None:
    found = evidence(run)
    assert found["TR 22.856 tele-operation uplink"].reliability.value == 1.0
    assert found["TR 22.856 tele-operation downlink"].reliability.value == 1.0  # 10 of 20 ms
    assert found["TS 22.186 5.5-002 downlink"].reliability.value == 0.0


def test_a_scenario_asks_for_a_row(tmp_path: Path) -> None:
    asked = ({"requirement": "TS 22.186 5.4-001"}, {"requirement": "TR 22.856 tele-operation uplink"})
    folder = Folder(tmp_path / "run", pass_if=[dict(each) for each in asked])
    for k in range(400):
        folder.frame(k * 100, "A", "B", cause="collision" if k % 2 else None, data=b"\x00" * 60)
    folder.run()
    card = score(folder.writer.folder)
    failed, absent = card.criteria
    assert (card.verdict, failed.verdict, failed.metric) == ("FAIL", "FAIL", "requirement.ts_22_186_5_4_001")
    assert failed.bound == {"at_least": 0.99}
    assert failed.source.startswith("TS 22.186 5.4-001: sensor sharing")
    assert (absent.verdict, absent.value, absent.reason) == ("INCONCLUSIVE", None, "nothing was measured in this run")
    assert card.flat()["requirement.ts_22_186_5_4_001"] == 0.5
    assert Scorecard.read(folder.writer.folder) == card


def test_rows_are_compared_and_not_judged(run: Run) -> None:
    card = score(run)
    assert card.criteria == () and card.verdict == "INCONCLUSIVE"
    compared = {row.metric: row for row in card.requirements}
    assert compared["requirement.ts_22_186_5_4_001"].verdict == "FAIL"
    assert "requirement.ts_22_186_5_2_005" not in compared  # no reliability, so a figure and no more
    assert card.flat()["requirement.ts_22_186_5_2_005"] == pytest.approx(300 / 400)
    assert "taken as 300 m" in compared["requirement.ts_22_186_5_2_004"].source
