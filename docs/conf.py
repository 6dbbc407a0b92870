"""How Sphinx makes a site of these pages: ``make docs``.

The pages are plain Markdown that reads on a code host as it does here. So the table of contents is no directive in
them: it is made of the lists of links in ``index.md``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pygments.lexers.special import TextLexer

from v2x import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "V2X test field"
release = version = __version__
project_copyright = "Apache-2.0"

extensions = ["myst_parser"]
myst_heading_anchors = 4  # links to headings are written as code hosts have them
html_theme = "furo"
html_title = project
html_copy_source = False
html_show_sphinx = False
exclude_patterns = ["conf.py"]

_SECTION = re.compile(r"^## (?P<caption>.+)$\n(?P<body>(?:(?!^## ).*\n?)*)", re.MULTILINE)
_PAGE = re.compile(r"\]\((?P<page>[\w/-]+)\.md\)")


def contents(index: str) -> str:
    """One hidden table of contents for each section of the index, with the pages that it links, in its order."""
    tables = []
    for section in _SECTION.finditer(index):
        pages = dict.fromkeys(_PAGE.findall(section["body"]))
        if pages:
            tables.append(
                "\n".join(["", "```{toctree}", ":hidden:", f":caption: {section['caption']}", "", *pages, "```"])
            )
    return "\n".join(tables)


def _add_contents(_: Sphinx, page: str, source: list[str]) -> None:
    if page == "index":
        source[0] += "\n" + contents(source[0])


def setup(app: Sphinx) -> None:
    """Sphinx calls this: the table of contents, and diagrams, which a code host draws and this site shows as text."""
    app.connect("source-read", _add_contents)
    app.add_lexer("mermaid", TextLexer)
