"""Soak: minutes of real time with peers of all sorts."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from serve_process import service
from soak_peers import GUESTS
from test_serve_hostile import counts_add_up

PEERS = Path(__file__).with_name("soak_peers.py")
#: Signals of all junctions at 10 Hz, few vehicles, a link without geometry: what is measured is the service.
SCENARIO = """
schema_version: 1
name: soak
start_utc: 2026-03-02T09:00:00Z
duration_s: {seconds}
step_s: 0.1
profile: j2735
field: dongli
traffic: {{kind: sumo, demand: light, scale: 0.3, warmup_s: 20}}
stations: {{rsu: {{sites: all}}, server: {{enabled: false}}}}
links: {{pc5: {{kind: statistical}}}}
test: {{id: soak, standard: none, clause: none, edition: none, stage: virtual}}
"""


def rss_kib(pid: int) -> int:
    """Of the run and its sockets together."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(_rss_kib(each) for each in (pid, *map(int, children)))


def _rss_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


def soak(folder: Path, seconds: int, valid_hz: int, bad_hz: int) -> dict[str, Any]:
    """Figures of a soak; ``rss`` are (seconds, KiB)."""
    scenario = folder / "soak.yaml"
    scenario.write_text(SCENARIO.format(seconds=seconds + 15))
    with service(scenario, "--out", str(folder / "run")) as served:
        at = served.at
        port = at["udp"].rpartition(":")[2]
        command = [sys.executable, str(PEERS), at["intake"], port, at["pub"], str(seconds), str(valid_hz), str(bad_hz)]
        peers = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        rss, begin_s = [], time.monotonic()
        while peers.poll() is None and served.process.poll() is None:
            rss.append((time.monotonic() - begin_s, rss_kib(served.process.pid)))
            time.sleep(2.0)
        out, _ = peers.communicate()
        summary = served.finish()
    return {"peers": json.loads(out), "live": summary["live"], "rss": rss}


@pytest.mark.validate
@pytest.mark.timeout(900)
def test_five_minutes_of_everything(tmp_path: Path) -> None:
    seconds = 300
    figures = soak(tmp_path, seconds, 1000, 1000)
    peers, live = figures["peers"], figures["live"]
    incoming, run = live["in"], live["run"]
    assert live["out"]["published"] >= 100 * seconds
    # everything that was sent is counted, in one place
    assert incoming["intake"]["received"] == peers["intake"] and counts_add_up(incoming["intake"])
    assert incoming["udp"]["received"] + incoming["udp_receive_buffer_overflow"] == peers["udp"]
    assert counts_add_up(incoming["udp"])
    judged = run["requests"] + sum(run["refused"].values()) - run["refused"]["bad_frame"]
    assert judged == incoming["intake"]["taken"]
    said = run["frames"] + run["refused"]["bad_frame"] + live["frames_unsaid"]
    assert said == run["requests"] - GUESTS
    assert run["frames"] >= 0.99 * peers["valid"] and run["refused"]["bad_frame"] > 0
    # nobody else loses anything
    assert peers["last"] - peers["first"] + 1 == peers["frames"]
    assert live["spat"]["missed"] <= 0.01 * live["spat"]["frames"]
    t_s, kib = np.array(figures["rss"]).T
    late = t_s > 60.0
    slope_kib_per_s = np.polyfit(t_s[late], kib[late], 1)[0]
    assert slope_kib_per_s * 240 < 0.05 * kib[late].mean(), "memory grows by more than 5 % in four minutes"


def main() -> None:
    """Print the figures of docs/validation/live.md; arguments: FOLDER SECONDS VALID_HZ MALFORMED_HZ."""
    folder, seconds, valid_hz, bad_hz = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    sys.stdout.write(json.dumps(soak(Path(folder), int(seconds), int(valid_hz), int(bad_hz)), indent=1) + "\n")


if __name__ == "__main__":
    main()
