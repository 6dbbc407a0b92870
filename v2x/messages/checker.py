"""Does a value fit its ASN.1 type? One pass over the value, with the path of what does not fit.

asn1tools encodes values out of range, ignores misspelt keys and takes True for 1, all without a word. So values are
checked here, against the compiled types, before they are encoded and after they are decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from asn1tools.codecs import uper

from v2x.errors import InputError
from v2x.messages.extensions import MAX_ADDITIONS, UNKNOWN, Choice, Enumerated, Sequence, is_group, unknown_index
from v2x.messages.uper import BitString, IA5String, NumberedSequence, ObjectIdentifier, SequenceOf

#: Raises `Fault` unless the value fits.
Check = Callable[[Any], None]


class Fault(Exception):  # noqa: N818 (internal: it becomes a CodecError)
    """A value that does not fit; ``parts`` lead to it, innermost first."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.parts: list[str] = []

    @property
    def path(self) -> str:
        """Dotted path from the message to the value, list positions in brackets."""
        path = ""
        for part in reversed(self.parts):
            path += part if part.startswith("[") or not path else f".{part}"
        return path


def shortened(value: Any) -> str:
    """A value as a message repeats it."""
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _wrong(expected: str, value: Any) -> Fault:
    return Fault(f"expected {expected}, got {type(value).__name__} {shortened(value)}")


def _bounded(noun: str, low: int | None, high: int | None, extensible: bool) -> Callable[[int], None]:
    """Check of a size; an extensible one may be anything."""
    if low is None or high is None or extensible:
        return lambda _: None
    wanted = f"{low}" if low == high else f"{low} to {high}"

    def check(size: int) -> None:
        if not low <= size <= high:
            raise Fault(f"expected {wanted} {noun}, got {size}")

    return check


def _integer(kind: Any) -> Check:
    low, high = kind.minimum, kind.maximum
    if low is None or kind.has_extension_marker:

        def check_any(value: Any) -> None:
            if type(value) is not int:
                raise _wrong("an integer", value)

        return check_any
    expected = f"an integer from {low} to {high}"

    def check(value: Any) -> None:
        if type(value) is not int or not low <= value <= high:
            raise _wrong(expected, value)

    return check


def _enumerated(kind: Any) -> Check:
    names = {*kind.root_data_to_index, *(kind.additions_data_to_index or ())}
    added = kind.additions_index_to_data

    def check(value: Any) -> None:
        if type(value) is not str or (value not in names and not _is_later(value, added)):
            raise _wrong(f"one of {', '.join(sorted(names))}", value)

    return check


def _bit_string(kind: Any) -> Check:
    size = _bounded("bits", kind.minimum, kind.maximum, bool(kind.has_extension_marker))

    def check(value: Any) -> None:
        if type(value) is not tuple or len(value) != 2 or type(value[0]) is not bytes or type(value[1]) is not int:
            raise _wrong("(bytes, number of bits)", value)
        data, bits = value
        size(bits)
        if len(data) != (bits + 7) // 8:
            raise Fault(f"{bits} bits need {(bits + 7) // 8} bytes, got {len(data)}")
        if bits % 8 and data[-1] & (0xFF >> bits % 8):
            raise Fault(f"bits set beyond the {bits} of the string")

    return check


def _octet_string(kind: Any) -> Check:
    size = _bounded("bytes", kind.minimum, kind.maximum, bool(kind.has_extension_marker))

    def check(value: Any) -> None:
        if type(value) is not bytes:
            raise _wrong("bytes", value)
        size(len(value))

    return check


def _ia5_string(kind: Any) -> Check:
    size = _bounded("characters", kind.minimum, kind.maximum, bool(kind.has_extension_marker))

    def check(value: Any) -> None:
        if type(value) is not str:
            raise _wrong("a string", value)
        size(len(value))
        if not value.isascii():
            raise _wrong("ASCII characters only", value)

    return check


def _plain(expected: str, wanted: type) -> Check:
    def check(value: Any) -> None:
        if type(value) is not wanted:
            raise _wrong(expected, value)

    return check


def _open_type(value: Any) -> None:
    """Content of an open type that is not known."""
    if type(value) is not bytes or not value:
        raise _wrong("bytes, at least one", value)


def _is_later(name: Any, known: Container[int] | None) -> bool:
    """Whether a name is that of a value or alternative of a later edition (`v2x.messages.extensions`)."""
    index = unknown_index(name) if known is not None and type(name) is str else None
    return known is not None and index is not None and index not in known


def _later_additions(value: dict[str, Any], known: int, last: int) -> int:
    """Check what a sequence has of another edition's additions; how many entries that are.

    Parameters
    ----------
    value
        The sequence.
    known
        Additions of this edition.
    last
        The last of them that is there, -1 for none.
    """
    later = [(key, index) for key in value if type(key) is str and (index := unknown_index(key)) is not None]
    if UNKNOWN not in value and not later:
        return 0
    count = value.get(UNKNOWN, known)
    most = max([last, *(index for _, index in later)])
    if type(count) is not int or count == known or not 0 <= most < count <= MAX_ADDITIONS:
        wanted = f"the sender's number of additions, {max(most + 1, 1)} to {MAX_ADDITIONS} but not {known}"
        raise Fault(f"'{UNKNOWN}' is {count!r}: expected {wanted}, beside at least one of them")
    for key, index in later:
        if index < known:
            raise Fault(f"'{key}' is an addition known here by name")
        _nested(_open_type, value[key], key)
    return len(later) + (UNKNOWN in value)


