"""Which way a figure is better: what criteria of the scenario say, else what its definition leaves no doubt about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from v2x.scenario.model import Criterion
from v2x_analysis.applications.alerts import ALERTING

Better = Literal["higher", "lower"]


def _keys(figures: Mapping[str, Sequence[str]]) -> list[str]:
    return [f"{family}.{figure}" for family in figures for figure in figures[family]]


#: Family -> its figures, or beginnings of their keys up to a ``.`` or ``_``. What is not here is neither better nor
#: worse: a busier channel, more frames, a faster flow.
_HIGHER: Mapping[str, Sequence[str]] = {
    "link": ("pdr",),
    "perception": ("recall",),
    "platoon": ("pdr",),
    "remote": ("completion", "downlink_on_time", "grade", "requirement", "uplink_on_time"),
    **dict.fromkeys(ALERTING, ("avoided_share",)),
}
_LOWER: Mapping[str, Sequence[str]] = {
    "link": ("aoi_ms", "blind_spot", "irt_ms", "latency_ms", "uu_latency_ms", "uu_loss", "uu_outage"),
    "message": ("accuracy_m", "constraint_violations", "map_spat_faults"),
    "perception": ("false_tracks", "position_error_m"),
    "platoon": ("aoi_leader_ms", "aoi_ms", "collisions", "latency_ms", "unheard_share"),
    "remote": (
        *("aoi_command_ms", "aoi_video_ms", "collisions", "command_loss", "command_ms", "downlink_ms", "frame_loss"),
        *("freeze_ratio", "g2g_ms", "lateral", "loop_ms", "packet_loss", "uplink_ms"),
    ),
    "spat": ("prediction_error_s", "wrong_light"),
    "traffic": ("collisions",),
    **dict.fromkeys(ALERTING, ("false_alarm", "false_alarms", "late", "miss_rate", "misses")),
}
_KNOWN: Mapping[Better, Sequence[str]] = {
    "higher": ["complete", "criterion", "requirement", "verdict", *_keys(_HIGHER)],
    "lower": _keys(_LOWER),
}


def better(key: str, criteria: Iterable[Criterion]) -> Better | None:
    """Direction of a figure; None if nobody says.

    Parameters
    ----------
    key
        Of the figure.
    criteria
        Of the scenario; one on this figure decides: ``at_least`` is higher, ``at_most`` lower.
    """
    for criterion in criteria:
        if criterion.metric is not None and begins(key, criterion.metric, ends="."):
            return "higher" if criterion.at_least is not None else "lower"
    return next((way for way, names in _KNOWN.items() if any(begins(key, name) for name in names)), None)


def begins(key: str, name: str, ends: str = "._") -> bool:
    """Whether a key is a name, or begins with it and one of the characters in ``ends``."""
    return key == name or (key.startswith(name) and key[len(name)] in ends)
