"""Counts the stalls of the presets again in the raw CICV5G files.

They are not ours to ship: clone github.com/zxr805/CICV5G (CC BY 4.0) and set V2X_CICV5G to its folder ``data``.
"""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from v2x.links.uu_presets import PEAK_QUANTILES, UU_PRESETS

#: Preset -> files, samples, median round trip in ms.
DRIVES = {
    "urban_n78": ("Urban road/2-n78/Urban road_n78.txt", 44658, 16.0),
    "arterial_n78": ("Arterial road/n78/*/*.txt", 8738, 16.0),
    "weak_n8": ("W2S/n8/*/*.txt", 25270, 19.0),
}


def samples(path: Path) -> np.ndarray:
    """Publishing time and round trip of each row, ms."""
    rows = (line.split()[:3] for line in path.read_text("utf-8", "replace").splitlines())
    return np.array([[int(row[0]), int(row[2])] for row in rows if row and row[0].isdigit()])


def peaks_ms(rtt_ms: np.ndarray) -> list[int]:
    """Slowest round trip of each stall: a stall is an unbroken run of samples above 100 ms."""
    edges = np.flatnonzero(np.diff(np.pad(rtt_ms > 100, 1).astype(int)))
    return [int(rtt_ms[start:end].max()) for start, end in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.validate
@pytest.mark.parametrize("name", DRIVES)
def test_stalls_are_counted_in_the_raw_files(name: str) -> None:
    if "V2X_CICV5G" not in os.environ:
        pytest.skip("raw data absent: set V2X_CICV5G to the folder 'data' of a clone of CICV5G")
    pattern, count, median_ms = DRIVES[name]
    # one drive is in the set twice, under two names
    drives = {path.read_bytes(): path for path in sorted(Path(os.environ["V2X_CICV5G"]).glob(pattern))}
    tables = [samples(path) for path in drives.values()]
    # breaks between the drives joined in one file are no measuring time
    steps_ms = [after - before for table in tables for before, after in pairwise(table[:, 0])]
    minutes = sum(step for step in steps_ms if 0 < step < 5000) / 60_000
    rtt_ms = np.concatenate([table[:, 1] for table in tables])
    peaks = [peak for table in tables for peak in peaks_ms(table[:, 1])]

    stalls = UU_PRESETS[name].stalls
    assert len(rtt_ms) == count
    assert np.median(rtt_ms) == median_ms
    assert stalls.per_minute == pytest.approx(len(peaks) / minutes, abs=6e-4)
    # a stall is half a sampling period longer than its peak less the median round trip
    tabled = np.array(stalls.duration_ms) - 55.0 / 2 + median_ms
    assert tabled == pytest.approx(np.quantile(peaks, PEAK_QUANTILES), abs=0.06)
