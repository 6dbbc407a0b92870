"""Oracles: what was a danger in the truth, and how alerts are held against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alert_kit import Road, lane, position

from v2x.messages.model import Connection, Lane
from v2x_analysis import Run
from v2x_analysis.applications.findings import Findings, findings
from v2x_analysis.metrics.alerts import scores


def found(run: Run) -> Findings:
    (only,) = findings(run)
    return only


def outcome(run: Run) -> tuple[list[bool], list[bool]]:
    """Whether each alert was true, and whether each hazard was missed."""
    of = found(run)
    return of.alerts["true"].tolist(), of.hazards["missed"].tolist()


#: A subject at 12 m/s, and who is 60 m ahead.
AHEAD = {"stands": lane(60.0, 0.0), "beside": lane(60.0, 0.0, y_m=3.5), "drives": lane(60.0, 12.0)}


class TestForwardCollision:
    def of(self, tmp_path: Path, lead: dict[str, Any], *alerts: tuple[float, float]) -> Run:
        road = Road(tmp_path / "run", ["fcw"]).drive({"ego": lane(0.0, 12.0), "lead": lead}, until_s=4.6)
        road.speaks("lead")
        for start_s, end_s in alerts:
            road.alert("fcw", start_s, end_s)
        return road.run()

    @pytest.mark.parametrize(("lead", "true"), [("stands", True), ("beside", False), ("drives", False)])
    def test_an_alert_is_true_where_somebody_is_in_the_way(self, tmp_path: Path, lead: str, true: bool) -> None:
        run = self.of(tmp_path, AHEAD[lead], (2.0, 4.0))
        assert outcome(run)[0] == [true]

    def test_an_alert_must_come_while_there_is_danger(self, tmp_path: Path) -> None:
        """The standing one is 95.5 m ahead of the bumper: 4 s before contact the danger begins, at 3.96 s."""
        run = self.of(tmp_path, lane(100.0, 0.0), (0.2, 2.9), (4.0, 4.5))
        assert outcome(run)[0] == [False, True]

    def test_lead_time_is_to_the_contact_if_nobody_does_anything(self, tmp_path: Path) -> None:
        run = self.of(tmp_path, AHEAD["stands"], (2.0, 4.5))
        assert found(run).alerts["lead_s"].tolist() == pytest.approx([(60.0 - 4.5 - 24.0) / 12.0])

    def test_what_nobody_told_is_missed(self, tmp_path: Path) -> None:
        assert outcome(self.of(tmp_path, AHEAD["stands"])) == ([], [True])
        assert outcome(self.of(tmp_path / "told", AHEAD["stands"], (3.0, 4.5)))[1] == [False]

    def test_who_brakes_enough_needs_no_telling(self, tmp_path: Path) -> None:
        road = Road(tmp_path / "run", ["fcw"]).speaks("lead")
        run = road.drive({"ego": lane(0.0, 12.0, accel_mps2=-3.0), "lead": lane(35.0, 0.0)}, until_s=4.0).run()
        assert outcome(run)[1] == []


def test_hard_braking_ahead(tmp_path: Path) -> None:
    users = {"ego": lane(0.0, 12.0), "lead": lane(25.0, 12.0, accel_mps2=-5.0)}
    road = Road(tmp_path / "run", ["ebw"]).drive(users, until_s=2.0).speaks("lead").alert("ebw", 0.2, 1.5)
    assert outcome(road.run()) == ([True], [False])
    users["lead"] = lane(25.0, 12.0, accel_mps2=-2.0)
    road = Road(tmp_path / "soft", ["ebw"]).drive(users, until_s=2.0).alert("ebw", 0.2, 1.5)
    assert outcome(road.run()) == ([False], [])


@pytest.mark.parametrize(
    ("accel_mps2", "speaks", "required"), [(-5.0, True, True), (-5.0, False, False), (-4.0, True, False)]
)
def test_ebw_owes_an_alert_only_where_one_can_be_due(
    tmp_path: Path, accel_mps2: float, speaks: bool, required: bool
) -> None:
    """Of a leader that says nothing, or may not have flagged its braking, silence is no miss."""
    users = {"ego": lane(0.0, 12.0), "lead": lane(25.0, 12.0, accel_mps2=accel_mps2)}
    road = Road(tmp_path / "run", ["ebw"]).drive(users, until_s=2.0)
    assert outcome((road.speaks("lead") if speaks else road).run())[1] == ([True] if required else [])


@pytest.mark.parametrize(
    ("walker", "outcomes"),
    [
        (lane(40.0, 1.3, y_m=-5.2, heading_deg=0.0, kind="pedestrian"), ([True], [False])),  # there at 4 s, as the car
        (lane(40.0, 1.3, y_m=-16.0, heading_deg=0.0, kind="pedestrian"), ([False], [])),  # crosses when it has passed
        (lane(40.0, 0.0, y_m=-4.0, kind="pedestrian"), ([False], [])),  # waits
        (lane(40.0, 0.0, y_m=0.0, kind="pedestrian"), ([True], [False])),  # stands in the way
        (lane(40.0, 1.3, y_m=-5.2, heading_deg=0.0), ([False], [])),  # a car is no business of VRUCW
    ],
)
def test_people_in_the_way(tmp_path: Path, walker: dict[str, Any], outcomes: tuple[list[bool], list[bool]]) -> None:
    road = Road(tmp_path / "run", ["vrucw"]).drive({"ego": lane(0.0, 10.0), "walker": walker}, until_s=3.5)
    assert outcome(road.alert("vrucw", 1.5, 3.5).run()) == outcomes


@pytest.mark.parametrize(("speed_mps", "true"), [(20.0, True), (5.0, False)])
def test_emergency_vehicles_are_those_that_the_scenario_names(tmp_path: Path, speed_mps: float, true: bool) -> None:
    users = {"ego": lane(0.0, 10.0), "x.blue": lane(-80.0, speed_mps), "other": lane(-60.0, 20.0)}
    stations = {"obu": {"emergency_vehicles": ["*.blue"]}}
    road = Road(tmp_path / "run", ["evw"], stations=stations).drive(users, until_s=3.0)
    assert outcome(road.alert("evw", 0.5, 3.0).run())[0] == [true]


def test_an_emergency_vehicle_that_drives_away_asks_nothing(tmp_path: Path) -> None:
    users = {"ego": lane(0.0, 14.0), "x.blue": lane(90.0, 10.0)}
    stations = {"obu": {"emergency_vehicles": ["*.blue"]}}
    road = Road(tmp_path / "run", ["evw"], stations=stations).drive(users, until_s=3.0)
    assert outcome(road.alert("evw", 0.5, 3.0).run()) == ([False], [])


PATH = {"path": [position(100.0, 0.0), position(180.0, 0.0)], "at": position(100.0, 0.0)}


@pytest.mark.parametrize(
    ("application", "notice", "users", "true"),
    [
        ("hlw", {"cause": "roadworks", **PATH}, lane(20.0, 12.0), True),
        ("hlw", {"cause": "roadworks", **PATH, "end_s": 0.5}, lane(20.0, 12.0), False),  # over before the alert
        ("hlw", {"cause": "roadworks", **PATH}, lane(20.0, 12.0, y_m=20.0), False),  # another road
        ("hlw", {"cause": "roadworks", **PATH}, lane(260.0, 12.0, heading_deg=270.0), False),  # the other way
        ("hlw", {"cause": "roadworks", "at": position(100.0, 0.0), "radius_m": 20.0}, lane(20.0, 12.0), True),
        ("hlw", {"cause": "congestion", **PATH}, lane(20.0, 12.0), False),
        ("tjw", {"cause": "congestion", **PATH}, lane(20.0, 12.0), True),
        ("ivs", {"cause": "speed_limit", "speed_limit_mps": 8.0, **PATH}, lane(20.0, 12.0), True),
        ("slw", {"cause": "speed_limit", "speed_limit_mps": 8.0, **PATH}, lane(90.0, 12.0), True),
        ("slw", {"cause": "speed_limit", "speed_limit_mps": 8.0, **PATH}, lane(90.0, 7.0), False),
        ("slw", {"cause": "speed_limit", "speed_limit_mps": 8.0, **PATH}, lane(0.0, 12.0), False),  # not there yet
    ],
)
def test_places(tmp_path: Path, application: str, notice: dict[str, Any], users: dict[str, Any], true: bool) -> None:
    road = Road(tmp_path / "run", [application], notices=[notice]).drive({"ego": users}, until_s=5.0)
    assert outcome(road.alert(application, 3.0, 4.0).run())[0] == [true]


def test_a_place_reached_without_a_word_is_missed(tmp_path: Path) -> None:
    road = Road(tmp_path / "run", ["hlw"], notices=[{"cause": "roadworks", **PATH}])
    assert outcome(road.drive({"ego": lane(20.0, 12.0)}, until_s=8.0).run())[1] == [True]


def test_a_queue_that_nobody_planned_justifies_a_jam_warning(tmp_path: Path) -> None:
    users = {"ego": lane(0.0, 12.0), **{f"q{k}": lane(60.0 + 7.0 * k, 0.0) for k in range(3)}}
    road = Road(tmp_path / "run", ["tjw"]).drive(users, until_s=2.0).alert("tjw", 0.5, 2.0)
    assert outcome(road.run())[0] == [True]


class TestRedLight:
    """On a ground that has lights: eastbound on the main road of the encounters' crossroads."""

    def of(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, light: str, *, y_m: float = -1.75) -> Road:
        from v2x.field.encounter_ground import ground_of
        from v2x.scenario.model_encounters import EncounterTraffic

        config = {"kind": "encounters", "application": "rlvw", "sites": 1, "origin": position(0.0, 0.0)}
        field = ground_of(EncounterTraffic.model_validate(config))
        monkeypatch.setattr("v2x_analysis.applications.lanes.field_of", lambda _run: field)
        road = Road(tmp_path / "run", ["rlvw"]).drive({"ego": lane(-120.0, 14.0, y_m=y_m)}, until_s=12.0)
        return road.light(0.0, "E01", 1, light).light(0.0, "E01", 2, "green")

    @pytest.mark.parametrize("light", ["red", "green"])
    def test_only_red_is_a_hazard(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, light: str) -> None:
        road = self.of(tmp_path, monkeypatch, light).alert("rlvw", 4.0, 7.0)
        assert outcome(road.run()) == (([True], [False]) if light == "red" else ([False], []))

    def test_what_counts_is_the_light_at_arrival(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The front is at the line after (120 - 20 - 2.25) / 14 = 6.98 s."""
        road = self.of(tmp_path, monkeypatch, "red").light(6.5, "E01", 1, "green").alert("rlvw", 5.0, 6.0)
        assert outcome(road.run()) == ([False], [])
        again = self.of(tmp_path / "late", monkeypatch, "green").light(6.5, "E01", 1, "red")
        assert outcome(again.run()) == ([], [True])

    def test_lead_time(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        run = self.of(tmp_path, monkeypatch, "red").alert("rlvw", 5.0, 7.0).run()
        assert scores(run)["rlvw.lead_time_s.p50"].value == pytest.approx(97.75 / 14.0 - 5.0, abs=0.01)

    def test_a_right_turn_on_round_red_is_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        road = self.of(tmp_path, monkeypatch, "red", y_m=-5.25).alert("rlvw", 4.0, 7.0)
        assert outcome(road.run()) == ([False], [])

    def test_who_waits_at_red_until_the_end_may_be_about_to_go_straight_on(self) -> None:
        from v2x_analysis.applications.light_oracle import _groups

        moves = (Connection("right", 1, 1, on_red=True), Connection("straight", 2, 2))
        both = Lane(1, "vehicle", True, np.array([[0.0, 0.0], [0.0, -50.0]]), 3.5, 13.9, link="s", connections=moves)
        assert [_groups(both, movement) for movement in (None, "straight", "right")] == [{2}, {2}, set()]

    def test_without_recorded_lights_nothing_is_said(self, tmp_path: Path) -> None:
        road = Road(tmp_path / "run", ["rlvw"]).drive({"ego": lane(0.0, 12.0)}, until_s=2.0)
        assert findings(road.run()) == []


def test_rates_count_hours(tmp_path: Path) -> None:
    """Two false alarms in 5 s; Garwood's interval of 2 events is 0.2422 to 7.2247."""
    from v2x_analysis import score

    road = Road(tmp_path / "run", ["fcw"]).drive({"ego": lane(0.0, 12.0)}, until_s=5.0)
    figures = score(road.alert("fcw", 1.0, 1.5).alert("fcw", 3.0, 3.5).run()).metrics
    hours = 5.0 / 3600.0
    assert figures["fcw.exposure_h"].value == pytest.approx(hours)
    assert figures["fcw.false_alarms_per_h"].value == pytest.approx(2.0 / hours)
    assert figures["fcw.false_alarms_per_h"].interval == pytest.approx((0.2422 / hours, 7.2247 / hours), rel=1e-4)
