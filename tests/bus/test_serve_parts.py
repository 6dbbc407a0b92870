"""The parts of the live service that need no socket."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.bus.curve import peer_keys, server_keys, write_keys
from v2x.bus.exchange import Route
from v2x.bus.grant import MOST_PEERS, Grants
from v2x.bus.limits import RateLimits
from v2x.bus.orders import order_of
from v2x.bus.pacing import Pacer
from v2x.bus.units import chosen
from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.errors import InputError
from v2x.messages.envelope import rsu41
from v2x.messages.model import NAN, Intersection, Lane, MapData
from v2x.messages.profile import get_profile

J2735 = get_profile("j2735")
LANE = Lane(1, "vehicle", True, np.array([[0.0, 0.0], [0.0, 50.0]]), 3.5)
_, MAP = J2735.encode(
    MapData(0, 1_772_413_198_000_000_000, 1, (Intersection(3, 22, "x", 39.05, 117.05, NAN, (LANE,)),))
)
HERE, THERE = Route("grant", b"a"), Route("grant", b"b")
STEP_NS = 100 * NS_PER_MS


@given(st.lists(st.integers(0, NS_PER_S // 5), max_size=200))
def test_nobody_gets_more_than_the_rate_and_the_burst(pauses_ns: list[int]) -> None:
    limits, now_ns, admitted = RateLimits(10.0, 5, 4), 0, 0
    for pause_ns in pauses_ns:
        now_ns += pause_ns
        admitted += limits.admit("peer", now_ns)
        assert admitted <= 5 + 10 * now_ns / NS_PER_S + 1e-6


def test_a_flood_takes_nothing_from_others() -> None:
    limits = RateLimits(10.0, 5, 100)
    for t_ns in range(0, NS_PER_S, NS_PER_MS):
        limits.admit("flood", t_ns)
    assert all(limits.admit("honest", t_ns) for t_ns in range(0, NS_PER_S, NS_PER_S // 10))


def test_peers_that_are_silent_for_longest_are_forgotten() -> None:
    limits = RateLimits(1.0, 1, 2)
    assert limits.admit("a", 0) and not limits.admit("a", 1)
    assert limits.admit("b", 2) and limits.admit("c", 3)
    assert limits.admit("a", 4)


def test_a_step_needs_all_grants_beyond_its_start() -> None:
    grants = Grants(("b", "a"))
    assert grants.absent() == grants.owing(0) == ["a", "b"]
    grants.grant("a", 100, HERE)
    grants.grant("b", 50, THERE)
    assert grants.owing(0) == [] and grants.owing(50) == ["b"] and grants.owing(100) == ["a", "b"]
    assert grants.reached(50) == [THERE] and grants.reached(60) == []
    assert grants.all_waiting() == [HERE]
    assert grants.reached(100) == [HERE]
    grants.drop("b")
    assert grants.owing(0) == []


def test_only_peers_that_were_named_take_part() -> None:
    with pytest.raises(InputError, match="only a"):
        Grants(("a",)).grant("b", 0, HERE)


def test_peers_that_were_not_named_are_counted() -> None:
    grants = Grants()
    for number in range(MOST_PEERS):
        grants.grant(f"peer{number}", 1, HERE)
    with pytest.raises(InputError, match="16 peers"):
        grants.grant("one more", 1, HERE)


def test_a_peer_that_starts_again_is_one_peer_and_takes_nothing_back() -> None:
    grants = Grants()
    grants.grant("a", 100, HERE)
    grants.grant("a", 50, THERE)
    assert grants.owing(99) == [] and grants.all_waiting() == [THERE]


def test_frames_leave_at_their_instants_and_steps_begin_one_ahead() -> None:
    pacer = Pacer(2.0, STEP_NS, hold=True)
    assert pacer.table.due_ns(0) is None and pacer.left_ns(STEP_NS) == 0 and pacer.table.due_ns(-1) == 0
    pacer.start(STEP_NS, zero_ns=1000)
    assert pacer.table.due_ns(STEP_NS) == 1000 + STEP_NS // 2
    assert pacer.table.due_ns(3 * STEP_NS) == 1000 + 3 * STEP_NS // 2
    begin_ns = pacer.table.due_ns(3 * STEP_NS) or 0
    assert begin_ns - STEP_NS // 2 - pacer.left_ns(3 * STEP_NS) >= 0  # by now, which is long after zero


def test_the_first_paced_step_begins_at_once() -> None:
    pacer = Pacer(1.0, STEP_NS, hold=True)
    pacer.start(STEP_NS)
    assert -NS_PER_S < pacer.left_ns(STEP_NS) <= 0


@given(st.integers(0, 10 * STEP_NS), st.integers(0, 10))
def test_what_a_guest_says_falls_into_the_step(arrived_ns: int, step: int) -> None:
    pacer = Pacer(1.0, STEP_NS, hold=True)
    pacer.start(STEP_NS, zero_ns=0)
    start_ns = step * STEP_NS
    t_ns = pacer.heard_ns(arrived_ns, start_ns)
    assert start_ns <= t_ns < start_ns + STEP_NS
    if start_ns <= arrived_ns + 2 * STEP_NS < start_ns + STEP_NS:
        assert t_ns == arrived_ns + 2 * STEP_NS


def test_nothing_is_held_in_lock_step() -> None:
    assert Pacer(1.0, STEP_NS, hold=False).table.due_ns(5) == 0 == Pacer(None, STEP_NS, hold=True).table.due_ns(5)


def forward(**changes: object) -> bytes:
    values = {"type": "MAP", "psid": 0x204097, "payload": MAP, **changes}
    return rsu41.write(rsu41.Forward(**values)).encode()  # type: ignore[arg-type]


def test_text_becomes_an_order() -> None:
    text = forward(interval_ms=500, start="03/02/2026, 01:00", stop="03/02/2026, 02:30", priority=4)
    order = order_of(text, J2735)
    assert (order.type, order.data, order.priority, order.interval_ns) == ("MAP", MAP, 4, 500 * NS_PER_MS)
    assert order.stop_utc_ns is not None and order.start_utc_ns == 1_772_413_200 * NS_PER_S
    assert order.stop_utc_ns - order.start_utc_ns == 5400 * NS_PER_S
    once = order_of(forward(), J2735)
    assert once.interval_ns == 0 and once.start_utc_ns is None and once.stop_utc_ns is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"\xff", "ASCII"),
        (b"Version=0.7", "missing"),
        (forward(encrypt=True), "Encryption"),
        (forward(interval_ms=1), "TxInterval"),
        (forward(start="2026-03-02"), "MM/DD/YYYY"),
        (forward(start="02/30/2026, 01:00"), "MM/DD/YYYY"),
        (forward(start="03/02/2026, 01:00", stop="03/02/2026, 01:00"), "DeliveryStop"),
        (forward(payload=MAP[:-1]), "MAP"),
        (forward(payload=bytes(5)), "bit|message"),
        (forward(type="SPAT"), "the payload is MAP"),
        (forward(type="XYZ"), "unknown message type"),
    ],
)
def test_text_that_is_no_order_is_refused(text: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        order_of(text, J2735)


def test_keys_are_secret_and_not_overwritten(tmp_path: Path) -> None:
    public, secret = write_keys(tmp_path, "service")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert "secret" not in public.read_text()
    assert server_keys(secret)[0] in peer_keys(tmp_path)
    with pytest.raises(InputError, match="exists"):
        write_keys(tmp_path, "service")
    with pytest.raises(InputError, match="no name"):
        write_keys(tmp_path, "../service")
    with pytest.raises(InputError, match="no secret key"):
        server_keys(public)
    secret.chmod(0o640)
    with pytest.raises(InputError, match="chmod 600"):
        server_keys(secret)
    secret.unlink()
    public.write_text("nonsense")
    with pytest.raises(InputError, match="not a key file"):
        peer_keys(tmp_path)


def test_units_are_chosen_by_name() -> None:
    assert chosen(["all"], ["b", "a"]) == ("a", "b") and chosen(["b", "b"], ["b", "a"]) == ("b",)
    with pytest.raises(InputError, match="did you mean 'RSU-1'"):
        chosen(["RSU-2"], ["RSU-1"])
