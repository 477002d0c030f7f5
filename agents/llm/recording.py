"""What models answered once: so that a campaign can be made again without asking them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...harmless import shown
from ...memory.calls import Call, key_of
from .errors import BudgetReached, LLMError, Refused, Unavailable, Unreadable

FORMAT = "discover-replies-1"
_FAILURES: dict[str, Callable[[str], LLMError]] = {
    "budget": BudgetReached,
    "declined": Refused,
    "unreadable": lambda said: Unreadable(said, ""),
    "answered": lambda said: Unavailable(said, transient=False, answered=True),
    "unavailable": lambda said: Unavailable(said, transient=False),
}
"""How each failure is made again, by the word that stands before it in the journal."""


class NotARecording(ValueError):
    """A file that holds no replies; the message is one line for the user."""


def described(error: LLMError) -> str:
    """A failed call as the journal keeps it; `failure_of` is the inverse."""
    if isinstance(error, Unavailable):
        return f"{'answered' if error.answered else 'unavailable'}: {error}"
    if isinstance(error, BudgetReached):
        return f"budget: {error}"
    kinds = {Refused: "declined", Unreadable: "unreadable"}
    return f"{kinds.get(type(error), 'unavailable')}: {error}"


def failure_of(described: str) -> LLMError:
    """The failure that the journal describes."""
    kind, _, said = described.partition(": ")
    make = _FAILURES.get(kind, _FAILURES["unavailable"])
    return make(said if kind in _FAILURES else described)


@dataclass(frozen=True)
class Recording:
    """Replies, and failures where there was none, by the request. Safe to read from threads.

    `models` are the settings under which they were given: whoever asks under others asks
    something else.
    """

    models: Mapping[str, Any] = field(default_factory=dict)
    replies: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Each as the journal describes it, with its seconds; of several tries, the last."""

    @classmethod
    def of(cls, calls: Iterable[Call], models: Mapping[str, Any] | None = None) -> Recording:
        """The recording of a campaign's calls: of the same request, the first reply counts."""
        recording = cls(models or {})
        for call in calls:
            recording._add(key_of(call.request), call.reply, call.error, call.wall_s)
        return recording

    @classmethod
    def read(cls, path: Path) -> Recording:
        """The recording that `write` made; raises OSError and NotARecording."""
        with path.open(encoding="utf-8") as file:
            try:
                head, *entries = map(json.loads, file)
                if head["format"] != FORMAT:
                    raise ValueError(f"format {shown(head['format'])}")
                recording = cls(dict(head["models"]))
                for entry in entries:
                    wall_s = float(entry.get("wall_s", 0.0))
                    key, error = key_of(dict(entry["request"])), str(entry["error"])
                    recording._add(key, entry["reply"], error, wall_s)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                why = f"{type(error).__name__}: {error}"
                raise NotARecording(f"{path} is not what --record wrote ({why})") from error
        return recording

    def find(self, request: Mapping[str, Any]) -> Any:
        """What came back for the same request, or None."""
        return self.replies.get(key_of(request))

    def failure(self, request: Mapping[str, Any]) -> LLMError | None:
        """How the same request failed, or None where it was never made."""
        failed = self.failures.get(key_of(request))
        if failed is None:
            return None
        failure = failure_of(failed[0])
        failure.wall_s = failed[1]
        return failure

    def _add(self, key: str, reply: Any, error: str, wall_s: float) -> None:
        if reply is not None:
            self.replies.setdefault(key, reply)
        else:
            self.failures[key] = error, wall_s


def write(path: Path, calls: Iterable[Call], models: Mapping[str, Any]) -> None:
    """Write what was asked and answered, one JSON object a line; raises OSError."""
    with path.open("w", encoding="utf-8") as file:
        print(json.dumps({"format": FORMAT, "models": dict(models)}), file=file)
        for call in calls:
            came = {"reply": call.reply, "error": call.error, "wall_s": call.wall_s}
            print(json.dumps({"request": dict(call.request), **came}), file=file)
