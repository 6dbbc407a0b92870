"""Minimal-risk manoeuvres: how many, why, how soon, over which way, and what it meant for whoever was behind.

The way from when the last command in force had come until standstill, before it was noticed at the speed v of that
moment, is held against v t + v²/2a: a is the braking that was planned, t the time until the outage was noticed and what
the build-up of the braking costs (`v2x.remote.minimal_risk.Plan.delay_s`, with the default actuators). A manoeuvre that
brakes less for a follower takes more than that.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.remote.minimal_risk import Plan, stopping_m
from v2x.remote.vehicle.body import Actuators
from v2x_analysis.measurement import F64
from v2x_analysis.remote.driven import NEVER, Driven, commands, driven, planned
from v2x_analysis.remote.network import driving_camera
from v2x_analysis.remote.told import Told, events
from v2x_analysis.remote.tracked import Observed, Tracked
from v2x_analysis.run import Run

#: Times to collision are recorded up to this, s.
FAR_S = 30.0

#: Why there is no figure.
NO_STOP = "no minimal-risk manoeuvre in this run"


@dataclass(frozen=True)
class Stop:
    """A manoeuvre.

    Attributes
    ----------
    station
        Place of the vehicle's name in `Driven.stations`.
    cause
        ``watchdog``, ``blank`` or ``end``.
    from_ns, noticed_ns
        When the last command in force had come; when it was noticed that nobody drives.
    speed_mps, station_m
        When it was noticed.
    stopped_ns
        When it stood; None if it did not in this run.
    way_m
        Since it was noticed; None as before.
    follower_ttc_s
        Least time to collision of whoever was behind, `FAR_S` if there was none; None as before.
    without_cause
        There was no outage of the time-out, or no blank screen.
    """

    station: int
    cause: str
    from_ns: int
    noticed_ns: int
    speed_mps: float
    station_m: float
    stopped_ns: int | None
    way_m: float | None
    follower_ttc_s: float | None
    without_cause: bool

    @property
    def noticed_s(self) -> float:
        """Time until it was noticed."""
        return (self.noticed_ns - self.from_ns) / NS_PER_S

    def way_ratio(self, brake_mps2: float) -> float | None:
        """Way since the outage began over v t + v²/2a; None if it did not come to a standstill."""
        if self.way_m is None:
            return None
        delay_s = self.noticed_s + _build_up_s(brake_mps2)
        return (self.speed_mps * self.noticed_s + self.way_m) / stopping_m(self.speed_mps, delay_s, brake_mps2)


def tracked(run: Run) -> dict[str, Tracked]:
    """``remote.mrm_*`` and ``remote.disengagements_per_100km``."""
    whole = run.derived(driven)
    if whole is None:
        return {}
    found = run.derived(stops)
    causes = Counter(stop.cause for stop in found)
    words = ", ".join(f"{cause} {times}" for cause, times in sorted(causes.items()))
    brake_mps2 = run.derived(planned).minimal_risk.brake_mps2
    timeout_s = run.derived(planned).command.timeout_ms / 1e3
    watched = [stop for stop in found if stop.cause == "watchdog"]
    moving = [stop for stop in found if stop.speed_mps > 0.0]
    late_ms = [(stop.noticed_s - timeout_s) * 1e3 for stop in watched]
    away = [stop for stop in found if stop.cause != "end"]
    return {
        "remote.mrm_count": Tracked(_of(found, np.ones(len(found))), "sum", "1", remark=words),
        "remote.mrm_false": Tracked(_of(found, [float(stop.without_cause) for stop in found]), "sum", "1"),
        "remote.mrm_detection_ms": _worst(watched, [stop.noticed_s * 1e3 for stop in watched], "ms"),
        "remote.mrm_detection_late_ms": _worst(watched, late_ms, "ms"),
        "remote.mrm_stop_ratio": _worst(moving, [stop.way_ratio(brake_mps2) for stop in moving], "1"),
        "remote.mrm_follower_ttc_s": _worst(found, [stop.follower_ttc_s for stop in found], "s", kind="min"),
        "remote.disengagements_per_100km": Tracked(
            _of(away, np.ones(len(away))), "sum", "1/100km", exposure=_way_m(whole) / 1e5, empty="nothing was driven"
        ),
    }


def stops(run: Run) -> list[Stop]:
    """All manoeuvres in order of time."""
    whole = run.derived(driven)
    names = () if whole is None else whole.stations
    told = [each for each in run.derived(events) if each.station in names]
    found = []
    for place, event in enumerate(told):
        if event.kind == "mrm":
            later = (each for each in told[place + 1 :] if each.station == event.station)
            after = next((each for each in later if each.kind in ("mrm", "stopped")), None)
            found.append(_stop(run, names.index(event.station), event, after))
    return found


def _build_up_s(brake_mps2: float) -> float:
    """What the build-up of the braking costs."""
    usual = Plan()
    least_mps2, most_mps2 = min(brake_mps2, usual.least_mps2), max(brake_mps2, usual.most_mps2)
    return Plan(brake_mps2, least_mps2, most_mps2).delay_s(Actuators())


def _stop(run: Run, station: int, begun: Told, after: Told | None) -> Stop:
    from_ns, noticed_ns = begun.time_ns("outage_from_ns"), begun.time_ns("noticed_ns")
    cause = str(begun.fields.get("cause"))
    stood = after if after is not None and after.kind == "stopped" else None
    follower_s = None if stood is None else stood.number("follower_ttc_s")
    return Stop(
        station, cause, from_ns, noticed_ns, begun.number("speed_mps") or 0.0, begun.number("station_m") or 0.0,
        None if stood is None else stood.t_ns, None if stood is None else stood.number("way_m"),
        FAR_S if stood is not None and follower_s is None else follower_s,
        _without_cause(run, station, cause, from_ns, noticed_ns),
    )  # fmt: skip


def _without_cause(run: Run, station: int, cause: str, from_ns: int, noticed_ns: int) -> bool:
    """Whether what was missed was there: a newer command within the time-out, a picture within that of blanking."""
    plan = run.derived(planned)
    if cause == "watchdog":
        rows = run.derived(commands)
        rows = rows[(rows["place"] == station) & (rows["arrived_ns"] != NEVER)]
        known = rows["number"][rows["arrived_ns"] <= from_ns].max()
        newer = rows[(rows["arrived_ns"] > from_ns) & ~(rows["number"] <= known)]
        return bool((newer["arrived_ns"] < from_ns + plan.command.timeout_ms * NS_PER_MS).any())
    if cause == "blank":
        seen = run.derived(driving_camera)
        shown_ns = seen["shown_ns"][(seen["place"] == station) & (seen["shown_ns"] != NEVER)]
        return bool(((shown_ns <= noticed_ns) & (shown_ns > noticed_ns - plan.video.blank_ms * NS_PER_MS)).any())
    return False


def _way_m(whole: Driven) -> float:
    """Driven by operators, all vehicles together."""
    return float(whole.numbers("speed_mps")[whole.remote].sum()) * whole.step_s


def _of(found: list[Stop], values: F64 | list[float]) -> Observed:
    t_ns = np.array([stop.noticed_ns for stop in found], np.int64)
    return Observed(t_ns, np.asarray(values, np.float64), np.array([stop.station for stop in found], np.int64))


def _worst(found: list[Stop], values: list[float | None] | list[float], unit: str, kind: str = "max") -> Tracked:
    """The worst of those that have one; nothing happened where there are none of them."""
    known = [stop for stop, value in zip(found, values, strict=True) if value is not None]
    each = _of(known, [value for value in values if value is not None])
    empty = "no minimal-risk manoeuvre came to its end" if found else NO_STOP
    return Tracked(each, "min" if kind == "min" else "max", unit, empty=empty, happened=bool(found))
