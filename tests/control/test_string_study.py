"""Studies of strings: what a grid becomes, what is driven, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from v2x.control.string_study import BATCH_VEHICLES, Driven, batches, drive, effective
from v2x.errors import InputError, ScenarioError
from v2x.scenario.library import string_study_names
from v2x.scenario.model_string_study import Cell, Grid, Sines, StringStudy
from v2x.scenario.string_study import load_string_study
from v2x_analysis.platooning.closed_track import Findings, findings
from v2x_analysis.platooning.closed_track_table import SCHEMA, save, table

#: Ratios are compared where both vehicles swing at least so much, m/s.
LOUD_MPS = 0.05
#: A short one, for what does not depend on how long it is.
SHORT = StringStudy(
    schema_version=1,
    followers=3,
    grid=Grid(controller=("acc", "ploeg"), time_gap_s=(0.5, 1.2), delay_ms=(0.0, 100.0), loss=(0.0, 0.5)),
    leader=Sines(frequency_hz=(0.2,)),
    settle_s=10.0,
    duration_s=20.0,
    replicas=4,
)


def found_in(study: StringStudy) -> dict[Cell, Findings]:
    return findings(one for points in batches(study) for one in drive(study, points))


class TestGrid:
    def test_all_combinations_the_last_axis_fastest(self) -> None:
        cells = SHORT.cells()
        assert len(cells) == 16
        assert [(cell.controller, cell.time_gap_s, cell.delay_ms, cell.loss) for cell in cells[:3]] == [
            ("acc", 0.5, 0.0, 0.0),
            ("acc", 0.5, 0.0, 0.5),
            ("acc", 0.5, 100.0, 0.0),
        ]
        assert {cell.followers for cell in cells} == {3}

    def test_what_a_law_has_no_use_for_is_driven_once(self) -> None:
        driven = [cell for points in batches(SHORT) for cell, _ in points]
        assert len(driven) == len(set(driven))
        assert [sum(cell.controller == name for cell in driven) for name in ("acc", "ploeg")] == [2, 8]
        assert effective(Cell(controller="path", time_gap_s=0.5)) == effective(Cell(controller="path"))
        assert effective(Cell(controller="ploeg")).time_gap_s == 0.8

    def test_batches_hold_every_point_once_and_not_too_many(self) -> None:
        grid = Grid(controller=("acc", "path"), followers=(2, 31), loss=(0.0, 0.1, 0.2))
        study = StringStudy(schema_version=1, grid=grid, replicas=1000)
        groups = batches(study)
        points = [point for points in groups for point in points]
        wanted = {(effective(cell), f) for cell in study.cells() for f in study.leader.frequency_hz}
        assert len(points) == len(wanted) and set(points) == wanted
        for group in groups:
            assert len({(cell.controller, cell.followers) for cell, _ in group}) == 1
            vehicles = sum(study.replicas * (cell.followers + 1) for cell, _ in group)
            assert vehicles <= BATCH_VEHICLES or len(group) == 1

    def test_the_shipped_ones_load(self) -> None:
        assert string_study_names() == ["platoon-grid"]
        name, study = load_string_study("platoon-grid")
        assert (name, len(study.cells())) == ("platoon-grid", 72)


class TestFaults:
    @pytest.mark.parametrize(
        ("line", "fault"),
        [
            ("folowers: 8", "2:1: folowers: unknown key 'folowers', did you mean 'followers'?"),
            ("grid: {los: [0]}", "2:8: grid.los: unknown key 'los', did you mean 'loss'?"),
            ("grid: {loss: [0, 2]}", "2:18: grid.loss.1: must be less than or equal to 1, got 2"),
            ("grid: {loss: []}", "2:14: grid.loss: an axis needs a value"),
            ("grid: {controller: [plog]}", "2:21: grid.controller.0: unknown value 'plog', did you mean 'ploeg'?"),
            ("grid: {delay_ms: [15]}", "2:19: grid.delay_ms.0: must be a multiple of the control step, 10 ms"),
            ("beacon_hz: 30", "2:12: beacon_hz: must divide the 100 control steps of a second"),
            ("dead_time_s: 0.015", "2:14: dead_time_s: must be a multiple of the control step, 10 ms"),
            ("replicas: 1", "2:11: replicas: must be greater than or equal to 2, got 1"),
            ("engine_lag_s: 1e-12", "2:15: engine_lag_s: must be 0 or from 1e-09 to 1e+09 in size"),
            ("duration_s: 61", "2:13: duration_s: must be at least 70: settle_s and a period of the slowest sine"),
            (
                "leader: {amplitude_mps: 9}",
                "2:25: leader.amplitude_mps: takes 11.31 m/s^2 at 0.2 Hz, more than the vehicles' limits",
            ),
            ("speed_mps: 0.4", "leader.amplitude_mps: must be less than the speed, 0.4 m/s"),
        ],
    )
    def test_they_say_where(self, tmp_path: Path, line: str, fault: str) -> None:
        file = tmp_path / "mine.yaml"
        file.write_text(f"schema_version: 1\n{line}\n")
        with pytest.raises(ScenarioError) as caught:
            load_string_study(file)
        assert fault in str(caught.value)
        assert str(caught.value).startswith(f"{file}:")

    def test_a_key_is_fixed_or_an_axis(self) -> None:
        with pytest.raises(ScenarioError, match=r"grid\.loss: given twice"):
            load_string_study("platoon-grid", ["loss=0.1"])

    def test_no_such_study(self) -> None:
        with pytest.raises(InputError, match="unknown study 'platoon-gird', did you mean 'platoon-grid'"):
            load_string_study("platoon-gird")


class TestLuck:
    """Noisy radars, losses, fallback: everything that is drawn. Cells that are all driven in one array."""

    study = SHORT.model_copy(
        update={
            "grid": Grid(beacon_hz=(10.0, 20.0), delay_ms=(0.0, 100.0), loss=(0.1, 0.5)),
            "radar": "noisy",
            "fallback": True,
            "leader": Sines(frequency_hz=(0.1, 0.2)),
        }
    )

    def test_a_cell_alone_is_the_cell_in_a_grid_bit_for_bit(self) -> None:
        (group,) = batches(self.study)
        for each in list(drive(self.study, group))[-3:]:
            (alone,) = drive(self.study, [(each.cell, each.frequency_hz)])
            for name in ("amplitude_mps", "least_m", "limited"):
                assert getattr(alone, name).tobytes() == getattr(each, name).tobytes(), (each.cell, name)

    def test_replicas_of_a_cell_differ_and_more_of_them_change_none(self) -> None:
        point = batches(self.study)[0][:1]
        (few,) = drive(self.study, point)
        (more,) = drive(self.study.model_copy(update={"replicas": 6}), point)
        assert len(np.unique(few.amplitude_mps[:, -1])) == self.study.replicas
        assert more.amplitude_mps[: self.study.replicas].tobytes() == few.amplitude_mps.tobytes()

    def test_cells_have_the_same_luck(self) -> None:
        """Cells that differ in limits only, which nobody reaches."""
        cell = effective(Cell(loss=0.3, followers=3))
        strong = cell.model_copy(update={"max_accel_mps2": 50.0, "max_brake_mps2": 50.0})
        one, two = drive(self.study, [(cell, 0.2), (strong, 0.2)])
        assert one.amplitude_mps.tobytes() == two.amplitude_mps.tobytes()


def test_gains_are_those_of_the_exact_theory() -> None:
    """First follower 0.5 %, the others 5 % in the mean over random phases of messages; 3 % at one rate."""
    study = StringStudy(
        schema_version=1,
        grid=Grid(
            controller=("acc", "degraded", "ploeg", "path", "consensus", "flatbed"),
            beacon_hz=(10.0, 100.0),
            delay_ms=(0.0, 100.0),
        ),
        settle_s=60.0,
        duration_s=75.0,
        replicas=8,
    )
    compared = 0
    for cell, each in found_in(study).items():
        swings = np.hstack([np.full((2, 1), study.leader.amplitude_mps), each.amplitude_mps])
        loud = (swings[:, 1:] >= LOUD_MPS) & (swings[:, :-1] >= LOUD_MPS)
        off = np.where(loud, np.abs(each.gain / each.expected_gain - 1.0), 0.0)
        assert off[:, 0].max() < 0.005, cell
        assert off.max() < (0.03 if cell.beacon_hz == 100.0 else 0.05), cell
        compared += int(loud.sum())
    assert compared > 100


class TestTable:
    def test_the_same_again(self, tmp_path: Path) -> None:
        tables = [table(SHORT, found_in(SHORT)) for _ in range(2)]
        assert tables[0].equals(tables[1])
        digests = [save(rows, SHORT, tmp_path / name / "t.parquet") for name, rows in zip("ab", tables, strict=True)]
        assert digests[0] == digests[1]

    def test_a_row_for_each_cell_frequency_and_follower(self) -> None:
        rows = table(SHORT, found_in(SHORT))
        assert rows.schema.equals(SCHEMA)
        frame = rows.to_pandas()
        assert len(frame) == 16 * 1 * 3
        assert frame.groupby("cell")["follower"].apply(list).tolist() == [[1, 2, 3]] * 16
        acc = frame[frame["controller"] == "acc"]
        assert (acc.groupby(["time_gap_s", "follower"])["gain"].nunique() == 1).all()
        assert acc["theory_gain"].notna().all()
        ploeg = frame[frame["controller"] == "ploeg"]
        assert (ploeg["theory_gain"].isna() == (ploeg["loss"] > 0.0)).all()
        assert (frame["n"] == 4).all() and (frame["gain_low"] <= frame["gain"]).all()

    def test_loss_amplifies_and_spreads(self) -> None:
        frame = table(SHORT, found_in(SHORT)).to_pandas()
        first = frame[(frame["controller"] == "ploeg") & (frame["time_gap_s"] == 0.5) & (frame["follower"] == 1)]
        kept, lost = (first[first["loss"] == loss] for loss in (0.0, 0.5))
        assert (lost["gain"].to_numpy() > kept["gain"].to_numpy() + 0.02).all()
        assert (lost["gain_sd"].to_numpy() > kept["gain_sd"].to_numpy()).all()


class TestVerdict:
    def said(self, *strings: tuple[float, ...]) -> Findings:
        amplitude = np.array(strings)
        least = np.full((len(strings), amplitude.shape[1] - 1), 5.0)
        return Findings([Driven(effective(Cell(loss=0.1)), 0.1, amplitude, least, np.zeros(least.shape))])

    def test_an_interval_above_one_is_not_stable(self) -> None:
        verdict = self.said((1.0, 0.9, 0.99), (1.0, 0.9, 0.991), (1.0, 0.9, 0.989)).verdict
        assert verdict.stable is False
        assert verdict.worst_gain == pytest.approx(1.1)
        assert verdict.worst_follower == 2
        assert verdict.expected_gain is None and verdict.theory_worst_gain is None

    def test_one_with_one_inside_is_open(self) -> None:
        assert self.said((1.0, 0.9), (1.0, 1.05), (1.0, 0.95)).verdict.stable is None

    def test_all_below_is_stable(self) -> None:
        verdict = self.said((1.0, 0.9, 0.5), (1.0, 0.91, 0.5)).verdict
        assert verdict.stable is True
        assert verdict.head_to_tail_gain == pytest.approx(0.5)

    def test_who_follows_a_still_one_is_not_asked(self) -> None:
        verdict = self.said((1.0, 0.01, 0.5, 0.0, 0.0), (1.0, 0.01, 0.5, 0.0, 0.0)).verdict
        assert verdict.stable is True
        assert verdict.worst_follower == 1

    def test_a_collision_counts_once_a_string(self) -> None:
        least = np.array([[1.0, -0.1, -2.0], [1.0, 2.0, 3.0]])
        one = Driven(effective(Cell(followers=3)), 0.1, np.ones((2, 4)), least, np.zeros((2, 3)))
        verdict = Findings([one, one]).verdict
        assert (verdict.collisions, verdict.min_gap_m) == (2, -2.0)


def test_limits_are_told() -> None:
    asked = {"schema_version": 1, "controller": "acc", "time_gap_s": 0.3, "max_accel_mps2": 0.7, "replicas": 2}
    (each,) = found_in(StringStudy.model_validate(asked)).values()
    assert each.verdict.limited_share > 0.0
    (free,) = found_in(StringStudy.model_validate({**asked, "max_accel_mps2": 20.0})).values()
    assert free.verdict.limited_share == 0.0
    assert free.verdict.worst_gain == pytest.approx(free.verdict.expected_gain, rel=1e-3)
