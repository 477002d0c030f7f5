"""Running Python that a workflow or its model wrote, in the workflow's own process."""

from __future__ import annotations

import contextlib
import io

MAX_OUTPUT = 10_000


class _Bounded(io.StringIO):
    """Keeps the first MAX_OUTPUT characters and drops the rest."""

    def write(self, text: str) -> int:
        super().write(text[: max(MAX_OUTPUT - self.tell(), 0)])
        return len(text)


def python(source: str) -> str:
    """What the Python program `source` prints; an error is its last line."""
    printed = _Bounded()
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(source, "<tool>", "exec"), {"__name__": "__main__"})
        except (Exception, SystemExit) as error:
            printed.write(f"{type(error).__name__}: {error}")
    return printed.getvalue().strip()
