"""What the page is told: `still` once, a `moment` many times a second; plain JSON, metres on the field's plane."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

import numpy as np

from v2x.field.model import Field
from v2x.messages.intake import examine
from v2x.messages.profile import Profile
from v2x.traffic.base import KINDS, SignalHead, Snapshot
from v2x.view import ground

#: Frames of one type that a moment lists; all are counted. A thousand vehicles say more than anyone reads.
LISTED = 500


@dataclass(frozen=True)
class RsuSite:
    """A roadside unit on the map; ``range_m`` is the radius of its coverage, None where nobody knows it."""

    name: str
    x_m: float
    y_m: float
    range_m: float | None = None


@dataclass(frozen=True)
class FrameNote:
    """A frame that was aired: simulated time, channel as in ``tx.parquet``, message type, sender, MessageFrame."""

    t_ns: int
    channel: str
    type: str
    station: str
    data: bytes


@dataclass(frozen=True)
class AlertNote:
    """A danger that an application tells its driver of; ``fields`` are JSON values, ``over`` once it has ended."""

    t_ns: int
    station: str
    application: str
    about: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    over: bool = False

    def ended(self) -> AlertNote:
        """The same, over."""
        return replace(self, over=True)


def still(field: Field | None, rsus: Sequence[RsuSite], title: str, start_utc_ns: int | None = None) -> dict[str, Any]:
    """What does not move.

    Parameters
    ----------
    field
        The field, None for a recording on a plane of its own: the map is then as large as the traffic.
    rsus
        Roadside units that are up.
    title
        Heading of the page.
    start_utc_ns
        UTC of simulated time 0, None: the page shows none.
    """
    return {
        "title": title,
        "kinds": KINDS,
        **(_NOTHING if field is None else _ground(field)),
        "rsus": [{"name": r.name, "x_m": round(r.x_m, 2), "y_m": round(r.y_m, 2), "range_m": r.range_m} for r in rsus],
        "start_utc_ms": None if start_utc_ns is None else start_utc_ns // 1_000_000,
    }


def moment(
    t_ns: int,
    snapshot: Snapshot,
    heads: Iterable[SignalHead],
    frames: Sequence[FrameNote],
    *,
    subjects: Collection[str] = (),
    alerts: Iterable[AlertNote] = (),
) -> dict[str, Any]:
    """What moves, at one instant.

    Parameters
    ----------
    t_ns
        Simulated time.
    snapshot
        All road users.
    heads
        What the signals show.
    frames
        Those aired since the last moment, in the order of time.
    subjects
        Names of the vehicles under test.
    alerts
        What drivers are told at present, and what has just ended.

    Returns
    -------
    dict
        JSON but for ``frames``, the notes themselves: whoever hands the moment on numbers them and makes `frame_rows`.
    """
    return {
        "t_ns": t_ns,
        "users": _users(snapshot),
        "subjects": sorted(subjects),
        "heads": {head.junction: _lights(head) for head in heads},
        "counts": Counter(f"{frame.channel}/{frame.type}" for frame in frames),
        "frames": frames,
        "alerts": [_alert(alert) for alert in alerts],
    }


def frame_rows(numbered: Sequence[tuple[int, FrameNote]]) -> list[dict[str, Any]]:
    """Frames as the page lists them, the newest `LISTED` of each type, in their order.

    ``n`` is the number under which ``/frame/<n>`` has the whole of it.
    """
    seen: Counter[str] = Counter()
    rows = []
    for number, frame in reversed(numbered):
        seen[frame.type] += 1
        if seen[frame.type] <= LISTED:
            rows.append(frame_row(number, frame))
    return rows[::-1]


def frame_row(number: int, frame: FrameNote) -> dict[str, Any]:
    """One frame of the list."""
    return {
        "n": number,
        "t_ns": frame.t_ns,
        "channel": frame.channel,
        "type": frame.type,
        "station": frame.station,
        "bytes": len(frame.data),
    }


def decoder(profile: Profile) -> Callable[[bytes], dict[str, Any]]:
    """What a frame says: its bytes -> ``profile``, ``type``, ``value`` (ASN.1 as JSON, X.697) and ``error``."""

    def decode(data: bytes) -> dict[str, Any]:
        finding = examine(1, data, [profile])
        return {
            "profile": profile.name,
            "type": finding.type,
            "value": finding.json_value(),
            "error": None if finding.error is None else str(finding.error),
        }

    return decode


_NOTHING: dict[str, Any] = {
    "field": None, "plane": None, "lanes": [], "buildings": [], "junctions": [], "heads": []
}  # fmt: skip


def _ground(field: Field) -> dict[str, Any]:
    lines = ground.lines_of(field)
    return {
        "field": field.title,
        "plane": {"projection": field.plane.projection, "convergence_deg": field.plane.middle_convergence_deg},
        "lanes": ground.lanes(field),
        "buildings": [ground.points(building.points_m) for building in field.buildings],
        "junctions": ground.junctions(field, lines),
        "heads": ground.heads(field, lines),
    }


def _users(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "id": snapshot.id.tolist(),
        "kind": snapshot.type.tolist(),
        "x_m": np.round(snapshot.x_m, 2).tolist(),
        "y_m": np.round(snapshot.y_m, 2).tolist(),
        "heading_deg": np.round(snapshot.heading_deg, 1).tolist(),
        "speed_mps": np.round(snapshot.speed_mps, 2).tolist(),
        "length_m": np.round(snapshot.length_m, 1).tolist(),
        "width_m": np.round(snapshot.width_m, 1).tolist(),
    }


def _alert(alert: AlertNote) -> dict[str, Any]:
    unknown = {name: None for name, value in alert.fields.items() if isinstance(value, float) and not isfinite(value)}
    return {
        "t_ns": alert.t_ns,
        "station": alert.station,
        "application": alert.application,
        "about": alert.about,
        "fields": {**alert.fields, **unknown},
        "over": alert.over,
    }


def _lights(head: SignalHead) -> dict[int, dict[str, Any]]:
    """Group -> its light and the time of its end, null where that is not known."""
    return {
        group: {"light": light, "until_ns": head.until_ns.get(group)} for group, light in sorted(head.groups.items())
    }
