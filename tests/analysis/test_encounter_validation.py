"""Applications scored in scripted encounters and in normal traffic; writes the tables of ``docs/validation``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from application_kit import APPLICATIONS, IDEAL, encounters, played
from report_kit import write_row
from scipy.stats import t as student

from v2x_analysis.applications.alerts import ALERTING
from v2x_analysis.applications.episodes import episodes, outcomes
from v2x_analysis.applications.findings import findings
from v2x_analysis.binomial import clopper_pearson, poisson_rate
from v2x_analysis.metrics.glosa import effect

pytestmark = pytest.mark.validate

REPORT = Path(__file__).resolve().parents[2] / "docs" / "validation" / "applications.md"
#: 27 encounters at each of 14 sites, of which 85 % are hazards: some 320 of 378.
LONG_S, HAZARDS = 810.0, ("traffic.hazard_share=0.85",)
#: Two at each of 20 sites, for points of a curve.
SHORT_S, MANY = 60.0, ("traffic.sites=20", "traffic.hazard_share=0.85")
CONDITIONS: dict[str, tuple[str, ...]] = {
    "ideal": IDEAL,
    "default": (),
}
SURE = 0.95


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """A folder that does not outlive the test: runs are large."""
    yield tmp_path / "run"
    shutil.rmtree(tmp_path / "run", ignore_errors=True)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("application", APPLICATIONS)
def test_encounters(application: str, condition: str, scratch: Path) -> None:
    """At least 300 hazards each, of which none is missed with ideal sensors and links."""
    run = encounters(scratch, application, LONG_S, (*HAZARDS, *CONDITIONS[condition]))
    table = outcomes(run.derived(episodes))
    hazards, harmless = table[table["hazard"]], table[~table["hazard"]]
    write_row(REPORT, condition, f"{application} | {_cells(application, hazards, harmless)}")
    assert len(hazards) >= 300
    assert condition != "ideal" or not hazards["missed"].any()


def _cells(application: str, hazards, harmless) -> str:
    answered = hazards["avoided"].dropna()
    lead = np.quantile(hazards["lead_s"].dropna(), [0.05, 0.5, 0.95]) if hazards["lead_s"].notna().any() else None
    told = harmless["false"] if application in ALERTING else None
    return " | ".join(
        (
            _share(hazards["missed"]),
            f"{int(hazards['late'].sum())}",
            "advises always" if told is None else _share(told),
            "–" if lead is None else " / ".join(f"{each:.1f}" for each in lead),
            _share(answered == 1.0) if len(answered) else "no braking",
        )
    )


def _share(happened) -> str:
    """``3 of 320 (0.2-2.7 %)``: count, tries, exact interval."""
    k, n = int(happened.sum()), len(happened)
    low, high = clopper_pearson(k, n, SURE)
    return f"{k} of {n} ({100 * low:.1f}-{100 * high:.1f} %)"


#: Points of each curve, and the settings of a point.
CURVES: dict[str, tuple[tuple[float, ...], Callable[[float], tuple[str, ...]]]] = {
    "loss": (
        (0.0, 0.3, 0.6, 0.8, 0.9),
        lambda loss: (IDEAL[0], f"links.pc5={{kind: constant, delay_ms: 20, loss: {loss}}}"),
    ),
    "range": (
        (25.0, 50.0, 75.0, 100.0, 200.0),
        lambda reach_m: (IDEAL[0], f"links.pc5={{kind: constant, delay_ms: 20, range_m: {reach_m}}}"),
    ),
    "position": (
        (0.0, 0.5, 1.0, 2.0, 5.0, 10.0),
        lambda sigma_m: (
            IDEAL[1],
            f"sensors.gnss={{kind: open_sky, bias_sigma_m: {sigma_m}, noise_sigma_m: {0.2 * sigma_m}}}",
        ),
    ),
}


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("application", ["fcw", "ebw", "rlvw", "vrucw"])
def test_degradation(application: str, curve: str, scratch: Path) -> None:
    """Worse conditions miss more (or tell late) and never turn misses into something else."""
    points, settings = CURVES[curve]
    shares = []
    for point in points:
        run = encounters(scratch, application, SHORT_S, (*MANY, *settings(point)))
        table = outcomes(run.derived(episodes))
        hazards, harmless = table[table["hazard"]], table[~table["hazard"]]
        failed = hazards["missed"] | hazards["late"]
        shares.append(failed.mean())
        cells = f"{_share(hazards['missed'])} | {int(hazards['late'].sum())} | {_share(harmless['false'])}"
        write_row(REPORT, curve, f"{application}, {point:g} | {cells}")
    best, worst = (shares[0], shares[-1]) if curve != "range" else (shares[-1], shares[0])
    assert best == 0.0
    assert worst > 0.1


#: Motor vehicles that enter dongli's northernmost road, from both ends: 40 at a time at first, then up to 100.
LONG_ROAD = "[EW]1.[0-9]*"


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1])
def test_false_alarms_in_traffic(seed: int, scratch: Path) -> None:
    """More than ten hours of subjects in the normal traffic of dongli."""
    settings = _subjects({"vehicle": LONG_ROAD, "applications": ALERTING})
    run = played(scratch, "dongli-citizen", (*settings, "variants=[]", "traffic.vehicles=[]"), 660.0, seed)
    for found in findings(run):
        hours, false, missed = found.exposure_s / 3600.0, int((~found.alerts["true"]).sum()), found.hazards["missed"]
        low, high = poisson_rate(false, hours, SURE)
        rate = f"{hours:.1f} | {len(found.alerts)} | {false} | {false / hours:.2f} ({low:.2f}-{high:.2f})"
        write_row(REPORT, "traffic", f"{found.application}, seed {seed} | {rate} | {missed.sum()} of {len(missed)}")
        assert hours > 10.0


@pytest.mark.timeout(3600)
def test_glosa_over_seeds(tmp_path: Path) -> None:
    """The same vehicles with and without advice; interval of the mean over ten seeds, by Student's t."""
    names, found = ("glosa.stops_saved", "glosa.fuel_saved_share", "glosa.delay_saved_s"), []
    settings = (
        *_subjects({"vehicle": LONG_ROAD, "applications": ["glosa"], "driver": {"heeds": []}}),
        "variants=[{name: unadvised, settings: [stations.subjects.0.driver.follows_advice=false]}]",
        "traffic.vehicles=[]",
        "stations.obu.penetration={}",
        "stations.rsu.perception=null",
        "stations.rsu.sites=[RSU-DO11, RSU-DO12, RSU-DO13]",
    )
    for seed in range(1, 11):
        measured = effect(played(tmp_path / f"seed{seed}", "dongli-citizen", settings, 240.0, seed))
        found.append([measured[name].value for name in names])
        shutil.rmtree(tmp_path / f"seed{seed}")
    values = np.array(found, float)
    half = student.ppf(0.5 + SURE / 2.0, len(values) - 1) * values.std(axis=0, ddof=1) / np.sqrt(len(values))
    for name, column, width in zip(names, values.T, half, strict=True):
        mean = f"{column.mean():.3g} | {column.mean() - width:.3g} to {column.mean() + width:.3g}"
        write_row(REPORT, "glosa", f"{name} | {mean} | {column.min():.3g} to {column.max():.3g}")
    assert values[:, 0].mean() > 0.0


def _subjects(subject: dict[str, object]) -> tuple[str, ...]:
    """One kind of subject, without what a run needs for others: pedestrians' phones, cloud, network."""
    return (
        f"stations.subjects={json.dumps([subject])}",
        "stations.vru.penetration={}",
        "stations.rsu.cloud=null",
        "stations.server.enabled=false",
        "links.uu={kind: constant}",
        "links.pc5={kind: statistical}",
    )
