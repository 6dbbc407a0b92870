"""A click group whose verbs are imported when they are used."""

from __future__ import annotations

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
