"""Whatever the bytes: a message that encodes to them again, or a `CodecError`; in bounded time and memory."""

from __future__ import annotations

import time
import tracemalloc
from functools import cache
from random import Random

import pytest
from messages_kit import crossroads, notices, signals, vehicle_states
from random_values import RandomValues

from v2x.errors import CodecError
from v2x.messages.codec import Codec
from v2x.messages.profile import get_profile

PROFILES = ("j2735", "csae-a", "csae-b")
#: Random messages of each type to begin from.
SEEDS = 4
NOW_NS = 1_714_730_398 * 10**9


@cache
def seeds(name: str) -> list[bytes]:
    """Frames of every type of a profile: what we send, and random ones with unknown extensions."""
    profile, values = get_profile(name), RandomValues(Random(4))
    usual = [profile.encode(message)[1] for message in (vehicle_states(), crossroads(), signals(), notices())]
    codec = profile.codec
    drawn = [_drawn(codec, values, type_name) for type_name in codec.type_names for _ in range(SEEDS)]
    return usual * SEEDS + drawn


def _drawn(codec: Codec, values: RandomValues, type_name: str) -> bytes:
    """The first random message that fits a frame."""
    while True:
        try:
            return codec.encode(type_name, values.message(codec, type_name))
        except CodecError:
            continue


def mutated(frames: list[bytes], dice: Random) -> bytes:
    """A frame with some bits, bytes or lengths changed."""
    data = bytearray(dice.choice(frames))
    for _ in range(dice.randint(1, 4)):
        match dice.randrange(5):
            case 0:
                data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
            case 1:
                data[dice.randrange(len(data))] = dice.randrange(256)
            case 2:
                del data[dice.randrange(len(data)) :]
            case 3:
                data[dice.randrange(len(data) + 1) :] = dice.randbytes(dice.randint(0, 60))
            case 4:
                data.insert(dice.randrange(len(data) + 1), dice.randrange(256))
        if not data:
            data = bytearray(dice.randbytes(3))
    return bytes(data)


def fuzz(count: int, seed: int) -> float:
    """Decode mutated frames of every type; the longest CPU time of one, seconds."""
    dice = Random(seed)
    outcomes = {"valid": 0, "refused": 0}
    longest_s = 0.0
    for _ in range(count):
        name = dice.choice(PROFILES)
        codec, data = get_profile(name).codec, mutated(seeds(name), dice)
        start = time.process_time()
        try:
            type_name, value = codec.decode(data)
        except CodecError:
            outcomes["refused"] += 1
        else:
            assert codec.encode(type_name, value) == data
            outcomes["valid"] += 1
        longest_s = max(longest_s, time.process_time() - start)
    assert min(outcomes.values()) > count // 100, outcomes
    return longest_s


def test_whatever_the_bytes_a_value_or_a_codec_error() -> None:
    assert fuzz(5_000, seed=1) < 2.0


@pytest.mark.validate
@pytest.mark.timeout(3600)
def test_whatever_the_bytes_for_long() -> None:
    assert fuzz(200_000, seed=2) < 2.0


def test_a_frame_takes_little_memory() -> None:
    dice = Random(5)
    for name in PROFILES:
        codec, frames = get_profile(name).codec, [mutated(seeds(name), dice) for _ in range(200)]
        codec.decode(seeds(name)[0])  # compiled beforehand
        tracemalloc.start()
        try:
            for data in frames:
                try:
                    codec.decode(data)
                except CodecError:
                    continue
            assert tracemalloc.get_traced_memory()[1] < 32e6
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("name", PROFILES)
def test_si_decoding_of_mutated_frames_never_fails_otherwise(name: str) -> None:
    profile, dice = get_profile(name), Random(3)
    for _ in range(1_000):
        try:
            profile.decode(mutated(seeds(name), dice), NOW_NS)
        except CodecError:
            continue
