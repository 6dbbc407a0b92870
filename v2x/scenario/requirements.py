"""What standards ask of message transport: rows of ``scenarios/common/requirements.yaml``, known by their id."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, TypeAdapter, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from v2x.data import data_dir
from v2x.errors import InputError
from v2x.registry import did_you_mean
from v2x.scenario.model_base import Model, refusal


class Row(Model):
    """One requirement, as its document has it; what the document leaves out is None."""

    id: str
    """Document and number."""
    title: str
    """What the messages are for."""
    clause: str = ""
    """Place in the document, empty if not known."""
    link: Literal["pc5", "uplink", "downlink"]
    """Over which link, and in which direction of the network."""
    among: Literal["all", "platoon"] = "all"
    """Between whom: where the run has platoons, members of one."""
    payload_bytes: tuple[PositiveInt, PositiveInt] | None = None
    """Smallest and largest message, without security."""
    rate_hz: PositiveFloat | None = None
    """Messages a second."""
    data_rate_mbps: PositiveFloat | None = None
    """Bits a second, in millions."""
    max_latency_ms: PositiveFloat
    """Longest time from end to end."""
    reliability: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share of messages that must arrive in that time."""
    range_m: PositiveFloat | None = None
    """Distance up to which this holds."""


class Requirement(Row):
    """A row with the document it is from."""

    document: str
    """Number of the document."""
    edition: str
    """Version and date."""
    status: Literal["read", "secondary"]
    """Whether the row was read in the document's text, or is told by others."""

    @property
    def key(self) -> str:
        """Key of its figure in a scorecard."""
        return "requirement." + re.sub(r"[^a-z0-9]+", "_", self.id.lower())

    @property
    def words(self) -> str:
        """The whole row in a line, with its source."""
        low, high = self.payload_bytes or (0, 0)
        parts = (
            (f"{low} B" if low == high else f"{low}-{high} B") if high else "",
            f"{self.rate_hz:g} Hz" if self.rate_hz else "",
            f"{self.data_rate_mbps:g} Mbit/s" if self.data_rate_mbps else "",
            (f"{self.reliability * 100:.6g} % " if self.reliability else "") + f"within {self.max_latency_ms:g} ms",
            f"up to {self.range_m:g} m" if self.range_m else "",
        )
        told = "" if self.status == "read" else ", second hand"
        return f"{self.id}: {self.title}; {', '.join(filter(None, parts))}. {self.edition}{told}"


class _Table(Model):
    document: str
    edition: str
    status: Literal["read", "secondary"]
    rows: tuple[Row, ...]

    @model_validator(mode="after")
    def _ids_of_the_document(self) -> _Table:
        for row, requirement in enumerate(self.rows):
            if not requirement.id.startswith(self.document):
                raise refusal(f"must begin with '{self.document}'", at=f"rows.{row}.id")
        return self


def requirements() -> dict[str, Requirement]:
    """All requirements by id, in the order of the file; `InputError` if the file is damaged."""
    return _read(data_dir("scenarios") / "common" / "requirements.yaml")


def requirement(name: str) -> Requirement:
    """The requirement of that id.

    Raises
    ------
    InputError
        There is none, or it states no reliability, so that nothing can be judged by it.
    """
    known = requirements()
    if name not in known:
        raise InputError(f"unknown requirement '{name}', {did_you_mean(name, list(known))}")
    if known[name].reliability is None:
        raise InputError(f"'{name}' states no reliability, so there is nothing to judge by")
    return known[name]


@cache
def _read(file: Path) -> dict[str, Requirement]:
    try:
        tables = TypeAdapter(tuple[_Table, ...]).validate_python(YAML(typ="safe").load(file))
    except (OSError, YAMLError) as error:
        raise InputError(f"cannot be read: {' '.join(str(error).split())}", file=file) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(first["msg"], file=file, path=".".join(map(str, first["loc"]))) from error
    return {
        row.id: Requirement(document=table.document, edition=table.edition, status=table.status, **row.model_dump())
        for table in tables
        for row in table.rows
    }
