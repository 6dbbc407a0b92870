"""Random valid values of compiled ASN.1 types, for comparisons with other codecs."""

from __future__ import annotations

import string
from random import Random
from typing import Any

from asn1tools.codecs import uper

from v2x.messages.codec import Codec
from v2x.messages.extensions import is_group
from v2x.messages.uper import BitString, IA5String, NumberedSequence

_CHARACTERS = string.ascii_letters + string.digits + " .,-/"
#: Lists and strings without an upper limit, or with a high one, are kept about this long.
_USUAL_LENGTH = 6


class RandomValues:
    """A source of values that fit their types.

    Limits of ranges are drawn far more often than by chance. The deeper a value, the fewer of its optional members are
    there, so that even the largest types stay within a frame.

    Parameters
    ----------
    random
        Where the numbers come from.
    beyond
        Probability that what has an extensible size, range or list of alternatives leaves the root.
    """

    def __init__(self, random: Random, beyond: float = 0.1) -> None:
        self._random = random
        self._beyond = beyond

    def message(self, codec: Codec, type_name: str) -> dict[str, Any]:
        """A value of one of a codec's messages."""
        value: dict[str, Any] = self.of(codec._asn1[codec.wire(type_name)[1]])
        return value

    def of(self, kind: Any, depth: int = 0) -> Any:
        """A value of a compiled type."""
        if isinstance(kind, NumberedSequence):
            return self._numbered(kind, depth)
        if isinstance(kind, uper.Sequence):
            return self._sequence(kind, depth)
        if isinstance(kind, uper.SequenceOf):
            return [self.of(kind.element_type, depth + 1) for _ in range(self._size(kind, thin=depth > 2))]
        if isinstance(kind, uper.Choice):
            return self._choice(kind, depth)
        return self._leaf(kind)

    def _leaf(self, kind: Any) -> Any:
        if isinstance(kind, uper.Boolean):
            return self._random.random() < 0.5
        if isinstance(kind, uper.Null):
            return None
        if isinstance(kind, uper.Integer):
            return self._integer(kind)
        if isinstance(kind, uper.Enumerated):
            return self._random.choice([*kind.root_data_to_index, *(kind.additions_data_to_index or ())])
        if isinstance(kind, BitString):
            bits = self._size(kind)
            number = self._random.getrandbits(bits) if bits else 0
            return (number << -bits % 8).to_bytes((bits + 7) // 8), bits
        if isinstance(kind, IA5String):
            return "".join(self._random.choice(_CHARACTERS) for _ in range(self._size(kind)))
        if isinstance(kind, uper.OctetString):
            return self._random.randbytes(self._size(kind))
        if isinstance(kind, uper.OpenType):
            return self._random.randbytes(self._random.randint(1, 9))
        if isinstance(kind, uper.ObjectIdentifier):
            arcs = [2, self._random.randint(0, 999), *self._random.choices(range(1000), k=self._random.randint(0, 5))]
            return ".".join(map(str, arcs))
        raise NotImplementedError(f"no random values of {kind.type_name}")

    def _integer(self, kind: Any) -> int:
        low, high = kind.minimum, kind.maximum
        if low is None:
            return self._random.randint(-(2**40), 2**40)
        if kind.has_extension_marker and self._random.random() < self._beyond:
            return self._random.choice([low - 1, high + 1, high + 1000])
        if self._random.random() < 0.3:
            return self._random.choice([low, high, min(low + 1, high), max(high - 1, low)])
        return self._random.randint(low, high)

    def _size(self, kind: Any, thin: bool = False) -> int:
        """A number of elements, bytes, characters or bits."""
        low, high = kind.minimum, kind.maximum
        if low is None or high is None:
            return self._random.randint(1, _USUAL_LENGTH)
        if kind.has_extension_marker and self._random.random() < self._beyond:
            return high + self._random.randint(1, 3)
        if thin or high - low > 3 * _USUAL_LENGTH:
            high = min(high, low + (2 if thin else _USUAL_LENGTH))
        return self._random.choice([low, high, self._random.randint(low, high)])

    def _sequence(self, kind: Any, depth: int) -> dict[str, Any]:
        value = self._members(kind.root_members, depth)
        for addition in kind.additions or ():
            if self._random.random() > self._presence(depth):
                if addition.optional:
                    continue
                break  # what is mandatory may only be missing together with all that follows
            if is_group(addition):
                value |= self._members(addition.root_members, depth)
            else:
                value[addition.name] = self.of(addition, depth + 1)
        return value

    def _members(self, members: list[Any], depth: int) -> dict[str, Any]:
        there = [m for m in members if not m.optional or self._random.random() < self._presence(depth)]
        return {member.name: self.of(member, depth + 1) for member in there}

    def _presence(self, depth: int) -> float:
        return 0.6 / (1 + depth / 4)

    def _numbered(self, kind: NumberedSequence, depth: int) -> dict[str, Any]:
        """Of a listed type, else bytes under a number from the upper half, which standards leave for local use."""
        number: int
        if kind.value.table:
            number = self._random.choice(list(kind.value.table))
            content = self.of(kind.value.table[number], depth + 1)
        else:
            number = self._random.randint((kind.number.maximum + 1) // 2, kind.number.maximum)
            content = self._random.randbytes(self._random.randint(1, _USUAL_LENGTH))
        return {kind.number.name: number, kind.value.name: content}

    def _choice(self, kind: Any, depth: int) -> tuple[str, Any]:
        members = list(kind.root_index_to_member.values())
        if kind.additions_index_to_member and self._random.random() < self._beyond:
            members = list(kind.additions_index_to_member.values())
        member = self._random.choice(members)
        return member.name, self.of(member, depth + 1)
