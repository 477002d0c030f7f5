"""A line between two children of one session: short frames, and numbers that both see.

One of them runs our code only, the other a candidate. The trusted one takes nothing from the
line without a check: frames are bounded, and the shared numbers are numbers whatever is
written there. The memory's size is sealed, so nobody can take it away while it is read.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import socket
import struct
import sys
import tempfile
from typing import IO, Any

import numpy as np

MAX_FRAME = 1 << 16
_SIZE = struct.Struct("<I")
_NUMBER = np.dtype(np.float32)


class PeerFailed(Exception):
    """The child at the other end failed; `fields` say how, as its own report would."""

    def __init__(self, kind: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.fields = {"kind": kind, "message": message, "line": line}


class Link:
    """One end of the line. `numbers` (float32) is the memory that both ends see."""

    def __init__(self, channel: socket.socket, memory: int) -> None:
        self._channel = channel
        mapped = mmap.mmap(memory, os.fstat(memory).st_size)
        self.numbers = np.frombuffer(mapped, _NUMBER)

    def send(self, **fields: Any) -> None:
        """Raises PeerFailed where the other end is gone."""
        data = json.dumps(fields).encode()
        try:
            self._channel.sendall(_SIZE.pack(len(data)) + data)
        except OSError:
            raise _closed() from None

    def receive(self) -> dict[str, Any]:
        """The other end's next frame. Raises PeerFailed where there is none, or no proper one."""
        data = self._read(b"", _SIZE.size)
        (size,) = _SIZE.unpack_from(data)
        if size > MAX_FRAME:
            raise broken(f"a frame of {size} bytes; at most {MAX_FRAME} are taken")
        data = self._read(data, _SIZE.size + size)
        if len(data) > _SIZE.size + size:
            raise broken("more than was asked for")
        try:
            fields = json.loads(data[_SIZE.size :])
        except (ValueError, RecursionError) as error:
            raise broken(f"a frame that is not JSON: {error}") from None
        if not isinstance(fields, dict):
            raise broken("a frame that is not an object")
        return fields

    def _read(self, data: bytes, size: int) -> bytes:
        """`data` and what follows it, `size` bytes at least; a frame mostly comes whole."""
        while len(data) < size:
            try:
                more = self._channel.recv(1 << 16)
            except OSError:
                more = b""
            if not more:
                raise _closed()
            data += more
        return data


def broken(reason: str) -> PeerFailed:
    """The candidate's end said something else than it was asked for."""
    return PeerFailed("error", f"the candidate broke the protocol: {reason}")


def _closed() -> PeerFailed:
    return PeerFailed("closed", "the candidate's child closed its line")


class Line:
    """What the parent holds of a line, until both ends are handed over.

    It has room for so many shared `numbers`.
    """

    def __init__(self, numbers: int) -> None:
        self.memory = _shared_memory(max(numbers, 1) * _NUMBER.itemsize)
        self.ends = socket.socketpair()

    def hand_over(self, end: int, channel: socket.socket) -> None:
        """Give a child end 0 or 1, through its channel."""
        socket.send_fds(channel, [b"L"], [self.ends[end].fileno(), self.memory.fileno()])

    def close(self) -> None:
        """Let go, so that each child sees the other's end. Idempotent."""
        for end in self.ends:
            end.close()
        self.memory.close()


def _shared_memory(size: int) -> IO[bytes]:
    """A file without a name, of `size` bytes that take memory only once they are written."""
    if sys.platform != "linux":
        file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  its owner closes it
        file.truncate(size)
        return file
    memory = os.memfd_create("numbers", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(memory, size)
    seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
    fcntl.fcntl(memory, fcntl.F_ADD_SEALS, seals)
    return os.fdopen(memory, "r+b", buffering=0)


def take_over(channel: socket.socket) -> Link:
    """The end that the parent hands over."""
    _, descriptors, _, _ = socket.recv_fds(channel, 1, 2)
    ours, memory = descriptors
    link = Link(socket.socket(fileno=ours), memory)
    os.close(memory)
    return link
