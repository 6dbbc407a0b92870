from __future__ import annotations

import numpy as np
import pytest
from asn1tools.codecs import uper
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.errors import CodecError
from v2x.messages.batch import BatchEncoder, Column, Form
from v2x.messages.codec import Codec
from v2x.messages.columnar import Layout, frame_words
from v2x.messages.sets import J2735
from v2x.messages.uper import compile_uper

_MODULE = """
Columnar DEFINITIONS AUTOMATIC TAGS ::= BEGIN
Everything ::= SEQUENCE {
  flag     BOOLEAN,
  fixed    INTEGER (7),
  small    INTEGER (-3..5),
  wide     INTEGER (-9223372036854775808..9223372036854775807),
  marked   INTEGER (0..100, ...),
  maybe    INTEGER (1..1000000) OPTIONAL,
  word     OCTET STRING (SIZE (8)),
  bytes    OCTET STRING (SIZE (0..6)),
  free     OCTET STRING,
  bits     BIT STRING (SIZE (13, ...)),
  colour   ENUMERATED { red, green, blue, ... },
  nothing  NULL,
  list     SEQUENCE (SIZE (0..4)) OF Point,
  way      CHOICE { far INTEGER (0..1023), near Point, ... },
  boxes    SEQUENCE (SIZE (1..3)) OF Box,
  ...
}
Point ::= SEQUENCE { x INTEGER (-5..5), y INTEGER (0..4294967295) OPTIONAL }
Box   ::= SEQUENCE { number INTEGER (0..255), content OCTET STRING, ... }
Odd   ::= SEQUENCE {
  free  INTEGER OPTIONAL, text IA5String OPTIONAL, long OCTET STRING (SIZE (9)) OPTIONAL,
  mark  INTEGER (0..9, ...) OPTIONAL, kind ENUMERATED { a, ..., b } OPTIONAL,
  one   INTEGER (0..9) DEFAULT 3, name OBJECT IDENTIFIER OPTIONAL,
  way   CHOICE { now NULL, ..., later Point } OPTIONAL,
  ..., more INTEGER (0..9) OPTIONAL, [[ first INTEGER (0..9) OPTIONAL, second BOOLEAN OPTIONAL ]]
}
END
"""


@pytest.fixture(scope="module")
def types(tmp_path_factory):
    path = tmp_path_factory.mktemp("asn1") / "columnar.asn"
    path.write_text(_MODULE)
    return compile_uper([path], {("number", "content"): {1: "Point"}})


def _encode(kind, value):
    encoder = uper.Encoder()
    kind.encode(value, encoder)
    return bytes(encoder.as_bytearray())


# ---------------------------------------------------------------- any value of any type


@st.composite
def _shapes(draw):
    """What all messages of a shape share."""
    return {
        "maybe": draw(st.booleans()),
        "bytes": draw(st.integers(0, 6)),
        "free": draw(st.integers(0, 8)),
        "bits": draw(st.integers(0, 20)),
        "list": draw(st.lists(st.booleans(), max_size=4)),
        "way": draw(st.sampled_from([None, False, True])),
        "boxes": draw(
            st.lists(st.one_of(st.sampled_from([None, True, False]), st.integers(0, 8)), min_size=1, max_size=3)
        ),
    }


def _point(draw, with_y):
    return {"x": draw(st.integers(-5, 5))} | ({"y": draw(st.integers(0, 2**32 - 1))} if with_y else {})


def _octets(draw, size):
    return draw(st.binary(min_size=size, max_size=size))


