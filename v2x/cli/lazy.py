"""A click group whose verbs are imported when they are used, and not to tell what there is."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from v2x.registry import Registry


class LazyGroup(click.Group):
    """A group by table.

    Parameters
    ----------
    verbs
        Name -> module with a click command called ``command``.
    """

    def __init__(self, *arguments: Any, verbs: Registry, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names of all verbs."""
        return self._verbs.names()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The verb's command, or None so that click reports an unknown one."""
        if cmd_name not in self._verbs.names():
            return None
        command: click.Command = self._verbs.load(cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As click's, but from the sources: importing all verbs takes seconds."""
        names = self.list_commands(ctx)
        limit = formatter.width - 6 - max(map(len, names))
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._about(name, limit)) for name in names])

    def _about(self, name: str, limit: int) -> str:
        text = _docstring(self._verbs.target(name))
        command: click.Command = self._verbs.load(name) if text is None else click.Command(name, help=text)
        return command.get_short_help_str(limit)


def _docstring(target: str) -> str | None:
    """That of a function by ``module:name``, without importing the module; None if it is no plain function."""
    module, _, name = target.partition(":")
    spec = find_spec(module)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    for node in ast.parse(Path(spec.origin).read_bytes()).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return ast.get_docstring(node)
    return None
