"""Frames decoded together say what each says alone, or are refused for the same reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_kit import NOW_NS, PROFILES, any_vehicle_states, signals, vehicle_states
from random_values import RandomValues

from v2x.errors import CodecError
from v2x.messages import batch_decode
from v2x.messages.batch_decode import BatchDecoder
from v2x.messages.codec import MAX_FRAME_BYTES, Codec, MessageSet
from v2x.messages.profile import get_profile
from v2x.messages.shapes import Wanted

_MODULE = """
Many DEFINITIONS AUTOMATIC TAGS ::= BEGIN
MessageFrame ::= SEQUENCE { messageId INTEGER (0..32767), value OCTET STRING, ... }
Shapes ::= SEQUENCE {
  flag    BOOLEAN,
  fixed   INTEGER (7),
  small   INTEGER (-3..5),
  wide    INTEGER (-9223372036854775808..9223372036854775807),
  huge    INTEGER (0..18446744073709551615) OPTIONAL,
  marked  INTEGER (0..99, ...) OPTIONAL,
  word    OCTET STRING (SIZE (8)),
  bytes   OCTET STRING (SIZE (0..3)),
  long    OCTET STRING (SIZE (9..20)) OPTIONAL,
  bits    BIT STRING (SIZE (3, ...)),
  flags   BIT STRING (SIZE (70)) OPTIONAL,
  text    IA5String (SIZE (0..12)) OPTIONAL,
  colour  ENUMERATED { red, green, blue, ..., pink, grey },
  list    SEQUENCE (SIZE (0..2)) OF Point,
  way     CHOICE { far INTEGER (0..700), near Point, nothing NULL, ..., later Point },
  boxes   SEQUENCE (SIZE (0..2)) OF Box,
  ..., more INTEGER (0..9) OPTIONAL, [[ first INTEGER (0..9) OPTIONAL, second BOOLEAN OPTIONAL ]]
}
Odd   ::= SEQUENCE { name OBJECT IDENTIFIER, one INTEGER (0..9) DEFAULT 3, number INTEGER }
Point ::= SEQUENCE { x INTEGER (-5..5), y INTEGER (0..4294967295) OPTIONAL }
Box   ::= SEQUENCE { number INTEGER (0..3), content OCTET STRING, ... }
Other ::= SEQUENCE { x BOOLEAN, y ENUMERATED { up, down, left } }
END
"""


@dataclass(frozen=True)
class _OwnSet(MessageSet):
    path: Path = Path()

    def files(self) -> list[Path]:
        return [self.path]


@pytest.fixture(scope="module")
def made_up(tmp_path_factory) -> Codec:
    path = tmp_path_factory.mktemp("asn1") / "many.asn"
    path.write_text(_MODULE)
    messages = {"SHAPES": (1, "Shapes"), "ODD": (2, "Odd"), "POINT": (3, "Point")}
    return Codec(
        _OwnSet(
            modules=(),
            messages=messages,
            open_types={
                ("messageId", "value"): dict(messages.values()),
                ("number", "content"): {1: "Point", 2: "Other"},
            },
            wrap=lambda key, value: {"messageId": key, "value": value},
            unwrap=lambda frame: (frame["messageId"], frame["value"]),
            peek=lambda head: int.from_bytes(head[:2]) & 0x7FFF if len(head) > 1 else None,
            outer=lambda _: 1,
            path=path,
        )
    )


# ---------------------------------------------------------------- the comparison


def _leaves(value, path=""):
    """Path -> value of the leaves of an ASN.1 value, written as columns have them."""
    if isinstance(value, dict):
        for name, entry in value.items():
            if name != "...":
                yield from _leaves(entry, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for i, entry in enumerate(value):
            yield from _leaves(entry, f"{path}[{i}]")
    elif isinstance(value, tuple) and isinstance(value[0], str):
        yield from _leaves(value[1], f"{path}.{value[0]}" if path else value[0])
    elif isinstance(value, tuple):
        yield path, "".join(f"{byte:08b}" for byte in value[0])[: value[1]]
    else:
        yield path, True if value is None else value


def _alone(codec, frames):
    """What the strict codec says of each frame: the error, or the type and the leaves."""
    said = []
    for data in frames:
        try:
            type_name, value = codec.decode(data)
            said.append((type_name, dict(_leaves(value))))
        except CodecError as error:
            said.append(str(error))
    return said


def _together(decoder, frames):
    found = decoder.decode(frames)
    said = [str(found.errors[i]) if i in found.errors else None for i in range(len(frames))]
    types = found.types()
    for type_name in {name for name in types if name is not None}:
        messages = found.messages(type_name)
        assert messages.rows.tolist() == [i for i, name in enumerate(types) if name == type_name]
        for i in messages.rows:
            assert said[i] is None
            said[i] = (type_name, {})
        for path, column in messages.columns().items():
            values = column.values.tolist()
            for i, there, value in zip(messages.rows, column.present, values, strict=True):
                if there:
                    said[i][1][path] = column.names[value] if column.names else value
    return said


def _assert_same(codec, frames, decoder=None):
    expected = _alone(codec, frames)
    got = _together(decoder or BatchDecoder(codec), frames)
    for data, one, other in zip(frames, expected, got, strict=True):
        assert _typed(one) == _typed(other), data.hex()
    return expected


def _typed(said):
    """Equal numbers of other types (True, 1) are not the same."""
    if isinstance(said, str):
        return said
    return said[0], {path: (type(value), value) for path, value in said[1].items()}


def _mutated(random, data):
    """The frame with some bits turned, or cut, or with bytes behind it."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        changed[random.randrange(len(data))] ^= 1 << random.randrange(8)
    kind = random.random()
    if kind < 0.05:
        return bytes(changed[: random.randrange(len(data))])
    return bytes(changed) + random.randbytes(random.randint(1, 2)) if kind < 0.1 else bytes(changed)


