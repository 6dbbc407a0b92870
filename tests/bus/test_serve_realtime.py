"""Real time: frames leave evenly, at their own instants; what a guest says when; a run that is played."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import zmq
from serve_kit import AT, HERE, MAP, Peer, drained, gaps, headless, live, scenario, serving

from v2x.bus.ground import Ground
from v2x.bus.live import Live
from v2x.bus.playback import play
from v2x.bus.settings import Bounds, Terms
from v2x.clock import NS_PER_S, utc_ns
from v2x.messages.profile import get_profile
from v2x.traffic.build import plane_of
from v2x_analysis import Run


def test_frames_leave_at_their_instants(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "live", scenario(3.0), Terms(speed=2.0)) as run,
        Peer(zmq.SUB, run.live.listens.publish) as frames,
    ):
        seen = []
        while True:
            topic, text, _ = frames.socket.recv_multipart()
            seen.append((time.monotonic_ns(), topic, text))
            if b'"ended": true' in text:
                break
    published = [(wall_ns, text) for wall_ns, topic, text in seen if topic != b"status"]
    times = np.array([[wall_ns, int(text.split(b'"t_ns": ')[1].split(b",")[0])] for wall_ns, text in published])
    offset_ns = times[:, 0] - times[:, 1] // 2
    # from the first to the last it takes as long as it should; and most do not lag behind the others
    assert np.median(offset_ns) - offset_ns.min() < 50_000_000
    assert times[-1, 0] - times[0, 0] > 0.9 * (times[-1, 1] - times[0, 1]) / 2
    figures = run.live.statistics()
    assert figures["all_frames"]["frames"] == figures["out"]["published"] >= 90


def test_in_real_time_a_guest_speaks_without_naming_times(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "live", scenario(3.0), Terms(speed=1.0)) as run,
        Peer(zmq.DEALER, run.live.listens.intake) as guest,
    ):
        assert guest.ask({"do": "join", "station": "obu", **AT})["ok"]
        for _ in range(5):
            guest.tell({"do": "say"}, MAP)
            time.sleep(0.2)
        while guest.hear()[0].get("do") != "end":
            pass
    tx = Run(tmp_path / "live").tx
    gaps_ns = np.diff(tx.loc[tx["station"] == "guest.obu", "t_ns"])
    assert len(gaps_ns) == 4 and abs(np.median(gaps_ns) - 0.2 * NS_PER_S) < 0.1 * NS_PER_S


def test_a_run_is_played_as_it_was(tmp_path: Path) -> None:
    played = scenario()
    headless(tmp_path / "run", played)
    ground = Ground(
        get_profile("j2735"), plane_of(played, None), 100_000_000, utc_ns(played.start_utc), (), listens=False
    )
    with (
        Live(ground, Terms(speed=10.0), HERE, Bounds()) as service,
        Peer(zmq.SUB, service.listens.publish) as frames,
        Peer(zmq.DEALER, service.listens.intake) as guest,
    ):
        frames.socket.recv_multipart()
        guest.tell({"do": "join", "station": "obu", **AT})
        play(tmp_path / "run", played.step_s, {"RSU-T": (0.0, 0.0)}, service)
        service.close(hurry=False)
        heard = drained(frames)
        assert "recorded run" in guest.hear()[0]["error"]
    tx = Run(tmp_path / "run").tx
    assert gaps(heard) == 0
    assert [(header["t_ns"], payload) for _, header, payload in heard] == list(
        zip(tx["t_ns"], tx["bytes"], strict=True)
    )
    assert all(header["lon_deg"] is not None for _, header, _ in heard)


def test_what_is_held_when_the_run_breaks_off_is_counted(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), live(scenario(), Terms(speed=0.1)) as service:
        headless_until(service, tmp_path / "live")
    out = service.statistics()["out"]
    assert out["unsent"] > 0


def headless_until(service: Live, folder: Path) -> None:
    """A run with the service that is broken off in its third step."""
    from v2x.engine import Simulation
    from v2x.record.writer import RunWriter

    def broken_off(t_ns: int, _users: int) -> None:
        if t_ns >= 200_000_000:
            raise KeyboardInterrupt

    with RunWriter(folder, {"seed": 1}) as writer:
        Simulation(scenario(), None, writer, outside=service).run(broken_off)
