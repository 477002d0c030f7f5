"""What language models said, to a file and from one: for tests and demonstrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..memory import Memory
from ..search.campaign.turns import Observer
from .begun import Begun
from .border import UserError, require_regular_file, users_file

if TYPE_CHECKING:
    from ..agents.llm.recording import Recording

MOST_BYTES = 2**30
"""Of a recording, which is held in memory; a call takes some ten thousand."""


@contextmanager
def recording_to(
    path: Path | None, memory: Memory, models: dict[str, Any]
) -> Iterator[list[Observer]]:
    """The observer of a campaign whose replies are written to `path`, however it ends.

    Where no campaign began, no new file is left behind.
    """
    if path is None:
        yield []
        return
    from ..agents.llm.recording import write
    from ..memory import calls

    new = not path.exists()
    with users_file(path):
        path.touch()  # said now, not hours later
    begun = Begun()
    try:
        yield [begun]
    finally:
        if begun.campaign:
            with users_file(path):
                write(path, calls.of_campaign(memory, begun.campaign), models)
        elif new:
            path.unlink(missing_ok=True)


def read_replies(path: Path) -> Recording:
    """The recording in a file that `--record` wrote; raises UserError."""
    from ..agents.llm.recording import NotARecording, Recording

    require_regular_file(path, "replies", most=MOST_BYTES)
    with users_file(path):
        try:
            return Recording.read(path)
        except NotARecording as error:
            raise UserError(str(error)) from error
