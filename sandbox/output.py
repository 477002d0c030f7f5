"""What a child prints: bounded, kept, and made harmless to show."""

from __future__ import annotations

import os

_CHUNK = 1 << 16


class OutputTail:
    """Reads a non-blocking descriptor and keeps its last `limit` bytes."""

    def __init__(self, descriptor: int, limit: int) -> None:
        self._descriptor = descriptor
        self._limit = limit
        self._tail = b""
        self._total = 0

    @property
    def flooded(self) -> bool:
        """Whether more than `limit` bytes came."""
        return self._total > self._limit

    def drain(self) -> bool:
        """Read what is there, up to a flood. False once the other end is closed."""
        while not self.flooded:
            try:
                data = os.read(self._descriptor, _CHUNK)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._total += len(data)
            self._tail = (self._tail + data)[-self._limit :]
        return True

    def text(self) -> str:
        """The tail as text without control characters."""
        return printable(self._tail.decode("utf-8", "replace"))


def printable(text: str) -> str:
    """`text` without what could steer a terminal: only newlines and tabs are kept."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)
