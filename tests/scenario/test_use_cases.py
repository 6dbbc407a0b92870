"""The table of applications: complete, sourced, and refused where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from v2x.errors import InputError
from v2x.scenario import use_cases as module
from v2x.scenario.known import APPLICATIONS
from v2x.scenario.use_cases import use_case, use_cases


def test_every_application_has_its_row_and_uses_all_of_it() -> None:
    rows = use_cases()
    assert set(rows) - {"shared"} == set(APPLICATIONS.names()) - {"awareness"}
    for name in APPLICATIONS.names():
        APPLICATIONS.load(name)(lambda kind, fields: None)  # settings() refuses a parameter too many or too few
    assert all(row.asked is not None and row.asked.source for name, row in rows.items() if name != "shared")


def test_rows_of_the_standard_are_marked_as_from_memory() -> None:
    rlvw = use_case("rlvw").asked
    assert rlvw is not None and rlvw.status == "memory"
    assert (rlvw.rate_hz, rlvw.latency_ms, rlvw.range_m, rlvw.accuracy_m) == (10, 100, 150, 1.5)


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'rlvw'"):
        use_case("rlvww")


@dataclass(frozen=True)
class _Odd:
    reaction_s: float
    unheard_of_m: float


def test_settings_and_file_must_name_the_same() -> None:
    with pytest.raises(InputError, match=r"applications\.yaml: rlvw\.parameters\.brake_mps2"):
        use_case("rlvw").settings(_Odd)


GOOD = "- {id: x, title: t, parameters: {a_s: {value: 1, source: s, status: assumed, dated: '2026'}}}\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (GOOD.replace("a_s", "speed"), "0.parameters"),
        (GOOD.replace("value: 1", "value: -1"), "0.parameters.a_s.value"),
        (GOOD.replace("source: s, ", ""), "0.parameters.a_s.source"),
        (GOOD.replace("assumed", "guessed"), "0.parameters.a_s.status"),
        (GOOD.replace("'2026'", "'now'"), "0.parameters.a_s.dated"),
        (GOOD.replace("title: t", "titel: t"), "0.title"),
        ("- {", ""),
    ],
)
def test_a_damaged_file_is_refused_with_its_place(
    text: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "common").mkdir()
    file = tmp_path / "common" / "applications.yaml"
    file.write_text(text)
    monkeypatch.setattr(module, "data_dir", lambda name: tmp_path)
    with pytest.raises(InputError, match=r"applications\.yaml") as caught:
        use_cases()
    assert (caught.value.path or "").startswith(place)
    file.write_text(GOOD)
    module._read.cache_clear()
    assert use_cases()["x"].values == {"a_s": 1.0}
