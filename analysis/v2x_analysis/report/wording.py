"""Numbers as people read them."""

from __future__ import annotations

from math import floor, log10

from v2x_analysis.judging import Bound, Judgement
from v2x_analysis.measurement import RATIO

_MISSING = "–"


#: From which size on a number has so many digits after the point.
_DIGITS = ((1000.0, 0), (100.0, 1), (10.0, 2), (1.0, 3), (0.0, 4))

#: So many entries of a series are spelt out.
_SPELT_OUT = 16


def value_text(value: float | tuple[float | None, ...] | None, unit: str) -> str:
    """A value with its unit, or those of a series; shares in percent; a dash where there is none."""
    if value is None:
        return _MISSING
    if isinstance(value, tuple):
        each = unit if unit == RATIO else ""
        words = ", ".join(value_text(entry, each) for entry in value[:_SPELT_OUT])
        words += f", … ({len(value)})" if len(value) > _SPELT_OUT else ""
        return words if unit in ("1", RATIO) else f"{words} {unit}"
    if unit == RATIO:
        return f"{_percent(value)} %"
    number = f"{value:,.0f}" if unit == "1" and value == int(value) else _rounded(value)
    return number if unit in ("1", "") else f"{number} {unit}"


def change_text(value: float | None, unit: str) -> str:
    """A difference with its sign, a dash where there is none; of shares in percentage points."""
    if value is None:
        return _MISSING
    words = value_text(value, unit)
    return ("+" if value > 0.0 else "") + (words.replace(" %", " pp") if unit == RATIO else words)


def range_text(low: float, high: float, unit: str) -> str:
    """The ends of a difference's interval: ``-1.2 … +0.4 ms``."""
    if unit in (RATIO, "1", ""):
        return f"{change_text(low, unit)} … {change_text(high, unit)}"
    return f"{change_text(low, '')} … {change_text(high, unit)}"


def bound_text(judgement: Judgement) -> str:
    """What is asked: ``≥ 90 %``."""
    return asked_text(judgement.bound, judgement.value_unit)


def asked_text(bound: Bound, unit: str) -> str:
    """The same of a bound alone."""
    ((name, limit),) = bound.items()
    return f"{'≥' if name == 'at_least' else '≤'} {value_text(limit, unit)}"


def interval_text(judgement: Judgement) -> str:
    """The interval's ends: ``93.1 – 96.0 %``; ``exact`` for a count of the run."""
    if judgement.interval is None:
        return _MISSING
    low, high = (value_text(end, judgement.value_unit) for end in judgement.interval)
    return "exact" if judgement.unit == "run" else f"{low} … {high}"


def _percent(share: float) -> str:
    """A share in percent; where little is missing, with two digits of what is, so that 99.999 % is not 100 %."""
    percent = share * 100.0
    if 99.0 < percent < 100.0:
        return f"{percent:.{1 - floor(log10(100.0 - percent))}f}".rstrip("0").rstrip(".")
    return _rounded(percent)


def _rounded(number: float) -> str:
    """Four significant digits, no exponent for what people count with."""
    if number and not 1e-3 <= abs(number) < 1e7:
        return f"{number:.3g}"
    digits = next(digits for edge, digits in _DIGITS if abs(number) >= edge)
    text = f"{number:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
