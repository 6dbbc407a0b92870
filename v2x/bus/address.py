"""Addresses of live traffic, ``udp://HOST:PORT`` and ``tcp://HOST:PORT``, and how far they may reach."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from v2x.errors import InputError

SCHEMES = ("udp", "tcp")


@dataclass(frozen=True)
class Address:
    """One end of a connection.

    Attributes
    ----------
    scheme
        ``udp`` (datagrams) or ``tcp`` (ZeroMQ).
    host
        IPv4 or IPv6 address.
    port
        0 lets the system choose.
    """

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        """As a URL, which `parse_address` reads back."""
        host = f"[{self.host}]" if self.is_ipv6 else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_ipv6(self) -> bool:
        """Whether the host is an IPv6 address."""
        return ":" in self.host

    @property
    def is_loopback(self) -> bool:
        """Whether it cannot be reached from, or reach, another machine."""
        return ip_address(self.host).is_loopback


def parse_address(text: str, option: str, *, listens: bool = False) -> Address:
    """Read an address.

    Parameters
    ----------
    text
        ``udp://HOST:PORT`` or ``tcp://HOST:PORT``. The host is an IP address or ``localhost`` (127.0.0.1); other names
        are refused, since what they mean, and with it how far they reach, is decided elsewhere.
    option
        Where it was given, such as ``--from``.
    listens
        Whether this is the end that waits for others; only then may the port be 0.

    Raises
    ------
    InputError
        Not such an address.
    """
    expected = f"expected {' or '.join(f'{scheme}://HOST:PORT' for scheme in SCHEMES)}, got '{text}'"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:  # brackets that do not match, a port that is no number or above 65535
        raise InputError(f"{expected}: {error}", file=option) from error
    tail = parts.path or parts.query or parts.fragment
    if parts.scheme not in SCHEMES or not parts.hostname or port is None or tail or "@" in parts.netloc:
        raise InputError(expected, file=option)
    if port == 0 and not listens:
        raise InputError(f"{expected}: only an end that listens can leave the port to the system", file=option)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
    try:
        ip_address(host)
    except ValueError as error:
        raise InputError(f"{expected}: '{host}' is neither an IP address nor localhost", file=option) from error
    return Address(parts.scheme, host, port)


def require_consent(address: Address, option: str, *, bind: bool, curve: bool) -> None:
    """Refuse an address beyond this machine that was not asked for in so many words.

    Parameters
    ----------
    address
        Where something will listen or send.
    option
        Where it was given.
    bind
        The user gave ``--bind``.
    curve
        The user gave CURVE keys. ZeroMQ needs them beyond this machine; UDP has no such thing.

    Raises
    ------
    InputError
        Consent is missing.
    """
    if address.is_loopback:
        return
    if not bind:
        raise InputError(f"{address} is beyond this machine; --bind allows that", file=option)
    if address.scheme == "tcp" and not curve:
        raise InputError(f"{address} is beyond this machine; ZeroMQ needs CURVE keys there (v2x rsu keys)", file=option)
