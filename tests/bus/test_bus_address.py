"""Addresses: what is understood, and how far one may reach."""

from __future__ import annotations

import pytest

from v2x.bus.address import Address, parse_address, require_consent
from v2x.errors import InputError


@pytest.mark.parametrize(
    ("text", "address", "loopback"),
    [
        ("udp://127.0.0.1:1516", Address("udp", "127.0.0.1", 1516), True),
        ("tcp://localhost:5600", Address("tcp", "127.0.0.1", 5600), True),
        ("udp://127.9.9.9:1", Address("udp", "127.9.9.9", 1), True),
        ("udp://[::1]:65535", Address("udp", "::1", 65535), True),
        ("udp://0.0.0.0:1516", Address("udp", "0.0.0.0", 1516), False),
        ("tcp://[2001:db8::7]:80", Address("tcp", "2001:db8::7", 80), False),
        ("tcp://192.0.2.1:80", Address("tcp", "192.0.2.1", 80), False),
    ],
)
def test_understood(text: str, address: Address, loopback: bool) -> None:
    assert parse_address(text, "--from") == address
    assert address.is_loopback == loopback
    assert parse_address(str(address), "--from") == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1:80",
        "http://127.0.0.1:80",
        "udp://127.0.0.1",
        "udp://:80",
        "udp://127.0.0.1:eighty",
        "udp://127.0.0.1:65536",
        "udp://127.0.0.1:-1",
        "udp://127.0.0.1:80/path",
        "udp://127.0.0.1:80?x=1",
        "udp://me@127.0.0.1:80",
        "udp://[::1:80",
        "udp://rsu.example:80",
        "udp://127.1:80",
        "udp://127.0.0.1:0",
    ],
)
def test_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(InputError, match="--to: expected udp://HOST:PORT or tcp://HOST:PORT, got"):
        parse_address(text, "--to")


def test_only_who_listens_may_leave_the_port_open() -> None:
    assert parse_address("udp://127.0.0.1:0", "--from", listens=True).port == 0


def test_beyond_this_machine() -> None:
    near, far, secure = (
        parse_address(text, "--to") for text in ("tcp://127.0.0.1:1", "udp://192.0.2.1:1", "tcp://192.0.2.1:1")
    )
    require_consent(near, "--to", bind=False, curve=False)
    with pytest.raises(InputError, match="--bind allows that"):
        require_consent(far, "--to", bind=False, curve=True)
    require_consent(far, "--to", bind=True, curve=False)
    with pytest.raises(InputError, match="needs CURVE keys"):
        require_consent(secure, "--to", bind=True, curve=False)
    require_consent(secure, "--to", bind=True, curve=True)
