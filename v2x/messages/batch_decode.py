"""Many frames at once: those of a shape that is known are read in columns, all others by the strict codec.

A frame is of a known shape if every bit that is no leaf is that of a frame which the strict codec accepted, and it is
valid if then every leaf is within its bounds. So the verdict and the values are those of the strict codec.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.messages.codec import MAX_FRAME_BYTES, Codec, Value
from v2x.messages.columnar import Layout, frame_words
from v2x.messages.columns import Block, Messages
from v2x.messages.shapes import U64, Rows

Frames = Sequence[bytes] | NDArray[np.object_]

#: Measuring a shape costs more than decoding a frame. Each one that fits no other frame doubles the number of frames of
#: its length that are only decoded before the next is measured, this often at most.
_MOST_DOUBLINGS = 6
#: Layouts are forgotten, the longest unused frame length first, beyond so many leaves in all (some 100 MB).
_KEPT_LEAVES = 200_000
#: Shapes of one length that are tried before the strict codec.
_KEPT_SHAPES = 32


@dataclass
class DecodedFrames:
    """What frames say, each as the strict codec has it.

    Attributes
    ----------
    codec
        Their codec.
    frames
        How many there were; rows count from 0.
    blocks
        Valid frames of a known shape.
    others
        Row of any other valid frame -> type and ASN.1 value.
    errors
        Row of a frame that is not valid -> why.
    """

    codec: Codec
    frames: int
    blocks: list[Block] = field(default_factory=list)
    others: dict[int, tuple[str, Value]] = field(default_factory=dict)
    errors: dict[int, CodecError] = field(default_factory=dict)
    _messages: dict[str, Messages] = field(default_factory=dict)

    def types(self) -> NDArray[np.object_]:
        """(frames,) message type of each, None where it is not valid."""
        names = np.full(self.frames, None, object)
        for block in self.blocks:
            names[block.rows] = block.type_name
        for row, (type_name, _) in self.others.items():
            names[row] = type_name
        return names

    def has(self, type_name: str) -> bool:
        """Whether there are any of a type."""
        return any(block.type_name == type_name for block in self.blocks) or any(
            name == type_name for name, _ in self.others.values()
        )

    def messages(self, type_name: str) -> Messages:
        """Those of a type, maybe none."""
        if type_name not in self._messages:
            self._messages[type_name] = Messages(self.blocks_of(type_name))
        return self._messages[type_name]

    def blocks_of(self, type_name: str) -> list[Block]:
        """All of a type; each of the ``others`` is a block of its own, whatever its shape."""
        alone = [
            Block.of(name, row, self.codec.leaves(name, value))
            for row, (name, value) in self.others.items()
            if name == type_name
        ]
        return [block for block in self.blocks if block.type_name == type_name] + alone


class BatchDecoder:
    """Decodes frames of one message set; remembers the shapes that it has seen.

    Parameters
    ----------
    codec
        Their strict codec.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._known: OrderedDict[int, list[tuple[str, Layout]]] = OrderedDict()
        self._leaves = 0
        self._futile: Counter[int] = Counter()
        self._to_skip: Counter[int] = Counter()

    def decode(self, frames: Frames) -> DecodedFrames:
        """Decode frames of any types and lengths; no frame makes it fail."""
        found = DecodedFrames(self._codec, len(frames))
        by_length: dict[int, list[int]] = {}
        for row, data in enumerate(frames):
            by_length.setdefault(len(data), []).append(row)
        for frame_bytes, rows in sorted(by_length.items()):
            _Group(self, found, frames, rows, frame_bytes).decode()
        if len(by_length) > 1:
            found.errors = dict(sorted(found.errors.items()))
        return found

    def shapes(self, frame_bytes: int) -> list[tuple[str, Layout]]:
        """Known shapes of a length, with their types."""
        if frame_bytes in self._known:
            self._known.move_to_end(frame_bytes)
        return list(self._known.get(frame_bytes, ()))

    def strict(self, found: DecodedFrames, row: int, data: bytes) -> tuple[str, Layout] | None:
        """Decode one frame strictly; its shape if it was measured, else the frame is among the found."""
        try:
            type_name, value = self._codec.decode(data)
        except CodecError as error:
            found.errors[row] = error
            return None
        if self._to_skip[len(data)]:
            self._to_skip[len(data)] -= 1
        else:
            try:
                layout = self._codec.layout(type_name, value)
            except CodecError:  # it has something without a fixed place
                self.measured(len(data), fitting=1)
            else:
                self._remember(type_name, layout)
                return type_name, layout
        found.others[row] = type_name, value
        return None

    def measured(self, frame_bytes: int, fitting: int) -> None:
        """Note how many frames fitted a shape when it was measured."""
        self._futile[frame_bytes] = 0 if fitting > 1 else min(self._futile[frame_bytes] + 1, _MOST_DOUBLINGS)
        self._to_skip[frame_bytes] = 2 ** self._futile[frame_bytes] - 1

    def _remember(self, type_name: str, layout: Layout) -> None:
        shapes = self._known.setdefault(layout.frame_bytes, [])
        shapes.append((type_name, layout))
        self._known.move_to_end(layout.frame_bytes)
        self._leaves += len(layout.leaves)
        if len(shapes) > _KEPT_SHAPES:
            self._leaves -= len(shapes.pop(0)[1].leaves)
        while self._leaves > _KEPT_LEAVES and len(self._known) > 1:
            _, forgotten = self._known.popitem(last=False)
            self._leaves -= sum(len(layout.leaves) for _, layout in forgotten)


@dataclass
class _Group:
    """Frames of one length."""

    decoder: BatchDecoder
    found: DecodedFrames
    every: Frames
    rows: list[int]
    frame_bytes: int

    def decode(self) -> None:
        """Known shapes first; then frame by frame, each new shape for all frames that are left."""
        if not 0 < self.frame_bytes <= MAX_FRAME_BYTES:
            for row in self.rows:
                self.decoder.strict(self.found, row, self.every[row])
            return
        rows = np.array(self.rows, np.intp)
        words = frame_words([self.every[row] for row in self.rows], self.frame_bytes)
        for type_name, layout in self.decoder.shapes(self.frame_bytes):
            rows, words = self._take(type_name, layout, rows, words)
            if not len(rows):
                return
        while len(rows):
            row, before = int(rows[0]), len(rows)
            shape = self.decoder.strict(self.found, row, self.every[row])
            if shape is None:
                rows, words = rows[1:], words[:, 1:]
            else:
                rows, words = self._take(*shape, rows, words)
                self.decoder.measured(self.frame_bytes, fitting=before - len(rows))

    def _take(self, type_name: str, layout: Layout, rows: Rows, words: U64) -> tuple[Rows, U64]:
        """Read the messages of a shape; what is left after that."""
        words = np.ascontiguousarray(words)
        hit = layout.matches(words)
        fitting = np.count_nonzero(hit)  # a fifth of the time of any() and all()
        if not fitting:
            return rows, words
        raw, valid = layout.read(words if fitting == len(rows) else words[:, hit])
        if np.count_nonzero(valid) < fitting:
            raw = raw[:, valid]
            hit[hit] = valid
            fitting = raw.shape[1]
        if fitting == len(rows):
            self.found.blocks.append(Block(type_name, rows, layout.shape, raw))
            return rows[:0], words[:, :0]
        if fitting:
            self.found.blocks.append(Block(type_name, rows[hit], layout.shape, raw))
        return rows[~hit], words[:, ~hit]
