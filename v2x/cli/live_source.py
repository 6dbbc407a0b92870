"""What the live service plays: a scenario that is simulated, or a run that has ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from v2x.bus.ground import Ground
from v2x.bus.units import unit_places
from v2x.clock import to_ns, utc_ns
from v2x.field.load import field_of
from v2x.field.model import Field
from v2x.messages.profile import get_profile
from v2x.record.compact import compact
from v2x.record.folder import MANIFEST
from v2x.record.source import recorded_scenario
from v2x.remote.build import build_cockpit
from v2x.scenario.loader import LoadedScenario, load_scenario
from v2x.scenario.model import Scenario
from v2x.traffic.build import plane_of


@dataclass(frozen=True)
class Source:
    """A scenario and where its roadside units are, metres on its plane.

    Attributes
    ----------
    loaded
        The scenario as it was loaded, None for a run that has ended.
    folder
        That run, None for a scenario.
    """

    scenario: Scenario
    field: Field | None
    places: dict[str, tuple[float, float]]
    loaded: LoadedScenario | None = None
    folder: Path | None = None

    def ground(self, units: tuple[str, ...]) -> Ground:
        """What the service needs to know of it; ``units`` take orders."""
        remote = self.scenario.remote if self.folder is None else None
        return Ground(
            get_profile(self.scenario.profile),
            plane_of(self.scenario, self.field),
            to_ns(self.scenario.step_s),
            utc_ns(self.scenario.start_utc),
            units if self.folder is None else (),
            listens=self.folder is None,
            cockpit=None if remote is None else build_cockpit(remote),
        )


def open_source(name: str, overrides: tuple[str, ...], seed: int | None, duration_s: float | None) -> Source:
    """A run folder, a shipped scenario or a YAML file; `InputError` for what is none."""
    folder = Path(name)
    if (folder / MANIFEST).is_file():
        compact(folder)
        return _source(recorded_scenario(folder), None, folder)
    loaded = load_scenario(name, overrides, seed=seed, duration_s=duration_s)
    return _source(loaded.scenario, loaded, None)


def _source(scenario: Scenario, loaded: LoadedScenario | None, folder: Path | None) -> Source:
    field = field_of(scenario)
    return Source(scenario, field, unit_places(scenario, field, plane_of(scenario, field)), loaded, folder)
