"""Who is to blame: games with known values, what is explained, what is said of it, and its place in the report."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain, combinations
from pathlib import Path

import numpy as np
import pytest

from v2x.errors import InputError, RunFolderError
from v2x.scenario.stages import STAGES
from v2x_analysis.blame.blaming import blame
from v2x_analysis.blame.explanation import EXPLAIN, EXPLANATION, Blame, Estimate, Explanation
from v2x_analysis.blame.game import F64, Coalition, Game
from v2x_analysis.blame.target import Target, is_weak, targets_of
from v2x_analysis.judging import Judgement
from v2x_analysis.report import write_report
from v2x_analysis.report.explain_plots import explained as section
from v2x_analysis.report.explain_words import conclusion
from v2x_analysis.report.language import language
from v2x_analysis.run import Run
from v2x_analysis.scorecard import score

Value = Callable[[Coalition], float]


def values(players: str, value: Value) -> dict[Coalition, F64]:
    sets = chain.from_iterable(combinations(players, size) for size in range(len(players) + 1))
    return {frozenset(each): np.array([value(frozenset(each))]) for each in sets}


def game(players: str, value: Value) -> Game:
    return Game(tuple(players), values(players, value))


def blamed(players: str, value: Value, target: Target, parts: Mapping[str, tuple[str, ...]] | None = None) -> Blame:
    passed = {}
    known = values(players, value)
    if target.bound is not None:
        ((side, limit),) = target.bound.items()
        passed = {each: int(v[0] >= limit if side == "at_least" else v[0] <= limit) for each, v in known.items()}
    return blame(target, Game(tuple(players), known), passed, parts or {})


def about(*blames: Blame) -> Explanation:
    return Explanation("d" * 32, (1,), 8, {name: f"stage {name}" for name in "abcdef"}, blames)


def failing(**bound: float) -> Target:
    return Target("link.latency_ms.p95", "ms", 2, bound, "FAIL")  # type: ignore[arg-type]


# ----------------------------------------------------------------------------------------------------- contributions


def test_shapley_of_the_glove_game() -> None:
    """One left glove, two right ones (textbook): 2/3, 1/6, 1/6."""
    found = game("abc", lambda s: float("a" in s and ("b" in s or "c" in s))).shapley()
    assert {name: share[0] for name, share in found.items()} == pytest.approx({"a": 2 / 3, "b": 1 / 6, "c": 1 / 6})


def test_shapley_leaves_nothing_over_and_gives_nothing_to_who_changes_nothing() -> None:
    draws = np.random.default_rng(2)
    drawn = {each: draws.normal() for each in values("abcd", lambda _: 0.0)}
    whole = game("abcde", lambda s: drawn[s - {"e"}])
    shares = whole.shapley()
    assert sorted(shares) == list("abcd")  # of many, who changes nothing is left out
    assert sum(share[0] for share in shares.values()) == pytest.approx(drawn[frozenset("abcd")] - drawn[frozenset()])


def test_of_few_players_also_who_only_helps_others_is_looked_at() -> None:
    """Any two of three do, alone none does, and as the last nobody is missed."""
    found = blamed("abc", lambda s: 80.0 - 60.0 * (len(s) > 1), failing(at_most=50.0))
    assert [share.contribution.value for share in found.shares] == pytest.approx([-20.0, -20.0, -20.0])
    assert found.cures == (("a", "b"), ("a", "c"), ("b", "c"))


def test_what_only_comes_of_several_is_told() -> None:
    found = blamed("abcde", lambda s: 80.0 - 60.0 * ({"a", "b"} <= s or {"a", "c"} <= s), failing(at_most=50.0))
    assert found.rest is not None and found.rest.value == -60.0
    assert "-60 ms comes only of several stages together." in conclusion(found, about(found))


def test_two_players_share_as_the_mean_of_both_ends() -> None:
    two = game("ab", lambda s: {0: 5.0, 1: 4.0 if "a" in s else 1.0, 2: 0.5}[len(s)])
    assert two.shapley() == two.halfway()
    assert two.beyond("a", "b")[0] == pytest.approx(-4.5 + 1.0 + 4.0)


def test_many_players_are_looked_at_from_both_ends_and_in_pairs() -> None:
    weights = dict(zip("abcdef", (9.0, 7.0, 5.0, 3.0, 2.0, 0.0001), strict=True))
    many = game("abcdef", lambda s: 40.0 - sum(weights[each] for each in s) + (4.0 if {"a", "b"} <= s else 0.0))
    assert many.movers == tuple("abcde")  # the last one changes next to nothing
    assert not many.exact
    assert set(many.further()) == {frozenset(pair) for pair in ("ab", "ac", "bc")}
    target = failing(at_most=20.0)
    found = blamed("abcdef", lambda s: float(many.values[s][0]), target)
    assert found.method == "halfway"
    assert found.culprits == ("a",)
    assert {each.name: each.contribution.value for each in found.shares} == pytest.approx(
        {"a": -7.0, "b": -5.0, "c": -5.0, "d": -3.0, "e": -2.0}
    )
    assert found.rest is not None and found.rest.value == pytest.approx(-0.0001, abs=1e-9)
    assert found.pairs[0].names == ("a", "b") and found.pairs[0].beyond.value == pytest.approx(4.0)


def test_a_figure_that_ideal_runs_do_not_have_is_told_of_each_stage_alone() -> None:
    found = blamed("ab", lambda s: np.nan if "b" in s else 3.0 - len(s), Target("link.cbr.p50", "1"))
    assert found.method == "alone" and found.rest is None
    assert {each.name: each.contribution.value for each in found.shares} == {"a": -1.0, "b": None}
    assert found.culprits == ("a",)


def test_estimates_are_students_over_the_seeds_that_have_a_value() -> None:
    assert Estimate.of(np.array([np.nan])) == Estimate(None)
    assert Estimate.of(np.array([2.0, np.nan])) == Estimate(2.0)
    found = Estimate.of(np.array([1.0, 2.0, 3.0]))
    assert found.interval is not None
    assert found.value == 2.0 and found.interval[1] - 2.0 == pytest.approx(4.302653 / np.sqrt(3.0))


# ------------------------------------------------------------------------------------------------------------- words


def test_the_culprit_and_what_would_help() -> None:
    alone = blamed("ab", lambda s: 80.0 - 60.0 * ("a" in s) - 5.0 * ("b" in s), failing(at_most=50.0))
    assert conclusion(alone, about(alone)) == [
        "To blame: a (stage a).",
        "With one stage ideal alone it passes: a.",
    ]
    both = blamed("ab", lambda s: {0: 80.0, 1: 79.0, 2: 20.0}[len(s)], failing(at_most=50.0))
    assert conclusion(both, about(both)) == [
        "To blame, equally: a (stage a), b (stage b).",
        "No stage alone makes it pass, but these together: a + b.",
        "a and b interact: together they change it by -60 ms, -58 ms beyond the sum.",
    ]
    nobody = blamed("ab", lambda s: 80.0 - 5.0 * ("a" in s), failing(at_most=50.0))
    assert conclusion(nobody, about(nobody))[1].startswith("Even with everything ideal it does not pass (75 ms)")
    worse = blamed("a", lambda s: 80.0 + len(s), failing(at_most=50.0))
    assert worse.culprits == () and conclusion(worse, about(worse))[0].startswith("No stage makes")
    still = blamed("ab", lambda _: 80.0, failing(at_most=50.0))
    assert still.shares == () and conclusion(still, about(still))[0].startswith("No stage changes")


def test_what_is_open_for_want_of_evidence_is_not_put_down_to_the_scenario() -> None:
    target = Target("link.pdr", "ratio", 0, {"at_least": 0.9}, "INCONCLUSIVE")
    known = values("a", lambda s: 0.95 + 0.05 * len(s))
    found = blame(target, Game(("a",), known), dict.fromkeys(known, 0), {})
    assert conclusion(found, about(found)) == [
        "Costs most: a (stage a).",
        "With everything ideal it keeps the bound (100 %), and more evidence is needed to show it.",
    ]


def test_either_of_two_may_do() -> None:
    found = blamed("ab", lambda s: 80.0 if not s else 10.0, failing(at_most=50.0))
    assert found.cures == (("a",), ("b",))
    assert [share.contribution.value for share in found.shares] == [-35.0, -35.0]


def test_a_stage_that_helps_the_other_way_is_no_culprit() -> None:
    found = blamed("ab", lambda s: 0.5 + 0.2 * ("a" in s) - 0.3 * ("b" in s), failing(at_least=0.6))
    assert found.culprits == ("a",) and [each.name for each in found.shares] == ["a", "b"]


# ------------------------------------------------------------------------------------------------- what is explained


def judgement(verdict: str, interval: tuple[float, float] | None, **bound: float) -> Judgement:
    return Judgement("link.pdr", bound, 0.95, 1, "", 0.9, "ratio", interval, "run", 1, verdict)  # type: ignore[arg-type]


def test_weak_is_what_is_open_or_passes_by_less_than_half_its_interval() -> None:
    assert is_weak(judgement("INCONCLUSIVE", None, at_least=0.9))
    assert is_weak(judgement("PASS", (0.91, 0.95), at_least=0.9))
    assert not is_weak(judgement("PASS", (0.93, 0.95), at_least=0.9))
    assert is_weak(judgement("PASS", (0.91, 0.95), at_most=0.96))
    assert not is_weak(judgement("PASS", (0.0, 0.0), at_most=0.0))  # a count is exact
    assert not is_weak(judgement("FAIL", (0.5, 0.6), at_least=0.9))


def test_targets_are_criteria_and_figures_asked_for(run_folder: Path, tmp_path: Path) -> None:
    card = score(shutil.copytree(run_folder, tmp_path / "run"))
    judged = [each.metric for each in card.criteria]
    weak = {
        each.metric for each in card.criteria if each.value is not None and (each.verdict == "FAIL" or is_weak(each))
    }
    assert weak and weak < set(judged)
    found = targets_of(card, ["link.pdr", *judged, "link.pdr"])
    assert [each.metric for each in found] == [*judged, "link.pdr"]
    assert (found[-1].bound, found[-1].criterion, found[-1].verdict) == (None, None, None)
    assert {each.metric for each in targets_of(card, [])} == weak
    with pytest.raises(InputError, match=r"no figure 'link.pdf' in this run, did you mean 'link.pdr'"):
        targets_of(card, ["link.pdf"])
    lacking = next(key for key, (value, _) in card.singles().items() if value is None)
    with pytest.raises(InputError, match=rf"the run has no value of '{lacking}'"):
        targets_of(card, [lacking])


# ---------------------------------------------------------------------------------------------------------- its place


@pytest.fixture
def explained(run_folder: Path, tmp_path: Path) -> Path:
    copy = shutil.copytree(run_folder, tmp_path / "run")
    (copy / EXPLAIN).mkdir()
    found = blamed("ab", lambda s: 80.0 - 60.0 * ("a" in s) + 5.0 * ("b" in s), failing(at_most=50.0))
    Explanation(
        str(Run(copy).manifest["digest"]), (1,), 4, {"a": "sidelink", "b": "radars of vehicles"}, (found,)
    ).write(copy)
    return copy


def test_an_explanation_is_read_as_it_was_written(explained: Path) -> None:
    found = Explanation.read(explained)
    found.write(explained)
    assert Explanation.read(explained) == found
    file = explained / EXPLAIN / EXPLANATION
    file.write_text(json.dumps({**found.to_json(), "runs": "many"}))
    with pytest.raises(RunFolderError, match="damaged"):
        Explanation.read(explained)
    file.write_text(json.dumps({**found.to_json(), "format_version": 0}))
    with pytest.raises(RunFolderError, match="not of format 1"):
        Explanation.read(explained)


def test_the_report_draws_a_waterfall(explained: Path) -> None:
    page = write_report(explained).read_text(encoding="utf-8")
    section = page[page.index('<section id="explained">') :]
    section = section[: section.index("</section>")]
    assert "To blame: a (sidelink)." in section
    assert "link.latency_ms.p95: this run 80 ms; a -60 ms; b +5 ms; everything ideal 25 ms" in section


def test_it_speaks_chinese(explained: Path) -> None:
    chinese = language("zh")
    (one,) = section(Run(explained), chinese)
    assert chinese.plain(one.conclusion[0]) == "归因于：a（直连链路）。"
    assert [chinese.said(sentence) for sentence in one.conclusion if "lang=" in chinese.said(sentence)] == []
    assert "本次运行" in one.svg and "全部理想" in one.svg and "everything" not in one.svg
    assert {stage.title for stage in STAGES if stage.whole is None} <= chinese.phrases.keys()


def test_the_report_says_nothing_of_another_run(explained: Path) -> None:
    replace(Explanation.read(explained), digest="0" * 32).write(explained)
    assert section(Run(explained), language("en")) == []
