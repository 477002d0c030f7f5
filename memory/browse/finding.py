"""The search of the web view: one set of vectors for all requests, made ready beside them."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from ..errors import CannotWrite, MemoryFault
from ..retrieval import KINDS, Found, Retriever
from ..store import Memory, open_memory
from ..vectors import Index


class Finder:
    """Searches for any thread. Until the vectors are in memory, by words alone."""

    def __init__(self, path: Path, keep: bool) -> None:
        self._path = path
        self._keep = keep
        self._indices: dict[str, Index] = {}
        self._lock = threading.Lock()

    def prepare(self) -> threading.Thread:
        """Begin to take in the vectors, which no request should wait for. Where `keep` allows
        it and the file does, those that are new are stored for the next time."""
        thread = threading.Thread(target=self._prepare, daemon=True, name="vectors")
        self._lock.acquire()  # given back when they are in
        thread.start()
        return thread

    def __call__(self, memory: Memory, words: str, kinds: Sequence[str], limit: int) -> list[Found]:
        """The best hits; who comes while another search takes in what is new goes by words."""
        if not self._lock.acquire(blocking=False):
            by_words = Retriever(memory, by_words=True)
            return by_words.search(words, kinds=kinds, limit=limit, diversity=0)
        try:
            retriever = Retriever(memory, indices=self._indices)
            return retriever.search(words, kinds=kinds, limit=limit, diversity=0)
        finally:
            self._lock.release()

    def _prepare(self) -> None:
        try:
            import_module("scipy.cluster.hierarchy")  # half a second that no page should wait for
            # What goes wrong here goes wrong again for a request, which can say so.
            with suppress(MemoryFault, sqlite3.Error), self._open() as memory:
                Retriever(memory, indices=self._indices).refresh(KINDS)
        finally:
            self._lock.release()

    def _open(self) -> Memory:
        if self._keep:
            with suppress(CannotWrite):
                return open_memory(self._path, create=False)
        return open_memory(self._path, read_only=True)
