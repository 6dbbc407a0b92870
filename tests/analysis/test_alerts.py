"""Alerts in scripted encounters: what counts as missed, late, false, and how sure that is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from alert_kit import Road, S, lane

from v2x.errors import RunFolderError
from v2x.scenario.model import Criterion
from v2x_analysis import Run, score
from v2x_analysis.applications.alerts import alerts, subjects
from v2x_analysis.judging import judge
from v2x_analysis.metrics.alerts import scores
from v2x_analysis.metrics.glosa import effect
from v2x_analysis.report import write_report

#: Of hazards: conflict at 10 s, braking helps until 9 s, the driver must be told by 8 s.
HAZARD = {"hazard": True, "conflict_t_ns": 10 * S, "last_brake_t_ns": 9 * S, "last_alert_t_ns": 8 * S}
HARMLESS = {"hazard": False, "conflict_t_ns": None, "last_brake_t_ns": None, "last_alert_t_ns": None}
INFORMS = {**HAZARD, "last_brake_t_ns": None, "last_alert_t_ns": None}


def encounters(
    path: Path, *played: tuple[dict[str, Any], float | None, bool | None], application: str = "fcw", **scenario: Any
) -> Run:
    """Of each: its truth, when the subject was told, and whether it was avoided."""
    road = Road(path, [application], **scenario)
    road.drive({"ego": lane(0.0, 10.0)}, until_s=0.1)
    for number, (truth, told_s, avoided) in enumerate(played):
        name = f"e{number:04d}"
        about = {"episode": name, "application": application, "variant": "v", "subject": f"{name}.subject"}
        road.event(0.0, "traffic", "encounter.start", **about, cue_t_ns=0, speed_mps=10.0, **truth)
        if told_s is not None and application == "glosa":
            road.event(told_s, f"{name}.subject", "glosa.advice", speed_mps=8.0)
        elif told_s is not None:
            road.event(told_s, f"{name}.subject", "alert.start", application=application, about="x")
        road.event(15.0, "traffic", "encounter.end", episode=name, avoided=avoided)
    return road.run()


def values(run: Run) -> dict[str, float | None]:
    return {key: measurement.value for key, measurement in scores(run).items()}


def test_what_counts_as_what(tmp_path: Path) -> None:
    run = encounters(
        tmp_path / "run",
        (HAZARD, 6.0, True),
        (HAZARD, 8.0, True),
        (HAZARD, 8.5, False),  # late
        (HAZARD, 9.5, False),  # missed: no brakes can help any more
        (HAZARD, None, False),  # missed
        (HARMLESS, None, True),
        (HARMLESS, 3.0, True),
        driver={"heeds": "all"},
    )
    found = values(run)
    assert (found["fcw.misses"], found["fcw.late"], found["fcw.false_alarms"]) == (2.0, 1.0, 1.0)
    assert (found["fcw.miss_rate"], found["fcw.false_alarm_rate"]) == (0.4, 0.5)
    assert found["fcw.avoided_share"] == 0.4
    # told at 6, 8, 8.5 and 9.5 s of a conflict at 10 s
    assert [found[f"fcw.lead_time_s.p{p}"] for p in (5, 50, 95)] == [0.5, 1.5, 4.0]
    assert scores(run)["fcw.misses"].n == 5


def test_where_braking_is_no_answer_the_conflict_is_the_deadline(tmp_path: Path) -> None:
    run = encounters(tmp_path / "run", (INFORMS, 9.9, None), (INFORMS, 10.1, None), application="ivs", driver={})
    found = values(run)
    assert (found["ivs.misses"], found["ivs.late"]) == (1.0, 0.0)
    assert found["ivs.lead_time_s.p50"] == pytest.approx(0.1)
    assert "ivs.avoided_share" not in found


def test_nothing_is_avoided_where_nobody_reacts(tmp_path: Path) -> None:
    assert "fcw.avoided_share" not in values(encounters(tmp_path / "run", (HAZARD, 6.0, False)))


def test_encounters_without_an_end_do_not_count(tmp_path: Path) -> None:
    road = Road(tmp_path / "run", ["fcw"]).drive({"ego": lane(0.0, 10.0)}, until_s=0.1)
    about = {"episode": "e0", "application": "fcw", "variant": "v", "subject": "s", "cue_t_ns": 0, "speed_mps": 9.0}
    run = road.event(0.0, "traffic", "encounter.start", **about, **HAZARD).run()
    assert values(run)["fcw.exposure_h"] is not None and values(run)["fcw.misses"] == 0.0  # as traffic without a script


def test_advice_counts_as_being_told(tmp_path: Path) -> None:
    played = (HAZARD, 4.0, True), (HAZARD, None, False), (HARMLESS, 2.0, True)
    run = encounters(tmp_path / "run", *played, application="glosa", driver={})
    found = {key: measurement.value for key, measurement in effect(run).items()}
    assert (found["glosa.misses"], found["glosa.avoided_share"], found["glosa.lead_time_s.p50"]) == (1.0, 0.5, 6.0)
    assert not scores(run)


def test_intervals_are_exact(tmp_path: Path) -> None:
    """Zero misses in 300 bound the rate at 1 % (95 %, one-sided); 1 of 20 gives 0.13 to 24.9 % (two-sided)."""
    run = encounters(tmp_path / "clean", *[(HAZARD, 6.0, True)] * 300)
    figure = score(run).metrics["fcw.miss_rate"]
    assert figure.n == figure.n_units == 300
    assert figure.interval == (0.0, pytest.approx(0.00994, abs=1e-5))
    run = encounters(tmp_path / "one", (HAZARD, None, False), *[(HAZARD, 6.0, True)] * 19)
    assert score(run).metrics["fcw.miss_rate"].interval == pytest.approx((0.0012650895, 0.2487328), abs=1e-6)
    assert json.loads((run.folder / "scorecard.json").read_text())["metrics"]["fcw.miss_rate"]["interval"]


@pytest.mark.parametrize(("bound", "verdict"), [(0.01, "PASS"), (0.005, "INCONCLUSIVE")])
def test_criteria_on_encounters_take_the_exact_interval(tmp_path: Path, bound: float, verdict: str) -> None:
    run = encounters(tmp_path / "run", *[(HAZARD, 6.0, True)] * 300)
    criterion = Criterion(metric="fcw.miss_rate", at_most=bound, unit="encounter")
    assert judge(criterion, scores(run)["fcw.miss_rate"], 1).verdict == verdict


def test_alerts_begin_and_end(tmp_path: Path) -> None:
    road = Road(tmp_path / "run", ["fcw", "ebw"]).drive({"ego": lane(0.0, 10.0)}, until_s=5.0)
    run = road.alert("fcw", 1.0, 2.0).alert("ebw", 1.5).alert("fcw", 3.0, 4.0, about="b").run()
    table = alerts(run)
    assert table[["application", "about", "start_ns", "end_ns"]].to_numpy().tolist() == [
        ["fcw", "a", 1 * S, 2 * S],
        ["ebw", "a", 1.5 * S, 20 * S],  # to the end of the run
        ["fcw", "b", 3 * S, 4 * S],
    ]
    (subject,) = subjects(run)
    assert (subject.station, subject.from_ns, subject.until_ns) == ("ego", 0, 5 * S)
    assert subject.applications == ("fcw", "ebw")


def test_damaged_events_are_an_error_of_the_folder(tmp_path: Path) -> None:
    road = Road(tmp_path / "run", ["fcw"])
    row = {"t_ns": 0, "station": "ego", "kind": "alert.start", "fields": "{"}
    road.writer.append("events", row)
    with pytest.raises(RunFolderError, match="damaged event"):
        alerts(road.run())


def test_the_report_shows_applications(tmp_path: Path) -> None:
    played = [(HAZARD, 6.0, True)] * 3 + [(HAZARD, None, False), (HARMLESS, 3.0, True)]
    run = encounters(tmp_path / "run", *played, driver={})
    page = write_report(run).read_text(encoding="utf-8")
    assert "forward collision warning" in page and "Lead time of alerts" in page
    assert re.search(r"<td>4</td><td>1 \(0\.\d+ % … 80\.59 %\)</td><td>1 / 1 \(\d", page)  # 1 of 4: Clopper-Pearson
    assert "75 % (" in page


def test_the_report_compares_with_the_variants_that_were_played(tmp_path: Path) -> None:
    variants = [
        {"name": "slow", "title": "5 Hz", "settings": ["stations.obu.bsm_rate_hz=5"]},
        {"name": "never_played", "settings": ["stations.obu.bsm_rate_hz=1"]},
    ]
    users = {"ego": lane(0.0, 12.0), "lead": lane(60.0, 0.0)}
    run = (
        Road(tmp_path / "run", ["fcw"], variants=variants)
        .drive(users, until_s=4.6)
        .speaks("lead")
        .alert("fcw", 2.0, 4.5)
        .run()
    )
    score(Road(run.folder / "variants" / "slow", ["fcw"]).drive(users, until_s=4.6).speaks("lead").run())
    page = write_report(run).read_text(encoding="utf-8")
    row = re.search(r"<code>fcw\.misses</code></th><td>(\d)</td><td>(\d)</td>", page)
    assert row is not None and row.groups() == ("0", "1")
    assert re.search(r"<th[^>]*>5 Hz</th></tr>", page)
    assert re.search(r"<td>1 warning, \d\.\d s ahead</td><td>1 danger without a warning</td>", page)
