"""Pages from templates: their language, their filters, their style sheet. Every page of the program is made here."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from v2x_analysis.report.interval_bar import interval_bar
from v2x_analysis.report.language import Language
from v2x_analysis.report.wording import bound_text, interval_text, value_text


def render(template: str, language: Language, **content: Any) -> str:
    """The page that a template of ``report/templates`` makes of the content.

    Templates extend ``base.html.j2``. They have ``language``, ``css`` and the content; ``_("…")`` and ``{% trans %}``
    for their own phrases, which the phrase books hold; and these filters: ``said`` for English sentences that come from
    elsewhere, ``value(unit)`` for figures, ``bound``, ``interval`` and ``bar`` for a `Judgement`.
    """
    return environment(language).get_template(template).render(language=language, css=asset("page.css"), **content)


def environment(language: Language) -> Environment:
    """What templates of that language are read and filled by."""
    made = Environment(
        loader=PackageLoader("v2x_analysis.report", "templates"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(language.gettext, language.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters |= {
        "said": language.said,
        "value": value_text,
        "bound": bound_text,
        "interval": interval_text,
        "bar": lambda judgement: language.drawing(interval_bar(judgement)),
    }
    return made


def asset(name: str) -> Markup:
    """A style sheet or script of ``report/templates``, as it stands."""
    return Markup(files("v2x_analysis.report").joinpath("templates", name).read_text(encoding="utf-8"))
