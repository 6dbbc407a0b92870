"""One fake run for all tests that only read it."""

from __future__ import annotations

from pathlib import Path

import fake_run
import pytest

from v2x.messages.profile import get_profile
from v2x_analysis.report import write_report

CRITERIA = (
    {"metric": "message.constraint_violations", "at_most": 0, "unit": "run"},
    {"metric": "link.pdr_0_100m", "at_least": 0.9, "min_units": 2, "source": "a rule"},
    {"metric": "link.latency_ms.p95", "at_most": 100.0, "source": "<b>TS & co</b>"},
    {"metric": "link.uu_loss", "at_most": 0.001, "min_units": 20},
)


@pytest.fixture(scope="session")
def encode() -> fake_run.Encode:
    """The real codec."""
    return get_profile("j2735").encode_vehicle_states


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, encode: fake_run.Encode) -> Path:
    """A complete run of 20 s; tests must not change it."""
    folder = tmp_path_factory.mktemp("runs") / "fake"
    fake_run.write(folder, encode, fake_run.Plan(pass_if=CRITERIA))
    return folder


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory, run_folder: Path) -> dict[str, Path]:
    """The reports of that run, by language."""
    folder = tmp_path_factory.mktemp("reports")
    return {lang: write_report(run_folder, folder / f"{lang}.html", lang=lang) for lang in ("en", "zh")}
