"""Ctrl-C: once to finish what is in flight, twice to stop now."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from .stop import INTERRUPTED, Progress


class StoppedNow(KeyboardInterrupt):
    """A second Ctrl-C.

    A type of its own: once a plain KeyboardInterrupt has passed through `exec` of a text, as
    where PyTorch is imported, CPython ends `python -m` by the signal and not by its exit code.
    """


@dataclass
class Interruption:
    """A stop condition that a signal sets."""

    asked: bool = False

    def __call__(self, progress: Progress) -> str | None:
        return INTERRUPTED if self.asked else None


@contextmanager
def interruption() -> Iterator[Interruption]:
    """A stop condition set by the first SIGINT or SIGTERM; a second raises `StoppedNow`.

    Main thread only. The handlers that stood before are put back at the end.
    """
    stop = Interruption()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            raise StoppedNow
        stop.asked = True

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, handle) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
