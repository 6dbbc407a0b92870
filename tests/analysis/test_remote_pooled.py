"""Several runs of remote driving as one sample."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from remote_tables import MS, Drive, S, run

from v2x.cli.pool import command
from v2x.errors import InputError
from v2x_analysis import Run
from v2x_analysis.judging import Judgement
from v2x_analysis.remote.pooled import Pool, pool
from v2x_analysis.remote.verdicts import judged


def on_its_own(one: Run, name: str) -> Judgement:
    return next(row.judgement for row in one.derived(judged) if row.row.id == name)


def together(found: Pool, name: str) -> Judgement:
    return next(row.judgement for row in found.rows if row.row.id == name)


def minutes(folder: Path, n: int) -> list[Run]:
    return [run(folder / str(number), Drive(60.0).arrive(), seed=number) for number in range(n)]


def test_runs_show_together_what_none_is_long_enough_for(tmp_path: Path) -> None:
    """At most 1 % of the packets lost needs 299 clean seconds: a minute has 60, six have 360."""
    runs = minutes(tmp_path, 6)
    assert {on_its_own(one, "N7.uplink").verdict for one in runs} == {"INCONCLUSIVE"}
    few, enough = (together(pool(runs[:n]), "N7.uplink") for n in (4, 6))
    assert (few.verdict, enough.verdict) == ("INCONCLUSIVE", "PASS")
    assert 200 < few.n_units <= 240
    assert 299 <= enough.n_units <= 360


def test_one_run_pools_to_its_own_verdicts(tmp_path: Path) -> None:
    (alone,) = minutes(tmp_path, 1)
    found = pool([alone])
    assert [row.judgement.verdict for row in found.rows] == [row.judgement.verdict for row in alone.derived(judged)]
    assert together(found, "N7.uplink") == on_its_own(alone, "N7.uplink")


def test_figures_of_all_runs_are_those_of_all_observations(tmp_path: Path) -> None:
    slow = Drive(60.0).arrive()
    slow.pictures["shown_ns"] += 40 * MS
    found = pool([*minutes(tmp_path, 3), run(tmp_path / "slow", slow, seed=9)])
    assert together(found, "N1.p50").value == pytest.approx(100.0)
    half = pool([*minutes(tmp_path / "one", 1), run(tmp_path / "again", slow, seed=9)])
    assert together(half, "N1").value == pytest.approx(140.0)


def test_one_run_loses_a_row_for_all_and_is_counted(tmp_path: Path) -> None:
    aside = Drive(60.0).arrive()
    aside.steps["offset_m"] = np.where(aside.steps["t_ns"] < 10 * S, 1.2, 0.0)
    found = pool([*minutes(tmp_path, 4), run(tmp_path / "aside", aside, seed=9)])
    lost = together(found, "D1.max")
    assert (lost.verdict, lost.n_units, found.verdict) == ("FAIL", 5, "FAIL")
    assert lost.value == pytest.approx(1.2)
    assert lost.reason.startswith("4 of 5 runs keep it (")


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"remote": {"profile": "3gpp_22186"}}, "is held against '3gpp_22186', others against 'site_custom'"),
        ({}, "shares its luck with .*: a seed of a scenario counts once"),
    ],
)
def test_what_cannot_be_put_together_is_refused(tmp_path: Path, other: dict[str, object], reason: str) -> None:
    (one,) = minutes(tmp_path, 1)
    with pytest.raises(InputError, match=reason):
        pool([one, run(tmp_path / "other", Drive(5.0), seed=0, **other)])


def test_nothing_to_be_judged() -> None:
    with pytest.raises(InputError, match="no run to be judged"):
        pool([])


def test_the_verb_prints_all_rows_and_fails_with_them(tmp_path: Path) -> None:
    minutes(tmp_path, 2)
    arguments = [str(tmp_path / "0"), str(tmp_path / "1")]
    printed = json.loads(CliRunner().invoke(command, [*arguments, "--json"], catch_exceptions=False).stdout)
    assert (printed["runs"], printed["profile"]) == (2, "site_custom")
    assert printed["requirements"][0]["id"] == "N1"
    table = CliRunner().invoke(command, arguments, standalone_mode=False, catch_exceptions=False)
    assert f"Verdict: {printed['verdict']}" in table.stdout
    assert table.return_value == (1 if printed["verdict"] == "FAIL" else 0)
