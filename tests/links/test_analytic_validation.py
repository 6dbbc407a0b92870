"""Closed-form road and PC5 by geometry against published curves; writes the table of ``docs/sidelink-analytic.md``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from report_kit import write_table
from road_kit import paper_road

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.links.base import F64, Bodies, Cause, Scene, Stations, Transmissions
from v2x.links.sidelink.analytic import losses
from v2x.links.sidelink.geometric import geometric_pc5
from v2x.links.sidelink.presets import gonzalez2019
from v2x.links.watched import Watched
from v2x.scenario.model_sidelink import GeometricPc5 as Config

pytestmark = pytest.mark.validate

REPORT = Path(__file__).resolve().parents[2] / "docs" / "sidelink-analytic.md"
#: Vehicles a metre, packets a second, sub-channels.
SETTINGS = ((0.1, 10, 4), (0.2, 10, 4), (0.1, 20, 4), (0.2, 10, 2))
CAUSES = (Cause.DELIVERED, Cause.HALF_DUPLEX, Cause.BELOW_SENSITIVITY, Cause.PROPAGATION, Cause.COLLISION)
VEHICLES, SECONDS, STEP_NS = 1000, 20, 100 * NS_PER_MS
#: Bins of 25 m around 25 to 475 m: the table's bar.
INNER = slice(1, 20)


def test_table(shared: Path) -> None:
    """Mean absolute deviations over 25 to 475 m, in percentage points."""
    rows = []
    for density, rate, subchannels in SETTINGS:
        name = f"beta{density}_lambda{rate}_Pt20_S{subchannels}_B190.csv"
        folder = shared / "reference" / "pc5"
        authors, veins = (
            np.loadtxt((folder / f"{kind}_{name}").read_text().splitlines()[2:], delimiter=",")[:, 1:6]
            for kind in ("analytic", "veinssim")
        )
        answer = losses(paper_road(density, rate, 20.0, subchannels), np.arange(0.0, 501.0, 25.0))
        columns = answer.pdr, answer.half_duplex, answer.below_sensitivity, answer.propagation, answer.collision
        closed, drawn = np.column_stack(columns), ring(density, rate, subchannels)
        off = [deviation(*pair) for pair in ((closed, authors), (closed, veins), (drawn, closed), (drawn, veins))]
        assert off[0].max() < 0.5
        assert off[2].max() < 1.0
        shown = " | ".join(f"{pair[0]:.2f} / {pair[4]:.2f}" for pair in off)
        rows.append(f"{1000 * density:.0f}, {rate} Hz, {subchannels} | {answer.cbr:.3f} | {shown}")
    pairs = ("closed - authors", "closed - Veins", "geometric - closed", "geometric - Veins")
    write_table(REPORT, "deviations", " | ".join(("vehicles/km, rate, sub-channels", "CBR", *pairs)), rows)


def deviation(ours: F64, theirs: F64) -> F64:
    """Mean absolute deviation of PDR and each loss, percentage points."""
    return np.asarray(100.0 * np.abs(ours - theirs)[INNER].mean(axis=0))


def ring(density: float, rate: int, subchannels: int) -> F64:
    """Shares delivered and lost by bin of 25 m, for vehicles on a ring road, half of them in each direction."""
    study = gonzalez2019(subchannels, rate_hz=float(rate))
    length_m, draws = VEHICLES / density, np.random.default_rng(1)
    pc5 = geometric_pc5(Config(kind="geometric", **study.radio.model_dump(exclude={"kind"})), 1, period_m=length_m)
    place_m, v_mps = draws.uniform(0.0, length_m, VEHICLES), draws.choice([-1.0, 1.0], VEHICLES) * study.speed_mps
    key = draws.integers(0, 2**63, VEHICLES).astype(np.uint64)
    flat, none = np.zeros(VEHICLES), np.zeros(0)
    bodies = Bodies(none.astype(np.uint64), none, none, none, none, none, none)
    each = rate * STEP_NS // NS_PER_S
    phase_ns = np.sort(draws.integers(0, NS_PER_S // rate, VEHICLES))
    total = np.zeros(0, np.int64)
    for step in range((SECONDS + 2) * 10):
        t_ns, x_m = step * STEP_NS, (place_m + v_mps * step * 0.1) % length_m
        scene = Scene(t_ns, t_ns + STEP_NS, Stations(key, x_m, flat, np.full(VEHICLES, study.antenna_m)), bodies)
        at_ns = (t_ns + np.arange(each)[:, None] * (NS_PER_S // rate) + phase_ns).ravel()
        who = np.tile(np.arange(VEHICLES), each)
        frames = Transmissions(np.arange(len(who)), at_ns, key[who], x_m[who], flat[who], np.full(len(who), 190),
                               np.full(len(who), "BSM", object))  # fmt: skip
        aired = pc5.broadcast(frames, scene, Watched.of(np.zeros(0, np.uint64), np.zeros(VEHICLES, np.bool_)))
        counted = aired.counted["BSM"]
        total = counted + total if step > 20 else counted
    bins = (np.arange(total.shape[1]) + 13) // 25
    counts = np.stack([np.bincount(bins, weights=total[cause])[:21] for cause in CAUSES])
    return np.asarray((counts / counts.sum(axis=0)).T)
