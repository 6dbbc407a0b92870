"""The report in other languages: no English is left in it but what is marked so, and no phrase is without its other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

import v2x_analysis.report
from v2x.cli.options import lang
from v2x.errors import InputError
from v2x.scenario.remote_profiles import remote_profiles
from v2x.scenario.requirements import requirements
from v2x.scenario.use_cases import use_cases
from v2x_analysis.report import applications, plots, provenance, remote_plots, summary
from v2x_analysis.report.language import LANGUAGES, Language, language
from v2x_analysis.report.rendering import environment

HERE = Path(v2x_analysis.report.__file__).parent
OTHERS = [code for code in LANGUAGES if code != "en"]
#: Two words in a row, as sentences have them.
SENTENCE = re.compile(r"[A-Za-z]{2,}[ ,:;]+[a-z]{2,}")


class English(HTMLParser):
    """English that is not said to be: texts and labels outside of code and of elements in English or any language."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._excused: list[bool] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self._look(known.get("aria-label") or "")
        if tag not in ("meta", "br", "input"):
            self._excused.append(tag in ("code", "style", "script") or known.get("lang") in ("en", ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._look(dict(attrs).get("aria-label") or "")

    def handle_endtag(self, tag: str) -> None:
        self._excused.pop()

    def handle_data(self, data: str) -> None:
        self._look(data)

    def _look(self, text: str) -> None:
        if SENTENCE.search(text) and not any(self._excused):
            self.found.append(text.strip())


def phrases_of_templates() -> Iterator[str]:
    made = environment(language("en"))
    for file in sorted(HERE.glob("templates/*.j2")):
        for _, _, phrase in made.extract_translations(file.read_text(encoding="utf-8")):  # type: ignore[attr-defined]
            yield from filter(None, phrase if isinstance(phrase, tuple) else [phrase])  # None: not known before


def words_of_plots() -> Iterator[str]:
    """What plots label axes, lines and themselves with; a number stands for each place of an f-string."""
    for file in sorted(HERE.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                labels = [each.value for each in node.keywords if each.arg in ("xlabel", "ylabel", "label")]
                described = node.args[2:] if getattr(node.func, "id", "") == "svg_of" else []
                yield from filter(None, map(_constant, (*labels, *described)))


def _constant(node: ast.expr) -> str | None:
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "7" for part in node.values)  # type: ignore[misc]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def words_of_tables() -> Iterator[str]:
    tables = (plots.OVER_TIME, plots.DISTRIBUTIONS, plots.LOSSES, plots.PLATOON, remote_plots.PLOTS)
    for title, hint, _ in (plot for table in tables for plot in table):
        yield from (title, hint)
    yield from (label for _, label in summary.TILES)
    yield from (name for name in provenance.NAMES.values() if name != "CPU")
    yield from (row.title for row in requirements().values())
    yield from (use_cases()[name].title for name in applications.NAMES)
    for profile in remote_profiles().values():
        yield profile.title
        yield from (row.title for row in profile.rows)


@pytest.fixture(params=OTHERS)
def other(request: pytest.FixtureRequest) -> Language:
    return language(request.param)


def test_every_phrase_of_a_template_is_in_the_book(other: Language) -> None:
    assert [phrase for phrase in phrases_of_templates() if phrase not in other.phrases] == []


def test_every_label_is_known(other: Language) -> None:
    words = [*words_of_plots(), *words_of_tables()]
    assert len(words) > 200
    unknown = [text for text in words if re.search("[a-z]{3}", text) and other.plain(text) == text]
    assert [text for text in unknown if other.plain(text.replace("7", "")) == text.replace("7", "")] == []


def test_places_of_both_sides_are_the_same(other: Language) -> None:
    place = re.compile(r"%\(\w+\)s|%%")
    assert [each for each, said in other.phrases.items() if {*place.findall(each)} != {*place.findall(said)}] == []


def test_no_english_is_left_unmarked(other: Language, reports: dict[str, Path]) -> None:
    text = reports[other.code].read_text(encoding="utf-8")
    assert f'<html lang="{other.code}">' in text
    assert English(text).found == []
    assert "信息龄" in text and "没有达到" not in text


def test_figures_are_the_same_in_all_languages(reports: dict[str, Path]) -> None:
    cell = re.compile(r"<td>([-\d.,]+(?: [\w%/]+)?)</td>", re.ASCII)
    here, there = (cell.findall(reports[code].read_text(encoding="utf-8")) for code in ("en", "zh"))
    assert len(here) > 50 and here == there


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("PASS", "通过"),
        ("4 of 6 independent units", "独立单元 4 个，需要 6 个"),
        ("entry 2 of 8; 4 of 6 independent units", "第 2 项（共 8 项）; 独立单元 4 个，需要 6 个"),
        ("no more <here>; 3 stations", '<span lang="en">no more &lt;here&gt;</span>; 3 个台站'),
        # what stands in a place must be known, too: no sentence of two languages
        ("PASS: A row that nobody knows", '<span lang="en">PASS: A row that nobody knows</span>'),
        ("FAIL: Pictures on time", "不通过：按时到达的画面"),
        ("12.5 ms", "12.5 ms"),
    ],
)
def test_sentences_are_recognised(sentence: str, said: str) -> None:
    assert language("zh").said(sentence) == said


def test_texts_of_a_drawing_are_said_and_stay_markup() -> None:
    svg = '<svg aria-label="Cumulative distribution of latency over PC5 and Uu"><text x="1">share older</text></svg>'
    drawn = language("zh").drawing(svg)
    assert drawn == '<svg aria-label="PC5 与 Uu 时延的累积分布"><text x="1">更旧的占比</text></svg>'
    assert language("en").drawing(svg) == svg


def test_what_reports_do_not_speak_is_refused() -> None:
    with pytest.raises(InputError, match="unknown language 'fr', expected one of en, zh"):
        language("fr")
    option = lang(lambda: None).__click_params__[0]  # type: ignore[attr-defined]
    assert tuple(option.type.choices) == LANGUAGES
