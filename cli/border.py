"""The one place where errors become lines and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import typer

from ..harmless import shown, without_middle
from .text import plain


class ExitCode(IntEnum):
    """What the command's exit status says; 1 with a traceback is a defect of ours."""

    DONE = 0
    USER_ERROR = 2
    TOO_LITTLE = 3
    ABORTED = 4
    DIFFERS = 5
    NONE_RAN_WELL = 6
    INTERRUPTED = 130


TRACEBACK = "DISCOVER_TRACEBACK"
"""The environment variable that, set to anything, leaves an error with its traceback where
a row of the memory would explain it."""


class UserError(Exception):
    """A user's mistake that a command found; the message is one line."""


@runtime_checkable
class _UsageError(Protocol):
    """What typer raises for a command line that it cannot read, in all its versions."""

    exit_code: int

    def format_message(self) -> str: ...


def guard(command: Callable[[], Any]) -> int:
    """Run `command`; an error that is the user's becomes one line on stderr.

    Returns the exit code. What is a defect of ours passes through, with its traceback.
    """
    try:
        code = command()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return complain("interrupted", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        return _reader_left()
    except SystemExit as ended:  # typer's own end for a closed pipe
        if isinstance(ended.__context__, BrokenPipeError):
            return _reader_left()
        raise
    except Exception as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # typer's, for `discover memory`
            print(error, flush=True)
            return ExitCode.DONE
        message = _users_mistake(error)
        if message is None:
            raise
        return complain(message)
    return code if isinstance(code, int) else ExitCode.DONE


def _reader_left() -> int:
    """Who read stdout has closed it, as `head` does: not an error, and nothing more is said."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.DONE


def explained(error: Exception, memories: Iterable[Path]) -> Exception | None:
    """What explains an error that looks like a defect of ours: that one of the memories at these
    paths holds what no Discover writes. None where it is something else, and where the user
    asks for the error itself."""
    if (
        os.environ.get(TRACEBACK)
        or isinstance(error, (typer.Exit, typer.Abort, OSError))
        or _users_mistake(error) is not None
    ):
        return None
    from ..memory import MemoryFault, open_memory
    from ..memory.misfits import explanation

    for path in dict.fromkeys(memories):
        with suppress(MemoryFault), open_memory(path, read_only=True) as memory:
            if found := explanation(memory, error):
                return found
    return None


def complain(message: str, code: ExitCode = ExitCode.USER_ERROR) -> int:
    """Say `message` as one line on stderr; returns `code`."""
    print(f"discover: {without_middle(plain(message))}", file=sys.stderr)
    return code


@contextmanager
def users_file(path: Path | str) -> Iterator[None]:
    """Around the reading or writing of a path that the user gave: OSError is their error."""
    try:
        yield
    except OSError as error:
        raise UserError(f"{error.filename or path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: expected text in UTF-8") from error


def users_program(path: Path) -> str:
    """The source in a file that the user gave."""
    text = _text(path, program_bytes(path))
    # As Python reads it: a line ends one way.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def program_bytes(path: Path) -> bytes:
    """What a file of the user's holds, of which no more is read than a program has."""
    from ..space.syntax import MAX_SOURCE

    require_regular_file(path, "a program")
    return _read(path, "a program", 4 * MAX_SOURCE)  # bytes of a character in UTF-8


def regular_file_text(path: Path, what: str, *, most: int) -> str:
    """As `users_text`, of a file that lies on a disk."""
    require_regular_file(path, what)
    return users_text(path, what, most=most)


def require_regular_file(path: Path, what: str, *, most: int | None = None) -> None:
    """Raises UserError for what is there and does not lie on a disk: for a pipe one would wait,
    and a device may have no end. The same for a file of more than `most` bytes."""
    with users_file(path):
        if path.exists() and not path.is_file():
            raise UserError(f"{path}: expected a file that holds {what}")
        if most is not None and path.stat().st_size > most:
            raise _too_large(path, what, most)


def users_text(path: Path, what: str, *, most: int) -> str:
    """The text of `what` in a file that the user gave, of at most so many bytes."""
    return _text(path, _read(path, what, most))


def _read(path: Path, what: str, most: int) -> bytes:
    with users_file(path), path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise _too_large(path, what, most)
    return data


def _too_large(path: Path, what: str, most: int) -> UserError:
    return UserError(f"{path}: at most {most} bytes are read of {what}")


def _text(path: Path, data: bytes) -> str:
    with users_file(path):
        return data.decode("utf-8-sig")  # a mark of the byte order is no part of it


def _not_typed(error: Any) -> str | None:
    """The message for a bad value that a file or the environment gave; None for others."""
    context, parameter = getattr(error, "ctx", None), getattr(error, "param", None)
    if context is None or parameter is None:
        return None
    source = getattr(context.get_parameter_source(parameter.name), "name", "")
    if source == "ENVIRONMENT":
        return f"the environment, {parameter.envvar}: {_expected(parameter) or error.message}"
    if source == "DEFAULT_MAP" and context.obj is not None:
        flag = max(parameter.opts, key=len).removeprefix("--")
        return f"{context.obj.options[flag].source}: {flag}: {error.message}"
    return None


def _expected(parameter: Any) -> str:
    """What the environment should have given, and what it gave; empty for what may be any text."""
    from .kinds import kinds
    from .run import run

    kind = kinds(run).get(parameter.name)
    if kind is None or (kind.types == (str,) and not kind.choices):
        return ""
    return f"expected {kind.named}, got {shown(os.environ.get(parameter.envvar, ''))}"


def _users_mistake(error: Exception) -> str | None:
    """The line for an error that is not a defect of ours, or None."""
    if isinstance(error, _UsageError):
        context = getattr(error, "ctx", None)
        hint = f" (see `{context.command_path} --help`)" if context is not None else ""
        return (_not_typed(error) or error.format_message()).rstrip(".") + hint
    # Imported here: who makes no mistake does not pay for these.
    from ..agents.llm.errors import ConfigurationError
    from ..evaluators.domain import DomainError
    from ..memory import MemoryFault
    from ..sandbox import SandboxUnavailable
    from ..search.bench.results import ResultsError
    from ..search.limits.budget import BudgetError
    from ..search.plots import PlotsMissing
    from ..search.setup.authors import CannotSearch
    from ..search.strategies import BaselineMissing, UnknownStrategy
    from ..value_model.dataset import DatasetError

    searching = (BudgetError, CannotSearch, UnknownStrategy, ConfigurationError)
    measuring = (BaselineMissing, PlotsMissing, ResultsError)
    below = (DomainError, MemoryFault, SandboxUnavailable, DatasetError)
    mistakes = (UserError, *searching, *measuring, *below)
    return str(error) if isinstance(error, mistakes) else None
