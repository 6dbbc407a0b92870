"""The field that a run was on."""

from __future__ import annotations

from v2x.errors import V2xError
from v2x.field.load import load_field
from v2x.field.model import Field
from v2x_analysis.run import Run


def field_of(run: Run) -> Field | None:
    """The field of the run, None if it has none or this installation does not know it."""
    name = run.about.field or run.plan.field
    if not name:
        return None
    try:
        return load_field(name)
    except V2xError:
        return None
