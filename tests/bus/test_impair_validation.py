"""The proxy end to end on loopback UDP at 1 kHz, as its user meets it.

Sender and proxy are processes of their own; the receiver stamps by the kernel. What is seen is compared with what the
model says of the same datagrams, in the same order policy, and with the lateness that the proxy reports of itself.
``--log-cli-level=INFO`` shows the figures that stand in docs/validation/impairment.md.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bus_kit import LiveProxy, accounted
from scipy.stats import ks_2samp
from udp_sender import SENDER_PORT, STAMP, sender_of

from v2x.bus.address import Address
from v2x.bus.impairment import uu_impairment
from v2x.bus.link_option import read_uu
from v2x.bus.release import Order
from v2x.bus.udp_wire import UdpWire
from v2x.links.base import F64, I64, Cause
from v2x.links.uu_presets import UU_PRESETS
from v2x.rng import Stream, key_of

pytestmark = pytest.mark.validate

LOG = logging.getLogger(__name__)
PRESET, SEED, RATE_HZ = "weak_n8", 1, 1000
#: Blocks of the bootstrap: longer than nearly all stalls, which are what makes losses come together.
BLOCK_NS = 2 * 10**9
RESAMPLES = 2000


@dataclass(frozen=True)
class Seen:
    """What was sent, one row a datagram of one flow after the other, and what the link made of it.

    Attributes
    ----------
    flow
        Number of the sender.
    sent_ns
        Monotonic time of sending.
    arrived_ns
        Monotonic time of arrival, -1 for what did not arrive.
    figures
        What the proxy told at its end.
    """

    flow: I64
    sent_ns: I64
    arrived_ns: I64
    figures: dict[str, Any]


def send_through(flows: int, order: Order, seconds: int, times: Path) -> Seen:
    """Send for so long through a proxy with the preset; the sender notes its times in a file."""
    wire = UdpWire(Address("udp", "127.0.0.1", 0), Address("udp", "127.0.0.1", 9), STAMP.size)
    count = RATE_HZ * seconds
    arguments = ("--from", "udp://127.0.0.1:0", "--to", str(wire.listens), "--uu", PRESET, "--order", order)
    with LiveProxy(*arguments, "--seed", str(SEED)) as proxy:
        program = [sys.executable, str(Path(__file__).with_name("udp_sender.py")), str(proxy.address[1])]
        with times.open("wb") as file:
            sender = subprocess.Popen([*program, str(flows), str(count), str(RATE_HZ)], stdout=file)
            heard = listen(wire, sender)
        figures = proxy.finish(signal.SIGINT)
    assert sender.returncode == 0
    assert wire.overflowed == 0
    wire.close()
    assert accounted(figures) == figures["received"]
    assert figures["received"] + figures["receive_buffer_overflow"] == count
    arrived_ns = np.full((flows, count // flows), -1, np.int64)
    for flow, number, at_ns in heard:
        arrived_ns[flow, number] = at_ns
    sent_ns = np.fromfile(times, np.int64).reshape(-1, flows).T
    return Seen(np.repeat(np.arange(flows), count // flows), sent_ns.ravel(), arrived_ns.ravel(), figures)


def listen(wire: UdpWire, sender: subprocess.Popen[bytes]) -> list[tuple[int, int, int]]:
    """(flow, number, arrival) of all that arrives until the sender is done and nothing has come for a while."""
    heard: list[tuple[int, int, int]] = []
    last_ns = time.monotonic_ns()
    while sender.poll() is None or time.monotonic_ns() < last_ns + 10**9:
        select.select([wire], [], [], 0.2)
        for datagram in wire.receive(1000):
            last_ns = datagram.t_ns
            heard.append((*STAMP.unpack(datagram.parts[0]), datagram.t_ns))
    return heard


def predicted(seen: Seen, order: Order) -> tuple[I64, np.ndarray]:
    """What the model says of the same datagrams: delay after the order policy, and whether they are delivered."""
    link = uu_impairment(read_uu(PRESET, "--uu"), SEED, "uplink")
    release_ns, delivered = np.zeros(len(seen.flow), np.int64), np.zeros(len(seen.flow), np.bool_)
    for flow in np.unique(seen.flow):
        rows = np.flatnonzero(seen.flow == flow)
        path, t_ns = link(key_of(f"{sender_of(flow)}:{SENDER_PORT}")), seen.sent_ns[rows] - seen.sent_ns[rows[0]]
        fates = [path.fate(number, at) for number, at in enumerate(t_ns.tolist())]
        own_ns = np.array([fate.arrival_ns for fate in fates]) + seen.sent_ns[rows[0]]
        passed = np.array([fate.cause is Cause.DELIVERED for fate in fates])
        if order == "fifo":  # what is lost holds nobody back
            own_ns = np.maximum.accumulate(np.where(passed, own_ns, 0))
        release_ns[rows], delivered[rows] = own_ns, passed
    return release_ns - seen.sent_ns, delivered


def with_lateness(delay_ns: I64, lateness: dict[str, Any]) -> F64:
    """Delays in ms, each with a lateness drawn from those the proxy counted, independently: the convolution."""
    upper_ms, count = np.array(lateness["counts"]).T
    draw = Stream(SEED, "test.lateness").uniform(np.arange(len(delay_ns)))
    return delay_ns / 1e6 + upper_ms[np.searchsorted(np.cumsum(count) / count.sum(), draw)]


def loss_interval(seen: Seen) -> tuple[float, float]:
    """95 % interval of the loss: blocks of time of each flow, drawn with replacement (Efron, Tibshirani 1993)."""
    within = (seen.sent_ns - seen.sent_ns.min()) // BLOCK_NS
    _, block = np.unique(seen.flow * (within.max() + 1) + within, return_inverse=True)
    size, lost = np.bincount(block), np.bincount(block, seen.arrived_ns < 0)
    draw = Stream(SEED, "test.blocks").uniform(np.arange(RESAMPLES)[:, None], np.arange(len(size))[None, :])
    drawn = (draw * len(size)).astype(np.int64)
    low, high = np.quantile(lost[drawn].sum(axis=1) / size[drawn].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)


def long_run_loss() -> float:
    """Share of the time in a stall: overlapping Poisson episodes (M/G/infinity) leave exp(-rate x mean length) free."""
    stalls = UU_PRESETS[PRESET].stalls
    assert stalls is not None
    shares = (np.arange(100_000) + 0.5) / 100_000
    return float(1.0 - np.exp(-stalls.per_minute / 60 * stalls.durations_ns(shares).mean() / 1e9))


@pytest.mark.parametrize(("flows", "order", "seconds"), [(1, "fifo", 30), (20, "free", 60)])
def test_delays_and_losses_are_the_models(flows: int, order: Order, seconds: int, tmp_path: Path) -> None:
    load_before = os.getloadavg()[0]
    seen = send_through(flows, order, seconds, tmp_path / "times")
    model_ns, delivered = predicted(seen, order)
    arrived = seen.arrived_ns >= 0
    seen_ms = (seen.arrived_ns - seen.sent_ns)[arrived] / 1e6
    lateness = seen.figures["lateness_ms"]
    distance = ks_2samp(seen_ms, with_lateness(model_ns[delivered], lateness)).statistic
    bare = ks_2samp(seen_ms, model_ns[delivered] / 1e6).statistic
    low, high = loss_interval(seen)
    otherwise = np.mean(arrived != delivered)
    report = {
        "load": f"{load_before:.1f} before, {os.getloadavg()[0]:.1f} after",
        "delay seen p50, p99, ms": np.quantile(seen_ms, [0.5, 0.99]).round(3).tolist(),
        "delay of the model p50, p99, ms": (np.quantile(model_ns[delivered], [0.5, 0.99]) / 1e6).round(3).tolist(),
        "KS distance": round(float(distance), 4),
        "without lateness": round(float(bare), 4),
        "loss": round(float(1 - arrived.mean()), 5),
        "loss interval": [round(low, 5), round(high, 5)],
        "loss of the model, same datagrams": round(float(1 - delivered.mean()), 5),
        "loss of the model, long run": round(long_run_loss(), 5),
        "fate other than the model's": round(float(otherwise), 5),
        "lateness, ms": {name: lateness[name] for name in ("p50", "p95", "p99", "max")},
        "receive buffer overflow": seen.figures["receive_buffer_overflow"],
    }
    LOG.info("%d flows, %s, %d s: %s", flows, order, seconds, report)
    assert distance <= 0.05
    assert low <= long_run_loss() <= high
    assert otherwise <= 0.002  # datagrams at the edges of stalls, by the microseconds that they took to the proxy
    assert lateness["p99"] is not None
