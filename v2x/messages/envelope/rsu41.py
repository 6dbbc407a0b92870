"""The text by which a roadside unit is told to send a message at once (USDOT RSU specification 4.1, appendix C).

One message a datagram, one ``Key=value`` a line. Keys, their order and the forms of values are those that V2X-Hub sends
(its ImmediateForwardPlugin, `PORT` by default) and accepts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from v2x.clock import utc_ns
from v2x.errors import InputError
from v2x.registry import did_you_mean

#: UDP port that V2X-Hub sends to unless told otherwise.
PORT = 1516

VERSION = "0.7"
MODES = ("CONT", "ALT")
_MOMENT = "%m/%d/%Y, %H:%M"


@dataclass(frozen=True)
class Forward:
    """A message to send, and how.

    Attributes
    ----------
    type
        Message type as the unit knows it, e.g. ``SPAT``.
    psid
        Provider service identifier as the text gives it. Users mix the number and its p-encoded form (0x204097,
        0xE0000017); it is passed on as it is.
    payload
        A MessageFrame, or a signed data unit.
    priority
        0 to 7, 7 first.
    mode
        ``CONT`` (always on the channel) or ``ALT`` (alternating with the control channel).
    channel
        Number of the radio channel.
    interval_ms
        Time between repetitions; 0: send it once, now.
    start, stop
        When to begin and end repeating, in the text's own form; empty: at once, never.
    sign, encrypt
        Whether the unit is to sign or encrypt it.
    """

    type: str
    psid: int
    payload: bytes
    priority: int = 7
    mode: str = "CONT"
    channel: int = 183
    interval_ms: int = 0
    start: str = ""
    stop: str = ""
    sign: bool = False
    encrypt: bool = False


def write(message: Forward) -> str:
    """A message as the text of one datagram."""
    values = (
        ("Version", VERSION),
        ("Type", message.type),
        ("PSID", f"0x{message.psid:X}"),
        ("Priority", message.priority),
        ("TxMode", message.mode),
        ("TxChannel", message.channel),
        ("TxInterval", message.interval_ms),
        ("DeliveryStart", message.start),
        ("DeliveryStop", message.stop),
        ("Signature", message.sign),
        ("Encryption", message.encrypt),
        ("Payload", message.payload.hex().upper()),
    )
    return "".join(f"{key}={value}\n" for key, value in values)


def read(text: str) -> Forward:
    """The text of one datagram as a message.

    Blank lines, ``#`` comments, spaces around keys and values and either line end are let through; keys may come in any
    order and any case.

    Raises
    ------
    InputError
        With the line: no ``Key=value``, unknown or doubled key, a value that is none. Without: a key is missing.
    """
    found: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, separator, value = (part.strip() for part in line.partition("="))
        if not separator:
            raise InputError("expected Key=value", line=number)
        name, convert = _key(key, number)
        if name in found:
            raise InputError("stands twice", line=number, path=key)
        try:
            found[name] = convert(value)
        except ValueError as error:
            raise InputError(str(error), line=number, path=key) from None
    missing = [key for key, (name, _) in _KEYS.items() if name not in found and name not in _OPTIONAL]
    if missing:
        raise InputError(f"{', '.join(missing)} missing")
    del found["version"]
    return Forward(**found)


def utc_ns_of(moment: str) -> int | None:
    """A DeliveryStart or DeliveryStop, ``MM/DD/YYYY, HH:MM`` in UTC, as nanoseconds since 1970; None for an empty one.

    Raises
    ------
    InputError
        It is neither.
    """
    if not moment:
        return None
    try:
        return utc_ns(datetime.strptime(moment, _MOMENT).replace(tzinfo=UTC))
    except ValueError:
        raise InputError(f"expected MM/DD/YYYY, HH:MM, got '{moment}'") from None


def _key(key: str, line: int) -> tuple[str, Callable[[str], Any]]:
    known = {name.lower(): entry for name, entry in _KEYS.items()}
    if key.lower() not in known:
        raise InputError(f"unknown key '{key}', {did_you_mean(key, list(_KEYS))}", line=line)
    return known[key.lower()]


def _version(text: str) -> str:
    if text != VERSION:
        raise ValueError(f"version '{text}', expected {VERSION}")
    return text


def _word(text: str) -> str:
    if not text:
        raise ValueError("empty")
    return text


def _number(low: int, high: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        try:
            number = int(text, 0)
        except ValueError:
            raise ValueError(f"expected a number, got '{text}'") from None
        if not low <= number <= high:
            raise ValueError(f"expected a number from {low} to {high}, got {text}")
        return number

    return convert


def _mode(text: str) -> str:
    if text not in MODES:
        raise ValueError(f"expected {' or '.join(MODES)}, got '{text}'")
    return text


def _flag(text: str) -> bool:
    if text not in ("True", "False"):
        raise ValueError(f"expected True or False, got '{text}'")
    return text == "True"


def _hex(text: str) -> bytes:
    try:
        payload = bytes.fromhex(text)
    except ValueError:
        raise ValueError("not hexadecimal") from None
    if not payload:
        raise ValueError("empty")
    return payload


#: Key of the text -> field and how to read it, in the order of the text.
_KEYS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "Version": ("version", _version),
    "Type": ("type", _word),
    "PSID": ("psid", _number(0, 0xFFFFFFFF)),
    "Priority": ("priority", _number(0, 7)),
    "TxMode": ("mode", _mode),
    "TxChannel": ("channel", _number(0, 255)),
    "TxInterval": ("interval_ms", _number(0, 0xFFFFFFFF)),
    "DeliveryStart": ("start", str),
    "DeliveryStop": ("stop", str),
    "Signature": ("sign", _flag),
    "Encryption": ("encrypt", _flag),
    "Payload": ("payload", _hex),
}
_OPTIONAL = ("start", "stop")
