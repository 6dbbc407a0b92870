"""From the name of a study of strings to a checked `StringStudy`, or to all of its faults at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from v2x.errors import ScenarioError
from v2x.scenario.checks import beyond_measure
from v2x.scenario.document import read_document
from v2x.scenario.faults import faults_of
from v2x.scenario.library import string_study_file
from v2x.scenario.model_string_study import StringStudy
from v2x.scenario.overrides import override
from v2x.scenario.shape import shape_of


def load_string_study(name_or_path: str | Path, overrides: Sequence[str] = ()) -> tuple[str, StringStudy]:
    """Read, override and check a study.

    Parameters
    ----------
    name_or_path
        Name of a shipped study, or the path of a file.
    overrides
        Settings ``dotted.path=value``, applied in order; the value is typed as in YAML.

    Returns
    -------
    tuple
        The name of its file, without folder and suffix, and the study.

    Raises
    ------
    ScenarioError
        The study is wrong; holds every fault, in the order of the lines.
    InputError
        There is no such study.
    """
    file = string_study_file(name_or_path)
    root, faults = read_document(file, "a study")
    root, flaws = override(root, overrides)
    faults += [*flaws, *beyond_measure(root)]
    try:
        # as JSON, because pydantic is strict there and yet takes lists for tuples
        study = StringStudy.model_validate_json(json.dumps(root.plain()), strict=True)
    except ValidationError as error:
        faults += faults_of(error, root, shape=shape_of(StringStudy))
    if faults:
        raise ScenarioError(sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0)))
    return file.stem, study
