"""What the report's map plays: the recorded positions, and no more of them than a page can hold."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from v2x_analysis import Run
from v2x_analysis.report import playback as module
from v2x_analysis.report.fieldmap import Map, draw
from v2x_analysis.report.playback import Playback, playback


@pytest.fixture(scope="module")
def run(run_folder: Path) -> Run:
    return Run(run_folder)


@pytest.fixture(scope="module")
def shown(run: Run) -> Map:
    drawn = draw(run)
    assert drawn is not None
    return drawn


@pytest.fixture(scope="module")
def played(run: Run, shown: Map) -> Playback:
    found = playback(run, shown)
    assert found is not None
    return found


def test_positions_are_those_recorded(run: Run, shown: Map, played: Playback) -> None:
    content = json.loads(played.data)
    assert content["times_s"] == [k / 2 for k in range(40)] and (played.apart_s, played.thinned) == (0.5, False)
    assert played.until_s == 19.5
    by_name = {name: (first, x, y) for _, name, first, x, y in content["users"] if name}
    assert set(by_name) == {"car.000", "car.001"}  # those under test have their names
    first, x, y = by_name["car.001"]
    own = run.states[(run.states["id"] == "car.001") & (run.states["t_ns"] % 500_000_000 == 0)]
    expected = np.stack(shown.frame(own["x_m"].to_numpy(), own["y_m"].to_numpy()))
    assert first == 0
    assert np.cumsum([x, y], axis=1) / 10 == pytest.approx(expected, abs=0.051)


def test_who_comes_back_gets_another_track(run: Run, shown: Map) -> None:
    track = run.states[run.states["id"] == "car.001"].head(8)
    times_ns = np.unique(run.states["t_ns"])[:8]
    tracks = module._tracks(track.drop(track.index[3]), times_ns, True, shown)
    assert [(first, len(x), len(y)) for _, _, first, x, y in tracks] == [(0, 3, 3), (4, 4, 4)]


def test_a_large_run_is_thinned_and_says_so(run: Run, shown: Map, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 160)  # of 16 road users, for 20 s
    thin = playback(run, shown)
    assert thin is not None and thin.thinned and thin.apart_s == 2.0
    assert sum(len(x) for _, _, _, x, _ in json.loads(thin.data)["users"]) == 160


def test_names_cannot_end_the_script(run: Run, shown: Map, monkeypatch: pytest.MonkeyPatch) -> None:
    told = module.alerts(run).reindex([0]).assign(station="</script><b>", start_ns=0, end_ns=1, application="<!--")
    monkeypatch.setattr(module, "alerts", lambda _: told)
    found = playback(run, shown)
    assert found is not None and "<" not in found.data
    assert json.loads(found.data)["alerts"] == [["</script><b>", 0.0, 1e-9, "<!--"]]
