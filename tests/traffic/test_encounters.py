"""Played encounters: what the source promises at their begin comes true, and braking in time helps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from encounters import STEP_NS, Notes, config_of, of_kind, play, source_of, steps
from shapely import Polygon

from v2x.clock import NS_PER_S
from v2x.errors import TrafficError
from v2x.field.encounter_ground import SITE_APART_M, STOP_M
from v2x.geo import Plane
from v2x.scenario.model_encounters import EncounterApplication
from v2x.traffic.base import KINDS, DriveCommand, SignalCommand, Snapshot
from v2x.traffic.encounters.source import SCENES, EncounterTraffic

APPLICATIONS = sorted(SCENES)
ELSEWHERE = {"opposite", "parallel", "leaves"}
HAZARDS = {
    "fcw": {"stopped", "slower"},
    "ebw": {"ahead"},
    "evw": {"behind", "crossing"},
    "rlvw": {"red_stays", "turns_red", "right_arrow"},
    "glosa": {"red_ends"},
    "slw": {"too_fast"},
    "hlw": {"ahead"},
    "ivs": {"ahead"},
    "tjw": {"ahead"},
    "vrucw": {"near_side", "far_side"},
}
NEAR = {
    "fcw": {"next_lane", "opens", "oncoming"},
    "ebw": {"next_lane", "oncoming"},
    "evw": {"passed", "leaving", "no_lights"},
    "rlvw": {"green_in_time", "green", "right_on_red"},
    "glosa": {"green_in_time", "green"},
    "slw": {"slow_enough", *ELSEWHERE},
    "hlw": ELSEWHERE,
    "ivs": ELSEWHERE,
    "tjw": ELSEWHERE,
    "vrucw": {"waits", "gone"},
}
CONFLICTS = ("encounter.contact", "encounter.conflict")


def test_there_are_scenes_for_every_application() -> None:
    assert set(APPLICATIONS) == set(EncounterApplication.__args__)  # type: ignore[attr-defined]


@pytest.mark.parametrize("application", APPLICATIONS)
def test_without_reaction_every_hazard_comes_true_and_nothing_else(application: str) -> None:
    notes = play(source_of(config_of(application, sites=16, hazard_share=0.6)))
    starts, conflicts = of_kind(notes, "encounter.start"), of_kind(notes, *CONFLICTS)
    hazards = {episode for episode, start in starts.items() if start["hazard"]}
    assert len(starts) == 32 and 10 <= len(hazards) <= 28  # 19 expected, standard deviation 2.8
    assert conflicts.keys() == hazards
    for episode in hazards:
        late_ns = conflicts[episode]["t_ns"] - starts[episode]["conflict_t_ns"]
        assert 0 <= late_ns < STEP_NS or abs(late_ns) < 1e6  # contacts are seen at steps, lines between them
    ends = of_kind(notes, "encounter.end")
    assert ends.keys() == starts.keys()
    for episode, end in ends.items():
        informs = application == "ivs" or (application == "evw" and starts[episode]["variant"] != "crossing")
        assert end["avoided"] == (None if informs else episode not in hazards)


@pytest.mark.parametrize("application", APPLICATIONS)
def test_scenes_come_to_what_their_variants_say(application: str) -> None:
    """With wider draws than usual."""
    keys: dict[str, Any] = {"speed_mps": (5.0, 25.0), "lateral_m": 0.4}
    source = source_of(config_of(application, sites=40, hazard_share=0.4, **keys))
    source.step(0)
    found = {(start["variant"], start["hazard"]) for start in source.notes()}
    assert found == {(name, True) for name in HAZARDS[application]} | {(name, False) for name in NEAR[application]}


@pytest.mark.parametrize("application", sorted({*APPLICATIONS} - {"ivs"}))
@pytest.mark.parametrize(("late_s", "avoided"), [(-0.15, True), (0.35, False)])
def test_the_latest_braking_is_the_latest(application: str, late_s: float, avoided: bool) -> None:
    """Braking begins at a step, so with 0.15 s in hand it is never late; 0.35 s later it always is."""

    def brake(t_ns: int, notes: Notes) -> list[DriveCommand]:
        starts = of_kind(notes, "encounter.start").values()
        due = [start for start in starts if start["last_brake_t_ns"] is not None]
        late_ns = round(late_s * NS_PER_S)
        return [
            DriveCommand(start["subject"], brake_mps2=4.0)
            for start in due
            if start["last_brake_t_ns"] + late_ns <= t_ns
        ]

    notes = play(source_of(config_of(application, sites=8, hazard_share=1.0, brake_mps2=4.0)), steer=brake)
    asked = {e for e, start in of_kind(notes, "encounter.start").items() if start["last_brake_t_ns"] is not None}
    ends = of_kind(notes, "encounter.end")
    assert asked and (application == "evw" or len(asked) == 16)
    assert {ends[episode]["avoided"] for episode in asked} == {avoided}


@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_driver_can_be_warned_in_time(application: str) -> None:
    """Between what shows the danger and the latest alert is time for a message and a decision."""
    source = source_of(config_of(application, sites=40, hazard_share=1.0), duration_s=30.0)
    source.step(0)
    for start in of_kind(source.notes(), "encounter.start").values():
        if start["last_alert_t_ns"] is not None:
            assert start["last_brake_t_ns"] - start["last_alert_t_ns"] == pytest.approx(1.0 * NS_PER_S, abs=2)
            assert start["last_alert_t_ns"] - start["cue_t_ns"] > 0.3 * NS_PER_S


def _outline(snapshot: Snapshot, row: int) -> Polygon:
    heading = np.radians(snapshot.heading_deg[row])
    ahead = np.array([np.sin(heading), np.cos(heading)]) * snapshot.length_m[row] / 2.0
    right = np.array([np.cos(heading), -np.sin(heading)]) * snapshot.width_m[row] / 2.0
    middle = np.array([snapshot.x_m[row], snapshot.y_m[row]])
    return Polygon([middle + ahead + right, middle + ahead - right, middle - ahead - right, middle - ahead + right])


@pytest.mark.parametrize("application", ["fcw", "ebw", "evw", "tjw", "vrucw"])
def test_contacts_are_what_the_snapshots_show(application: str) -> None:
    """By polygons of shapely in the snapshots, which know nothing of rules."""
    notes: Notes = []
    touched: dict[str, int] = {}
    for snapshot in steps(source_of(config_of(application, sites=4, hazard_share=0.5)), notes):
        names = snapshot.id.tolist()
        for row, name in enumerate(names):
            episode, _, role = name.partition(".")
            if role != "subject" or episode in touched:
                continue
            own = _outline(snapshot, row)
            others = [k for k, other in enumerate(names) if other.startswith(f"{episode}.") and k != row]
            if any(own.intersects(_outline(snapshot, k)) for k in others):
                touched[episode] = snapshot.t_ns
    contacts = {episode: note["t_ns"] for episode, note in of_kind(notes, "encounter.contact").items()}
    assert contacts == touched


@pytest.mark.parametrize("application", ["rlvw", "glosa"])
def test_hazards_at_lights_pass_the_line_at_red(application: str) -> None:
    """By the heads that roadside units get, and the subject's place in the snapshots."""
    notes: Notes = []
    source = source_of(config_of(application, sites=16, hazard_share=0.5))
    lights: dict[str, str] = {}
    for snapshot in steps(source, notes):
        groups = source.signals()[0].groups
        for row, name in enumerate(snapshot.id.tolist()):
            direction = round(snapshot.heading_deg[row] / 90.0) % 4
            x_m = snapshot.x_m[row]
            y_m = (snapshot.y_m[row] + SITE_APART_M / 2.0) % SITE_APART_M - SITE_APART_M / 2.0
            along_m = (y_m, x_m, -y_m, -x_m)[direction]
            if along_m + snapshot.length_m[row] / 2.0 < -STOP_M:  # still before the line: last seen counts
                lights[name] = groups[1 if direction % 2 else 2]
    starts = of_kind(notes, "encounter.start").values()
    assert {start["variant"] for start in starts} >= {"green", "green_in_time"}
    for start in starts:
        red = start["hazard"] or start["variant"] == "right_on_red"
        assert lights[start["subject"]] == ("red" if red else "green"), start["variant"]


