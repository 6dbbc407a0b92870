"""What a later edition adds is relayed bit by bit; what an earlier one did not have is not made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asn1tools.codecs import uper
from hypothesis import given
from hypothesis import strategies as st

from v2x.messages.checker import Checkers, Fault
from v2x.messages.jer import from_json, to_json
from v2x.messages.uper import compile_uper

EARLIER = """
Edition DEFINITIONS AUTOMATIC TAGS ::= BEGIN
Thing ::= SEQUENCE { a INTEGER (0..7), kind Kind, way Way, ... }
Kind ::= ENUMERATED { x, y, ... }
Way ::= CHOICE { left INTEGER (0..3), right BOOLEAN, ... }
END
"""
LATER = """
Edition DEFINITIONS AUTOMATIC TAGS ::= BEGIN
Thing ::= SEQUENCE {
  a INTEGER (0..7), kind Kind, way Way, ...,
  b INTEGER (0..1000) OPTIONAL, [[ c BOOLEAN, d IA5String (SIZE (1..9)) OPTIONAL ]], e NULL OPTIONAL
}
Kind ::= ENUMERATED { x, y, ..., z, w }
Way ::= CHOICE { left INTEGER (0..3), right BOOLEAN, ..., up INTEGER (0..70000), down NULL }
END
"""

ROOT = {
    "a": st.integers(0, 7),
    "kind": st.sampled_from(["x", "y", "z", "w"]),
    "way": st.one_of(
        st.tuples(st.just("left"), st.integers(0, 3)),
        st.tuples(st.just("right"), st.booleans()),
        st.tuples(st.just("up"), st.integers(0, 70000)),
        st.just(("down", None)),
    ),
}
B = {"b": st.integers(0, 1000)}
#: The group has a mandatory member, so e does not come without it.
THINGS = st.one_of(
    st.fixed_dictionaries(ROOT, optional=B),
    st.fixed_dictionaries(
        {**ROOT, "c": st.booleans()}, optional={**B, "d": st.text("abc", min_size=1, max_size=9), "e": st.none()}
    ),
)


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    folder = tmp_path_factory.mktemp("asn1")

    def compiled(name: str, text: str) -> Any:
        path: Path = folder / f"{name}.asn"
        path.write_text(text)
        return compile_uper([path], {})["Thing"]

    return compiled("earlier", EARLIER), compiled("later", LATER)


def encoded(kind: Any, value: Any) -> bytes:
    Checkers().of(kind)(value)
    encoder = uper.Encoder()
    kind.encode(value, encoder)
    return bytes(encoder.as_bytearray())


def decoded(kind: Any, data: bytes) -> Any:
    value = kind.decode(uper.Decoder(data))
    Checkers().of(kind)(value)
    return value


@given(THINGS)
def test_an_earlier_edition_relays_what_it_does_not_know(editions: tuple[Any, Any], thing: dict[str, Any]) -> None:
    earlier, later = editions
    data = encoded(later, thing)
    relayed = decoded(earlier, data)
    assert encoded(earlier, relayed) == data
    assert decoded(later, encoded(earlier, from_json(earlier, to_json(earlier, relayed)))) == thing


def test_what_is_unknown_has_a_name(editions: tuple[Any, Any]) -> None:
    earlier, later = editions
    thing = {"a": 1, "kind": "w", "way": ("up", 5), "c": True, "e": None}
    assert decoded(earlier, encoded(later, thing)) == {
        "a": 1,
        "kind": "...1",
        "way": ("...0", b"\x00\x02\x80"),
        "...": 3,
        "...1": b"\x40",
        "...2": b"\x00",
    }


def test_a_later_edition_keeps_how_much_the_sender_knew(editions: tuple[Any, Any], tmp_path: Path) -> None:
    """A sender whose type has one addition writes one presence bit; three would be other bytes."""
    text = EARLIER.replace("way Way, ...", "way Way, ..., b INTEGER (0..1000) OPTIONAL")
    (tmp_path / "between.asn").write_text(text)
    between, later = compile_uper([tmp_path / "between.asn"], {})["Thing"], editions[1]
    thing = {"a": 1, "kind": "x", "way": ("left", 0), "b": 77}
    data = encoded(between, thing)
    assert decoded(later, data) == {**thing, "...": 1}
    assert encoded(later, {**thing, "...": 1}) == data != encoded(later, thing)


@pytest.mark.parametrize(
    "extra",
    [
        {"...0": b"\x01"},  # known by name
        {"...3": b"\x01"},  # without the sender's number of additions
        {"...3": b"", "...": 4},
        {"...03": b"\x01", "...": 4},
        {"...3": "01", "...": 4},
        {"...3": b"\x01", "...": 3},
        {"...3": b"\x01", "...": 128},
        {"...": 5},  # nothing beyond
        {"...": 3, "b": 1},  # our own number
        {"...": 0, "b": 1},
        {"...": True, "b": 1},
        {"...x": b"\x01"},
        {"kind": "...0"},
        {"kind": "...01"},
        {"way": ("...1", b"\x01")},
        {"way": ("...2", b"")},
    ],
)
def test_what_no_sender_can_mean_is_refused(editions: tuple[Any, Any], extra: dict[str, Any]) -> None:
    with pytest.raises(Fault):
        Checkers().of(editions[1])({"a": 1, "kind": "x", "way": ("left", 0), **extra})


def test_extensions_need_a_marker(tmp_path: Path) -> None:
    (tmp_path / "closed.asn").write_text(EARLIER.replace(", ... }", " }"))
    closed = Checkers().of(compile_uper([tmp_path / "closed.asn"], {})["Thing"])
    for extra in ({"...": 1, "...0": b"\x01"}, {"kind": "...0"}, {"way": ("...0", b"\x01")}):
        with pytest.raises(Fault):
            closed({"a": 1, "kind": "x", "way": ("left", 0), **extra})
