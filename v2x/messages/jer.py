"""ASN.1 values as JSON and back, after the JSON encoding rules (X.697).

Bytes are hex, a choice is an object of one member, a BIT STRING of fixed size is hex and any other one an object of
``value`` (hex) and ``length`` (bits). What is unknown here keeps its name (`v2x.messages.extensions`), and its bytes
are hex.
"""

from __future__ import annotations

from typing import Any

from asn1tools.codecs import uper

from v2x.messages.checker import Fault, shortened
from v2x.messages.extensions import is_group, unknown_index
from v2x.messages.uper import BitString, NumberedSequence


def to_json(kind: Any, value: Any) -> Any:
    """A checked ASN.1 value of a compiled type as JSON."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(kind, BitString):
        data, bits = value
        return data.hex() if _is_fixed(kind) else {"value": data.hex(), "length": bits}
    if isinstance(kind, NumberedSequence):
        number, content = value[kind.number.name], value[kind.value.name]
        inner = kind.value.table.get(number)
        return {kind.number.name: number, kind.value.name: to_json(inner, content)}
    if isinstance(kind, uper.Sequence):
        members = _members(kind)
        return {name: to_json(members.get(name), entry) for name, entry in value.items()}
    if isinstance(kind, uper.SequenceOf):
        return [to_json(kind.element_type, entry) for entry in value]
    if isinstance(kind, uper.Choice):
        name, content = value
        return {name: to_json(_alternatives(kind).get(name), content)}
    return value


def from_json(kind: Any, value: Any) -> Any:
    """JSON as an ASN.1 value of a compiled type.

    Only the form is converted: whether the value fits is the checker's question. `Fault` where the form is wrong.
    """
    try:
        if isinstance(kind, NumberedSequence) and isinstance(value, dict):
            inner = kind.value.table.get(value.get(kind.number.name, -1))
            return {
                name: _inside(name, inner or uper.OpenType(""), entry) if name == kind.value.name else entry
                for name, entry in value.items()
            }
        if isinstance(kind, uper.Sequence) and isinstance(value, dict):
            members = _members(kind)
            return {name: _named(name, members, entry) for name, entry in value.items()}
        if isinstance(kind, uper.SequenceOf) and isinstance(value, list):
            return [_inside(f"[{i}]", kind.element_type, entry) for i, entry in enumerate(value)]
        if isinstance(kind, uper.Choice) and isinstance(value, dict) and len(value) == 1:
            ((name, content),) = value.items()
            return (name, _named(name, _alternatives(kind), content))
        if isinstance(kind, BitString):
            fixed = _is_fixed(kind)
            return (bytes.fromhex(value if fixed else value["value"]), kind.minimum if fixed else value["length"])
        if isinstance(kind, uper.OctetString | uper.OpenType):
            return bytes.fromhex(value)
    except (TypeError, ValueError, KeyError) as error:
        raise Fault(f"not the JSON form of {kind.type_name}: {shortened(value)}") from error
    return value


def _named(name: Any, kinds: dict[str, Any], value: Any) -> Any:
    """A member or alternative; one that is misspelt stays as it is, for the checker to refuse."""
    if name in kinds:
        return _inside(name, kinds[name], value)
    later = isinstance(name, str) and unknown_index(name) is not None
    return _inside(name, uper.OpenType(""), value) if later else value


def _inside(part: str, kind: Any, value: Any) -> Any:
    try:
        return from_json(kind, value)
    except Fault as fault:
        fault.parts.append(part)
        raise


def _is_fixed(kind: Any) -> bool:
    return kind.minimum is not None and kind.minimum == kind.maximum and not kind.has_extension_marker


def _members(kind: Any) -> dict[str, Any]:
    members = {member.name: member for member in kind.root_members}
    for addition in kind.additions or ():
        group = addition.root_members if is_group(addition) else [addition]
        members.update((member.name, member) for member in group)
    return members


def _alternatives(kind: Any) -> dict[str, Any]:
    members = [*kind.root_index_to_member.values(), *(kind.additions_index_to_member or {}).values()]
    return {member.name: member for member in members}