def test_right_turners_come_from_where_their_lamp_is() -> None:
    """By their headings, and what the MAP says of the lanes that lead that way."""
    source, notes = source_of(config_of("rlvw", sites=40, hazard_share=0.5)), []
    headings: dict[str, list[int]] = {}
    for snapshot in steps(source, notes):
        for name, heading_deg in zip(snapshot.id.tolist(), snapshot.heading_deg.tolist(), strict=True):
            headings.setdefault(name, []).append(round(heading_deg / 90.0) % 4)
    on_red = {}
    for lane in source.ground.intersections["E01"].lanes:
        if lane.connections and lane.connections[0].maneuver == "right":
            east_m, north_m = lane.points_m[0] - lane.points_m[1]
            on_red[round(np.degrees(np.arctan2(east_m, north_m)) / 90.0) % 4] = lane.connections[0].on_red
    found = set()
    for start in of_kind(notes, "encounter.start").values():
        first, *_, last = headings[start["subject"]]
        turns = start["variant"] in ("right_on_red", "right_arrow")
        assert (last - first) % 4 == turns
        if turns:
            assert on_red[first] == (start["variant"] == "right_on_red")
            found.add(first)
    assert len(found) == 4


def test_glosa_hazards_are_saved_by_a_lower_speed() -> None:
    """Slowed so that the way takes until the light has changed, subjects arrive at green without a stop."""
    source = source_of(config_of("glosa", sites=16, hazard_share=1.0))
    slowest: dict[str, float] = {}

    def advise(t_ns: int, notes: Notes) -> list[DriveCommand]:
        commands = []
        for start in of_kind(notes, "encounter.start").values():
            begin_ns = start["conflict_t_ns"] // (30 * NS_PER_S) * 30 * NS_PER_S
            if t_ns - begin_ns == 2 * NS_PER_S:
                left_s, wanted_s = (start["conflict_t_ns"] - t_ns) / NS_PER_S, 14.5
                cap_mps = start["speed_mps"] * left_s / wanted_s
                commands.append(DriveCommand(start["subject"], cap_mps=cap_mps))
        return commands

    notes: Notes = []
    for snapshot in steps(source, notes, steer=advise):
        for name, speed_mps in zip(snapshot.id.tolist(), snapshot.speed_mps.tolist(), strict=True):
            slowest[name] = min(slowest.get(name, np.inf), speed_mps)
    assert {end["avoided"] for end in of_kind(notes, "encounter.end").values()} == {True}
    assert min(slowest.values()) > 5.0


