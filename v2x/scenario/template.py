"""A scenario to begin with: a file that extends another one and shows what can be changed, and a study of it."""

from __future__ import annotations

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from v2x.data import data_dir
from v2x.scenario.loader import load_scenario

#: Name of the study's file.
STUDY = "study.yaml"


def starting_point(name: str, base: str) -> dict[str, str]:
    """The files of a new scenario.

    Parameters
    ----------
    name
        What it is called.
    base
        Name of the shipped scenario that it extends.

    Returns
    -------
    dict
        Text of each file, by its name.

    Raises
    ------
    InputError
        There is no such scenario.
    """
    scenario = load_scenario(base).scenario
    known = {
        "name": name,
        "base": base,
        "duration_s": None if scenario.traffic.kind == "recording" else f"{scenario.duration_s:g}",
        "traffic": scenario.traffic.kind,
        "platoon": scenario.platoon is not None,
        "remote": scenario.remote is not None,
    }
    templates = Environment(
        loader=FileSystemLoader(data_dir("scenarios") / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    files = {f"{name}.yaml": "scenario.yaml.j2", STUDY: "study.yaml.j2"}
    return {file: templates.get_template(template).render(known) for file, template in files.items()}
