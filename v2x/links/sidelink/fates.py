"""What becomes of frames at the neighbours of their senders when nobody schedules them: chances, and one draw a block.

The chances are laid end to end in the order of Gonzalez-Martin et al. 2019: the receiver sends itself, the signal is
too weak to be noticed, noise, other packets.
"""

from __future__ import annotations

from math import log10
from typing import NamedTuple

import numpy as np

from v2x.jit import compiled, hashed, unit
from v2x.links.base import F64, I8, I64, STRIP_M, U64, Cause
from v2x.links.sidelink.collisions import collision_share
from v2x.links.sidelink.gains import Gains

_NOBODY = np.uint64(0)
_DELIVERED, _HALF_DUPLEX, _BELOW_SENSITIVITY = (
    int(Cause.DELIVERED),
    int(Cause.HALF_DUPLEX),
    int(Cause.BELOW_SENSITIVITY),
)
_PROPAGATION, _COLLISION = int(Cause.PROPAGATION), int(Cause.COLLISION)

#: SINR of the points of a tabulated error curve, dB.
SINR_DB = np.arange(-20.0, 40.0, 0.05)
_FIRST_DB, _STEP_DB = float(SINR_DB[0]), 0.05


class Codes(NamedTuple):
    """Ways to send a block, one row each.

    Attributes
    ----------
    bler
        (codes, points) block error rate at `SINR_DB`.
    noise_mw
        Noise that the block's whole power stands against.
    collided
        (codes, ...) `collision_table`.
    sensitivity_mw
        Weakest signal that a receiver notices.
    """

    bler: F64
    noise_mw: F64
    collided: F64
    sensitivity_mw: float


class Sent(NamedTuple):
    """Frames, one row each: sender's row, and how they are sent.

    Attributes
    ----------
    seat
        Row of the sender among the stations.
    luck
        Root of the frame's draws.
    power_mw
        Transmitter output.
    kind, code, carrier
        Numbers of its message type, of its row in `Codes`, of its carrier.
    segments, attempts
        Blocks that are all needed, and tries of each.
    refused
        `Cause` for which the sender itself drops it, else 0.
    speaks
        Bits of `v2x.links.watched.Watched`.
    """

    seat: I64
    luck: U64
    power_mw: F64
    kind: I64
    code: I64
    carrier: I64
    segments: I64
    attempts: I64
    refused: I8
    speaks: U64


class Ears(NamedTuple):
    """Stations, one row each.

    Attributes
    ----------
    key
        Station key.
    deaf
        Chance that it sends in a slot.
    load
        (carriers, stations) what it hears others offer, per resource.
    listens
        Bits of `v2x.links.watched.Watched`.
    """

    key: U64
    deaf: F64
    load: F64
    listens: U64


@compiled
def offered(near: Gains, power_mw: F64, offers: F64, threshold_mw: float) -> F64:
    """Sum of what those stations offer whose signal reaches a level, at each station."""
    total = np.zeros(len(power_mw))
    for row in range(len(power_mw)):
        for place in range(near.start[row], near.start[row + 1]):
            other = near.other[place]
            if power_mw[other] * near.gain[place] >= threshold_mw:
                total[row] += offers[other]
    return total


@compiled
def count_watched(near: Gains, sent: Sent, ears: Ears) -> int:
    """How many receptions will be rows."""
    total = 0
    for frame in range(len(sent.seat)):
        speaks = sent.speaks[frame]
        for place in range(near.start[sent.seat[frame]], near.start[sent.seat[frame] + 1]):
            total += (speaks & ears.listens[near.other[place]]) != _NOBODY
    return total


@compiled
def decide(
    near: Gains, sent: Sent, ears: Ears, codes: Codes, counts: I64, frame_of: I64, place_of: I64, cause_of: I8
) -> None:
    """Fate of each frame at each neighbour of its sender.

    Parameters
    ----------
    near, sent, ears, codes
        What is known.
    counts
        (kinds, causes, strips) to which those are added that nobody watches.
    frame_of, place_of, cause_of
        (`count_watched`,) to be filled for the others: row in ``sent``, place in ``near``, `Cause`.
    """
    row = 0
    for frame in range(len(sent.seat)):
        # Plain arrays and numbers from here on: whole tuples handed to a function cost more than what it computes.
        seat, kind, speaks, refused = sent.seat[frame], sent.kind[frame], sent.speaks[frame], sent.refused[frame]
        segments, attempts, luck = sent.segments[frame], sent.attempts[frame], sent.luck[frame]
        code, load = sent.code[frame], ears.load[sent.carrier[frame]]
        curve, collided = codes.bler[code], codes.collided[code]
        least_snr_db = 10.0 * log10(codes.sensitivity_mw / codes.noise_mw[code])
        snr_per_gain = sent.power_mw[frame] / codes.noise_mw[code]
        for place in range(near.start[seat], near.start[seat + 1]):
            other, distance_m = near.other[place], near.distance_m[place]
            cause = refused
            if cause == _DELIVERED:
                snr_db = 10.0 * log10(snr_per_gain * near.gain[place])
                noise, others = 0.0, 0.0
                if snr_db >= least_snr_db:
                    noise = _bler(curve, snr_db)
                    others = collision_share(collided, load[other], distance_m, snr_db - least_snr_db)
                word = hashed(luck, ears.key[other])
                cause = _fate(word, segments, attempts, ears.deaf[other], snr_db >= least_snr_db, noise, others)
            if (speaks & ears.listens[other]) != _NOBODY:
                frame_of[row], place_of[row], cause_of[row] = frame, place, cause
                row += 1
            else:
                counts[kind, cause, int(distance_m / STRIP_M)] += 1


@compiled
def _fate(
    word: np.uint64, segments: int, attempts: int, deaf: float, noticed: bool, noise: float, others: float
) -> int:
    """Each segment must get through in one of its attempts; else why the last one did not."""
    for segment in range(segments):
        cause = _DELIVERED
        for attempt in range(attempts):
            if segment or attempt:
                word = hashed(word, np.uint64(attempt))
            cause = _cause(unit(word), deaf, noticed, noise, others)
            if cause == _DELIVERED:
                break
        if cause != _DELIVERED:
            return cause
    return _DELIVERED


@compiled
def _cause(draw: float, deaf: float, noticed: bool, noise: float, others: float) -> int:
    """The draw's place among the shares; each is a share of what those before it leave."""
    if draw < deaf:
        return _HALF_DUPLEX
    if not noticed:
        return _BELOW_SENSITIVITY
    heard = 1.0 - deaf
    if draw < deaf + heard * noise:
        return _PROPAGATION
    if draw < deaf + heard * (noise + (1.0 - noise) * others):
        return _COLLISION
    return _DELIVERED


@compiled
def _bler(curve: F64, sinr_db: float) -> float:
    """The curve between its points."""
    at = min(max((sinr_db - _FIRST_DB) / _STEP_DB, 0.0), len(curve) - 1.000001)
    point = int(at)
    return float(curve[point] + (curve[point + 1] - curve[point]) * (at - point))
