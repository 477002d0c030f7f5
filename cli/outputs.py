"""The files that a user names to be written: nothing of theirs is lost."""

from __future__ import annotations

import json
from pathlib import Path

from .border import UserError, users_file

REPORT = '"discover report"'
"""What the head of every report holds, in HTML and in Markdown."""


def new_file(path: Path | None) -> Path | None:
    """The path of an option, as its callback: refused where a file there holds anything."""
    if path is not None and _holds_something(path):
        raise UserError(f"{path} exists: name a new file")
    return path


def new_report(path: Path) -> Path:
    """The same for a report, which may take the place of an earlier one."""
    if _holds_something(path):
        with users_file(path), path.open("rb") as file:
            if REPORT.encode() in file.read(1000):
                return path
    new_file(path)
    return path


def log_file(path: Path | None) -> Path | None:
    """The same for a log, which is written to the end of an earlier one."""
    if path is None or not _holds_something(path):
        return path
    with users_file(path), path.open("rb") as file:
        first = file.readline(1_000_000)
    try:
        ours = isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        ours = False
    if not ours:
        raise UserError(f"{path} exists and is no log of JSON lines: name a new file")
    return path


def _holds_something(path: Path) -> bool:
    with users_file(path):
        return path.is_file() and path.stat().st_size > 0
