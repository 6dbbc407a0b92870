"""Who knows the truth for each application: from a subject's surroundings to the steps at which there was a hazard.

An oracle has two bars. Above the low one an alert is justified, above the high one it is required; between them both
telling and not telling are right. Its figures stand in ``scenarios/common/applications.yaml`` under ``oracle``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.registry import Registry
from v2x_analysis.applications.surroundings import Surroundings
from v2x_analysis.measurement import F64


@dataclass(frozen=True)
class Hazards:
    """Steps of a subject at which there was a hazard, ascending, (h,) each.

    Attributes
    ----------
    step
        Row of the subject's state.
    conflict_s
        Time to the conflict if nobody does anything, s.
    required
        Whether an alert is required, and not only justified.
    """

    step: NDArray[np.intp]
    conflict_s: F64
    required: NDArray[np.bool_]

    @classmethod
    def of(cls, step: NDArray[np.intp], conflict_s: F64, required: NDArray[np.bool_]) -> Hazards:
        """Of rows of which several may be about one step: the nearest conflict counts."""
        steps, row = np.unique(step, return_inverse=True)
        nearest, any_required = np.full(len(steps), np.inf), np.zeros(len(steps), bool)
        np.minimum.at(nearest, row, conflict_s)
        np.logical_or.at(any_required, row, required)
        return cls(steps, nearest, any_required)


#: None where the run does not hold what the oracle needs.
Oracle = Callable[[Surroundings], Hazards | None]

_PACKAGE = "v2x_analysis.applications"

#: Application -> its oracle.
ORACLES = Registry(
    "v2x.oracles",
    {
        "ebw": f"{_PACKAGE}.road_user_oracles:ebw",
        "evw": f"{_PACKAGE}.road_user_oracles:evw",
        "fcw": f"{_PACKAGE}.road_user_oracles:fcw",
        "hlw": f"{_PACKAGE}.place_oracles:hlw",
        "ivs": f"{_PACKAGE}.place_oracles:ivs",
        "rlvw": f"{_PACKAGE}.light_oracle:rlvw",
        "slw": f"{_PACKAGE}.limit_oracle:slw",
        "tjw": f"{_PACKAGE}.place_oracles:tjw",
        "vrucw": f"{_PACKAGE}.road_user_oracles:vrucw",
    },
)
