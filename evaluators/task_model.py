"""The language model inside candidates: what is asked, and what came back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Call:
    """One request of a candidate. `sample` counts equal requests within one item."""

    prompt: str
    role: str = ""
    temperature: float = 0.0
    max_tokens: int = 256
    sample: int = 0


@dataclass(frozen=True)
class Reply:
    """What the model said; `seconds` and `usd` are what the reply took when it was made."""

    text: str
    tokens: int
    seconds: float = 0.0
    usd: float = 0.0


class ModelFailed(Exception):
    """The model gave no usable reply, retries included; the message is one line.

    `seconds` is what the last try took when it was made.
    """

    def __init__(self, message: str, seconds: float = 0.0) -> None:
        super().__init__(message)
        self.seconds = seconds


class TaskModel(Protocol):
    """A model that candidates may ask."""

    @property
    def name(self) -> str: ...

    def reply(self, call: Call) -> Reply:
        """Raises ModelFailed. The same call gives the same reply where it was recorded."""
        ...
