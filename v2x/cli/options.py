"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from v2x.errors import InputError

Verb = TypeVar("Verb", bound=Callable[..., Any])


def overrides(verb: Verb) -> Verb:
    """``--set path=value``, any number of times; passed on as ``overrides``, a tuple of text."""
    return click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="PATH=VALUE",
        help="Replace a value of the scenario, such as links.pc5.pdr=dense or notices.0.start_s=5.",
    )(verb)


def as_json(verb: Verb) -> Verb:
    """``--json``: the answer as one JSON document; passed on as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(verb)


def lang(verb: Verb) -> Verb:
    """``--lang``: language of the report, one of `v2x_analysis.report.language.LANGUAGES`; passed on as ``lang``."""
    return click.option(
        "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of the report."
    )(verb)


def speed(text: str) -> float | None:
    """``--speed``: simulated seconds a second, None for ``max``, as fast as it goes; `InputError` for anything else."""
    if text == "max":
        return None
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0.01 <= factor <= 100.0:
        raise InputError(f"expected max or a factor from 0.01 to 100, got '{text}'", file="--speed")
    return factor
