"""Gaps, contacts, reaction, messages, manoeuvres and fuel of platoons, on tables whose answers are known."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from platoon_kit import STANDSTILL_M, Toy, run, write
from test_report import Page

from v2x_analysis import Run, score
from v2x_analysis.metrics.requirements import evidence
from v2x_analysis.platooning.figures import figures
from v2x_analysis.platooning.reaction import safe_gap_m
from v2x_analysis.report import write_report
from v2x_analysis.report.platoon_stability import tried
from v2x_analysis.report.wording import value_text

SHORT = Toy(seconds=10.0, followers=3)


def value(run: Run, key: str) -> Any:
    return figures(run)[f"platoon.{key}"].value


def braking(law: str, **more: Any) -> Toy:
    return Toy(law, frequency_hz=None, seconds=25.0, followers=3, brake_at_s=8.0, **more)


# ---------------------------------------------------------------- gaps and contacts


def test_no_platoon_no_figures(tmp_path: Path) -> None:
    writer = write(
        tmp_path / "run", SHORT, change=lambda columns: columns.update({k: v[:0] for k, v in columns.items()})
    )
    writer.finish("complete")
    assert figures(Run(tmp_path / "run")) == {}


def test_gaps_at_rest(tmp_path: Path) -> None:
    found = run(tmp_path / "run", Toy(seconds=10.0, followers=3, frequency_hz=None, brake_at_s=99.0))
    gap_m = STANDSTILL_M + 0.5 * 25.0
    assert value(found, "min_gap_m") == pytest.approx(gap_m)
    assert value(found, "time_gap_s.p50") == pytest.approx(gap_m / 25.0)
    assert value(found, "spacing_error_m.max") == pytest.approx(0.0, abs=1e-9)
    assert (value(found, "collisions"), value(found, "tet_s"), value(found, "max_drac_mps2")) == (0.0, 0.0, 0.0)
    assert (value(found, "mode_share.cacc"), value(found, "limited_share")) == (1.0, 0.0)
    assert value(found, "jerk_mps3.rms") == pytest.approx(0.0, abs=1e-9)


def test_coming_to_a_standstill_is_no_jerk(tmp_path: Path) -> None:
    toy = braking("ploeg")
    found = run(tmp_path / "run", toy)
    speed_mps, accel_mps2 = (toy.drive()[name][:, 1:] for name in ("speed_mps", "accel_mps2"))
    jerk_mps3 = np.abs(np.diff(accel_mps2, axis=0)) / 0.01
    assert (speed_mps[-1] == 0.0).all() and jerk_mps3.max() > 100.0
    assert value(found, "jerk_mps3.max") < 6.0 / 0.5 * 1.5  # the leader's braking over its engine's lag, and some


def test_a_contact_counts_once_a_pair_at_its_first_speed(tmp_path: Path) -> None:
    """Over PATH at 5 m and 100 km/h, 400 ms late."""
    toy = braking("path", speed_mps=27.8, delay_s=0.4, brake_mps2=8.0)
    found = run(tmp_path / "run", toy)
    driven = toy.drive()
    touching = driven["gap_m"] <= 0.0
    pairs = np.flatnonzero(touching.any(axis=0))
    assert value(found, "collisions") == len(pairs) > 0
    speed = driven["speed_mps"]
    first = touching.argmax(axis=0)
    assert value(found, "impact_speed_mps.max") == pytest.approx(
        max(speed[first[k], k] - speed[first[k], k - 1] for k in pairs)
    )
    assert value(found, "min_gap_m") == pytest.approx(np.nanmin(driven["gap_m"]))
    assert value(found, "tet_s") > 0.0 and value(found, "min_ttc_s") < 3.0


def test_a_contact_with_a_stranger_counts_too(tmp_path: Path) -> None:
    """Who is ahead is no member: the closing speed comes from the gap, 10 m left at 4 m/s."""

    def stranger(columns: dict[str, Any]) -> None:
        second = columns["position"] == 2
        columns["ahead"][second] = "car.7"
        columns["gap_m"][second] = 10.0 - 4.0 * columns["t_ns"][second] / 1e9

    found = run(tmp_path / "run", SHORT, change=stranger)
    assert value(found, "collisions") == 1.0
    assert value(found, "impact_speed_mps.max") == pytest.approx(4.0)


# ---------------------------------------------------------------- reaction


@given(speed=st.floats(1.0, 40.0), reaction=st.floats(0.0, 2.0), brake=st.floats(2.0, 9.0), ahead=st.floats(2.0, 9.0))
def test_the_smallest_safe_gap_is_what_the_two_lose_to_each_other(
    speed: float, reaction: float, brake: float, ahead: float
) -> None:
    t_s = np.linspace(0.0, reaction + speed / min(brake, ahead) + 0.01, 20_001)

    def way_m(begin_s: float, rate: float) -> np.ndarray:
        braking_s = np.clip(t_s - begin_s, 0.0, speed / rate)
        return speed * np.minimum(t_s, begin_s) + speed * braking_s - 0.5 * rate * braking_s**2

    lost_m = np.max(way_m(reaction, brake) - way_m(0.0, ahead))
    assert safe_gap_m(speed, reaction, brake, ahead) == pytest.approx(max(0.0, lost_m), abs=1e-3)


def test_the_reaction_is_measured_at_the_braking(tmp_path: Path) -> None:
    found = run(tmp_path / "run", braking("path", delay_s=0.3))
    reaction_s = value(found, "reaction_s")
    assert 0.3 <= reaction_s[0] <= 0.4 + 0.05  # delay, wait for the beacon, and the step
    assert value(found, "minimal_safe_gap_m") == pytest.approx(25.0 * max(reaction_s))
    assert figures(found)["platoon.minimal_safe_gap_m"].remark.startswith("reaction measured at the braking at 8 s")


def test_what_was_lost_of_a_gap_counts_where_vehicles_touch(tmp_path: Path) -> None:
    """A follower that brakes at once but softly: the reaction alone would ask for next to no gap."""

    def change(gap_m: float) -> Callable[[dict[str, Any]], None]:
        def soft(columns: dict[str, Any]) -> None:
            t_s = columns["t_ns"] / 1e9
            for place, rate in ((0, 6.0), (1, 4.0)):
                rows, braking_s = columns["position"] == place, np.maximum(t_s - 8.0, 0.0)
                columns["speed_mps"][rows] = np.maximum(25.0 - rate * braking_s, 0.0)[rows]
                columns["accel_mps2"][rows] = np.where((braking_s > 0.0) & (braking_s < 25.0 / rate), -rate, 0.0)[rows]
            columns["gap_m"][columns["position"] == 1] = gap_m

        return soft

    toy = replace(braking("path"), followers=1)
    lost_m = 25.0**2 / 2 * (1 / 4.0 - 1 / 6.0)
    touched, apart = (run(tmp_path / str(gap), toy, change=change(gap)) for gap in (20.0, 30.0))
    assert value(touched, "lost_gap_m") == value(apart, "lost_gap_m") == pytest.approx([lost_m], abs=0.05)
    assert value(touched, "minimal_safe_gap_m") == pytest.approx(lost_m, abs=0.05)
    assert value(apart, "minimal_safe_gap_m") < 1.0


def test_a_swing_before_is_no_braking(tmp_path: Path) -> None:
    toy = Toy("path", frequency_hz=0.3, seconds=40.0, followers=3, brake_at_s=25.3)
    assert 0.1 <= value(run(tmp_path / "run", toy), "reaction_s")[0] <= 0.4


def test_stated_brakes_of_single_vehicles_count(tmp_path: Path) -> None:
    members = [{}, {"max_brake_mps2": 5.0}]
    toy = braking("path")
    equal, weaker = (run(tmp_path / str(k), toy, members=each) for k, each in enumerate(([], members)))
    more_m = 25.0**2 / (2 * 5.0) - 25.0**2 / (2 * 8.0)
    needed = value(weaker, "minimal_safe_gap_m.by_follower")
    assert needed[0] == pytest.approx(value(equal, "minimal_safe_gap_m.by_follower")[0] + more_m)


def test_without_a_braking_ages_and_actuators_stand_in(tmp_path: Path) -> None:
    toy = Toy(seconds=20.0, followers=2, frequency_hz=0.2)
    desired, measured = (run(tmp_path / name, toy, feed_forward=name) for name in ("desired", "measured"))
    assert value(desired, "reaction_s")[0] == pytest.approx(0.19 + 0.01)
    assert value(measured, "reaction_s")[0] == pytest.approx(0.19 + 0.01 + 0.5)
    assert figures(desired)["platoon.minimal_safe_gap_m"].remark.startswith("no braking: reaction from the 99.9%")


# ---------------------------------------------------------------- messages


def with_messages(folder: Path) -> Run:
    """Members say a CCM each 100 ms; those of p0 hear each other in 15 ms, every fourth is lost; p1 is out of reach."""
    writer = write(folder, SHORT, SHORT)
    sent = 0
    for t_ms in range(0, 10_000, 100):
        for sender, receivers in (("p0.0", ("p0.1", "p1.1")), ("p0.1", ("p0.2",)), ("car.1", ("p0.1",))):
            for kind in ("CCM", "BSM"):
                tx = {"t_ns": t_ms * 1_000_000, "tx_id": sent, "station": sender, "profile": "j2735", "type": kind}
                writer.append("tx", {**tx, "bytes": b"x" * 320, "air_bytes": 400, "channel": "pc5"})
                for receiver in receivers:
                    lost = (t_ms // 100) % 4 == 0 or receiver == "p1.1"
                    rx = {"t_ns": t_ms * 1_000_000 + 15_000_000, "tx_id": sent, "receiver": receiver, "link": "pc5"}
                    rest = {"delay_ns": 15_000_000, "t_used_ns": None, "distance_m": 20.0}
                    writer.append("rx", {**rx, "cause": "random" if lost else None, **rest})
                sent += 1
    writer.finish("complete")
    return Run(folder)


def test_only_control_messages_between_members_of_a_platoon_count(tmp_path: Path) -> None:
    found = with_messages(tmp_path / "run")
    assert value(found, "pdr") == pytest.approx(0.75)
    assert figures(found)["platoon.pdr"].n == 200
    assert value(found, "message_rate_hz") == pytest.approx(10.0)
    assert value(found, "latency_ms.p95") == pytest.approx(15.0)


def test_requirements_for_platoons_look_at_the_same_messages(tmp_path: Path) -> None:
    found = evidence(with_messages(tmp_path / "run"))
    row = found["TS 22.186 5.2-004"]  # 25 ms
    assert (row.reliability.value, row.reliability.n) == (pytest.approx(0.75), 200)
    assert found["TS 22.186 5.2-006"].reliability.value == 0.0  # 10 ms
    assert found["TS 22.186 5.2-008"].reliability.n == 800  # all that was tried


def test_ages_of_what_followers_know(tmp_path: Path) -> None:
    def silence(columns: dict[str, Any]) -> None:
        last = columns["position"] == 3
        columns["aoi_ahead_ms"][last] = np.ma.masked

    found = run(tmp_path / "run", SHORT, change=silence)
    assert value(found, "aoi_ms.max") == 190.0
    assert 100.0 <= value(found, "aoi_ms.p50") <= value(found, "aoi_ms.p95") <= 190.0
    assert value(found, "unheard_share") == pytest.approx(1 / 3, abs=0.02)
    assert -1.0 <= value(found, "aoi_spacing_correlation") <= 1.0


# ---------------------------------------------------------------- manoeuvres and fuel


def test_manoeuvres_end_well_or_not(tmp_path: Path) -> None:
    writer = write(tmp_path / "run", SHORT)
    told = (
        (1.0, "a", "searching", ""), (1.5, "a", "asking", ""), (2.0, "b", "searching", ""),
        (4.0, "a", "following", "done"),
        (5.0, "b", "free", "undone"), (6.0, "a", "asking_out", ""),
        (9.0, "a", "free", "done"), (9.5, "c", "searching", ""),
    )  # fmt: skip
    for t_s, station, after, ends in told:
        text = f'{{"after": "{after}", "ends": "{ends}"}}'
        writer.append("events", {"t_ns": round(t_s * 1e9), "station": station, "kind": "platoon.state", "fields": text})
    for t_s, wish in ((2.5, "dissolve"), (3.0, "cut_in")):
        text = f'{{"wish": "{wish}", "ends": "undone", "why": "time-out"}}'
        writer.append("events", {"t_ns": round(t_s * 1e9), "station": "a", "kind": "platoon.wish", "fields": text})
    writer.finish("complete")
    found = figures(Run(tmp_path / "run"))
    assert (found["platoon.dissolve_done"].value, found["platoon.dissolve_undone"].value) == (0.0, 1.0)
    assert found["platoon.join_s.p50"].value == 3.0
    assert (found["platoon.join_done"].value, found["platoon.join_undone"].value) == (1.0, 1.0)
    assert (found["platoon.leave_s.max"].value, found["platoon.leave_undone"].value) == (3.0, 0.0)
    assert "platoon.merge_done" not in found


def test_followers_save_fuel_as_the_source_says(tmp_path: Path) -> None:
    """Cars at 100 km/h, 0.5 s apart: three followers of four vehicles save 4.5 %."""
    toy = Toy(seconds=2.0, followers=3, frequency_hz=None, brake_at_s=9.0, speed_mps=100 / 3.6)

    def nearer(columns: dict[str, Any]) -> None:
        columns["gap_m"] = columns["gap_m"] - STANDSTILL_M

    near, far = run(tmp_path / "a", toy, change=nearer), run(tmp_path / "b", toy)
    assert value(near, "fuel_saved_share") == pytest.approx(0.045 * 3 / 4)
    assert value(far, "fuel_saved_share") == pytest.approx(0.045 * 3 / 4 * 13.889 / 15.889, rel=1e-3)


# ---------------------------------------------------------------- the report


def test_the_report_draws_a_platoon(tmp_path: Path) -> None:
    found = run(
        tmp_path / "run", Toy(seconds=40.0, followers=4, brake_at_s=32.0), Toy(seconds=40.0, followers=4, seed=2)
    )
    score(found)
    text = write_report(tmp_path / "run").read_text(encoding="utf-8")
    page = Page(text)
    drawn = [value for tag, name, value in page.attributes if tag == "svg" and name == "aria-label"]
    assert text.count('class="plot"') == 7 == len([words for words in drawn if words and "bound" not in words])
    identities = [value for _, name, value in page.attributes if name == "id"]
    assert len(identities) == len(set(identities))
    words = " ".join(" ".join(page.words).split())
    assert re.search(r"ot string stable by theory, .* not amplified, at 0.2 Hz, 4 followers", words)
    assert "platoon 0 of 2, that of the smallest gap" in words or "platoon 1 of 2" in words


def test_variants_that_differ_in_the_leader_alone_stand_in_one_bode_plot(tmp_path: Path) -> None:
    toy = Toy(seconds=30.0, followers=2)
    found = run(tmp_path / "run", toy, variants=("faster", "other_law"))
    run(tmp_path / "run/variants/faster", replace(toy, frequency_hz=0.5, amplitude_mps=0.5))
    run(tmp_path / "run/variants/other_law", replace(toy, law="acc"))
    assert [each.frequency_hz for each in tried(found)] == [0.2, 0.5]


def test_a_platoon_that_barely_drove_has_a_report(tmp_path: Path) -> None:
    run(tmp_path / "run", Toy(seconds=0.05, followers=1))
    Page(write_report(tmp_path / "run").read_text(encoding="utf-8"))


def test_series_in_words() -> None:
    assert value_text((1.0, None, 1.0234), "1") == "1, –, 1.023"
    assert value_text((0.5, 0.25), "ratio") == "50 %, 25 %"
    assert value_text(tuple(map(float, range(20))), "m").endswith("14, 15, … (20) m")
