"""The wheel in an empty environment, away from the checkout; and analysis and replay without any of SUMO."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).resolve().parent.parent
SUMO_PACKAGES = ("eclipse-sumo", "libsumo", "traci", "sumolib", "sumo-data")
#: Folder of the checkout -> where the wheel has it.
SHIPPED = {
    "v2x": "v2x",
    "roadside/v2x_roadside": "v2x_roadside",
    "analysis/v2x_analysis": "v2x_analysis",
    "asn1": "v2x/_data/asn1",
    "scenarios": "v2x/_data/scenarios",
}
#: Compiling the loops of the radio anew would take most of a minute.
BRIEFLY = ("--duration", "2", "--set", "links.pc5={kind: ideal}")
SCENARIO = "wangwenzhuang-closed"


def sh(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with nothing but the wheel and the locked versions of what it asks for."""
    folder = tmp_path_factory.mktemp("package")
    sh(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder / "dist", ROOT, cwd=folder)
    (wheel,) = (folder / "dist").glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    options = ("--quiet", "--disable-pip-version-check", "--no-compile", "--constraint", ROOT / "constraints.txt")
    sh(python, "-m", "pip", "install", *options, wheel, cwd=folder)
    return python


def test_the_wheel_has_all_that_the_checkout_has(empty: Path) -> None:
    (wheel,) = (empty.parents[2] / "dist").glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    for folder, place in SHIPPED.items():
        files = [path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*") if path.is_file()]
        needed = {f"{place}/{path.as_posix()}" for path in files if "__pycache__" not in path.parts}
        assert needed and needed <= held, sorted(needed - held)[:5]


def test_the_wheel_runs_a_scenario_outside_the_checkout_and_analysis_and_replay_need_no_sumo(
    empty: Path, tmp_path: Path
) -> None:
    out = sh(empty.parent / "v2x", "run", SCENARIO, *BRIEFLY, "--out", tmp_path / "run", "--json", cwd=tmp_path)
    assert json.loads(out)["scorecard"]["message.constraint_violations"] == 0
    assert (tmp_path / "run" / "report.html").stat().st_size > 10_000
    where = sh(empty, "-c", "import v2x; print(v2x.__file__)", cwd=tmp_path).strip()
    assert not Path(where).is_relative_to(ROOT)
    sh(empty, "-m", "pip", "uninstall", "--quiet", "--yes", *SUMO_PACKAGES, cwd=tmp_path)
    code = "import v2x_analysis; print(len(v2x_analysis.Run('run').tx), v2x_analysis.score('run').verdict)"
    rows, verdict = sh(empty, "-c", code, cwd=tmp_path).split()
    assert int(rows) > 0 and verdict in ("PASS", "FAIL", "INCONCLUSIVE")
    again = json.loads(sh(empty.parent / "v2x", "replay", tmp_path / "run", "--json", cwd=tmp_path))
    assert not again["diverged"] and again["changed"] == {} and again["frames"]["same"] == int(rows)
