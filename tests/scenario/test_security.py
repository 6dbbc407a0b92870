"""The scenario's ``security``: what can be asked for, and what cannot be signed."""

from __future__ import annotations

import pytest

from v2x.errors import ScenarioError
from v2x.scenario.loader import load_scenario


def test_sized_unless_said_otherwise() -> None:
    security = load_scenario("xiqing-open").scenario.security
    assert (security.mode, security.certificate_interval_ms, security.application_ids) == ("sized", 500.0, {})


def test_overrides() -> None:
    asked = ("security.mode=signed", "security.certificate_interval_ms=1000", "security.application_ids.MAP=130")
    security = load_scenario("xiqing-open", asked).scenario.security
    assert (security.mode, security.certificate_interval_ms, security.application_ids) == (
        "signed",
        1000.0,
        {"MAP": 130},
    )


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        (("profile=csae", "security.mode=signed"), "security.mode"),
        (("security.mode=encrypted",), "security.mode"),
        (("security.certificate_interval_ms=0",), "security.certificate_interval_ms"),
        (("security.application_ids.MAP=270549120",), "security.application_ids.MAP"),
    ],
)
def test_refused(asked: tuple[str, ...], path: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario("xiqing-open", asked)
    assert [fault.path for fault in caught.value.faults] == [path]
