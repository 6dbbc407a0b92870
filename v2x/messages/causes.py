"""Causes of notices and their codes on the air, with a way out for codes that have no name here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from v2x.errors import CodecError

_CODES = 65536


@dataclass(frozen=True)
class CodeList:
    """One code list of the outside world.

    Attributes
    ----------
    prefix
        A code without a name is the cause ``<prefix>_<code>``, e.g. ``itis_1025``.
    codes
        Cause -> code.
    """

    prefix: str
    codes: Mapping[str, int]

    def code(self, cause: str, place: str) -> int:
        """Code of a cause; `CodecError` if it has none."""
        if cause in self.codes:
            return self.codes[cause]
        prefix, _, number = cause.rpartition("_")
        if prefix == self.prefix and number.isascii() and number.isdigit() and int(number) < _CODES:
            return int(number)
        known = f"{', '.join(sorted(self.codes))} or {self.prefix}_<code>"
        raise CodecError(f"cause '{cause}' has no code, expected one of {known}", path=f"{place}.cause")

    def cause(self, code: int) -> str:
        """Cause of a code."""
        named = (cause for cause, known in self.codes.items() if known == code)
        return next(named, f"{self.prefix}_{code}")


#: Cause of a limit, which both families treat as a sign rather than an event.
SPEED_LIMIT = "speed_limit"
