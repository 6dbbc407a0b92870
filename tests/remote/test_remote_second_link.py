"""Two connections at once: the sooner copy counts, and what both have in common does not help."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from remote_run_kit import drive, told

from v2x.clock import NS_PER_MS
from v2x.errors import InputError
from v2x.links.base import Carried, Cause, Direction, LinkNote, Stations, Transmissions
from v2x.remote.second_link import SecondLink, seed_of_second
from v2x.remote.wire import LOST_NS, Wire
from v2x.rng import Stream
from v2x.scenario.loader import load_scenario
from v2x.scenario.model_remote import RemoteNetwork
from v2x.scenario.model_remote import SecondLink as Config

#: A run's vehicle stands still until its first command; this is well into its way.
OUTAGE_S = "[[8, 10]]"
LOSS, MEAN_MS, N = 0.2, 30.0, 40_000


class Chance:
    """Every packet is lost by itself, or takes an exponential time."""

    def __init__(self, seed: int) -> None:
        self._loss, self._delay = Stream(seed, "loss"), Stream(seed, "delay")

    def carry(self, packets: Transmissions, direction: Direction) -> Carried:
        took_ms = -MEAN_MS * np.log(self._delay.uniform(packets.t_ns))
        cause = np.where(self._loss.uniform(packets.t_ns) < LOSS, Cause.RANDOM, Cause.DELIVERED)
        return Carried(packets.t_ns + (took_ms * NS_PER_MS).astype(np.int64), cause.astype(np.int8))

    def move(self, t_ns: int, mobiles: Stations) -> None: ...

    def notes(self) -> list[LinkNote]:
        return []


@pytest.mark.parametrize("correlation", [0.0, 0.3, 1.0])
def test_losses_and_delays_of_two_links_are_as_much_alike_as_asked_for(correlation: float) -> None:
    """Lost by both: p (rho + (1 - rho) p); the sooner of two exponential times: m (rho + (1 - rho)/2) in the mean."""
    config = Config(correlation=correlation, spell_s=0.01)
    wire = Wire(RemoteNetwork(), Chance(1).carry, 7, SecondLink(config, Chance(seed_of_second(1)), 1))
    sent_ns = np.arange(N) * 10 * NS_PER_MS  # each in a spell of its own
    at_ns = wire.send("uplink", sent_ns, np.full(N, 1000))
    lost = LOSS * (correlation + (1.0 - correlation) * LOSS)
    assert np.mean(at_ns == LOST_NS) == pytest.approx(lost, abs=4.0 * np.sqrt(lost / N))
    one, both = 1.0 - LOSS, (1.0 - correlation) * (1.0 - LOSS) ** 2  # chance of both copies, each by itself
    alone = 2.0 * (1.0 - correlation) * LOSS * one + correlation * one
    mean_ms = MEAN_MS * (alone + both / 2.0) / (alone + both)
    took_ms = (at_ns - sent_ns)[at_ns != LOST_NS] / NS_PER_MS
    assert took_ms.mean() == pytest.approx(mean_ms, abs=4.0 * MEAN_MS / np.sqrt(N))


def test_a_second_link_is_no_worse_than_the_first_packet_by_packet() -> None:
    sent_ns, sizes = np.arange(1000) * NS_PER_MS, np.full(1000, 500)
    first_ns = Wire(RemoteNetwork(), Chance(1).carry, 7).send("downlink", sent_ns, sizes)
    second = SecondLink(Config(correlation=0.2), Chance(2), 1)
    both_ns = Wire(RemoteNetwork(extra_one_way_ms=5.0), Chance(1).carry, 7, second).send("downlink", sent_ns, sizes)
    arrived = first_ns != LOST_NS
    assert (both_ns[arrived] <= first_ns[arrived] + 5 * NS_PER_MS).all()
    assert (both_ns != LOST_NS).sum() > arrived.sum()


def test_outages_of_the_first_link_are_the_seconds_only_in_common_spells() -> None:
    sent_ns, sizes = np.arange(2000) * NS_PER_MS, np.full(2000, 500)
    network = RemoteNetwork(outages_s=((0.5, 1.5),))
    for correlation, least in ((0.0, 0.7), (1.0, 0.0)):
        second = SecondLink(Config(correlation=correlation), Chance(2), 1)
        at_ns = Wire(network, Chance(1).carry, 7, second).send("uplink", sent_ns, sizes)
        through = np.mean(at_ns[500:1500] != LOST_NS)
        assert through >= least
        assert correlation == 0.0 or through == 0.0


@pytest.mark.parametrize(
    ("settings", "trips"),
    [
        ((), 1),
        (("remote.mitigations.second_link.correlation=0",), 0),
        (("remote.mitigations.second_link.correlation=1",), 1),
        ((f"remote.mitigations.second_link.outages_s={OUTAGE_S}",), 1),
    ],
)
def test_an_outage_of_one_network_stops_nobody_who_has_two(
    tmp_path: Path, settings: tuple[str, ...], trips: int
) -> None:
    run = drive(tmp_path / "run", f"remote.network.outages_s={OUTAGE_S}", *settings, duration_s=14.0)
    assert len(told(run, "remote.mrm")) == trips


def test_a_second_link_that_meets_all_that_the_first_meets_changes_nothing(tmp_path: Path) -> None:
    digests = [
        drive(tmp_path / str(number), *settings, duration_s=6.0).manifest["digest"]
        for number, settings in enumerate(((), ("remote.mitigations.second_link.correlation=1",)))
    ]
    assert digests[0] == digests[1]


def test_handovers_of_the_second_network_are_told_apart(tmp_path: Path) -> None:
    run = drive(tmp_path / "run", "remote.mitigations.second_link.correlation=0", duration_s=3.0)
    assert [fields.get("link") for fields in told(run, "uu.cell")] == [2, None]


def test_without_a_network_there_is_no_second_one() -> None:
    with pytest.raises(InputError, match=r"mitigations\.second_link: needs network\.kind: uu"):
        load_scenario(
            "wangwenzhuang-remote-slalom",
            ("remote.network.kind=instant", "remote.mitigations.second_link.correlation=0"),
        )
