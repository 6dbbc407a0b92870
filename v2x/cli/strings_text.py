"""A study of strings in a screen of text: a line for each cell, values of the last axis side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from v2x.control.string_study import effective, unused
from v2x.scenario.model_string_study import Cell, StringStudy

if TYPE_CHECKING:
    from v2x_analysis.platooning.closed_track import Verdict

#: More values of the last axis than this stand below each other.
_MOST_BESIDE = 3
_STABLE = {True: "yes", False: "NO", None: "open"}
_NOTES = """\
yes: at {frequencies} Hz no gain from a vehicle to the next is above 1; NO: an interval at 95 % is above;
open: one has 1 inside. worst: greatest gain, in the mean over {replicas} strings, and where. theory: greatest gain
at these frequencies; any Hz: at any. tail: last vehicle over leader. gap: smallest, m; *: vehicles at their limits."""


def as_text(study: StringStudy, verdicts: Mapping[Cell, Verdict]) -> str:
    """The verdicts, by effective cell, as lines."""
    axes = study.grid.axes()
    beside = next(reversed(axes), "")
    if not 1 < len(axes.get(beside, ())) <= _MOST_BESIDE:
        beside = ""
    left = [name for name in axes if name != beside]
    lines: dict[tuple[str, ...], dict[str, Verdict]] = {}
    for cell in study.cells():
        key = tuple("-" if name in unused(cell) else _plain(getattr(cell, name)) for name in left)
        block = f"{beside} {_plain(getattr(cell, beside))}" if beside else "stable"
        lines.setdefault(key, {})[block] = verdicts[effective(cell)]
    rows = [[*left], *([*key] for key in lines)]
    for name in next(iter(lines.values())):
        theory = any(line[name].expected_gain is not None for line in lines.values())
        rows[0] += _head(name, theory)
        for row, line in zip(rows[1:], lines.values(), strict=True):
            row += _block(line[name], theory)
    frequencies = ", ".join(f"{f:g}" for f in study.leader.frequency_hz)
    notes = _NOTES.format(frequencies=frequencies, replicas=study.replicas)
    return "\n".join([*filter(None, [study.title]), *_aligned(rows), notes])


def _head(name: str, theory: bool) -> list[str]:
    return ["|", name, "worst", "at Hz", *(["theory", "any Hz"] if theory else []), "tail", "gap"]


def _block(told: Verdict, theory: bool) -> list[str]:
    expected = [_gain(told.expected_gain), _gain(told.theory_worst_gain)] if theory else []
    gap = "crash" if told.collisions else f"{told.min_gap_m:.1f}"
    return [
        "|",
        _STABLE[told.stable],
        _gain(told.worst_gain),
        "-" if told.worst_hz is None else f"{told.worst_hz:g}",
        *expected,
        _gain(told.head_to_tail_gain),
        gap + ("*" if told.limited_share > 0.0 else " "),
    ]


def _gain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _plain(value: object) -> str:
    return "default" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of equal length as lines with columns flush left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [" ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
