"""A criterion at a glance: its interval against its bound, as a little drawing."""

from __future__ import annotations

from html import escape

from v2x_analysis.judging import Judgement
from v2x_analysis.report.wording import bound_text, value_text

#: Width of the drawing, and what is left free beside the outermost mark, as a share of what lies between the marks.
_WIDE, _FREE = 180.0, 0.18


def interval_bar(judgement: Judgement) -> str:
    """An ``<svg>``: value, interval and bound, the side that passes shaded; empty where nothing was measured."""
    if judgement.value is None:
        return ""
    ((side, bound),) = judgement.bound.items()
    low, high = judgement.interval or (judgement.value, judgement.value)
    ends = (low, high, bound, judgement.value)
    room = (max(ends) - min(ends)) or abs(bound) or 1.0
    start, width = min(ends) - _FREE * room, (1.0 + 2.0 * _FREE) * room

    def at(value: float) -> float:
        return round(_WIDE * (value - start) / width, 1)

    edge = at(bound)
    good = f'x="{edge}" width="{_WIDE - edge:.1f}"' if side == "at_least" else f'x="0" width="{edge}"'
    words = f"value {value_text(judgement.value, judgement.value_unit)}, bound {bound_text(judgement)}"
    interval = (
        f'<path class="span" d="M{at(low)} 10H{max(at(high), at(low) + 0.1):.1f}"/>' if judgement.interval else ""
    )
    return (
        f'<svg class="bar" viewBox="0 0 180 20" role="img" aria-label="{escape(words)}">'
        f'<rect class="rail" x="0" y="6" width="180" height="8" rx="4"/>'
        f'<rect class="allowed" {good} y="6" height="8" rx="4"/><path class="bound" d="M{edge} 2V18"/>{interval}'
        f'<circle class="dot" cx="{at(judgement.value)}" cy="10" r="4"/></svg>'
    )
