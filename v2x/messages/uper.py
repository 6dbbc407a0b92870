"""UPER on top of asn1tools, with the gaps closed that real V2X frames fall into.

asn1tools 0.169 (the version is pinned: this module builds on its compiler classes) cannot do a BIT STRING outside its
extensible size, writes wrong bits for such a string of characters, hands open types over as bytes, drops what a later
edition adds, reads large object identifiers wrongly, and does not say where in a list an error is. `compile_uper`
compiles the same modules with types that can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asn1tools.codecs import DecodeError, ErrorWithLocation, per, uper
from asn1tools.errors import CompileError as Asn1CompileError
from asn1tools.parser import ParseError

from v2x.errors import InputError
from v2x.messages.extensions import Choice, Enumerated, Sequence, append_open, read_open, reader_of
from v2x.messages.parsed import Modules, parsed

#: Names of (number, value) members -> {number: type of the value}. Numbers not listed keep their value as bytes. The
#: name of their SEQUENCE in front, (type, number, value), tells it from others with the same members.
OpenTypes = Mapping[tuple[str, ...], Mapping[int, str]]

#: A longer open type would have to be fragmented, which asn1tools gets wrong (its issue 202); no V2X radio carries it.
MAX_OPEN_TYPE_BYTES = 16383


class BitString(uper.BitString):  # type: ignore[misc]
    """BIT STRING as (bytes, number of bits) that may leave the root of an extensible size (X.691 16.6)."""

    def encode(self, data: tuple[bytes, int], encoder: Any) -> None:
        """Append the value; named bits are not stripped, so what was received is relayed bit by bit."""
        value, bits = data
        if self.has_extension_marker and not self.minimum <= bits <= self.maximum:
            encoder.append_bit(1)
            encoder.append_length_determinant(bits)
            encoder.append_bits(value, bits)
            return
        super().encode(data, encoder)

    def decode(self, decoder: Any) -> tuple[bytes, int]:
        """Read the value."""
        if self.has_extension_marker and decoder.read_bit():
            bits = decoder.read_length_determinant()
            return decoder.read_bits(bits) if bits else b"", bits
        if self.number_of_bits is None:
            pair: tuple[bytes, int] = self.decode_unbound(decoder)
            return pair
        bits = self.minimum
        if self.minimum != self.maximum:
            bits += decoder.read_non_negative_binary_integer(self.number_of_bits)
        return decoder.read_bits(bits), bits


class IA5String(uper.IA5String):  # type: ignore[misc]
    """IA5String that may leave the root of an extensible size (X.691 30.5)."""

    def encode(self, data: str, encoder: Any) -> None:
        """Append the value, seven bits a character."""
        if self.has_extension_marker and not self.minimum <= len(data) <= self.maximum:
            encoder.append_bit(1)
            encoder.append_length_determinant(len(data))
            for code in data.encode("ascii"):
                encoder.append_non_negative_binary_integer(code, 7)
            return
        super().encode(data, encoder)

    def decode(self, decoder: Any) -> str:
        """Read the value."""
        if self.has_extension_marker and decoder.read_bit():
            length = decoder.read_length_determinant()
            return "".join(chr(decoder.read_non_negative_binary_integer(7)) for _ in range(length))
        if self.number_of_bits is None:
            unbound: str = self.decode_unbound(decoder)
            return unbound
        length = self.minimum
        if self.minimum != self.maximum:
            length += decoder.read_non_negative_binary_integer(self.number_of_bits)
        return "".join(chr(decoder.read_non_negative_binary_integer(7)) for _ in range(length))


class ObjectIdentifier(uper.ObjectIdentifier):  # type: ignore[misc]
    """OBJECT IDENTIFIER whose first octets may stand for a second arc above 39 (X.690 8.19.4)."""

    def decode(self, decoder: Any) -> str:
        """Read the value."""
        arcs: list[int] = []
        arc = 0
        for octet in decoder.read_bytes(decoder.read_length_determinant()):
            arc = arc << 7 | octet & 0x7F
            if not octet & 0x80:
                arcs.append(arc)
                arc = 0
        if not arcs or arc:
            raise DecodeError("not an object identifier")
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


class SequenceOf(uper.SequenceOf):  # type: ignore[misc]
    """SEQUENCE OF that says which of its elements is wrong."""

    def decode(self, decoder: Any) -> list[Any]:
        """Read the values."""
        if (self.has_extension_marker and decoder.read_bit()) or self.number_of_bits is None:
            length = decoder.read_length_determinant()
        else:
            length = self.minimum + decoder.read_non_negative_binary_integer(self.number_of_bits)
        values: list[Any] = []
        read = reader_of(self.element_type)
        try:
            for _ in range(length):
                values.append(read(decoder))
        except ErrorWithLocation as error:
            error.add_location(_Position(f"[{len(values)}]"))
            raise
        return values


@dataclass(frozen=True)
class _Position:
    """Where an error is, in a list."""

    name: str


class TypedValue(per.Type):  # type: ignore[misc]
    """The value beside a number that says its type: an open type, decoded where the type is known.

    Attributes
    ----------
    table
        Number -> compiled type.
    """

    def __init__(self, name: str, table: dict[int, Any]) -> None:
        super().__init__(name, "OPEN TYPE")
        self.table = table


class NumberedSequence(Sequence):
    """SEQUENCE of a number and an open type whose content the number names."""

    def __init__(self, name: str, number: Any, value: TypedValue, additions: Any) -> None:
        super().__init__(name, [number, value], additions)
        self.number, self.value = number, value

    def encode_root(self, data: Mapping[str, Any], encoder: Any) -> None:
        """Append both members, the value as length and bytes."""
        number = data[self.number.name]
        self.number.encode(number, encoder)
        append_open(self.value.table.get(number), data[self.value.name], encoder)

    def decode_root(self, decoder: Any) -> dict[str, Any]:
        """Read both members."""
        number = self.number.decode(decoder)
        content = read_open(self.value.table.get(number), decoder, self.value)
        return {self.number.name: number, self.value.name: content}


class _Compiler(uper.Compiler):  # type: ignore[misc]
    """asn1tools' compiler, putting the types above in place."""

    def __init__(self, specification: Any, open_types: OpenTypes, complete: bool) -> None:
        super().__init__(specification)
        self._open_types, self._complete = open_types, complete
        self._type_name = ""

    def compile_user_type(self, name: str, type_name: str, module_name: str) -> Any:
        """Compile a type that has a name."""
        outer, self._type_name = self._type_name, type_name
        try:
            return super().compile_user_type(name, type_name, module_name)
        finally:
            self._type_name = outer

    def compile_type(self, name: str, type_descriptor: Any, module_name: str) -> Any:
        """Compile one type, with its size or range."""
        module_name = self.get_module_name(type_descriptor, module_name)
        kind = type_descriptor["type"]
        if kind == "BIT STRING":
            return BitString(name, None, *self.get_size_range(type_descriptor, module_name))
        if kind == "IA5String" and "from" not in type_descriptor:
            return IA5String(name, *self.get_size_range(type_descriptor, module_name))
        if kind == "OBJECT IDENTIFIER":
            return ObjectIdentifier(name)
        if kind == "SEQUENCE OF":
            element = self.compile_type("", type_descriptor["element"], module_name)
            return SequenceOf(name, element, *self.get_size_range(type_descriptor, module_name))
        compiled = super().compile_type(name, type_descriptor, module_name)
        if type(compiled) is uper.Enumerated:
            return Enumerated(name, self.get_enum_values(type_descriptor, module_name), numeric=False)
        if type(compiled) is uper.Choice:
            added = compiled.additions_index_to_member
            return Choice(name, [*compiled.root_index_to_member.values()], None if added is None else [*added.values()])
        if type(compiled) is not uper.Sequence:
            return compiled
        if len(compiled.root_members) == 2:
            number, value = compiled.root_members
            names = (number.name, value.name)
            table = self._open_types.get((self._type_name, *names), self._open_types.get(names))
            if table is not None:
                types = {key: self._anywhere(wanted) for key, wanted in table.items() if self._is_wanted(wanted)}
                return NumberedSequence(name, number, TypedValue(value.name, types), compiled.additions)
        return Sequence(name, compiled.root_members, compiled.additions)

    def _is_wanted(self, type_name: str) -> bool:
        """Whether an open type is to be decoded: always in modules that must be complete."""
        return self._complete or any(type_name in module["types"] for module in self._specification.values())

    def _anywhere(self, type_name: str) -> Any:
        """A type of any module: the modules that define frames do not import what goes into them."""
        for module_name, module in self._specification.items():
            if type_name in module["types"]:
                return self.compile_user_type(type_name, type_name, module_name)
        raise InputError(f"no ASN.1 module defines '{type_name}'")


