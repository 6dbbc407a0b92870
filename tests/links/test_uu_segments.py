"""Parts of the way against the published model's output."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from v2x.links.cellular.segments import NSA_EXTRA_MS, SegmentLaw, segment_laws

SERVERS = {"cloud": 1, "core": 2, "mec": 3, "gnb": 4}


@pytest.mark.parametrize("figures", [(1.5, 2.0, 2.77), (0.5, 0.6969, 0.7497), (10.6881, 20.69, 97.25)])
def test_a_law_has_its_mean_and_its_percentiles(figures: tuple[float, float, float]) -> None:
    law = SegmentLaw.through(*figures)
    drawn_ms = law.quantile_ms((np.arange(1_000_000) + 0.5) / 1_000_000)
    assert law.mean_ms == pytest.approx(figures[0])
    assert drawn_ms.mean() == pytest.approx(figures[0], rel=1e-3)
    assert law.quantile_ms(np.array([0.9, 0.9999])) == pytest.approx(figures[1:])
    assert np.all(np.diff(drawn_ms) >= 0)


@pytest.mark.parametrize("server", SERVERS)
def test_a_round_trip_has_the_published_mean(server: str, shared: Path) -> None:
    lines = (shared / "reference/uu/e2e_5g_collperales2022.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    wanted = {
        "deployment": str(SERVERS[server]),
        "alpha": "0.01",
        "Tpkt_s": "0.1",
        "density_veh_km_lane": "20",
        "mcs_table": "2",
        "stat": "mean",
    }
    row = next(row for row in rows if all(row[name] == value for name, value in wanted.items()))
    parts = segment_laws(server, "sa")
    total_ms = sum(law.mean_ms for laws in parts.values() for law in laws.values())
    assert total_ms == pytest.approx(float(row["E2E_1MNO"]), abs=2e-4)  # rounding of the table
    for part, column in (("radio", "radio_ULDL"), ("transport", "transport"), ("core", "core"), ("server", "AS")):
        both_ms = sum(laws[part].mean_ms for laws in parts.values() if part in laws)
        assert both_ms == pytest.approx(float(row[column]), abs=1e-4)


def test_the_internet_agrees_with_measured_round_trips() -> None:
    # Round trips to servers in Germany: median 8.8 ms, 95 % 23.8 ms, 99 % 62 ms; none of them went into the law.
    law = SegmentLaw.through(10.6881, 20.69, 97.25)
    p50, p95, p99 = law.quantile_ms(np.array([0.5, 0.95, 0.99]))
    assert p50 == pytest.approx(8.8, rel=0.1)
    assert p95 == pytest.approx(23.8, rel=0.2)
    assert p99 == pytest.approx(62.0, rel=0.4)


def test_a_4g_core_adds_its_share_in_each_direction() -> None:
    for way, laws in segment_laws("core", "nsa").items():
        assert laws["core"].mean_ms == pytest.approx(segment_laws("core", "sa")[way]["core"].mean_ms + NSA_EXTRA_MS / 2)
