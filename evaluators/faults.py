"""Errors of a domain's own code, said so that its author finds the line."""

from __future__ import annotations

import inspect
import traceback
from pathlib import Path

from .domain import Domain


def blamed(error: Exception, *files: str) -> str:
    """Where in `files` an error arose, or else where at all, and what it says, in one line.

    Where the call itself failed, the only place is ours, and says nothing.
    """
    frames = traceback.extract_tb(error.__traceback__)[1:]
    own = [frame for frame in frames if frame.filename in files] or frames
    where = f"{Path(own[-1].filename).name} line {own[-1].lineno}: " if own else ""
    return f"{where}{type(error).__name__}: {' '.join(str(error).split())}"[:300]


def files_of(domain: Domain) -> list[str]:
    """The files in which the class of a domain is written."""
    return [f.__code__.co_filename for f in vars(type(domain)).values() if inspect.isfunction(f)]