def _value(draw, shape):
    bits = shape["bits"]
    number = draw(st.integers(0, (1 << bits) - 1))
    return {
        "flag": draw(st.booleans()),
        "fixed": 7,
        "small": draw(st.integers(-3, 5)),
        "wide": draw(st.integers(-(2**63), 2**63 - 1)),
        "marked": draw(st.integers(0, 100)),
        **({"maybe": draw(st.integers(1, 1_000_000))} if shape["maybe"] else {}),
        "word": _octets(draw, 8),
        "bytes": _octets(draw, shape["bytes"]),
        "free": _octets(draw, shape["free"]),
        "bits": ((number << -bits % 8).to_bytes(-(-bits // 8)), bits),
        "colour": draw(st.sampled_from(["red", "green", "blue"])),
        "nothing": None,
        "list": [_point(draw, with_y) for with_y in shape["list"]],
        "way": ("far", draw(st.integers(0, 1023))) if shape["way"] is None else ("near", _point(draw, shape["way"])),
        "boxes": [_box(draw, content) for content in shape["boxes"]],
    }


def _box(draw, content):
    """A known content is a point; of an unknown one the shape has the length."""
    if isinstance(content, bool):
        return {"number": 1, "content": _point(draw, content)}
    return {"number": 200, "content": _octets(draw, content or 0)}


@st.composite
def _same_shape(draw):
    shape = draw(_shapes())
    return [_value(draw, shape) for _ in range(draw(st.integers(1, 4)))]


@given(values=_same_shape())
@settings(max_examples=150, deadline=None)
def test_every_leaf_has_its_place(types, values):
    """The leaves of each value, measured in itself, written over the bytes of the first one give its bytes."""
    kind = types["Everything"]
    frames = [_encode(kind, value) for value in values]
    layout, *others = (Layout.of(kind, value, frame) for value, frame in zip(values, frames, strict=True))
    raws = [{path: leaf.raw for path, leaf in one.leaves.items()} for one in (layout, *others)]
    columns = {path: np.array([raw[path] for raw in raws], _dtype(layout.leaves[path])) for path in raws[0]}
    assert layout.encode(columns, np.arange(len(values))) == frames
    assert layout.encode(columns, np.arange(len(values))[::-1]) == frames[::-1]
    single, rows = layout.one_by_one(list(columns)), zip(*(column.tolist() for column in columns.values()), strict=True)
    assert [single.encode(row, 0) for row in rows] == frames


def _dtype(leaf):
    return np.uint64 if leaf.maximum >= 2**63 else np.int64


def test_leaves_say_what_they_hold(types):
    value = {"number": 1, "content": {"x": -5, "y": 9}}
    layout = Layout.of(types["Box"], value, _encode(types["Box"], value))
    number, x, y = layout.leaves.values()
    assert (number.path, number.width, number.minimum, number.maximum) == ("number", 0, 1, 1)  # part of the shape
    # extension bit, eight bits of number and of length, presence of y
    assert (x.path, x.offset, x.width, x.minimum, x.maximum, x.raw) == ("content.x", 18, 4, -5, 5, -5)
    assert (y.path, y.offset, y.width, y.minimum, y.maximum, y.raw) == ("content.y", 22, 32, 0, 2**32 - 1, 9)


# ---------------------------------------------------------------- what does not fit


@pytest.fixture
def point(types):
    value = {"x": 1, "y": 2}
    return Layout.of(types["Point"], value, _encode(types["Point"], value))


@pytest.mark.parametrize(
    ("path", "column", "reason"),
    [
        ("x", np.array([0, 1, 6, 7]), "7 in row 3, range -5 to 5"),
        ("x", np.array([0, -6, 5, 5]), "-6 in row 1, range -5 to 5"),
        ("y", np.array([0, 0, 0, 2**32]), "4294967296 in row 3, range 0 to 4294967295"),
        ("y", np.array([0, 2**64 - 1, 0, 0], np.uint64), "18446744073709551615 in row 1"),
        ("x", np.zeros(4), "expected a column of integers, got float64"),
        ("z", np.zeros(4, int), "no such leaf"),
    ],
)
def test_a_column_that_does_not_fit_is_named(point, path, column, reason):
    with pytest.raises(CodecError, match=reason) as caught:
        point.encode({path: column}, np.array([3, 1]))
    assert caught.value.path == path
    if column.dtype != float:
        with pytest.raises(CodecError, match=reason):
            [point.one_by_one([path]).encode([int(column[row])], row) for row in (3, 1)]


def test_rows_that_are_not_asked_for_may_be_anything(types, point):
    (row,) = point.encode({"x": np.array([99, 3])}, np.array([1]))
    assert row == _encode(types["Point"], {"x": 3, "y": 2})
    assert point.encode({"x": np.array([99, 3])}, np.zeros(0, np.intp)) == []


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        ({"free": 5}, "free", "an INTEGER without bounds"),
        ({"mark": 10}, "mark", "an extended INTEGER"),
        ({"one": 4}, "one", "a member with a DEFAULT"),
        ({"name": "2.16.840"}, "name", "OBJECT IDENTIFIER"),
    ],
)
def test_what_has_no_fixed_place_is_an_error(types, value, path, reason):
    with pytest.raises(CodecError, match=reason) as caught:
        Layout.of(types["Odd"], value, _encode(types["Odd"], value))
    assert caught.value.path == path


def test_a_long_string_is_read_but_not_written_in_columns(types):
    value = {"long": bytes(9)}
    layout = Layout.of(types["Odd"], value, _encode(types["Odd"], value))
    with pytest.raises(CodecError, match="72 bits cannot be a column") as caught:
        layout.encode({"long": np.zeros(1, int)}, np.arange(1))
    assert caught.value.path == "long"


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "b"},
        {"more": 4},
        {"more": 4, "first": 1, "second": True},
        {"second": False},
        {"...": 3, "...2": b"\x05later"},
        {"...": 9, "...8": b"\x01", "more": 3},
        {"way": ("later", {"x": 1, "y": 7})},
        {"way": ("...4", b"\x00\x01")},
        {"text": "no"},
    ],
)
def test_extensions_have_their_place(types, value):
    frame = _encode(types["Odd"], value)
    layout = Layout.of(types["Odd"], value, frame)
    raws = {path: np.array([leaf.raw]) for path, leaf in layout.leaves.items() if leaf.width <= 64}
    assert layout.encode(raws, np.arange(1)) == [frame]
    words = frame_words([frame] * 3, len(frame))
    assert layout.matches(words).all()
    raw, valid = layout.read(words)
    assert valid.all()
    third = {path: int(raw[slots.start][2].astype(np.int64)) for path, slots in layout.shape.slots.items()}
    assert [third[path] for path in raws] == [column[0] for column in raws.values()]


