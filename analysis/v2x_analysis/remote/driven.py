"""The tables about remotely driven vehicles as arrays, and what the run was told about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from v2x.clock import NS_PER_S
from v2x.errors import InputError
from v2x.record.folder import SCENARIO
from v2x.remote.command import CommandLink
from v2x.remote.vehicle.body import Actuators
from v2x.remote.video.screen import Display
from v2x.scenario.model_remote import Slalom
from v2x.scenario.remote_profiles import RemoteProfile, remote_profile
from v2x_analysis.contents import checked
from v2x_analysis.measurement import F64, I64
from v2x_analysis.remote.told import events
from v2x_analysis.remote.tracked import Observed
from v2x_analysis.run import Run

#: Times in nanoseconds that are not there.
NEVER = -1

#: End of a drive that has none.
_FOREVER_NS = np.iinfo(np.int64).max

#: Profile of a run that names none.
DEFAULT = "site_custom"

Mask = NDArray[np.bool_]


class PlannedVideo(BaseModel):
    """Pictures a second, and when the screen goes blank."""

    fps: PositiveInt = 30
    blank_ms: PositiveFloat = Display().blank_ms


class PlannedCommands(BaseModel):
    """The watchdog."""

    timeout_ms: PositiveFloat = CommandLink().timeout_ms


class PlannedStop(BaseModel):
    """The minimal-risk manoeuvre."""

    brake_mps2: PositiveFloat = 3.0


class PlannedVehicle(BaseModel):
    """What is driven."""

    steer_lag_s: NonNegativeFloat = Actuators().steer_lag_s


class PlannedRemote(BaseModel):
    """Of ``remote`` in the resolved scenario, or else in the manifest: what scoring asks of it."""

    profile: str = DEFAULT
    route: tuple[str, ...] = ()
    lane: NonNegativeInt = 0
    start_at_m: NonNegativeFloat = 0.0
    slalom: Slalom | None = None
    vehicle: PlannedVehicle = PlannedVehicle()
    video: PlannedVideo = PlannedVideo()
    command: PlannedCommands = PlannedCommands()
    minimal_risk: PlannedStop = PlannedStop()


def planned(run: Run) -> PlannedRemote:
    """What the run was told; `RunFolderError` if that is damaged."""
    told = run.scenario.get("remote") or run.manifest.get("remote") or {}
    return checked(PlannedRemote, told, run.folder / SCENARIO)


def profile_of(run: Run) -> RemoteProfile:
    """The profile that the run names; `InputError` if there is none of that name."""
    try:
        return remote_profile(run.derived(planned).profile)
    except InputError as error:
        raise InputError(error.reason, file=run.folder / SCENARIO, path=error.path) from error


@dataclass(frozen=True)
class Driven:
    """Control steps of all vehicles, by vehicle and time, (n,) each.

    Attributes
    ----------
    stations
        Names; ``station`` has their places.
    table
        The rows, with all columns of ``remote``.
    t_ns, station
        When, and whose.
    remote, mrm
        Driven by the operator; in a minimal-risk manoeuvre. Neither after the vehicle's ``remote.end``.
    step_s
        Length of a control step.
    """

    stations: tuple[str, ...]
    table: pd.DataFrame
    t_ns: I64
    station: I64
    remote: Mask
    mrm: Mask
    step_s: float

    def numbers(self, column: str) -> F64:
        """A column; NaN where it is null."""
        return self.table[column].to_numpy(np.float64)

    def observed(self, values: F64, rows: Mask) -> Observed:
        """Values of some rows, without those that are NaN."""
        return Observed(self.t_ns, values, self.station).of(rows & ~np.isnan(values))

    def rows_of(self, station: int) -> slice:
        """Where a vehicle's rows are."""
        begin, end = np.searchsorted(self.station, [station, station + 1])
        return slice(int(begin), int(end))


def driven(run: Run) -> Driven | None:
    """The run's; None if nobody was driven from afar."""
    if run.remote.empty:
        return None
    names = tuple(sorted(map(str, run.remote["station"].unique())))
    table = run.remote.assign(place=_places(run.remote, names))
    table = table.sort_values(["place", "t_ns"], kind="stable", ignore_index=True)
    t_ns, mode = table["t_ns"].to_numpy(), table["mode"].astype(object).to_numpy()
    apart_ns = np.diff(t_ns)
    step_s = float(apart_ns[apart_ns > 0].min()) / NS_PER_S if (apart_ns > 0).any() else 0.0
    place = table["place"].to_numpy(np.int64)
    ends_ns = {told.station: told.t_ns for told in reversed(run.derived(events)) if told.kind == "end"}
    under_way = t_ns < np.array([ends_ns.get(name, _FOREVER_NS) for name in names])[place]
    return Driven(names, table, t_ns, place, (mode == "remote") & under_way, (mode == "mrm") & under_way, step_s)


def pictures(run: Run) -> pd.DataFrame:
    """``remote_frames`` with ``place``, of the vehicles of `driven`, by vehicle, camera and exposure; see `_timed`."""
    return _timed(run, run.remote_frames, ("ready_ns", "play_ns", "decoded_ns", "shown_ns"), ["camera", "t_ns"])


def commands(run: Run) -> pd.DataFrame:
    """``remote_commands`` with ``place``, by vehicle and number."""
    return _timed(run, run.remote_commands, ("captured_ns", "arrived_ns", "used_ns"), ["number"])


def _timed(run: Run, table: pd.DataFrame, times: tuple[str, ...], order: list[str]) -> pd.DataFrame:
    """A table in order, its nullable times as plain integers with `NEVER`."""
    whole = run.derived(driven)
    place = _places(table, () if whole is None else whole.stations)
    whole_ns = {name: table[name].fillna(NEVER).to_numpy(np.int64) for name in times}
    table = table.assign(place=place, **whole_ns)[place >= 0]
    return table.sort_values(["place", *order], kind="stable", ignore_index=True)


def _places(table: pd.DataFrame, names: tuple[str, ...]) -> I64:
    return np.asarray(
        pd.Index(list(names), dtype=object).get_indexer(pd.Index(table["station"].astype(object))), np.int64
    )
