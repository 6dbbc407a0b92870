"""The committed sources make the committed files, and wrong sources are refused with a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from v2x.data import data_dir
from v2x.errors import FieldError
from v2x.field.build import build_field
from v2x.field.source import load_source

FIELDS = data_dir("scenarios") / "fields"


@pytest.mark.parametrize("name", ["dongli", "wangwenzhuang", "xiqing"])
def test_the_sources_make_the_committed_files(name: str, tmp_path: Path) -> None:
    committed = FIELDS / name
    build_field(committed / "field.yaml", tmp_path)
    made = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert made == {path.relative_to(committed) for path in committed.rglob("*.xml")} | {Path("field.json")}
    for path in sorted(made):
        assert (tmp_path / path).read_bytes() == (committed / path).read_bytes(), f"{path} is stale: v2x field build"


@pytest.mark.parametrize("name", ["dongli", "wangwenzhuang", "xiqing"])
def test_networks_are_small_and_name_no_machine(name: str) -> None:
    network = FIELDS / name / f"{name}.net.xml"
    assert network.stat().st_size < 2 * 2**20
    assert "generated on" not in network.read_text(encoding="utf-8")


def spoilt(tmp_path: Path, old: str, new: str) -> Path:
    text = (FIELDS / "dongli" / "field.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "field.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "where", "reason"),
    [
        ("crs: wgs84\n", "", "crs", "required"),
        ("crs: wgs84", "crs: utm", "crs", "'wgs84', 'gcj02', 'bd09' or 'local'"),
        ("crs: wgs84", "crs: local", None, "needs an origin"),
        ("lanes: 3", "lanes: 0", "classes.arterial.lanes", "greater than or equal to 1"),
        ("lanes: 3", "lnaes: 3, lanes: 3", "classes.arterial.lnaes", "not permitted"),
        ("[W1, J_11", "[W9, J_11", None, "unknown nodes W9"),
        ("yellow_s: 3", "yellow_s: 1", "plans.arterial-100.stages.0.yellow_s", "greater than or equal to 3"),
        ("late_left_s: 6", "late_left_s: 23", "plans.two-phase-60.stages.0", "must fit into the green"),
        ("plan: arterial-100}", "plan: arterial}", None, "unknown plan 'arterial'"),
        ("number: 12", "number: 11", None, "share a number"),
        ("junction: J_11", "junction: J_99", None, "unknown junction 'J_99'"),
    ],
)
def test_a_wrong_source_is_refused(tmp_path: Path, old: str, new: str, where: str | None, reason: str) -> None:
    with pytest.raises(FieldError) as caught:
        load_source(spoilt(tmp_path, old, new))
    assert caught.value.file is not None
    assert caught.value.path == where
    assert reason in caught.value.reason


def test_a_fault_is_shown_with_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(FieldError) as caught:
        load_source(spoilt(tmp_path, "two_wheelers_per_car: 0.2}", "two_wheelers_per_car: -1}"))
    line = (tmp_path / "field.yaml").read_text(encoding="utf-8").splitlines()[caught.value.line - 1]
    assert line[caught.value.column - 1 :].startswith("two_wheelers_per_car: -1")


def test_broken_yaml_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "field.yaml").write_text("name: [a\nb: c", encoding="utf-8")
    with pytest.raises(FieldError, match="not valid YAML"):
        load_source(tmp_path / "field.yaml")
    with pytest.raises(FieldError, match="cannot be read"):
        load_source(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("J_33: {number: 33, ", "J_33: {", "needs a number"),
        ("start_on: inner", "start_on: [J_11.J_99]", "unknown inner edge 'J_11.J_99'"),
    ],
)
def test_a_field_that_cannot_be_laid_out_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    with pytest.raises(FieldError, match=reason):
        build_field(spoilt(tmp_path, old, new), tmp_path / "out")
