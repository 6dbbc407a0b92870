"""Lock step: nobody who looks on changes a run, and what guests do is repeatable."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import zmq
from serve_kit import AT, MAP, STEP_NS, Peer, drained, gaps, grant_all, headless, scenario, serving

from v2x.bus.settings import Terms
from v2x_analysis import Run

LOCK_STEP = Terms(speed=None, peers=("rig",))


def test_a_subscriber_in_lock_step_gets_all_and_changes_nothing(tmp_path: Path) -> None:
    played = scenario()
    with (
        serving(tmp_path / "live", played, LOCK_STEP) as run,
        Peer(zmq.SUB, run.live.listens.publish) as frames,
        Peer(zmq.REQ, run.live.listens.grant) as grants,
    ):
        frames.socket.recv_multipart()  # its subscription has arrived
        times = grant_all(grants)
        heard = drained(frames)
    assert run.digest() == headless(tmp_path / "headless", played)
    assert times == [step * STEP_NS for step in range(11)]
    tx = Run(tmp_path / "headless").tx
    assert [payload for _, _, payload in heard] == tx["bytes"].tolist()
    assert [header["t_ns"] for _, header, _ in heard] == tx["t_ns"].tolist()
    assert gaps(heard) == 0
    topic, header, _ = heard[0]
    assert topic.startswith("pc5/") and header["profile"] == "j2735"
    assert abs(header["lon_deg"] - 117.05) < 0.01 and abs(header["lat_deg"] - 39.05) < 0.01


def test_a_step_waits_for_the_grant_beyond_its_start(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "live", scenario(), LOCK_STEP) as run,
        Peer(zmq.SUB, run.live.listens.publish) as frames,
        Peer(zmq.REQ, run.live.listens.grant) as grants,
    ):
        frames.socket.recv_multipart()
        answer = grants.ask({"peer": "rig", "until_ns": 150_000_000})
        assert answer["now_ns"] == 2 * STEP_NS
        got = [header["t_ns"] for _, header, _ in drained(frames, answer["seq"])]
        assert max(got) < 2 * STEP_NS
        time.sleep(0.2)
        assert not [topic for topic, *_ in arrived(frames) if topic != b"status"]
        grant_all(grants, 10 * STEP_NS)


def arrived(peer: Peer) -> list[list[bytes]]:
    messages = []
    while peer.socket.poll(0):
        messages.append(peer.socket.recv_multipart())
    return messages


def visit(folder: Path) -> tuple[str, list[tuple[dict[str, Any], bytes]]]:
    """A guest in lock step that says one message in every step; digest, and what it was told."""
    told: list[tuple[dict[str, Any], bytes]] = []
    with (
        serving(folder, scenario(), Terms(speed=None, peers=("guest.obu",))) as run,
        Peer(zmq.DEALER, run.live.listens.intake) as guest,
    ):
        joined = guest.ask({"do": "join", "station": "obu", **AT})
        assert joined == {"re": "join", "ok": True, "station": "guest.obu", "now_ns": 0}
        now_ns, ended = 0, False
        while not ended:
            guest.tell({"do": "say", "t_ns": now_ns + 7_000_000}, MAP)
            guest.tell({"do": "grant", "until_ns": now_ns + STEP_NS})
            while True:
                header, payload = guest.hear()
                told.append((header, payload))
                if header.get("re") == "grant":
                    now_ns, ended = header["now_ns"], "ended" in header
                    break
    return run.digest(), [(header, payload) for header, payload in told if header.get("do") != "tick"]


def test_a_guest_hears_and_is_heard_and_the_visit_is_repeatable(tmp_path: Path) -> None:
    first, again = visit(tmp_path / "a"), visit(tmp_path / "b")
    assert first == again
    assert first[0] != headless(tmp_path / "headless", scenario())
    heard = [header for header, _ in first[1] if header.get("do") == "heard"]
    assert {header["type"] for header in heard} >= {"BSM", "TIM"} and {header["link"] for header in heard} == {"pc5"}
    assert not [header for header, _ in first[1] if "error" in header]
    recorded = Run(tmp_path / "a")
    said = recorded.tx[recorded.tx["station"] == "guest.obu"]
    assert said["t_ns"].tolist() == [step * STEP_NS + 7_000_000 for step in range(10)]
    received = recorded.rx[recorded.rx["tx_id"].isin(said["tx_id"]) & (recorded.rx["receiver"] == "veh00001")]
    assert received["cause"].isna().all() and len(received) == 10
