"""The link models against measurements; writes the tables of ``docs/validation/links.md``."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from links_kit import frames, hearers, scene
from report_kit import write_table

from v2x.links.base import Cause
from v2x.links.build import build_pc5, build_uu
from v2x.links.loss_tables import LOSS_TABLES
from v2x.links.uu_fit import SA_TRIAL_DOWNLINK_MS, SA_TRIAL_UPLINK_MS, fit_quantiles
from v2x.links.uu_presets import UU_PRESETS
from v2x.rng import key_of
from v2x.scenario.model import PresetUu, StatisticalPc5

pytestmark = pytest.mark.validate

REPORT = Path(__file__).resolve().parents[2] / "docs" / "validation" / "links.md"
HOUR_NS = 3600 * 10**9
#: Preset -> its row in the summary of CICV5G.
MEASURED = {"urban_n78": ("Urban road", "n78"), "arterial_n78": ("Arterial road", "n78"), "weak_n8": ("W2S", "n8")}
QUANTITIES = {"p50": "p50, ms", "p95": "p95, ms", "p99": "p99, ms", "p999": "p99.9, ms", "gt100": "above 100 ms, %"}


def round_trips_ms(name: str, transport: str) -> Iterator[np.ndarray]:
    """Echoes of 20 stations over two hours, one in 55 ms as in the measurement; a lost one is infinite."""
    link = build_uu(
        PresetUu(kind="preset", preset=name, transport=transport), seed=1, duration_ns=2 * HOUR_NS, field=None
    )
    for number in range(20):
        sent = frames(key_of(f"station {number}"), np.arange(0, 2 * HOUR_NS, 55_000_000))
        up = link.carry(sent, "uplink")
        order = np.argsort(up.t_ns, kind="stable")
        down = link.carry(frames(sent.sender[order], up.t_ns[order]), "downlink")
        trip_ms = (down.t_ns - sent.t_ns[order]) / 1e6
        trip_ms[(up.cause[order] != Cause.DELIVERED) | (down.cause != Cause.DELIVERED)] = np.inf
        yield trip_ms


def summary(trip_ms: np.ndarray) -> dict[str, float]:
    """Quantiles and share above 100 ms, as the summary of CICV5G has them."""
    p50, p95, p99, p999 = np.quantile(trip_ms, [0.5, 0.95, 0.99, 0.999], method="lower")
    return {"p50": p50, "p95": p95, "p99": p99, "p999": p999, "gt100": 100 * np.mean(trip_ms > 100)}


def test_uu_presets_reproduce_the_measured_round_trips(shared: Path) -> None:
    with (shared / "data" / "cicv5g" / "cicv5g_summary_by_scenario.csv").open() as file:
        published = {(row["sc"], row["band"]): row for row in csv.DictReader(file)}
    tcp_rows, udp_rows, off = [], [], []
    for name, scenario in MEASURED.items():
        measured = {key: float(published[scenario][key]) for key in QUANTITIES}
        model = summary(np.concatenate(list(round_trips_ms(name, "tcp"))))
        for key, label in QUANTITIES.items():
            deviation = model[key] / measured[key] - 1
            tcp_rows.append(f"{name} | {label} | {measured[key]:.4g} | {model[key]:.4g} | {100 * deviation:+.1f} %")
            if key != "p999" and abs(deviation) > 0.1:
                off.append(tcp_rows[-1])

        trip_ms = np.concatenate(list(round_trips_ms(name, "udp")))
        arrived = trip_ms[np.isfinite(trip_ms)]
        lost = 100 * (1 - len(arrived) / len(trip_ms))
        preset = UU_PRESETS[name]
        uplink_ms = preset.uplink.shift_ms + preset.uplink.shape * preset.uplink.scale_ms
        mean_s = preset.stalls.durations_ns(np.linspace(0, 1, 100_001)).mean() / 1e9
        # lost unless no episode covers the sending of either half
        theory = 100 * -np.expm1(-preset.stalls.per_minute / 60 * (mean_s + uplink_ms / 1e3))
        p50, p95, p99 = np.quantile(arrived, [0.5, 0.95, 0.99])
        udp_rows.append(
            f"{name} | {p50:.1f} | {p95:.1f} | {p99:.1f} | {lost:.3f} | {theory:.3f} | {measured['gt100']:.3f}"
        )
        assert lost == pytest.approx(theory, rel=0.1)
        assert arrived.max() < 100.0
    write_table(REPORT, "uu-tcp", "preset | quantity | measured | model | deviation", tcp_rows)
    write_table(
        REPORT,
        "uu-udp",
        "preset | p50, ms | p95, ms | p99, ms | round trips lost, % | closed form, % | measured above 100 ms, %",
        udp_rows,
    )
    assert not off, off


def test_sa_trial_reproduces_its_quantiles() -> None:
    rows = []
    for direction, measured_ms in (("uplink", SA_TRIAL_UPLINK_MS), ("downlink", SA_TRIAL_DOWNLINK_MS)):
        _, residual_ms = fit_quantiles(measured_ms)
        link = build_uu(PresetUu(kind="preset", preset="sa_trial"), seed=1, duration_ns=HOUR_NS, field=None)
        delay_ms = link.carry(frames(np.arange(2_000_000), 0), direction).t_ns / 1e6
        for (share, target), residual in zip(measured_ms.items(), residual_ms, strict=True):
            model = float(np.quantile(delay_ms, share))
            rows.append(f"{direction} | p{100 * share:g} | {target} | {target + residual:.2f} | {model:.2f}")
            assert model == pytest.approx(target, rel=0.03)
    write_table(REPORT, "uu-sa", "direction | quantile | measured, ms | fit, ms | drawn, ms", rows)


def test_pc5_tables_come_out() -> None:
    """At every knot and in the middle between knots, within four standard errors."""
    distance_m = np.arange(0.0, 500.1, 12.5)
    heard = scene(hearers(np.arange(1000, 1000 + len(distance_m)), distance_m))
    rows = []
    for name, table in LOSS_TABLES.items():
        link = build_pc5(StatisticalPc5(kind="statistical", pdr=name, bursts=None), seed=1)
        got = link.broadcast(frames(1, np.arange(40_000) * 10**8), heard).receptions
        pdr = np.mean(got.cause.reshape(40_000, -1) == Cause.DELIVERED, axis=0)
        wanted = np.interp(distance_m, table.distance_m, table.pdr)
        sigma = np.sqrt(wanted * (1 - wanted) / 40_000)
        assert np.all(np.abs(pdr - wanted) < 4 * sigma)
        some = " | ".join(f"{pdr[column]:.3f} / {wanted[column]:.3f}" for column in (8, 16, 24, 32))
        rows.append(f"{name} | {some} | {100 * np.abs(pdr - wanted).mean():.2f}")
    write_table(REPORT, "pc5-pdr", "table | 100 m | 200 m | 300 m | 400 m | mean deviation, points", rows)
