"""What is asked of remote driving: named profiles of ``scenarios/common/remote_profiles.yaml``, row by row."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, TypeAdapter, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from v2x.data import data_dir
from v2x.errors import InputError
from v2x.registry import did_you_mean
from v2x.scenario.model_base import Model, refusal


class RemoteRow(Model):
    """One requirement: a figure of the scorecard and its bound."""

    id: Annotated[str, Field(pattern=r"^[ND][1-9](\.[a-z0-9_]+)?$")]
    """N for network and display, D for driving; a row of another profile with the same id is replaced."""
    title: str
    """What it is, for people."""
    metric: Annotated[str, Field(pattern=r"^remote\.")]
    """Key of the figure."""
    at_most: float | None = None
    """Largest value that is right."""
    at_least: float | None = None
    """Smallest value that is right."""
    level: Literal["hard", "soft", "info"]
    """``hard`` decides the verdict, ``soft`` counts in the grade alone, ``info`` in neither."""
    unit: Literal["sample", "outage", "run"]
    """What is one piece of evidence: an observation, a second of the link (one stall at most), or the run as it was."""
    source: str
    """Where the bound comes from."""
    status: Literal["read", "secondary", "memory", "assumed"]
    """Whether it was read in the source, is told by others, is from memory, or is ours."""
    weight: PositiveFloat = 1.0
    """In the grade."""
    required: bool = False
    """Whether the verdict waits for what the row is about, such as a manoeuvre, if a run has none, or leaves it out."""

    @property
    def limit(self) -> float:
        """The bound."""
        return self.at_least if self.at_most is None else self.at_most  # type: ignore[return-value]

    @property
    def key(self) -> str:
        """Key of its verdict in a scorecard."""
        return f"remote.requirement.{self.id.lower().replace('.', '_')}"

    @model_validator(mode="after")
    def _one_bound(self) -> RemoteRow:
        if (self.at_most is None) == (self.at_least is None):
            raise refusal("give exactly one of at_most and at_least")
        return self


class RemoteSettings(Model):
    """What figures themselves are taken by."""

    uplink_ms: PositiveFloat
    """Until then a picture is on time: from the encoder to the receiver that can decode it."""
    downlink_ms: PositiveFloat
    """Until then a command is on time: from the desk to the vehicle."""
    law_ms: PositiveFloat
    """Latency of picture and command with which the vehicle may drive at the road's limit; with more, slower."""
    speed_tolerance_mps: NonNegativeFloat
    """Over a limit counts from so much above it."""


class RemoteProfile(Model):
    """Requirements that a run is held against."""

    profile: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    """Its name."""
    title: str
    """Name for people."""
    document: str
    """What it is made of."""
    edition: str
    """Version and date of that."""
    settings: RemoteSettings
    """What figures are taken by."""
    rows: tuple[RemoteRow, ...]
    """In the order of the report."""

    @model_validator(mode="after")
    def _ids_differ(self) -> RemoteProfile:
        ids = [row.id for row in self.rows]
        for place, name in enumerate(ids):
            if name in ids[:place]:
                raise refusal(f"'{name}' is there twice", at=f"rows.{place}.id")
        return self


class _Written(Model):
    """A profile as the file has it: rows that it does not name are those of the one it extends."""

    profile: str
    title: str
    document: str
    edition: str
    extends: str | None = None
    settings: RemoteSettings
    rows: tuple[RemoteRow, ...] = ()


def remote_profiles() -> dict[str, RemoteProfile]:
    """All profiles by name, in the order of the file; `InputError` if the file is damaged."""
    return read_profiles(data_dir("scenarios") / "common" / "remote_profiles.yaml")


def remote_profile(name: str) -> RemoteProfile:
    """The profile of that name; `InputError` with the nearest name if there is none."""
    known = remote_profiles()
    if name not in known:
        raise InputError(f"unknown profile '{name}', {did_you_mean(name, list(known))}", path="remote.profile")
    return known[name]


@cache
def read_profiles(file: Path) -> dict[str, RemoteProfile]:
    """The profiles of a file; `InputError` with the place of the first thing that is wrong."""
    try:
        written = TypeAdapter(tuple[_Written, ...]).validate_python(YAML(typ="safe").load(file))
        profiles: dict[str, RemoteProfile] = {}
        for each in written:
            profiles[each.profile] = _whole(each, profiles, file)
    except (OSError, YAMLError) as error:
        raise InputError(f"cannot be read: {' '.join(str(error).split())}", file=file) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(first["msg"], file=file, path=".".join(map(str, first["loc"]))) from error
    return profiles


def _whole(written: _Written, known: dict[str, RemoteProfile], file: Path) -> RemoteProfile:
    """A profile with the rows that it takes over, each where it was, and its own ones after them."""
    own = {row.id: row for row in written.rows}
    taken: tuple[RemoteRow, ...] = ()
    if written.extends is not None:
        if written.extends not in known:
            reason = f"extends '{written.extends}', which does not stand above it"
            raise InputError(reason, file=file, path=written.profile)
        taken = tuple(own.pop(row.id, row) for row in known[written.extends].rows)
    rest = tuple(row for row in written.rows if row.id in own)
    about = written.model_dump(include={"profile", "title", "document", "edition"})
    return RemoteProfile(**about, settings=written.settings, rows=taken + rest)
