"""Where calls are kept: the memory's ledger and cache in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...memory import Memory, calls, ledger
from ...memory.calls import Call


class Journal(Protocol):
    """Keeps every call; a reply that it holds need not be paid for twice."""

    @property
    def campaign(self) -> str: ...

    def find(self, request: Mapping[str, Any]) -> Any:
        """What came back for the same request, or None."""
        ...

    def record(self, call: Call) -> None: ...

    def spent(self) -> Mapping[str, float]:
        """Tokens and dollars of the campaign so far, as `tokens` and `usd`."""
        ...


@dataclass(frozen=True)
class MemoryJournal:
    """The journal of one campaign, in memory. Replies of every campaign serve as cache."""

    memory: Memory
    campaign: str

    def find(self, request: Mapping[str, Any]) -> Any:
        found = calls.replies(self.memory, request)
        return found[0] if found else None

    def record(self, call: Call) -> None:
        calls.record(self.memory, call)

    def spent(self) -> Mapping[str, float]:
        return ledger.spent(self.memory, self.campaign)


@dataclass
class ScratchJournal:
    """A journal that is forgotten with the process: for checks and tools without a memory."""

    campaign: str = ""
    calls: list[Call] = field(default_factory=list)

    def find(self, request: Mapping[str, Any]) -> Any:
        kept = (c.reply for c in self.calls if c.request == request and c.reply is not None)
        return next(kept, None)

    def record(self, call: Call) -> None:
        self.calls.append(call)

    def spent(self) -> Mapping[str, float]:
        tokens = sum(c.prompt_tokens + c.completion_tokens for c in self.calls)
        return {"tokens": tokens, "usd": sum(c.usd for c in self.calls)}
