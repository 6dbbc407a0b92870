"""Profiles of remote driving: the table, three verdicts, grade, and which requirement broke first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from remote_tables import MS, Drive, S, run

from v2x.errors import InputError
from v2x.scenario.remote_profiles import RemoteRow, read_profiles, remote_profile, remote_profiles
from v2x_analysis import Run, score
from v2x_analysis.remote.figures import figures
from v2x_analysis.remote.measured import measured
from v2x_analysis.remote.tracked import Kind, Observed, Tracked
from v2x_analysis.remote.verdicts import Judged, first_broken, judged, margin, overall


def row(at_most: float | None = None, at_least: float | None = None, **more: object) -> RemoteRow:
    about = {"id": "N1", "title": "t", "metric": "remote.g2g_ms.p95", "level": "hard", "unit": "run", "source": "s"}
    return RemoteRow.model_validate({**about, "status": "assumed", "at_most": at_most, "at_least": at_least, **more})


def verdict(run: Run, name: str) -> Judged:
    return next(one for one in run.derived(judged) if one.row.id == name)


# ---------------------------------------------------------------- the table


def test_profiles_are_named_and_say_where_they_are_from(tmp_path: Path) -> None:
    profiles = remote_profiles()
    assert list(profiles) == [
        "site_custom",
        "stvfernlv_2025",
        "3gpp_22156",
        "3gpp_22186",
        "valu3s_lowspeed",
        "closed_slalom",
    ]
    known = run(tmp_path / "run", Drive(5.0)).derived(measured)
    for profile in profiles.values():
        ids = {each.id.partition(".")[0] for each in profile.rows}
        assert ids == {f"N{k}" for k in range(1, 9)} | {f"D{k}" for k in range(1, 9)}
        assert all(each.source and each.metric in known for each in profile.rows)
        assert profile.edition


def test_a_profile_takes_over_rows_and_replaces_its_own() -> None:
    ours, law, stretch = (remote_profile(name) for name in ("site_custom", "stvfernlv_2025", "3gpp_22186"))
    assert [each.id for each in law.rows] == [each.id for each in ours.rows]
    rows = {each.id: each for each in law.rows}
    assert (rows["N3"].limit, rows["N3"].level, rows["N3"].status) == (0.0, "hard", "secondary")
    assert (rows["N4.uplink"].level, law.settings.law_ms) == ("info", 200)
    assert (stretch.settings.uplink_ms, stretch.settings.downlink_ms) == (5, 5)


@pytest.mark.parametrize(
    ("bounds", "reason"),
    [
        ({}, "exactly one"),
        ({"at_most": 1.0, "at_least": 1.0}, "exactly one"),
        ({"at_most": 1.0, "id": "X1"}, "pattern"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(bounds: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        row(**bounds)  # type: ignore[arg-type]


SETTINGS = "settings: {uplink_ms: 1, downlink_ms: 1, law_ms: 1, speed_tolerance_mps: 0}"
ROW = "{id: N1, title: t, metric: remote.x, at_most: 1, level: soft, unit: run, source: s, status: memory}"


@pytest.mark.parametrize(
    ("rest", "reason"),
    [
        ("extends: nobody", "extends 'nobody', which does not stand above it"),
        (f"rows: [{ROW}, {ROW}]", "'N1' is there twice"),
        ("rows: [{id: N1}]", "Field required"),
        ("rows: [", "cannot be read"),
    ],
)
def test_a_damaged_file_says_where(tmp_path: Path, rest: str, reason: str) -> None:
    file = tmp_path / "profiles.yaml"
    file.write_text(f"- profile: a\n  title: A\n  document: d\n  edition: e\n  {SETTINGS}\n  {rest}\n")
    with pytest.raises(InputError, match=reason):
        read_profiles(file)


# ---------------------------------------------------------------- margins and moments


@pytest.mark.parametrize(
    ("asked", "value", "expected"),
    [
        (row(100.0), 50.0, 1.0),
        (row(100.0), 80.0, 1.0),
        (row(100.0), 100.0, 0.5),
        (row(100.0), 120.0, 0.0),
        (row(0.0), 0.0, 1.0),
        (row(0.0), 0.1, 0.0),
        (row(at_least=0.99), 0.99, 0.5),
        (row(at_least=0.99), 0.988, 0.0),
        (row(at_least=0.99), 0.992, 1.0),
        (row(at_least=1.0), 1.0, 1.0),
        (row(at_least=1.5), 1.5 / 0.8, 1.0),
        (row(at_least=1.5), 1.5, 0.5),
        (row(at_least=1.5), 0.0, 0.0),
    ],
)
def test_margins(asked: RemoteRow, value: float, expected: float) -> None:
    assert margin(asked, value) == pytest.approx(expected)


KINDS: tuple[Kind, ...] = ("mean", "rms", "quantile", "max", "min", "sum")


@given(
    kind=st.sampled_from(KINDS),
    values=st.lists(st.integers(0, 20), min_size=1, max_size=40),
    limit=st.integers(0, 20),
    share=st.sampled_from((0.5, 0.95)),
)
def test_a_bound_is_lost_at_a_moment_just_when_the_figure_misses_it(
    kind: Kind, values: list[int], limit: int, share: float
) -> None:
    numbers = np.array(values, np.float64)
    each = Observed(np.arange(len(numbers)) * S, numbers, np.zeros(len(numbers), np.int64))
    figure = Tracked(each, kind, "m", share)
    asked = row(at_least=limit + 0.5) if kind == "min" else row(limit + 0.5)
    value = figure.measurement.value
    assert value is not None
    keeps = value >= asked.limit if kind == "min" else value <= asked.limit
    assert (figure.lost_ns(asked) is None) == keeps


def test_the_moment_is_when_the_budget_is_used_up() -> None:
    values = np.zeros(100)
    values[[10, 20, 30, 40, 50, 60, 70]] = 9.0
    each = Observed(np.arange(100) * S, values, np.zeros(100, np.int64))
    assert Tracked(each, "max", "m").lost_ns(row(8.0)) == 10 * S
    assert Tracked(each, "quantile", "m", 0.95).lost_ns(row(8.0)) == 60 * S  # the sixth of five that may be
    assert Tracked(each, "mean", "m").lost_ns(row(0.3)) == 40 * S  # 36 of 30
    assert Tracked(each, "sum", "m", exposure=2.0).lost_ns(row(20.0)) == 50 * S  # 45 of 40
    assert Tracked(each, "spread", "m").lost_ns(row(8.0)) == 60 * S
    assert Tracked(each, "max", "m").lost_ns(row(9.0)) is None


# ---------------------------------------------------------------- verdicts


def test_the_rule_of_three_in_seconds_of_a_link(tmp_path: Path) -> None:
    """99 % needs 299 clean seconds, and a few more for what blocks may hide."""
    long, brief = (run(tmp_path / str(s), Drive(s).arrive()) for s in (330.0, 60.0))
    shown, open_ = verdict(long, "N4.uplink").judgement, verdict(brief, "N4.uplink").judgement
    assert (shown.verdict, shown.unit, shown.min_units) == ("PASS", "link_second", 299)
    assert shown.n_units >= 299
    assert open_.verdict == "INCONCLUSIVE"
    assert "of 299 independent link seconds" in open_.reason


def test_samples_are_as_many_as_blocks_scatter(tmp_path: Path) -> None:
    """Three of six blocks have all of their pictures late: 3000 commands are worth a handful."""
    good = run(tmp_path / "good", Drive(60.0))
    drive = Drive(60.0)
    late = (drive.pictures["t_ns"] // (10 * S)) % 2 == 1
    drive.pictures["shown_ns"][late] = drive.pictures["t_ns"][late] + 160 * MS
    assert verdict(good, "N1").judgement.verdict == "PASS"
    clustered = verdict(run(tmp_path / "clustered", drive), "N1.p50").judgement
    assert (clustered.verdict, clustered.unit) == ("INCONCLUSIVE", "sample")
    assert 1 <= clustered.n_units <= 10
    drive.pictures["shown_ns"][:] = drive.pictures["t_ns"] + 160 * MS
    assert verdict(run(tmp_path / "bad", drive), "N1").judgement.verdict == "FAIL"


def test_a_brief_run_shows_nothing_by_samples(tmp_path: Path) -> None:
    judgement = verdict(run(tmp_path / "run", Drive(9.0)), "N2").judgement
    assert (judgement.verdict, judgement.reason) == (
        "INCONCLUSIVE", "one block of 10 s does not tell how failures cluster",
    )  # fmt: skip


def test_what_did_not_happen_is_left_out(tmp_path: Path) -> None:
    found = run(tmp_path / "run", Drive(330.0).arrive())
    way = verdict(found, "D6.way")
    assert (way.judgement.verdict, way.judgement.reason) == ("INCONCLUSIVE", "no minimal-risk manoeuvre in this run")
    assert (way.left_out, verdict(found, "D6.false").left_out) == (True, False)
    met = figures(found)["remote.profile_met"]
    assert met.value == 1.0
    assert met.remark == (  # type: ignore[union-attr]
        "site_custom: PASS, all of 15 hard rows; D6.detection, D6.way, D6.lateral, D6.follower left out"
    )


def test_a_profile_may_require_that_it_happens(tmp_path: Path) -> None:
    """Commands of 20 ms and no outage: VALU3S asks for a vehicle that stops in one."""
    found = run(tmp_path / "run", Drive(330.0).arrive(), remote={"profile": "valu3s_lowspeed"})
    detection = verdict(found, "D6.detection")
    assert (detection.judgement.verdict, detection.left_out) == ("INCONCLUSIVE", False)
    assert figures(found)["remote.profile_met"].value is None


def test_a_manoeuvre_that_has_not_ended_is_open(tmp_path: Path) -> None:
    drive = Drive(330.0)
    drive.stop(at_s=325.0, noticed_s=325.52)
    drive.events = [event for event in drive.events if event[1] != "remote.stopped"]
    way = verdict(run(tmp_path / "run", drive), "D6.way")
    assert (way.left_out, way.judgement.reason) == (False, "no minimal-risk manoeuvre came to its end")


def test_a_clean_run_with_an_outage_passes(tmp_path: Path) -> None:
    drive = Drive(330.0)
    drive.stop(at_s=325.0, noticed_s=325.52)
    drive.arrive()
    # the desk stops sending: commands that nobody sends are not lost
    sent = ~np.ma.getmaskarray(drive.commands["arrived_ns"])
    drive.commands = {name: column[sent] for name, column in drive.commands.items()}
    found = run(tmp_path / "run", drive, pass_if=[{"metric": "remote.profile_met", "at_least": 1, "unit": "run"}])
    card = score(found)
    assert {one.row.id for one in found.derived(judged) if one.judgement.verdict == "FAIL"} == {"D8"}  # for information
    assert (card.verdict, card.metrics["remote.profile_met"].value) == ("PASS", 1.0)
    assert card.metrics["remote.grade"].number == pytest.approx(100.0, abs=10.0)
    assert card.metrics["remote.first_broken_s"].value is None


def test_the_requirement_that_broke_first(tmp_path: Path) -> None:
    """Out of the lane at 12 s, 0.9 m from the course at 15 s, and rms by then or later."""
    drive = Drive(30.0).arrive()
    drive.steps["lane_m"][1200:1300] = 0.1
    drive.steps["offset_m"][1500:1600] = 0.9
    found = run(tmp_path / "run", drive)
    first = first_broken(found.derived(judged))
    assert first is not None
    assert (first.row.id, first.broke_ns) == ("D2", 12 * S)
    assert verdict(found, "D1.max").broke_ns == 15 * S
    card = score(found)
    assert card.metrics["remote.first_broken_s"].value == 12.0
    assert card.metrics["remote.first_broken_s"].remark == "D2: Time out of the lane"
    assert (card.metrics["remote.requirement.d2"].value, card.metrics["remote.profile_met"].value) == (0.0, 0.0)
    assert card.metrics["remote.profile_met"].remark == "site_custom: FAIL, for D1.max, D2"


def test_a_lost_soft_row_fails_nobody(tmp_path: Path) -> None:
    drive = Drive(30.0).arrive()
    drive.steps["limit_mps"][:] = 9.0
    rows = run(tmp_path / "run", drive).derived(judged)
    failed = {one.row.id: one.row.level for one in rows if one.judgement.verdict == "FAIL"}
    assert failed == {"D5.limit": "soft"}
    assert overall(rows) == "INCONCLUSIVE"
    assert overall([one for one in rows if one.judgement.verdict != "INCONCLUSIVE"]) == "PASS"
