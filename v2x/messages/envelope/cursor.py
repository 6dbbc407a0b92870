"""Bytes read from the front, with the offset in every error."""

from __future__ import annotations

from v2x.errors import CodecError


class Cursor:
    """A position in a packet.

    Parameters
    ----------
    data
        The packet.
    layer
        Name of what is read, the path of errors.
    """

    def __init__(self, data: bytes, layer: str) -> None:
        self._data, self._layer = bytes(data), layer
        self.offset = 0

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self.offset

    def take(self, count: int, what: str) -> bytes:
        """The next ``count`` bytes; `CodecError` if there are fewer."""
        if count > self.left:
            raise self.fault(f"{what} needs {count} bytes, {self.left} are left")
        self.offset += count
        return self._data[self.offset - count : self.offset]

    def byte(self, what: str) -> int:
        """The next byte."""
        return self.take(1, what)[0]

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(self.left, "the rest")

    def end(self) -> None:
        """`CodecError` unless everything was read."""
        if self.left:
            raise self.fault(f"{self.left} bytes after the end")

    def fault(self, reason: str) -> CodecError:
        """An error at this place, to raise."""
        return CodecError(f"{reason} at byte {self.offset}", path=self._layer)