def _read(path: Path) -> Modules:
    """The modules of one file, by name."""
    try:
        # a RELATIVE-OID, unknown to asn1tools, has the UPER bits of an OCTET STRING
        return parsed(path.read_text(encoding="utf-8").replace("RELATIVE-OID", "OCTET STRING"))
    except (OSError, UnicodeDecodeError, ParseError, RecursionError) as error:
        raise InputError(f"not ASN.1: {error}", file=path) from error


def compile_uper(files: Iterable[Path], open_types: OpenTypes, *, complete: bool = True) -> dict[str, Any]:
    """Compile ASN.1 modules to UPER types.

    Parameters
    ----------
    files
        The modules.
    open_types
        What open types contain.
    complete
        Whether every type in ``open_types`` must be defined; else the contents of those that are not stay bytes.

    Returns
    -------
    dict
        Type name -> asn1tools type with ``encode(value, Encoder)`` and ``decode(Decoder)``.

    Raises
    ------
    InputError
        When the modules cannot be read or do not fit together.
    """
    modules: Modules = {}
    for path in files:
        for name, module in _read(path).items():
            if name in modules:
                raise InputError(f"module '{name}' is in another file, too", file=path)
            modules[name] = module
    try:
        compiled = _Compiler(modules, open_types, complete).process()
    except (Asn1CompileError, RecursionError) as error:
        raise InputError(f"ASN.1 modules cannot be compiled: {error}") from error
    return {name: kind.type for module in compiled.values() for name, kind in module.items()}
