"""PC5 without a scheduler: each reception by geometry, collisions by how busy the receiver finds the channel.

What stays of the resource selection are its averages: the wait for a resource, the chance that a receiver is sending at
that moment, and the chance of a collision (`v2x.links.sidelink.collisions`). Which of them hits which frame is drawn
anew for each, where a real reservation lets two stations collide, or miss each other, several times in a row.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.field.model import Field
from v2x.links.base import (
    I64,
    MAX_PC5_BYTES,
    STRIP_M,
    U64,
    Aired,
    Cause,
    ChannelState,
    DistanceLaw,
    Receptions,
    Scene,
    Transmissions,
    rows_of,
)
from v2x.links.sidelink.airtime import Airtime
from v2x.links.sidelink.analytic import busy_ratio
from v2x.links.sidelink.cr_limits import PRIORITIES, admit, cr_limit
from v2x.links.sidelink.fates import Ears, Sent, count_watched, decide, offered
from v2x.links.sidelink.gains import Gains, PairGains
from v2x.links.sidelink.hearing import gains_of, reach_of
from v2x.links.sidelink.ways import Flow, Radio, Ways, radio_of
from v2x.links.watched import EVERYBODY, Watched
from v2x.rng import Stream, key_of
from v2x.scenario.model_sidelink import GeometricPc5 as Config

#: Pairs are tried up to where the median signal is so many standard deviations below the sensitivity, but no farther
#: than the analytic model lets interferers stand.
_SPREAD, _FARTHEST_M = 3.0, 1000.0
#: Columns of the airtime behind those of sub-channels by carrier and PPPP: blocks, and the sum of their powers in mW.
_BLOCKS, _POWER, _EXTRA = 0, 1, 2


class GeometricPc5:
    """Every station within the gains' reach is tried; draws are keyed by sender, time, message type and receiver.

    Parameters
    ----------
    radio
        Settings.
    gains
        Who hears whom.
    reach_m
        Reach of the gains.
    seed
        Seed of the run.
    """

    law: DistanceLaw | None = None
    lookahead_ns: int | None = 0

    def __init__(self, radio: Radio, gains: PairGains, reach_m: float, seed: int) -> None:
        self._radio, self._gains, self._reach_m = radio, gains, reach_m
        self._ways = Ways(radio, reach_m)
        self._airtime = Airtime(radio.carriers * PRIORITIES + _EXTRA)
        self._loss, self._access = Stream(seed, "pc5.loss"), Stream(seed, "pc5.access")
        self._cbr = np.zeros((radio.carriers, 0))
        self._state: ChannelState | None = None
        self._heard: tuple[Gains, Watched | None, Ears] | None = None  # of the scene that was seen last

    def broadcast(self, frames: Transmissions, scene: Scene, watched: Watched | None = None) -> Aired:
        """Fate of each frame at each station within reach; one whose sender is not in the scene is heard by nobody.

        All receivers of a frame get it at the same instant, the end of the sender's slot.
        """
        stations = scene.stations
        near = self._gains.update(scene)
        if self._heard is None or self._heard[0] is not near or self._heard[1] is not watched:
            self._airtime.advance(scene.t_ns, stations.key)
            self._heard = near, watched, self._listen(near, stations.key, watched)
        ears = self._heard[2]
        seat = rows_of(frames.sender, stations.key)
        frames, seat = frames.take(np.flatnonzero(seat >= 0)), seat[seat >= 0]
        kinds, kind = _factors(frames.type)
        sent, end_ns = self._send(frames, seat, kinds, kind, watched)
        rows = count_watched(near, sent, ears)
        frame, place, cause = np.empty(rows, np.int64), np.empty(rows, np.int64), np.empty(rows, np.int8)
        counts = np.zeros((len(kinds), len(Cause), int(self._reach_m / STRIP_M) + 2), np.int64)  # distances are rounded
        decide(near, sent, ears, self._ways.codes(), counts, frame, place, cause)
        receptions = Receptions(
            frames.tx_id[frame],
            near.other[place].astype(np.intp),
            near.distance_m[place].astype(np.float64),
            end_ns[frame],
            cause,
        )
        return Aired(receptions, dict(zip(kinds, counts, strict=True)))

    def state(self) -> ChannelState | None:
        """Busy ratio of the busiest carrier, and occupancy ratio, over the last second."""
        return self._state

    def statistics(self) -> dict[str, float]:
        """Nothing to tell."""
        return {}

    # ------------------------------------------------------------------ inside

    def _listen(self, near: Gains, key: U64, watched: Watched | None) -> Ears:
        """What the stations make of the last second."""
        radio, rates = self._radio, self._airtime.per_second
        blocks, power_sum_mw = rates[:, _BLOCKS - _EXTRA], rates[:, _POWER - _EXTRA]
        used = rates[:, :-_EXTRA].reshape(len(key), radio.carriers, PRIORITIES).sum(axis=2).T
        in_all = np.maximum(used.sum(axis=0), 1e-9)
        power_mw = power_sum_mw / np.maximum(blocks, 1e-9)
        sensitivity_mw = 10.0 ** (radio.sensitivity_dbm / 10.0)
        offers = used / radio.resources_per_second
        load = np.stack([offered(near, power_mw, carrier, sensitivity_mw) for carrier in offers])
        busy = np.stack([offered(near, power_sum_mw / in_all, carrier, radio.busy_mw) for carrier in offers])
        self._cbr = busy_ratio(busy)
        self._state = ChannelState(key, self._cbr.max(axis=0), offers.sum(axis=0))
        deaf = np.minimum(blocks * radio.slot_ns / NS_PER_S, 1.0)
        return Ears(key, deaf, load, np.full(len(key), EVERYBODY) if watched is None else watched.listens)

    def _send(
        self, frames: Transmissions, seat: I64, kinds: list[str], kind: I64, watched: Watched | None
    ) -> tuple[Sent, I64]:
        """How each frame is sent, and when its slot ends."""
        radio = self._radio
        flows = [radio.flow(name) for name in kinds]
        carrier, pppp, first, last = _column(flows, "carrier", "pppp", "first_slot", "last_slot")[:, kind]
        power_mw = 10.0 ** (np.array([flow.power_dbm for flow in flows], np.float64)[kind] / 10.0)
        name = np.array([key_of(name) for name in kinds], np.uint64)[kind]
        code, width, segments, attempts = self._ways.of(frames.air_bytes)
        refused = np.zeros(len(frames), np.int8)
        refused[(segments == 0) | (frames.air_bytes > MAX_PC5_BYTES)] = Cause.OVERSIZE
        speaks = np.full(len(frames), EVERYBODY) if watched is None else watched.spoken(frames.sender)
        luck = self._loss.bits(frames.sender, frames.t_ns, name)
        sent = Sent(seat, luck, power_mw, kind, code, carrier, segments, attempts, refused, speaks)
        if radio.cr_limited:
            self._limit(sent, pppp, width)
        self._book(sent, pppp, width)
        draw = self._access.uniform(frames.sender, frames.t_ns, name)
        wait = first + (draw * (last - first + 1)).astype(np.int64)
        return sent, (frames.t_ns // radio.slot_ns + wait + 1) * radio.slot_ns

    def _limit(self, sent: Sent, pppp: I64, width: I64) -> None:
        """Refuse what the CR limits do not admit."""
        radio = self._radio
        used = self._airtime.used[:, :-_EXTRA].reshape(-1, PRIORITIES)
        asking = np.flatnonzero(sent.refused == Cause.DELIVERED)
        limit = cr_limit(self._cbr[sent.carrier, sent.seat], pppp)[asking]
        place = (sent.seat * radio.carriers + sent.carrier)[asking]
        takes = (sent.segments * sent.attempts * width)[asking].astype(np.float64)
        admitted = admit(used, radio.resources_per_second, place, pppp[asking], takes, limit)
        sent.refused[asking[~admitted]] = Cause.CONGESTION_CONTROL

    def _book(self, sent: Sent, pppp: I64, width: I64) -> None:
        """Remember what goes on the air."""
        on_air = np.flatnonzero(sent.refused == Cause.DELIVERED)
        blocks, columns = sent.segments * sent.attempts, self._radio.carriers * PRIORITIES
        for column, amount in (
            (sent.carrier * PRIORITIES + pppp - 1, blocks * width),
            (np.full_like(sent.seat, columns + _BLOCKS), blocks),
            (np.full_like(sent.seat, columns + _POWER), blocks * sent.power_mw),
        ):
            self._airtime.add(sent.seat[on_air], column[on_air], amount[on_air].astype(np.float64))


def geometric_pc5(config: Config, seed: int, field: Field | None = None, period_m: float | None = None) -> GeometricPc5:
    """The link of a scenario.

    Parameters
    ----------
    config, seed
        Settings, and seed of the run.
    field
        Whose buildings stand in the way; None for open ground.
    period_m
        Length of a ring road along x; None for the open plane.

    Raises
    ------
    InputError
        If the scenario names an error curve that there is not.
    """
    weakest_dbm = config.sensitivity_dbm - _SPREAD * config.propagation.shadowing_db
    reach_m = reach_of(config, weakest_dbm, _FARTHEST_M)
    return GeometricPc5(radio_of(config), gains_of(config, reach_m, seed, field, period_m), reach_m, seed)


def _column(flows: Sequence[Flow], *names: str) -> I64:
    """Properties of flows, a row each."""
    return np.array([[getattr(flow, name) for flow in flows] for name in names], np.int64)


def _factors(names: NDArray[np.object_]) -> tuple[list[str], I64]:
    """Different names in the order of the alphabet, and which of them each is."""
    listed = names.tolist()
    kinds = sorted(set(listed))
    number = {name: place for place, name in enumerate(kinds)}
    return kinds, np.fromiter((number[name] for name in listed), np.int64, len(listed))
