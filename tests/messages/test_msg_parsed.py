"""Parsed ASN.1 that is kept between runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from asn1tools.parser import ParseError

from v2x.messages import parsed as store
from v2x.messages.parsed import parsed
from v2x.messages.sets import CSAE_A, CSAE_B, J2735

TEXT = """
M DEFINITIONS AUTOMATIC TAGS ::= BEGIN
  A ::= INTEGER (0..7)
  B ::= SEQUENCE { a A, b BIT STRING { x(0), y(1) } (SIZE (2)), ..., c A OPTIONAL }
END
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where modules are kept for a test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "v2x-testfield" / "asn1"


@pytest.fixture
def times_parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts that asn1tools had to parse."""
    texts: list[str] = []
    parse = store._parse

    def noted(text: str) -> store.Modules:
        texts.append(text)
        return parse(text)

    monkeypatch.setattr(store, "_parse", noted)
    return texts


def test_what_is_kept_is_what_the_parser_gives(folder: Path, times_parsed: list[str]) -> None:
    for file in {file for one in (CSAE_A, CSAE_B, J2735) for file in one.files()}:
        text = file.read_text(encoding="utf-8").replace("RELATIVE-OID", "OCTET STRING")
        first, count = parsed(text), len(times_parsed)
        again = parsed(text)
        assert len(times_parsed) == count
        assert repr(again) == repr(first)  # tuples stay tuples, members keep their order
        again.clear()
        assert parsed(text) == first  # who compiles modules changes them: each caller has its own
    assert len(list(folder.iterdir())) == len(times_parsed)


@pytest.mark.parametrize("content", ["", "no digest", "0123\n{}", "cut short", "other modules"])
def test_what_is_not_as_it_was_written_is_parsed_again(folder: Path, times_parsed: list[str], content: str) -> None:
    first = parsed(TEXT)
    (file,) = folder.iterdir()
    whole = file.read_text(encoding="utf-8")
    changed = {"cut short": whole[:-5], "other modules": whole.replace('"A"', '"Z"')}
    file.write_text(changed.get(content, content), encoding="utf-8")
    assert parsed(TEXT) == first
    assert len(times_parsed) == 2
    assert file.read_text(encoding="utf-8") == whole
    file.write_bytes(b"\xff\xfe")
    assert parsed(TEXT) == first


def test_another_text_and_another_parser_are_other_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert parsed(TEXT) != parsed(TEXT.replace("0..7", "0..8"))
    monkeypatch.setattr(store, "_FORM", "another parser")
    parsed(TEXT)
    assert len(list(folder.iterdir())) == 3


def test_without_a_folder_to_write_nothing_is_kept(
    tmp_path: Path, times_parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert parsed(TEXT) == parsed(TEXT)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", _no_home)
    assert "M" in parsed(TEXT)
    assert len(times_parsed) == 3


def _no_home() -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_the_oldest_are_forgotten(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_KEPT_FILES", 3)
    for last in range(5):
        parsed(TEXT.replace("0..7", f"0..{last}"))
    assert len(list(folder.iterdir())) == 3


def test_errors_of_the_parser_are_not_kept(folder: Path) -> None:
    for _ in range(2):
        with pytest.raises(ParseError):
            parsed("nothing of ASN.1")
    assert not folder.exists()
