"""The figures of a scorecard: families of metrics, one file a group, one line a family in the table below.

A family is a function from a `Run` to its measurements by key. Its keys are its name, or begin with it and ``.`` or
``_``: ``link.pdr`` answers for ``link.pdr`` and ``link.pdr_0_100m``. Several names may share a function, which then
answers for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from v2x.errors import InputError
from v2x.registry import Registry, did_you_mean
from v2x_analysis.applications.alerts import ALERTING
from v2x_analysis.measurement import Measured
from v2x_analysis.run import Run

Family = Callable[[Run], Mapping[str, Measured]]

#: Name of the family -> the function that measures it.
METRICS = Registry(
    "v2x.metrics",
    {
        "link.pdr": "v2x_analysis.metrics.delivery:pdr",
        "link.loss": "v2x_analysis.metrics.delivery:loss",
        "link.latency_ms": "v2x_analysis.metrics.latency:sidelink",
        "link.cbr": "v2x_analysis.metrics.channel:busy",
        "link.cr": "v2x_analysis.metrics.channel:occupied",
        "link.itt_ms": "v2x_analysis.metrics.channel:interval_set",
        "link.irt_ms": "v2x_analysis.metrics.awareness:inter_reception",
        "link.aoi_ms": "v2x_analysis.metrics.awareness:age_of_information",
        "link.blind_spot": "v2x_analysis.metrics.blind_spots:durations",
        "link.uu_latency_ms": "v2x_analysis.metrics.latency:network",
        "link.uu_segment_ms": "v2x_analysis.metrics.segments:latency",
        "link.uu_loss": "v2x_analysis.metrics.network:loss",
        "link.uu_outage": "v2x_analysis.metrics.network:outages",
        "message.count": "v2x_analysis.metrics.messages:counts",
        "message.rate_hz": "v2x_analysis.metrics.messages:rate",
        "message.size_bytes": "v2x_analysis.metrics.messages:sizes",
        "message.constraint_violations": "v2x_analysis.metrics.messages:constraint_violations",
        "message.map_spat_faults": "v2x_analysis.metrics.consistency:map_spat",
        "message.accuracy": "v2x_analysis.metrics.accuracy:position",
        "perception": "v2x_analysis.metrics.perception:accuracy",
        "platoon": "v2x_analysis.platooning.figures:figures",
        "remote": "v2x_analysis.remote.figures:figures",
        "requirement": "v2x_analysis.metrics.requirements:reliabilities",
        "spat": "v2x_analysis.metrics.spat:predictions",
        "traffic": "v2x_analysis.metrics.traffic:summary",
        "glosa": "v2x_analysis.metrics.glosa:effect",
        **dict.fromkeys(ALERTING, "v2x_analysis.metrics.alerts:scores"),
    },
)


def measure(run: Run) -> dict[str, Measured]:
    """All figures of a run by key, in the order of the families' names."""
    measured: dict[str, Measured] = {}
    families: dict[Family, None] = dict.fromkeys(METRICS.load(name) for name in METRICS.names())
    for family in families:
        measured.update(family(run))
    return measured


def check_metric(key: str) -> None:
    """Raise `InputError` if no family answers for ``key``; whether a run gives it only the run can tell."""
    names = METRICS.names()
    if not any(key == name or key.startswith((f"{name}.", f"{name}_")) for name in names):
        raise InputError(f"unknown metric '{key}', {did_you_mean(key, names)}")
