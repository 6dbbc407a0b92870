"""What a run folder was made from: its scenario with everything filled in, written and read."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from v2x.errors import RunFolderError
from v2x.record.folder import SCENARIO
from v2x.scenario.model import Scenario


def scenario_text(resolved: Mapping[str, Any]) -> str:
    """What stands in a run folder's ``scenario.resolved.yaml``."""
    text = io.StringIO()
    YAML().dump(dict(resolved), text)
    return text.getvalue()


def recorded_scenario(folder: Path) -> Scenario:
    """The scenario of a run. A recording that it was made from need not be there any more.

    Raises
    ------
    RunFolderError
        If there is none, or it is none of this version.
    """
    path = folder / SCENARIO
    try:
        return Scenario.model_validate_json(json.dumps(YAML(typ="safe").load(path)), strict=True)
    except FileNotFoundError:
        raise RunFolderError(f"it has no {SCENARIO}", file=folder) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RunFolderError(f"not a scenario of this version: {first['msg']}", file=path, path=where) from error
    except (OSError, TypeError, ValueError, YAMLError) as error:
        raise RunFolderError(f"unreadable scenario: {' '.join(str(error).split())}", file=path) from error
