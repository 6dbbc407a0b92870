"""Runs that score applications, for the study in ``docs/validation/applications.md``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from v2x.cli.simulation import simulate
from v2x.record.folder import VARIANTS
from v2x.scenario.loader import load_scenario, variants_of
from v2x_analysis import Run

#: Applications that there are scenes for.
APPLICATIONS = ("rlvw", "glosa", "slw", "hlw", "ivs", "tjw", "vrucw", "evw", "fcw", "ebw")

IDEAL = ("sensors.ideal=[gnss, motion, clock, delays]", "links.pc5={kind: ideal}")


def encounters(folder: Path, application: str, duration_s: float, settings: Iterable[str] = (), seed: int = 1) -> Run:
    """A run of scripted encounters; roadside units perceive only where the application needs it."""
    perception = () if application == "vrucw" else ("stations.rsu.perception=null",)
    own = (f"traffic.application={application}", f"stations.subjects.0.applications=[{application}]")
    return played(folder, "encounters", (*own, *perception, *settings), duration_s, seed)


def played(folder: Path, scenario: str | Path, settings: Iterable[str], duration_s: float, seed: int = 1) -> Run:
    """A run, and its variants if the scenario names some, as ``v2x run`` makes them."""
    loaded = load_scenario(str(scenario), tuple(settings), seed=seed, duration_s=duration_s)
    simulate(loaded, folder, force=True, engine="libsumo")
    for name, variant in variants_of(loaded).items():
        simulate(variant, folder / VARIANTS / name, force=True, engine="libsumo")
    return Run(folder)
