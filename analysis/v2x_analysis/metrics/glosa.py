"""What speed advice brings: in scripted encounters by themselves, else against a run of the same seed without it.

A run compares itself with its baseline, the first of its scenario's ``variants``: the same vehicles, up to the last
junction that they passed in both. Beyond it nothing can be compared yet: who is on the way to a red, slowly, has lost
time to who stands at it already, and gets it back at the green, which may come after the end of the run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from v2x.clock import NS_PER_S
from v2x_analysis.applications.alerts import states_of, subjects
from v2x_analysis.applications.episodes import episodes, outcomes
from v2x_analysis.applications.fuel import ENGINES, fuel_ml_per_s
from v2x_analysis.applications.surroundings import Surroundings
from v2x_analysis.measurement import F64, RATIO, Measurement, absent, count, mean, quantiles
from v2x_analysis.metrics.alerts import LEAD_PERCENTS, somebody_reacts
from v2x_analysis.metrics.traffic import STOPPED_MPS
from v2x_analysis.run import Run

#: Who was faster than this before standing has stopped, m/s (5 km/h; assumed): creeping in a queue is one stop.
MOVING_MPS = 5.0 / 3.6

#: A vehicle further than this from where its namesake of the baseline began is another, metres: once traffic has taken
#: another course, SUMO's demand does, too.
SAME_M = 5.0

#: A junction is passed when it lies so far behind, metres: from standstill to 60 km/h at 2 m/s^2 (assumed) takes 70 m,
#: so whoever had to stop has paid for it.
PASSED_M = 75.0


@dataclass(frozen=True)
class Drive:
    """What it took a vehicle to drive a way: stops, fuel (NaN of what burns none) and time."""

    stops: int
    fuel_ml: float
    time_s: float


def effect(run: Run) -> dict[str, Measurement]:
    """``glosa.*``: of encounters, or of the subjects that it ran on; what was saved needs a baseline."""
    played = run.derived(episodes)
    if len(played):
        return _of_encounters(run) if (played["application"] == "glosa").any() else {}
    tracks = [Surroundings(run, each) for each in run.derived(subjects) if "glosa" in each.applications]
    if not tracks:
        return {}
    drives = [drive(track, float(track.gone_m[-1])) for track in tracks]
    result = {
        "glosa.stops": count(sum(each.stops for each in drives), n=len(drives)),
        "glosa.fuel_ml": _millilitres([each.fuel_ml for each in drives]),
        "glosa.way_m": count(sum(float(track.gone_m[-1]) for track in tracks), "m", len(tracks)),
    }
    return result if run.baseline is None else result | _saved(run.baseline, tracks)


def drive(track: Surroundings, way_m: float) -> Drive:
    """A vehicle's stops, fuel and time on the first metres of its way."""
    part = track.gone_m <= way_m
    speed_mps, t_s = track.speed_mps[part], track.t_ns[part] / NS_PER_S
    engine = ENGINES.get(track.kind)
    steps_s = np.diff(t_s, append=t_s[-1:])
    burnt = np.nan if engine is None else float(fuel_ml_per_s(engine, speed_mps, track.accel_mps2[part]) @ steps_s)
    return Drive(stops(speed_mps), burnt, float(np.interp(way_m, track.gone_m, track.t_ns / NS_PER_S) - t_s[0]))


def passed_m(track: Surroundings) -> F64:
    """Ways after which a vehicle had passed each junction; names of lanes inside junctions begin with a colon."""
    inside = np.strings.startswith(track.lane, ":")
    ways_m = track.gone_m[1:][inside[:-1] & ~inside[1:]] + PASSED_M
    return np.asarray(ways_m[ways_m <= track.gone_m[-1]], np.float64)


def stops(speed_mps: F64) -> int:
    """How often a vehicle came to stand after it had been moving."""
    states = np.where(speed_mps < STOPPED_MPS, 0, np.where(speed_mps > MOVING_MPS, 1, -1))
    known = states[states >= 0]
    return int(((known[:-1] == 1) & (known[1:] == 0)).sum())


def _saved(baseline: Run, tracks: list[Surroundings]) -> dict[str, Measurement]:
    """Against the same vehicles in the baseline, each up to the last junction that it passed in both."""
    pairs = []
    for track in tracks:
        there_ns = states_of(baseline, track.subject.station)["t_ns"]
        if not (there_ns >= track.subject.from_ns).any():
            continue
        other = Surroundings(baseline, replace(track.subject, until_ns=int(there_ns.max())))
        if other.t_ns[0] != track.t_ns[0] or np.hypot(*other.place_m(track.lon_deg[0], track.lat_deg[0])[0]) > SAME_M:
            continue
        ways_m = passed_m(track), passed_m(other)
        last = min(len(each) for each in ways_m) - 1
        if last >= 0:
            pairs.append((drive(track, float(ways_m[0][last])), drive(other, float(ways_m[1][last]))))
    if not pairs:
        return {}
    with_ml, without_ml = (float(np.nansum([pair[k].fuel_ml for pair in pairs])) for k in (0, 1))
    return {
        "glosa.stops_saved": count(sum(other.stops - own.stops for own, other in pairs), n=len(pairs)),
        "glosa.delay_saved_s": count(sum(other.time_s - own.time_s for own, other in pairs), "s", len(pairs)),
        "glosa.fuel_saved_share": count(1.0 - with_ml / without_ml, RATIO, len(pairs)) if without_ml else absent(RATIO),
    }


def _millilitres(burnt: list[float]) -> Measurement:
    known = [each for each in burnt if not np.isnan(each)]
    return count(sum(known), "ml", len(known)) if known else absent("ml")


def _of_encounters(run: Run) -> dict[str, Measurement]:
    """Arrivals at red that advice could turn into arrivals at green."""
    table = outcomes(run.derived(episodes)).reset_index(drop=True)
    hazards = table[table["hazard"]]
    result = {
        "glosa.misses": count(hazards["missed"].sum(), n=len(hazards)),
        "glosa.miss_rate": mean(hazards["missed"], RATIO, {"encounter": hazards.index}),
    }
    leads = quantiles(hazards["lead_s"].dropna(), "s", {"encounter": hazards["lead_s"].dropna().index}, LEAD_PERCENTS)
    result |= {f"glosa.lead_time_s.{part}": measurement for part, measurement in leads.items()}
    if somebody_reacts(run):
        result["glosa.avoided_share"] = mean(hazards["avoided"], RATIO, {"encounter": hazards.index})
    return result
