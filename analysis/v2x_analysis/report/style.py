"""How plots look: matplotlib draws with stand-in colours, which the page's style sheet makes light or dark."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

#: Stand-in colour -> variable of the style sheet. No plot uses these colours for anything else.
VARIABLES = {
    "#010203": "--ink",
    "#010204": "--muted",
    "#010205": "--grid",
    "#010206": "--s1",
    "#010207": "--s2",
    "#010208": "--s3",
    "#010209": "--s4",
    "#01020a": "--s5",
    "#01020b": "--s6",
    "#01020c": "--s7",
    "#01020d": "--good",
}
_BY_NAME = {variable: colour for colour, variable in VARIABLES.items()}
INK, MUTED, GRID, GOOD = (_BY_NAME[name] for name in ("--ink", "--muted", "--grid", "--good"))

#: Colours of series, told apart also by people who do not see red and green as different.
SERIES = tuple(_BY_NAME[f"--s{k}"] for k in range(1, 8))

_RC: Any = {
    "svg.fonttype": "none",  # the browser draws the text, in the page's font
    "svg.hashsalt": "v2x",  # element ids depend on the content alone: equal runs give equal files
    "font.size": 10.0,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0.0,
    "ytick.major.size": 0.0,
    "xtick.minor.size": 0.0,
    "ytick.minor.size": 0.0,
    "text.color": INK,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": 9.0,
    "legend.handlelength": 1.2,
    "patch.linewidth": 0.0,
}


@contextmanager
def axes(height_in: float = 3.0, rows: int = 1) -> Iterator[tuple[Figure, list[Axes]]]:
    """A figure of the page's column width with ``rows`` plots on one x axis."""
    with mpl.rc_context(_RC):
        figure = Figure(figsize=(6.4, height_in), layout="constrained")
        figure.patch.set_visible(False)
        grid = figure.subplots(rows, 1, sharex=True, squeeze=False)
        for each in grid[:, 0]:
            each.patch.set_visible(False)
        yield figure, list(grid[:, 0])


def svg_of(figure: Figure, name: str, description: str) -> str:
    """A figure as an ``<svg>`` element for a page: labelled for screen readers, coloured by the style sheet."""
    buffer = io.StringIO()
    with mpl.rc_context(_RC):
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", metadata=nothing)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)  # it would hold for the whole page
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, f"var({variable})")
    # several drawings share a page: their ids must not
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", text)
    head = re.compile(r"<svg[^>]*viewBox=\"([^\"]*)\"[^>]*>")
    opening = f'<svg class="plot" viewBox="\\1" role="img" aria-label="{escape(description, quote=True)}">'
    return head.sub(opening, text, count=1)
