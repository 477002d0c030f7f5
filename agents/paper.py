"""A paper's text, read by a model into entries of the knowledge base."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field

from ..memory.knowledge import Knowledge
from ..prompts import render
from .llm import Ask, Message
from .llm.structured import Answer, Structured

PIECE = 12_000
"""Characters of a text that are read at a time."""
OVERLAP = 500
"""Characters of a piece that the next one begins with."""
MOST_PIECES = 12
MOST_ENTRIES = 5
"""From one piece."""
CHARS_PER_TOKEN = 3
"""At least so many: what a small context can hold is reckoned with it."""


def _cut(most: int) -> BeforeValidator:
    return BeforeValidator(lambda v: " ".join(v.split())[:most] if isinstance(v, str) else v)


Said: TypeAlias = Annotated[str, Field(min_length=1, max_length=600), _cut(600)]
Perhaps: TypeAlias = Annotated[str, Field(max_length=600), _cut(600)]


class Entry(Answer):
    """One technique that a text describes."""

    problem: Said
    idea: Said
    how: Perhaps
    limits: Perhaps


class Reading(Answer):
    """What a piece of a paper gives."""

    source: Annotated[str, Field(max_length=200), _cut(200)]
    entries: Annotated[
        list[Entry],
        BeforeValidator(lambda v: v[:MOST_ENTRIES] if isinstance(v, list) else v),
        Field(max_length=MOST_ENTRIES),
    ]


def read_paper(
    structured: Structured, text: str, domain: str, *, source: str = ""
) -> Iterator[Knowledge]:
    """Entries from a paper's text, piece by piece, as soon as each is read.

    `source` is what entries cite; where it is empty, the first source that the model finds
    in the text. Only the first `MOST_PIECES` pieces are read. Raises LLMError, and
    ValueError where the text names no source and none is given.
    """
    settings = structured.client.settings
    model = settings.of_role("planner")[0]
    for piece in pieces(text, _room(settings.context_tokens, settings.max_tokens)):
        prompt = render("paper", domain=domain, text=piece, guidance="")
        ask = Ask(
            role="reader",
            messages=(Message("system", prompt.system), Message("user", prompt.user)),
            temperature=0.0,
            max_tokens=settings.max_tokens,
            prompt=prompt.version,
        )
        reading = structured.json(ask, model, Reading)
        source = source or reading.source
        if reading.entries and not source:
            raise ValueError("the text names no source: say whose it is")
        for entry in reading.entries:
            yield Knowledge(domain, source, entry.problem, entry.idea, entry.how, entry.limits)


def pieces(text: str, size: int) -> list[str]:
    """The text cut into overlapping pieces of at most `size` characters, at ends of
    paragraphs where there are any."""
    found: list[str] = []
    start = 0
    while start < len(text) and len(found) < MOST_PIECES:
        end = min(len(text), start + size)
        if end < len(text):
            paragraph = text.rfind("\n\n", start + size // 2, end)
            end = paragraph if paragraph > 0 else end
        found.append(text[start:end])
        start = end if end == len(text) else max(start + 1, end - min(OVERLAP, size // 4))
    return [piece for piece in found if piece.strip()]


def _room(context_tokens: int | None, reply_tokens: int) -> int:
    """Characters of a piece that leave room for the question and its answer."""
    if context_tokens is None:
        return PIECE
    return max(1000, min(PIECE, CHARS_PER_TOKEN * (context_tokens - reply_tokens - 700)))