def _oid(value: Any) -> None:
    arcs = value.split(".") if type(value) is str else []
    if len(arcs) < 2 or not all(arc.isascii() and arc.isdigit() for arc in arcs) or int(arcs[0]) > 2:
        raise _wrong("an object identifier like 2.16.840", value)
    if int(arcs[0]) < 2 and int(arcs[1]) > 39:
        raise _wrong("a second arc up to 39", value)


class Checkers:
    """Checks of compiled types, each built once."""

    def __init__(self) -> None:
        self._built: dict[int, Check] = {}
        self._kept: list[Any] = []  # keys are ids: the types must outlive them

    def of(self, kind: Any) -> Check:
        """The check of a type."""
        check = self._built.get(id(kind))
        if check is None:
            check = self._build(kind)
            self._built[id(kind)] = check
            self._kept.append(kind)
        return check

    def _build(self, kind: Any) -> Check:
        simple: dict[type, Callable[[Any], Check]] = {
            uper.Integer: _integer,
            Enumerated: _enumerated,
            BitString: _bit_string,
            uper.OctetString: _octet_string,
            IA5String: _ia5_string,
            uper.Boolean: lambda _: _plain("a boolean", bool),
            uper.Null: lambda _: _plain("None", type(None)),
            ObjectIdentifier: lambda _: _oid,
            uper.OpenType: lambda _: _plain("bytes", bytes),
            NumberedSequence: self._numbered,
            Sequence: self._sequence,
            SequenceOf: self._sequence_of,
            Choice: self._choice,
        }
        build = simple.get(type(kind))
        if build is None:
            raise InputError(f"ASN.1 type {kind.type_name} ({kind.name}) is not supported")
        return build(kind)

    def _numbered(self, kind: NumberedSequence) -> Check:
        number_name, value_name = kind.number.name, kind.value.name
        number = self.of(kind.number)
        known = {key: self.of(inner) for key, inner in kind.value.table.items()}
        raw = _plain("bytes", bytes)

        def check_value(value: Any) -> None:
            _nested(number, value[number_name], number_name)
            _nested(known.get(value[number_name], raw), value[value_name], value_name)

        def check(value: Any) -> None:
            if type(value) is not dict or value.keys() != {number_name, value_name}:
                raise _wrong(f"a dict of {number_name} and {value_name}", value)
            check_value(value)

        return check

    def _sequence(self, kind: Any) -> Check:
        members = [(m.name, self.of(m), m.optional or m.default is not None) for m in kind.root_members]
        additions = [self._addition(addition) for addition in kind.additions or ()]
        names = {name for name, _, _ in members} | {name for group in additions for name, _, _ in group}

        def check(value: Any) -> None:
            if type(value) is not dict:
                raise _wrong("a dict", value)
            left = len(value) - _present(members, value, names)
            if not left:
                return
            complete, last = True, -1
            for index, group in enumerate(additions):
                if any(name in value for name, _, _ in group):
                    if not complete:
                        raise Fault(f"'{group[0][0]}' cannot be sent without the additions before it")
                    left -= _present(group, value, names)
                    last = index
                elif any(not optional for _, _, optional in group):
                    complete = False
            if left and kind.additions is not None:
                left -= _later_additions(value, len(additions), last)
            if left:
                _refuse_unknown(value, names)

        return check

    def _addition(self, addition: Any) -> list[tuple[str, Check, bool]]:
        group = addition.root_members if is_group(addition) else [addition]
        return [(m.name, self.of(m), m.optional or m.default is not None) for m in group]

    def _sequence_of(self, kind: Any) -> Check:
        size = _bounded("elements", kind.minimum, kind.maximum, bool(kind.has_extension_marker))
        element = self.of(kind.element_type)

        def check(value: Any) -> None:
            if type(value) is not list:
                raise _wrong("a list", value)
            size(len(value))
            for i, entry in enumerate(value):
                try:
                    element(entry)
                except Fault as fault:
                    fault.parts.append(f"[{i}]")
                    raise

        return check

    def _choice(self, kind: Any) -> Check:
        members = [*kind.root_index_to_member.values(), *(kind.additions_index_to_member or {}).values()]
        alternatives = {member.name: self.of(member) for member in members}

        def check(value: Any) -> None:
            if type(value) is not tuple or len(value) != 2:
                raise _wrong("(alternative, value)", value)
            alternative = alternatives.get(value[0]) if type(value[0]) is str else None
            if alternative is None and _is_later(value[0], kind.additions_index_to_member):
                alternative = _open_type
            if alternative is None:
                raise _wrong(f"one of {', '.join(sorted(alternatives))}", value[0])
            _nested(alternative, value[1], value[0])

        return check


def _nested(check: Check, value: Any, name: str) -> None:
    try:
        check(value)
    except Fault as fault:
        fault.parts.append(name)
        raise


def _refuse_unknown(value: dict[str, Any], names: set[str]) -> None:
    unknown = [key for key in value if key not in names]
    if unknown:
        raise Fault(f"unknown key {unknown[0]!r}, expected one of {', '.join(sorted(names))}")


def _present(members: list[tuple[str, Check, bool]], value: dict[str, Any], names: set[str]) -> int:
    """Check the members that are there; how many, or a fault where a mandatory one is missing."""
    count = 0
    for name, check, optional in members:
        if name in value:
            count += 1
            try:
                check(value[name])
            except Fault as fault:
                fault.parts.append(name)
                raise
        elif not optional:
            _refuse_unknown(value, names)  # a misspelt key explains a missing one
            raise Fault(f"'{name}' is missing")
    return count
