"""The one tree of errors. Libraries raise these; only ``v2x.cli`` prints them and exits.

Each leaf also inherits the builtin that a caller would expect, so ``except ValueError`` keeps working.
"""

from __future__ import annotations

from pathlib import Path


class V2xError(Exception):
    """Base of every error this project raises on purpose."""


class InputError(V2xError, ValueError):
    """Something the user handed in is wrong (exit code 2).

    Attributes
    ----------
    file, line, column
        Where it stands (1-based), as far as known.
    path
        Dotted path of the field inside the file, as far as known.
    reason
        What is wrong and what was expected.
    """

    def __init__(
        self,
        reason: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        column: int | None = None,
        path: str | None = None,
    ) -> None:
        self.reason, self.file, self.line, self.column, self.path = reason, file, line, column, path
        super().__init__(str(self))

    def __str__(self) -> str:
        """Render as ``file:line:col: path: reason``, leaving out what is unknown."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return ": ".join(part for part in (place, self.path, self.reason) if part)


class ScenarioError(InputError):
    """A scenario is wrong. Holds every fault found, not only the first."""

    def __init__(self, faults: list[InputError]) -> None:
        self.faults = faults
        first = faults[0]
        super().__init__(first.reason, file=first.file, line=first.line, column=first.column, path=first.path)

    def __str__(self) -> str:
        """One fault a line."""
        return "\n".join(str(fault) for fault in self.faults)


class FieldError(InputError):
    """A field (road network, sites, demand) is missing or inconsistent."""


class TrafficError(InputError):
    """A traffic source cannot be used: an unreadable recording, an unknown vehicle."""


class CodecError(InputError):
    """Bytes or values that are not a valid message."""


class RunFolderError(InputError):
    """A run folder that cannot be read or must not be overwritten."""


class RunError(V2xError, RuntimeError):
    """The run itself failed (exit code 3): SUMO died, the disk is full."""
