"""SUMO's own programs, called when a field is built, imported or exported; loading a field needs none of them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from v2x.errors import FieldError, RunError


def sumo_home() -> Path:
    """Folder of the installed SUMO; `RunError` where the package is absent."""
    try:
        import sumo
    except ImportError as error:
        raise RunError("SUMO is not installed: pip install eclipse-sumo") from error
    return Path(sumo.SUMO_HOME)


def netconvert(arguments: list[str], cwd: Path) -> str:
    """Run netconvert in a folder and return what it warned of.

    Raises
    ------
    FieldError
        With netconvert's own words, where it refuses the input.
    """
    home = sumo_home()
    # Without this netconvert cannot find the tables of its projection library and says so on every run.
    environment = {**os.environ, "SUMO_HOME": str(home), "PROJ_DATA": str(home / "data" / "proj")}
    environment["PROJ_LIB"] = environment["PROJ_DATA"]
    done = subprocess.run(
        [str(home / "bin" / "netconvert"), *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        said = [line for line in lines if line.startswith("Error")] or lines
        raise FieldError(f"netconvert refused it: {' '.join(said[:3]) or 'no reason given'}")
    return done.stderr
