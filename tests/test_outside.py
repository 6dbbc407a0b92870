"""What takes part from outside: asked in order, heard over the modelled channel; looking alone changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from outside_kit import SCENARIO, STEP_NS, Onlooker, Visitor

from v2x.engine import Outcome, Simulation
from v2x.outside import Nobody, Together
from v2x.record.writer import RunWriter
from v2x.remote.external import Look, Word
from v2x.scenario.model import Scenario


def run(folder: Path, outside: Nobody | None) -> Outcome:
    scenario = Scenario.model_validate(SCENARIO)
    with RunWriter(folder, {"seed": scenario.seed}, scenario=scenario.model_dump(mode="json")) as writer:
        outcome = Simulation(scenario, None, writer, outside=outside).run()
        writer.finish("complete", digest=outcome.digest)
    return outcome


def test_looking_changes_nothing(tmp_path: Path) -> None:
    onlooker = Onlooker()
    assert run(tmp_path / "a", onlooker).digest == run(tmp_path / "b", None).digest
    assert onlooker.calls == [
        call for step in range(10) for call in (("begin", step * STEP_NS), ("seen", step * STEP_NS), ("aired", -1))
    ]
    assert len(onlooker.frames) == 30 and ("pc5", "veh00002") in onlooker.frames
    assert (0, "veh00001", "subject.start") in onlooker.events


def test_a_guest_hears_and_is_heard(tmp_path: Path) -> None:
    from v2x_analysis import Run

    visitor = Visitor()
    changed = run(tmp_path / "a", visitor)
    assert changed.digest != run(tmp_path / "b", None).digest
    assert {arrival.receiver for arrival in visitor.heard} == {"guest.obu"}
    assert len(visitor.heard) >= 25  # three vehicles, ten times a second, but for what is under way at the end
    rx, tx = Run(tmp_path / "a").rx, Run(tmp_path / "a").tx
    from_guest = tx.loc[tx["station"] == "guest.obu", "tx_id"]
    assert len(from_guest) == 10
    told = rx[rx["tx_id"].isin(from_guest) & (rx["receiver"] == "veh00001")]
    assert told["cause"].isna().all() and told["t_used_ns"].notna().sum() >= 8


def test_the_same_visit_gives_the_same_digest(tmp_path: Path) -> None:
    assert run(tmp_path / "a", Visitor()).digest == run(tmp_path / "b", Visitor()).digest


class Driving(Nobody):
    """Says one word, and keeps what it is shown."""

    def __init__(self) -> None:
        self.looks: list[Look] = []

    def words(self, end_ns: int) -> Sequence[Word]:
        return [Word(end_ns - 1, 1, 0.1, 0.0)]

    def shown(self, looks: Sequence[Look]) -> None:
        self.looks += looks


def test_who_looks_on_neither_drives_nor_is_shown_the_operators_screen() -> None:
    driver, onlooker = Driving(), Driving()
    both = Together(driver, onlooker)
    assert both.words(10) == [Word(9, 1, 0.1, 0.0)]
    both.shown([Look(5, None)])
    assert (driver.looks, onlooker.looks) == ([Look(5, None)], [])
