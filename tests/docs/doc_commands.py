"""Code blocks of a page, and how a test executes them: in a folder of the page's own, in the order of the page.

A comment right before a block says what cannot be seen in it:

- ``<!-- not run: REASON -->``: the block is only looked at.
- ``<!-- exit N: REASON -->``: its commands end with this exit code and not with 0.
- ``<!-- file: NAME -->``: the reader saves the block under this name.

In a ``console`` block ``$ `` begins a command, a line that ends in a backslash goes on in the next one, and anything
else is output of the command above it: it must come, word for word, where ``...`` stands for whatever.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from doc_pages import ROOT, tokens

#: Languages of blocks; the first two are executed unless something stands before them.
LANGUAGES = ("console", "python", "yaml", "toml", "json", "mermaid", "")
#: A command may take so long, seconds.
PATIENCE_S = 1200

_MARK = re.compile(r"<!-- (?:not run: (?P<skip>.+)|exit (?P<code>\d+): .+|file: (?P<file>[\w./-]+)) -->\s*")
_SAME = doctest.OutputChecker()


@dataclass
class Command:
    """One command of a console block, and the output that the page shows."""

    text: str
    code: int
    shown: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str
    skip: str | None
    code: int
    file: str | None

    def commands(self) -> list[Command]:
        """Commands of a ``console`` block.

        Raises
        ------
        ValueError
            If it begins with something else.
        """
        found: list[Command] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                found.append(Command(line.removeprefix("$ "), self.code))
            elif not found:
                raise ValueError(f"{self.page}:{self.line}: a console block begins with '$ '")
            elif found[-1].text.endswith("\\") and not found[-1].shown:
                found[-1].text += "\n" + line
            else:
                found[-1].shown.append(line)
        return found


def blocks(page: Path) -> Iterator[Block]:
    """All fenced blocks of a page, with the comments before them."""
    mark = None
    for token in tokens(page):
        if token.type == "fence":
            line = (token.map or [0])[0] + 1
            said = mark.groupdict() if mark else {"skip": None, "code": None, "file": None}
            code = int(said["code"] or 0)
            yield Block(page, line, token.info.strip(), token.content, said["skip"], code, said["file"])
        mark = _MARK.fullmatch(token.content) if token.type == "html_block" else None


def execute(page: Path, folder: Path) -> None:
    """Do what a reader of the page does, in that folder.

    Raises
    ------
    AssertionError
        If a command ends with another exit code than the page says, or prints something else.
    """
    (folder / ".venv").symlink_to(ROOT / ".venv")
    shutil.copytree(ROOT / "examples", folder / "examples")
    script = ""
    for block in blocks(page):
        if block.file:
            (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.file).write_text(block.text, encoding="utf-8")
        elif block.skip is None and block.language == "console":
            for command in block.commands():
                _run(["bash", "-c", command.text], folder, block, command)
        elif block.skip is None and block.language == "python":
            script += block.text + "\n"
            _run([sys.executable, "-c", script], folder, block, Command(f"Python block, line {block.line}", block.code))


def _run(call: list[str], folder: Path, block: Block, command: Command) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        call,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    said = done.stdout + done.stderr
    where = f"{block.page.name}:{block.line}: {command.text}"
    assert done.returncode == command.code, f"{where}\nexit code {done.returncode}, not {command.code}\n{said[-3000:]}"
    want = "\n".join(command.shown)
    alike = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert not want or _SAME.check_output(want, said, alike), f"{where}\nprinted\n{said[-3000:]}\nand not\n{want}"
