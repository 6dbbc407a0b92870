"""UPER on top of asn1tools, with the gaps closed that real V2X frames fall into.

asn1tools 0.169 (the version is pinned: this module builds on its compiler classes) cannot do a BIT STRING outside its
extensible size, writes wrong bits for such a string of characters, and hands open types over as bytes. `compile_uper`
compiles the same modules with types that can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from asn1tools.codecs import DecodeError, ErrorWithLocation, per, uper
from asn1tools.errors import CompileError as Asn1CompileError
from asn1tools.parser import ParseError, parse_files

from v2x.errors import InputError

#: Names of (number, value) members -> {number: type of the value}. Numbers not listed keep their value as bytes.
OpenTypes = Mapping[tuple[str, str], Mapping[int, str]]

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


class NumberedSequence(uper.Sequence):  # type: ignore[misc]
    """SEQUENCE of a number and an open type whose content the number names."""

    def __init__(self, name: str, number: Any, value: TypedValue, additions: Any) -> None:
        super().__init__(name, [number, value], additions)
        self.number, self.value = number, value

    def encode_root(self, data: Mapping[str, Any], encoder: Any) -> None:
        """Append both members, the value as length and bytes."""
        number = data[self.number.name]
        self.number.encode(number, encoder)
        content = data[self.value.name]
        inner = self.value.table.get(number)
        if inner is not None:
            nested = uper.Encoder()
            inner.encode(content, nested)
            content = bytes(nested.as_bytearray()) or b"\x00"
        encoder.append_length_determinant(len(content))
        encoder.append_bytes(content)

    def decode_root(self, decoder: Any) -> dict[str, Any]:
        """Read both members; an error inside the value carries its offset from the start of the frame."""
        number = self.number.decode(decoder)
        length = decoder.read_length_determinant()
        start = decoder.number_of_read_bits()
        content = decoder.read_bytes(length)
        inner = self.value.table.get(number)
        if inner is not None:
            nested = uper.Decoder(content)
            try:
                content = inner.decode(nested)
            except DecodeError as error:
                error.offset = start + nested.number_of_read_bits()
                error.add_location(self.value)
                raise
            except ErrorWithLocation as error:
                error.add_location(self.value)
                raise
        return {self.number.name: number, self.value.name: content}


class _Compiler(uper.Compiler):  # type: ignore[misc]
    """asn1tools' compiler, putting the types above in place."""

    def __init__(self, specification: Any, open_types: OpenTypes) -> None:
        super().__init__(specification)
        self._open_types = open_types

    def compile_type(self, name: str, type_descriptor: Any, module_name: str) -> Any:
        """Compile one type, with its size or range."""
        kind = type_descriptor["type"]
        if kind == "BIT STRING":
            return BitString(name, None, *self.get_size_range(type_descriptor, module_name))
        if kind == "IA5String" and "from" not in type_descriptor:
            return IA5String(name, *self.get_size_range(type_descriptor, module_name))
        compiled = super().compile_type(name, type_descriptor, module_name)
        if kind != "SEQUENCE":
            return compiled
        if len(compiled.root_members) == 2:
            number, value = compiled.root_members
            table = self._open_types.get((number.name, value.name))
            if table is not None:
                types = {key: self._anywhere(wanted) for key, wanted in table.items()}
                return NumberedSequence(name, number, TypedValue(value.name, types), compiled.additions)
        return compiled

    def _anywhere(self, type_name: str) -> Any:
        """A type of any module: the modules that define frames do not import what goes into them."""
        for module_name, module in self._specification.items():
            if type_name in module["types"]:
                return self.compile_user_type(type_name, type_name, module_name)
        raise InputError(f"no ASN.1 module defines '{type_name}'")


def compile_uper(files: Iterable[Path], open_types: OpenTypes) -> dict[str, Any]:
    """Compile ASN.1 modules to UPER types.

    Parameters
    ----------
    files
        The modules.
    open_types
        What open types contain.

    Returns
    -------
    dict
        Type name -> asn1tools type with ``encode(value, Encoder)`` and ``decode(Decoder)``.

    Raises
    ------
    InputError
        When the modules cannot be read or do not fit together.
    """
    paths = [str(path) for path in files]
    try:
        compiled = _Compiler(parse_files(paths), open_types).process()
    except (OSError, ParseError, Asn1CompileError) as error:
        raise InputError(f"ASN.1 modules cannot be compiled: {error}", file=paths[0] if paths else None) from error
    return {name: kind.type for module in compiled.values() for name, kind in module.items()}
