"""The sidelink as a link: frames of scenarios in, receptions out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from links.links_kit import frames, hearers, scene

from v2x.clock import NS_PER_MS
from v2x.links.base import Aired, Cause, Stations, Transmissions
from v2x.links.sidelink.sensing import SensingPc5
from v2x.scenario.model_sidelink import SensingPc5 as Config

STATIONS = hearers([1, 2, 3], [0.0, 50.0, 100.0])


def link(**settings: object) -> SensingPc5:
    """A sidelink of default settings, but for some."""
    return SensingPc5(Config.model_validate({"kind": "sensing"} | settings), seed=1)


def aired(sidelink: SensingPc5, sent: Transmissions, steps: int = 15, stations: Stations = STATIONS) -> list[Aired]:
    """Steps of 100 ms, the frames in the first."""
    nothing = frames([], [])
    return [
        sidelink.broadcast(nothing if step else sent, scene(stations, step * 100 * NS_PER_MS)) for step in range(steps)
    ]


def fates(found: list[Aired], stations: Stations = STATIONS) -> dict[tuple[int, int], Cause]:
    """(transmission, receiving station) -> cause."""
    return {
        (int(tx_id), int(stations.key[row])): Cause(cause)
        for one in found
        for tx_id, row, cause in zip(one.receptions.tx_id, one.receptions.receiver, one.receptions.cause, strict=True)
    }


@pytest.mark.parametrize("mode", ["lte4", "nr2"])
def test_everybody_near_hears_a_message_once_within_its_budget(mode):
    found = aired(link(mode=mode), frames([1, 2], [0, 30 * NS_PER_MS]))
    assert set(fates(found)) == {(0, 2), (0, 3), (1, 1), (1, 3)}
    times = np.concatenate([one.receptions.t_ns for one in found])
    assert times.min() > NS_PER_MS
    assert times.max() <= 131 * NS_PER_MS


def test_parts_that_are_said_at_once_go_side_by_side():
    """Six parts of a MAP; as messages of one flow five would be replaced."""
    parts = replace(frames([1] * 6, 0, air_bytes=400), type=np.full(6, "MAP", object))
    assert set(fates(aired(link(), parts)).values()) == {Cause.DELIVERED}
    slots = {int(t) for one in aired(link(), parts) for t in one.receptions.t_ns}
    assert len(slots) == 6


def test_a_message_of_several_segments_arrives_and_one_too_long_is_refused():
    sidelink = link(channel="cn10", mcs=4, highest_mcs=5)
    sent = frames([1, 2, 3], [0, 0, 0], air_bytes=[1300, 1401, 200])
    found = aired(sidelink, sent)
    assert (sidelink.radios.flows["segments"] > 1).any()
    by_pair = fates(found)
    assert {by_pair[1, 1], by_pair[1, 3]} == {Cause.OVERSIZE}
    assert {by_pair[0, 2], by_pair[0, 3]} == {Cause.DELIVERED}
    refused = np.concatenate([one.receptions.t_ns[one.receptions.tx_id == 1] for one in found])
    assert (refused == NS_PER_MS).all()


def test_roadside_units_have_their_own_carrier_in_cn10():
    sidelink = link(channel="cn10")
    sent = replace(frames([1, 2], 0), type=np.array(["BSM", "SPAT"], object))
    aired(sidelink, sent)
    flows = sidelink.radios.flows
    used = flows[flows["budget"] > 0]
    ranges = {(int(low), int(high)) for low, high in zip(used["low"], used["high"], strict=True)}
    assert ranges == {(0, 4), (5, 9)}
    for flow in used:
        assert flow["low"] <= flow["sub"][0] <= flow["high"]


def test_only_so_many_flows_of_a_station_reserve():
    sent = replace(frames([1] * 4, 0), type=np.array(["DENM", "SPAT", "MAP", "RSM"], object))
    sidelink = link(most_reservations=2)
    aired(sidelink, sent, steps=1)
    flows = sidelink.radios.flows
    used = flows[flows["budget"] > 0]
    assert len(used) == 4
    assert np.count_nonzero(used["interval"]) == 2


def test_frames_of_whoever_is_not_there_are_heard_by_nobody():
    found = aired(link(), frames([1, 9], 0))
    assert {tx for tx, _ in fates(found)} == {0}


def test_frames_ahead_of_their_time_wait_for_it():
    found = aired(link(), frames([1], 450 * NS_PER_MS))
    assert min(int(one.receptions.t_ns.min()) for one in found if len(one.receptions)) > 451 * NS_PER_MS


def test_a_fresh_channel_is_idle_and_its_user_occupies_it():
    sidelink = link(channel="cn10")
    assert sidelink.state() is None
    aired(sidelink, frames([1], 0), steps=2)
    state = sidelink.state()
    width = sidelink.radios.flows["width"].max()
    assert state.key.tolist() == [1, 2, 3]
    assert state.cr.tolist() == [width / 5000, 0.0, 0.0]  # of five sub-channels in 1000 subframes
    assert (state.cbr <= width / 500).all()