def test_who_plays() -> None:
    roles: dict[str, set[str]] = {}
    for application in ("evw", "ebw", "rlvw", "tjw", "vrucw"):
        source = source_of(config_of(application, sites=20, hazard_share=0.5), duration_s=30.0)
        snapshot = source.step(0)
        assert list(snapshot.id) == sorted(snapshot.id)
        variants = {note["episode"]: note["variant"] for note in source.notes()}
        for name, kind in zip(snapshot.id.tolist(), snapshot.type.tolist(), strict=True):
            episode, _, role = name.partition(".")
            roles.setdefault(f"{application} {variants[episode]}", set()).add(role)
            assert (role == "walker") == (KINDS[kind] == "pedestrian")
    assert roles["evw behind"] == roles["evw crossing"] == roles["evw passed"] == {"subject", "emergency"}
    assert roles["evw no_lights"] == {"subject", "other"}
    assert roles["ebw ahead"] == {"subject", "between", "lead"}
    assert roles["tjw ahead"] == {"subject", *(f"queue{k}" for k in range(8))}
    assert roles["rlvw right_on_red"] == {"subject"}


def test_the_script_does_not_depend_on_the_step() -> None:
    fine, coarse = (source_of(config_of("ebw", sites=5), step_ns=ns) for ns in (STEP_NS // 5, STEP_NS))
    for t_ns in range(0, 30 * NS_PER_S, STEP_NS // 5):
        one = fine.step(t_ns)
        if t_ns % STEP_NS == 0:
            other = coarse.step(t_ns)
            assert np.allclose(one.x_m, other.x_m, atol=1e-9) and np.allclose(one.y_m, other.y_m, atol=1e-9)


def test_speeds_are_those_of_the_positions() -> None:
    """Corners, braking leads and walkers included: ways between steps, by the trapezoid of the speeds."""
    for application in ("rlvw", "ebw", "vrucw"):
        before: Snapshot | None = None
        for snapshot in steps(source_of(config_of(application, sites=12, hazard_share=0.5)), []):
            if before is not None and np.array_equal(before.id, snapshot.id):
                way_m = np.hypot(snapshot.x_m - before.x_m, snapshot.y_m - before.y_m)
                assert np.allclose(way_m, 0.05 * (snapshot.speed_mps + before.speed_mps), atol=0.02)
            before = snapshot


def test_only_whole_slots_are_played() -> None:
    source = source_of(config_of("fcw", sites=2), duration_s=75.0)
    rows = {t_s: len(source.step(t_s * NS_PER_S)) for t_s in (0, 29, 30, 59, 60, 74)}
    assert [rows[t_s] > 0 for t_s in rows] == [True, True, True, True, False, False]
    assert source.statistics()["departed"] == source.statistics()["arrived"] == 8.0


def test_runs_repeat_and_seeds_differ() -> None:
    first, again, other = (play(source_of(config_of("fcw", sites=2), seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


class TestSteering:
    @staticmethod
    def _speeds(commands: Mapping[int, DriveCommand | SignalCommand], until_s: int = 12) -> list[float]:
        """Of a subject that cruises, at whole seconds; commands at whole seconds."""
        source, speeds = source_of(config_of("fcw", sites=1, hazard_share=1.0)), []
        for t_ns in range(0, until_s * NS_PER_S, STEP_NS):
            snapshot = source.step(t_ns)
            t_s, rest = divmod(t_ns, NS_PER_S)
            if rest == 0:
                speeds.append(float(snapshot.speed_mps[snapshot.id.tolist().index("e0000.subject")]))
                source.steer([commands[t_s]] if t_s in commands else [])
        return speeds

    def test_a_cap_holds_until_it_is_lifted(self) -> None:
        cruise = self._speeds({})[0]
        capped = self._speeds({2: DriveCommand("e0000.subject", cap_mps=5.0), 8: DriveCommand("e0000.subject")}, 20)
        assert capped[2] == cruise and capped[3] == pytest.approx(cruise - 2.0)
        assert capped[8] == pytest.approx(5.0) and capped[9] == pytest.approx(6.5)
        assert capped[-1] == pytest.approx(cruise)

    def test_a_braking_lasts(self) -> None:
        cruise = self._speeds({})[0]
        braked = self._speeds({2: DriveCommand("e0000.subject", brake_mps2=3.0), 3: DriveCommand("e0000.subject")})
        assert braked[3] == braked[-1] == pytest.approx(cruise - 3.0)

    def test_nobody_drives_backwards(self) -> None:
        braked = self._speeds({2: DriveCommand("e0000.subject", brake_mps2=9.0)})
        assert braked[-1] == 0.0 and min(braked) == 0.0

    @pytest.mark.parametrize(
        "command", [DriveCommand("e0000.lead", brake_mps2=9.0), DriveCommand("x"), SignalCommand("E01", 1, 0, 1)]
    )
    def test_others_do_not_obey(self, command: DriveCommand | SignalCommand) -> None:
        assert self._speeds({2: command}) == self._speeds({})


def test_another_plane_is_refused() -> None:
    config = config_of("fcw")
    source = source_of(config)
    with pytest.raises(TrafficError, match="leave the field null"):
        EncounterTraffic(config, source._clock, Plane.tangent(117.0, 39.0), 1)


@pytest.mark.parametrize(
    "wrong", [{"speed_mps": (14.0, 12.0)}, {"spacing_s": 10}, {"application": "xyz"}, {"sites": 0}]
)
def test_wrong_configurations_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        config_of(**{"application": "fcw", **wrong})