def _log(random, frames, copies):
    """Each frame, and as often a mutated one, in any order."""
    log = frames + [_mutated(random, data) for data in frames for _ in range(copies)]
    random.shuffle(log)
    return log


# ---------------------------------------------------------------- random values, random shapes, mutated frames


@given(seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_any_value_of_any_shape(made_up, seed):
    random = Random(seed)
    source = RandomValues(random)
    values = [(name, source.message(made_up, name)) for name in ("SHAPES", "SHAPES", "SHAPES", "POINT", "ODD")]
    frames = [made_up.encode(*value) for value in values]
    _assert_same(made_up, _log(random, frames, copies=8))


@given(seed=st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_shapes_that_are_known_from_earlier_frames(made_up, seed):
    random = Random(seed)
    decoder, source = BatchDecoder(made_up), RandomValues(random)
    for _ in range(4):
        frames = [made_up.encode("SHAPES", source.message(made_up, "SHAPES")) for _ in range(3)]
        _assert_same(made_up, _log(random, frames, copies=3), decoder)


@pytest.mark.parametrize("name", PROFILES)
@given(states=any_vehicle_states(), seed=st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_bsms_and_mutated_ones(name, states, seed):
    profile = get_profile(name)
    _assert_same(profile.codec, _log(Random(seed), profile.encode_vehicle_states(states), copies=10))


def _random_log(codec, type_name, seed, messages, copies):
    random = Random(f"{type_name} {seed}")
    source, frames = RandomValues(random), []
    while len(frames) < messages:
        data = codec._encode(type_name, source.message(codec, type_name))
        if len(data) < 1500:
            frames.append(data)
    return _log(random, frames, copies)


@pytest.mark.parametrize("name", PROFILES)
def test_every_type_of_every_family(name):
    codec = get_profile(name).codec
    for type_name in codec.type_names:
        said = _assert_same(codec, _random_log(codec, type_name, 1, messages=3, copies=3))
        assert sum(isinstance(one, tuple) for one in said) >= 3


@pytest.mark.validate
@pytest.mark.parametrize("name", PROFILES)
def test_many_of_every_type_of_every_family(name):
    codec = get_profile(name).codec
    for type_name in codec.type_names:
        decoder = BatchDecoder(codec)
        for seed in range(8):
            _assert_same(codec, _random_log(codec, type_name, seed, messages=10, copies=8), decoder)


def test_public_frames_as_a_log(shared: Path):
    for file, name in (("j2735.jsonl", "j2735"), ("csae.jsonl", "csae-a")):
        lines = (shared / "vectors" / file).read_text(encoding="utf-8").splitlines()
        frames = [bytes.fromhex(json.loads(line)["hex"]) for line in lines] * 5
        Random(3).shuffle(frames)
        said = _assert_same(get_profile(name).codec, frames)
        assert sum(isinstance(one, tuple) for one in said) > len(frames) / 2


# ---------------------------------------------------------------- what is measured, what is kept


def _frames_of(codec, count, **content):
    value = {"flag": True, "fixed": 7, "small": 1, "wide": -1, "word": bytes(8), "bytes": b"", "bits": (b"\x20", 3)}
    value |= {"colour": "red", "list": [], "way": ("nothing", None), "boxes": []} | content
    return [codec.encode("SHAPES", value | {"small": i % 9 - 3}) for i in range(count)]


def test_most_frames_never_reach_the_strict_codec(made_up, monkeypatch):
    frames = _frames_of(made_up, 500) + _frames_of(made_up, 500, text="abc")
    calls = []
    decode = made_up.decode
    monkeypatch.setattr(made_up, "decode", lambda data: calls.append(data) or decode(data))
    decoder = BatchDecoder(made_up)
    found = decoder.decode(frames)
    assert len(calls) == 2
    assert found.messages("SHAPES").columns()["small"].values.tolist() == [i % 9 - 3 for i in range(500)] * 2
    assert found.messages("SHAPES").columns()["text"].present.sum() == 500
    decoder.decode(frames)
    assert len(calls) == 2  # the shapes are remembered


def test_shapes_that_fit_one_frame_only_are_measured_ever_less(made_up, monkeypatch):
    """Frames of one length, each with an extension of another number: none shares its shape with another."""
    frames = [_frames_of(made_up, 1, way=(f"...{i}", b"\x01"))[0] for i in range(1, 60)]
    assert len({len(data) for data in frames}) == 1
    measured = []
    layout = made_up.layout
    monkeypatch.setattr(made_up, "layout", lambda *value: measured.append(value) or layout(*value))
    _assert_same(made_up, frames)
    assert len(measured) == 5  # the first, third, seventh, fifteenth and thirty-first


def test_a_leaf_out_of_bounds_is_refused_as_the_strict_codec_does(made_up):
    (good,) = _frames_of(made_up, 1)
    # one extension bit and five of presence, the flag; `fixed` has no bits, `small` has four, 9 to 15 mean nothing
    start = 8 * 3 + 1 + 5 + 1
    frames = [good] * 8
    for number in range(16):
        bits = int.from_bytes(good) & ~(0b1111 << 8 * len(good) - start - 4) | number << 8 * len(good) - start - 4
        frames.append(bits.to_bytes(len(good)))
    said = _assert_same(made_up, frames)
    assert [isinstance(one, tuple) for one in said[8:]] == [True] * 9 + [False] * 7


def test_memory_is_bounded_whatever_is_sent(made_up, monkeypatch):
    monkeypatch.setattr(batch_decode, "_KEPT_LEAVES", 60)
    monkeypatch.setattr(batch_decode, "_KEPT_SHAPES", 3)
    decoder, random = BatchDecoder(made_up), Random(1)
    source = RandomValues(random)
    frames = [made_up.encode("SHAPES", source.message(made_up, "SHAPES")) for _ in range(150)]
    _assert_same(made_up, frames, decoder)
    kept = [decoder.shapes(length) for length in {len(data) for data in frames}]
    leaves = [sum(len(layout.leaves) for _, layout in shapes) for shapes in kept]
    assert max(map(len, kept)) <= 3
    assert sum(leaves) <= 60 or max(leaves) == sum(leaves)


@pytest.mark.parametrize("frames", [[], [b""], [b"\x00"], [b"", b"\xff" * 3, bytes(MAX_FRAME_BYTES + 1)]])
def test_what_is_no_frame(made_up, frames):
    found = BatchDecoder(made_up).decode(frames)
    assert list(found.errors) == list(range(len(frames)))
    assert found.messages("SHAPES").columns() == {}
    assert found.messages("SHAPES").pick(Wanted({"small": ("small",)}, {"small": 0})).shape == (1, 0)


def test_a_path_that_means_two_things_is_a_column_of_objects(made_up):
    boxes = [
        ("POINT", {"number": 1, "content": {"x": 3}}),
        ("OTHER", {"number": 2, "content": {"x": True, "y": "down"}}),
    ]
    frames = [data for _, box in boxes for data in _frames_of(made_up, 3, boxes=[box])]
    column = BatchDecoder(made_up).decode(frames).messages("SHAPES").columns()["boxes[0].content.x"]
    assert (column.kind, column.values.tolist()) == (None, [3, 3, 3, True, True, True])


# ---------------------------------------------------------------- vehicle states


@pytest.mark.parametrize("name", PROFILES)
def test_vehicle_states_among_other_messages(name):
    profile = get_profile(name)
    sent = vehicle_states(speed_mps=np.arange(6.0))
    bsms = profile.encode_vehicle_states(sent)
    frames = [profile.encode(signals())[1], *bsms[:3], b"\x00", *bsms[3:]]
    found = profile.decode_frames(frames)
    near_ns = np.full(8, NOW_NS) + np.arange(8)
    states, timed = profile.vehicle_states_in(found, near_ns)
    assert list(found.errors) == [4]
    assert found.messages("BSM").rows.tolist() == [1, 2, 3, 5, 6, 7]
    assert states.speed_mps == pytest.approx(sent.speed_mps)
    assert timed.all()
    assert (states.utc_ns == sent.utc_ns).all()


@pytest.mark.parametrize("name", PROFILES)
def test_a_bsm_without_a_time_has_that_of_its_arrival(name):
    profile = get_profile(name)
    frames = profile.encode_vehicle_states(vehicle_states(speed_mps=np.arange(3.0)))
    type_name, value = profile.codec.decode(frames[1])
    value.get("coreData", value)["secMark"] = 65535
    frames[1] = profile.codec.encode(type_name, value)
    states, timed = profile.vehicle_states_in(profile.decode_frames(frames), NOW_NS + np.arange(3))
    assert timed.tolist() == [True, False, True]
    assert states.utc_ns.tolist() == [NOW_NS, NOW_NS + 1, NOW_NS]
    with pytest.raises(CodecError, match="names no millisecond"):
        profile.decode_vehicle_states(frames, NOW_NS)
