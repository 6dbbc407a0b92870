"""Peers that misbehave, vanish or do not read: the run, and the others, do not notice, and all is counted."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest
import zmq
import zmq.auth
from serve_kit import AT, MAP, STEP_NS, Peer, drained, gaps, grant_all, live, scenario, serving

from v2x.bus.curve import peer_keys, server_keys, write_keys
from v2x.bus.settings import Bounds, Keys, Terms
from v2x.errors import RunError

RIG = Terms(speed=None, peers=("rig",))


def counts_add_up(counts: dict[str, int]) -> bool:
    return counts["received"] == sum(count for name, count in counts.items() if name != "received")


def test_nonsense_is_answered_and_counted(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "live", scenario(), RIG, bounds=Bounds(burst=1000)) as run,
        Peer(zmq.REQ, run.live.listens.grant) as rig,
        Peer(zmq.DEALER, run.live.listens.intake) as peer,
    ):
        for nonsense in (b"", b"\xff", b"[]", b"{", b"[" * 5000, b"1" * 5000):
            peer.tell(nonsense)
            assert "JSON object" in peer.hear()[0]["error"]
        peer.tell({"do": "join"}, b"", b"", b"", b"", b"", b"")
        assert "JSON object" in peer.hear()[0]["error"]
        peer.tell({"do": "say"}, bytes(9000))
        assert "8192 bytes" in peer.hear()[0]["error"]
        joined = {"do": "join", "station": "obu", **AT}
        for request, reason in (
            ({}, "unknown 'None'"),
            ({"do": ["join"]}, "unknown"),
            ({"do": "joni"}, "did you mean 'join'"),
            ({"do": "say", "t_ns": 0}, "join first"),
            ({"do": "leave"}, "join first"),
            ({"do": "move", **AT}, "join first"),
            ({"do": "grant", "until_ns": 5}, "join first"),
            ({"do": "join"}, "station"),
            ({**joined, "station": "a/b"}, "letters"),
            ({**joined, "station": 7}, "characters"),
            ({**joined, "lon_deg": "117"}, "lon_deg"),
            ({**joined, "lon_deg": 10**400}, "lon_deg"),
            ({**joined, "lat_deg": float("nan")}, "lat_deg"),
            ({**joined, "lon_deg": 110.0}, "200 km"),
            ({**joined, "antenna_m": -1}, "antenna_m"),
            ({**joined, "role": "ship"}, "role"),
        ):
            assert reason in peer.ask(request)["error"]
        assert peer.ask({**joined, "id": 7})["id"] == 7
        assert "t_ns" in peer.ask({"do": "say", "id": "x"}, MAP)["error"]
        assert "ahead" in peer.ask({"do": "say", "t_ns": 10**18}, MAP)["error"]
        peer.tell({"do": "say", "t_ns": 0, "id": "bad"}, MAP[:-1])
        peer.tell({"do": "say", "t_ns": 0, "id": "good"}, MAP)
        assert "only rig" in peer.ask({"do": "grant", "until_ns": 5})["error"]
        with Peer(zmq.DEALER, run.live.listens.intake) as other:
            assert "taken" in other.ask(joined)["error"]
        with Peer(zmq.REQ, run.live.listens.grant) as other:
            assert "only rig" in other.ask({"peer": "x", "until_ns": 1})["error"]
        for until in (-1, 1.5, True, None, 2**63):
            assert "until_ns" in rig.ask({"peer": "rig", "until_ns": until})["error"]
        grant_all(rig)
        complaints = []
        while (told := peer.hear()[0]).get("do") != "end":
            complaints += [told] if "error" in told else []
    assert [complaint["id"] for complaint in complaints] == ["bad"]
    figures = run.live.statistics()
    assert all(counts_add_up(figures["in"][name]) for name in ("intake", "grant", "udp"))
    assert figures["in"]["intake"]["malformed"] == 7 and figures["in"]["intake"]["oversize"] == 1
    assert figures["run"]["refused"]["bad_frame"] == 1 and figures["run"]["frames"] == 1


def test_a_flood_is_cut_and_an_honest_guest_is_served(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "live", scenario(), RIG, bounds=Bounds(rate_hz=50, burst=50)) as run,
        Peer(zmq.REQ, run.live.listens.grant) as rig,
        Peer(zmq.DEALER, run.live.listens.intake) as flood,
        Peer(zmq.DEALER, run.live.listens.intake) as honest,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
    ):
        udp = run.live.listens.udp
        for _ in range(3000):
            flood.tell(b"\x00" * 50)
            datagrams.sendto(b"flood", (udp.host, udp.port))
        assert honest.ask({"do": "join", "station": "obu", **AT})["ok"]
        assert honest.ask({"do": "move", **AT})["ok"]
        grant_all(rig, 10 * STEP_NS)
    figures = run.live.statistics()["in"]
    assert figures["intake"]["too_often"] >= 2500 and counts_add_up(figures["intake"])
    assert counts_add_up(figures["udp"]) and figures["udp"]["taken"] <= 150
    assert figures["udp"]["received"] + figures["udp_receive_buffer_overflow"] <= 3000


def test_a_part_too_long_for_the_library_ends_only_that_connection(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "live", scenario(), RIG) as run,
        Peer(zmq.REQ, run.live.listens.grant) as rig,
        Peer(zmq.DEALER, run.live.listens.intake) as huge,
    ):
        huge.tell({"do": "say"}, bytes(1_000_000))
        grant_all(rig, 10 * STEP_NS)
    assert run.live.statistics()["in"]["intake"]["received"] == 0


def test_a_subscriber_that_does_not_read_costs_the_others_nothing(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "live", scenario(3.0), RIG) as run,
        Peer(zmq.SUB, run.live.listens.publish, RCVHWM=1, RCVBUF=1024) as stalled,
        Peer(zmq.SUB, run.live.listens.publish) as frames,
        Peer(zmq.REQ, run.live.listens.grant) as rig,
    ):
        stalled.socket.recv_multipart()
        frames.socket.recv_multipart()
        grant_all(rig)
        heard = drained(frames)
    assert gaps(heard) == 0 and len(heard) == run.live.statistics()["out"]["published"]


def test_a_guest_that_is_killed_is_missed_and_its_name_is_free_again(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "live", scenario(), RIG) as run,
        Peer(zmq.REQ, run.live.listens.grant) as rig,
    ):
        with Peer(zmq.DEALER, run.live.listens.intake) as killed:
            assert killed.ask({"do": "join", "station": "obu", **AT})["ok"]
        with Peer(zmq.DEALER, run.live.listens.intake) as again:
            until_s = time.monotonic() + 10
            while "error" in again.ask({"do": "join", "station": "obu", **AT}) and time.monotonic() < until_s:
                time.sleep(0.1)
            assert again.ask({"do": "move", **AT})["ok"]
            grant_all(rig, 10 * STEP_NS)
    assert run.live.statistics()["run"]["guests_gone"] == 1


def test_a_peer_that_no_longer_grants_is_dropped_and_the_run_goes_on(tmp_path: Path) -> None:
    terms = Terms(speed=None, peers=("rig", "lost"), patience_ns=300_000_000)
    with (
        serving(tmp_path / "live", scenario(), terms) as run,
        Peer(zmq.REQ, run.live.listens.grant) as rig,
        Peer(zmq.REQ, run.live.listens.grant) as lost,
    ):
        lost.tell({"peer": "lost", "until_ns": STEP_NS})
        assert grant_all(rig)[-1] == 10 * STEP_NS
    assert run.live.statistics()["run"]["peers_dropped"] == [{"peer": "lost", "t_ns": STEP_NS}]


def test_who_has_no_key_or_another_is_refused(tmp_path: Path) -> None:
    _, server = write_keys(tmp_path, "service")
    write_keys(tmp_path / "peers", "friend")
    write_keys(tmp_path, "stranger")
    keys = Keys(server_keys(server), peer_keys(tmp_path / "peers"))

    def curve(secret: Path) -> dict[str, Any]:
        public, own = zmq.auth.load_certificate(secret)
        return {"CURVE_SERVERKEY": keys.server[0], "CURVE_PUBLICKEY": public, "CURVE_SECRETKEY": own}

    friend = curve(tmp_path / "peers" / "friend.key_secret")
    with (
        serving(tmp_path / "live", scenario(), RIG, keys=keys) as run,
        Peer(zmq.REQ, run.live.listens.grant, **friend) as rig,
        Peer(zmq.SUB, run.live.listens.publish, **friend) as frames,
        Peer(zmq.SUB, run.live.listens.publish) as naked,
        Peer(zmq.SUB, run.live.listens.publish, **curve(tmp_path / "stranger.key_secret")) as stranger,
    ):
        frames.socket.recv_multipart()
        grant_all(rig)
        assert len(drained(frames)) > 30
        for peer in (naked, stranger):
            assert not peer.socket.poll(300)
    assert run.live.statistics()["keys_refused"] >= 1


def test_an_address_that_is_taken_is_said() -> None:
    with live(scenario(), RIG) as first, pytest.raises(RunError, match="cannot listen"):
        live(scenario(), RIG, addresses=first.listens)