def test_bytes_of_another_value_are_noticed(types):
    with pytest.raises(CodecError, match="does not put"):
        Layout.of(types["Point"], {"x": 1}, _encode(types["Point"], {"x": 2}))


# ---------------------------------------------------------------- forms


def test_a_form_that_asks_for_more_than_the_type_has_is_an_error():
    message = {"coreData": {"speed": Column("speed")}}
    with pytest.raises(CodecError, match="'msgCnt' is missing"):
        BatchEncoder(Codec(J2735), "BSM", Form(message)).encode({"speed": np.array([1])})


def test_a_form_leaves_out_what_is_not_there():
    form = Form({"a": {"b": Column("x"), "c": "fixed"}, "d": {"e": Column("y")}}, optional={"d": "has_d"})
    assert form.columns == {"a.b": "x", "d.e": "y"}
    assert form.exemplar(0b0) == ({"a": {"b": 0, "c": "fixed"}}, {"a.b": "x"})


def test_elements_of_a_list_move_up_when_one_before_them_is_left_out():
    form = Form(
        {"list": [{"one": Column("x")}, {"two": Column("y", 7)}], "three": 3},
        optional={"list[0]": "has_x", "list[1]": "has_y"},
    )
    assert form.columns == {"list[0].one": "x", "list[1].two": "y"}
    assert form.exemplar(0b10) == ({"list": [{"two": 7}], "three": 3}, {"list[0].two": "y"})
    assert form.exemplar(0b00) == ({"three": 3}, {})
