"""Cell selection and event A3: filter, hysteresis, time-to-trigger, interruption, and who was there before."""

from __future__ import annotations

import numpy as np
import pytest

from v2x.links.cellular.attachment import LEAST_RSRP_DBM, Attachment
from v2x.scenario.model_cellular import A3Handover

MS = 10**6
ONE = np.array([11], np.uint64)


def attachment(**config: float) -> Attachment:
    return Attachment(A3Handover.model_validate({"filter_k": 0, **config}), ["a", "b", "c"])


def rsrp(*dbm: float) -> np.ndarray:
    return np.array([dbm], float)


def test_the_strongest_cell_is_selected_if_it_is_strong_enough() -> None:
    link = attachment()
    link.move(0, np.array([3, 8], np.uint64), np.array([[-90.0, -80.0, -99.0], [-121.0, -130.0, -140.0]]))
    assert link.cell.tolist() == [1, -1]
    link.move(100 * MS, np.array([3, 8], np.uint64), np.array([[-90.0, -80.0, -99.0], [-121.0, -130.0, -119.0]]))
    assert link.cell.tolist() == [1, 2]
    kinds = [(note.t_ns, note.station, note.kind, dict(note.fields)["cell"]) for note in link.notes()]
    assert kinds == [(0, 3, "uu.cell", "b"), (100 * MS, 8, "uu.cell", "c")]
    assert link.notes() == []


@pytest.mark.parametrize(("ahead_db", "handed_over"), [(3.9, False), (4.1, True)])
def test_a3_needs_offset_and_hysteresis(ahead_db: float, handed_over: bool) -> None:
    link = attachment(offset_db=3.0, hysteresis_db=1.0, time_to_trigger_ms=0)
    link.move(0, ONE, rsrp(-80, -90, -99))
    link.move(100 * MS, ONE, rsrp(-80, -80 + ahead_db, -99))
    assert link.cell.tolist() == [1 if handed_over else 0]


def test_time_to_trigger_counts_without_a_break() -> None:
    link = attachment(time_to_trigger_ms=160)
    link.move(0, ONE, rsrp(-80, -90, -99))
    better, worse = rsrp(-80, -70, -99), rsrp(-80, -79, -99)
    cells = []
    for step, dbm in enumerate([better, better, worse, better, better, better, better], 1):
        link.move(step * 100 * MS, ONE, dbm)
        cells.append(int(link.cell[0]))
    # 100..200 ms are too short and then broken; 400 ms + 160 ms is met at 600 ms
    assert cells == [0, 0, 0, 0, 0, 1, 1]
    told = [(note.t_ns // MS, note.kind) for note in link.notes()]
    assert told == [(0, "uu.cell"), (600, "uu.handover"), (650, "uu.handover_done")]
    assert link.back_ns.tolist() == [650 * MS]


def test_the_filter_is_the_standards_at_any_step() -> None:
    # k = 4: a = 1/2 each 200 ms. A jump of 10 dB is seen as 10 (1 - 0.5^(t / 200 ms)), in steps of any length.
    for step_ms in (10, 50, 200):
        link = Attachment(A3Handover(filter_k=4, offset_db=0.0, hysteresis_db=0.0, time_to_trigger_ms=0.0), ["a", "b"])
        link.move(0, ONE, rsrp(-80, -90))
        changed_ms = None
        for t_ms in range(step_ms, 2001, step_ms):
            link.move(t_ms * MS, ONE, rsrp(-80, -72))  # 18 dB up; level when 18 (1 - 0.5^n) > 10: n = 1.17
            if link.cell[0] == 1 and changed_ms is None:
                changed_ms = t_ms
        exact_ms = 200 * np.log2(18 / 8)
        assert exact_ms < changed_ms <= exact_ms + step_ms


def test_no_second_handover_before_the_first_is_done() -> None:
    link = attachment(time_to_trigger_ms=0, interruption_ms=250)
    link.move(0, ONE, rsrp(-80, -90, -99))
    link.move(100 * MS, ONE, rsrp(-80, -70, -99))
    for t_ms in (200, 300):
        link.move(t_ms * MS, ONE, rsrp(-80, -70, -50))
        assert link.cell.tolist() == [1]
    link.move(400 * MS, ONE, rsrp(-80, -70, -50))
    assert link.cell.tolist() == [2]


def test_a_cell_that_is_no_longer_heard_is_given_up() -> None:
    link = attachment()
    link.move(0, ONE, rsrp(-80, -130, -130))
    link.move(100 * MS, ONE, rsrp(LEAST_RSRP_DBM - 1, -130, -130))
    assert link.cell.tolist() == [-1]


def test_others_coming_and_going_change_nothing() -> None:
    rng = np.random.default_rng(5)
    alone, crowd = attachment(time_to_trigger_ms=100), attachment(time_to_trigger_ms=100)
    key, cells = np.array([50], np.uint64), []
    for step in range(60):
        dbm = rsrp(*(-90 + 12 * np.sin(step / 9 + phase) for phase in (0, 2, 4)))
        others = np.sort(rng.choice(100, 6, replace=False)).astype(np.uint64)
        everybody = np.union1d(others, key)
        all_dbm = rng.uniform(-120, -60, (len(everybody), 3))
        at = int(np.searchsorted(everybody, key)[0])
        all_dbm[at] = dbm
        alone.move(step * 100 * MS, key, dbm)
        crowd.move(step * 100 * MS, everybody, all_dbm)
        assert crowd.cell[at] == alone.cell[0]
        cells.append(int(alone.cell[0]))
    assert set(cells) == {0, 1, 2}
    mine = [(note.t_ns, note.kind) for note in crowd.notes() if note.station == 50]
    assert mine == [(note.t_ns, note.kind) for note in alone.notes()]


def test_nothing_is_told_of_a_station_that_has_gone() -> None:
    link = attachment(time_to_trigger_ms=0, interruption_ms=150)
    link.move(0, ONE, rsrp(-80, -90, -99))
    link.move(100 * MS, ONE, rsrp(-80, -70, -99))
    assert [note.kind for note in link.notes()] == ["uu.cell", "uu.handover"]
    link.move(300 * MS, np.zeros(0, np.uint64), np.zeros((0, 3)))
    assert link.notes() == []
