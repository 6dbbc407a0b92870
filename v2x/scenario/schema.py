"""The JSON Schema of scenario files, for editors and for other programs that write scenarios."""

from __future__ import annotations

from typing import Any

from v2x.scenario.causes import NOTICE_CAUSES
from v2x.scenario.known import APPLICATIONS
from v2x.scenario.library import field_names
from v2x.scenario.model import Scenario
from v2x.scenario.requirements import requirements

#: Suffix of a key -> unit, as given in ``x-unit``.
UNITS = {
    "_s": "s",
    "_ms": "ms",
    "_m": "m",
    "_mps": "m/s",
    "_mps2": "m/s^2",
    "_deg": "deg",
    "_radps": "rad/s",
    "_hz": "Hz",
    "_khz": "kHz",
    "_mhz": "MHz",
    "_ppm": "ppm",
    "_bytes": "B",
    "_kbps": "kbit/s",
    "_dbm": "dBm",
    "_dbi": "dBi",
    "_db": "dB",
    "_percent": "%",
}


def scenario_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scenario without ``extends``.

    Keys with a unit carry it as ``x-unit``; names the loader looks up elsewhere are given as ``examples``. A file that
    extends another may leave out whatever its base has, which a schema of one file cannot express.
    """
    schema = Scenario.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        for key, entry in part.get("properties", {}).items():
            entry.pop("title", None)  # pydantic's title is the key again
            if "$ref" in entry:  # pydantic leaves out a description that is the part's own
                entry.setdefault("description", schema["$defs"][entry["$ref"].rsplit("/", 1)[-1]]["description"])
            unit = UNITS.get("_" + key.rsplit("_", 1)[-1]) if "_" in key else None
            if unit:
                entry["x-unit"] = unit
    parts, keys = schema["$defs"], schema["properties"]
    keys["extends"] = {
        "description": "Name of a shipped scenario, or path of a file, whose keys this one inherits.",
        "type": "string",
    }
    keys["field"]["examples"] = field_names()
    parts["NoticeSource"]["properties"]["cause"]["examples"] = list(NOTICE_CAUSES)
    asked = [name for name, row in requirements().items() if row.reliability is not None]
    parts["Criterion"]["properties"]["requirement"]["examples"] = asked
    parts["Subject"]["properties"]["applications"]["examples"] = [[name] for name in APPLICATIONS.names()]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
