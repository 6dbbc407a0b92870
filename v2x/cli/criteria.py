"""Whether the metrics that a scenario asks for exist: known before the run, not after it."""

from __future__ import annotations

from v2x.errors import InputError, ScenarioError
from v2x.scenario.model import Scenario


def check_criteria(scenario: Scenario) -> None:
    """Refuse a scenario whose ``pass_if`` names metrics that nothing measures.

    Raises
    ------
    ScenarioError
        One fault a criterion.
    """
    if not scenario.pass_if:
        return
    from v2x_analysis.metrics import check_metric  # only here: pandas takes its time

    faults = []
    for row, criterion in enumerate(scenario.pass_if):
        try:
            check_metric(criterion.metric)
        except InputError as error:
            faults.append(InputError(error.reason, path=f"pass_if.{row}.metric"))
    if faults:
        raise ScenarioError(faults)
