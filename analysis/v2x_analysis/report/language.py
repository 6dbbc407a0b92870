"""Languages of reports: English as code and scorecards have it, and what a phrase book says for it.

A phrase book (``phrases/zh/*.yaml``) maps English phrases to those of another language. ``%(name)s`` in a phrase is a
place where sentences differ, ``%%`` a percent sign, as in gettext. Templates ask for a phrase and fill its places;
finished English sentences, as scorecards and plots have them, are recognised by the phrase that they were made from.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from html import escape, unescape
from importlib.resources import files

from markupsafe import Markup
from ruamel.yaml import YAML

from v2x.errors import InputError
from v2x.registry import did_you_mean

#: Codes (BCP 47) of the languages; all but English have a folder of phrases.
LANGUAGES = ("en", "zh")

_PLACE = re.compile(r"%\((\w+)\)s")
_DRAWN_TEXT = re.compile(r'(<text\b[^>]*>|<title>|\baria-label=")([^<"]*)')
#: Two words in a row: a text that a language may have a phrase for; else it is a number, a unit, a name.
_WORDS = re.compile(r"[A-Za-z]{2,}[ ,:;]+[A-Za-z]{2,}")


def language(code: str) -> Language:
    """The language of that code; `InputError` if reports do not speak it."""
    if code not in LANGUAGES:
        raise InputError(f"unknown language '{code}', {did_you_mean(code, list(LANGUAGES))}")
    return _read(code)


@cache
def _read(code: str) -> Language:
    phrases: dict[str, str] = {}
    folder = files("v2x_analysis.report").joinpath("phrases", code)
    for file in sorted(folder.iterdir(), key=lambda file: file.name) if code != "en" else ():
        for part in YAML(typ="safe").load(file.read_text(encoding="utf-8")).values():
            phrases |= part
    return Language(code, phrases)


class Language:
    """What a report says.

    Parameters
    ----------
    code
        For the ``lang`` attribute of the page.
    phrases
        English phrase -> its translation; empty for English.
    """

    def __init__(self, code: str, phrases: dict[str, str]) -> None:
        self.code = code
        self.phrases = phrases

    def gettext(self, phrase: str) -> str:
        """The translation of a phrase of a template, its places unfilled; the phrase itself if there is none."""
        return self.phrases.get(phrase, phrase)

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The same for a phrase that differs for one and many."""
        return self.gettext(one if number == 1 else many)

    def plain(self, sentence: str) -> str:
        """A finished English sentence in this language, as far as it is known: parts between semicolons alone, too."""
        known = self._known(sentence)
        if known is None and "; " in sentence:
            return "; ".join(map(self.plain, sentence.split("; ")))
        return sentence if known is None else known

    def said(self, sentence: str) -> Markup:
        """The same as HTML; parts that stay English are marked so."""
        known = self._known(sentence)
        if known is not None:
            return Markup(escape(known))
        if "; " in sentence:
            return Markup("; ").join(map(self.said, sentence.split("; ")))
        english = self.phrases and _WORDS.search(sentence)
        return Markup(f'<span lang="en">{escape(sentence)}</span>' if english else escape(sentence))

    def drawing(self, svg: str) -> Markup:
        """An SVG element with its texts, titles and label in this language."""
        if not self.phrases:
            return Markup(svg)
        return Markup(_DRAWN_TEXT.sub(lambda found: found[1] + escape(self.plain(unescape(found[2]))), svg))

    def _known(self, sentence: str) -> str | None:
        """The translation of a whole sentence; None where the book has none, or not of what stands in its places."""
        if sentence in self._finished:
            return self._finished[sentence]
        for pattern, translated in self._patterns:
            if found := pattern.fullmatch(sentence):
                places = {name: self._known(text) or text for name, text in found.groupdict().items()}
                if not any(_WORDS.search(text) for text in places.values()):
                    return translated % places
        return None

    @cached_property
    def _finished(self) -> dict[str, str]:
        """Phrases without places."""
        return {phrase % (): said % () for phrase, said in self.phrases.items() if not _PLACE.search(phrase)}

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """Phrases with places; what stands first in the phrase book is tried first."""
        found = []
        for phrase, said in self.phrases.items():
            if _PLACE.search(phrase):
                pieces = [re.escape(piece % ()) for piece in _PLACE.split(phrase)[::2]]
                places = [f"(?P<{name}>(?:(?!; ).)+?)" for name in _PLACE.findall(phrase)]
                found.append((re.compile("".join(map("".join, zip(pieces, [*places, ""], strict=True)))), said))
        return found
