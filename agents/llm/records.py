"""What is asked of a language model, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Ask:
    """One question to the model of a role.

    `prompt` names the template and its version. `options` are what the wire needs for a
    structured reply. The seed makes two samples of one prompt two different requests,
    also in the cache; providers that know seeds get it.
    """

    role: str
    messages: tuple[Message, ...]
    seed: int = 0
    temperature: float = 0.7
    max_tokens: int = 2048
    prompt: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    decision: int | None = None


@dataclass(frozen=True)
class Reply:
    """What a model said. One out of the cache tells the tokens and dollars that it cost once.

    `finish` is the provider's reason for stopping: "length" means cut off.
    """

    text: str
    model: str
    finish: str = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float = 0.0
    wall_s: float = 0.0
    cached: bool = False
