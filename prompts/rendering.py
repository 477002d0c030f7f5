"""Rendering of the templates, with what is untrusted fenced in as data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

DIGITS = 12
"""Hex digits of a fence's mark: nobody writes a text that holds its own hash."""

SHARED = "_shared"


@dataclass(frozen=True)
class Prompt:
    """A rendered template. `version` names it and the text that it was rendered from."""

    system: str
    user: str
    version: str


def render(name: str, /, **data: Any) -> Prompt:
    """The template `name` with `data`; raises jinja2.UndefinedError where data is missing."""
    template = _environment().get_template(name)
    parts = {
        block: "".join(template.blocks[block](template.new_context(data))).strip()
        for block in ("system", "user")
        if block in template.blocks
    }
    return Prompt(parts.get("system", ""), parts["user"], _version(name))


def names() -> list[str]:
    """Every template that can be rendered."""
    files = (f.name for f in resources.files(__package__).iterdir())
    return sorted(f[:-3] for f in files if f.endswith(".j2") and not f.startswith("_"))


def fence(text: object, label: str) -> str:
    """`text` between two marks that it cannot contain: data, whatever it says."""
    body = str(text).strip("\n")
    mark = hashlib.sha256(f"{label}\n{body}".encode(errors="replace")).hexdigest()[:DIGITS]
    return f"<data {mark}: {label}>\n{body}\n</data {mark}>"


@cache
def _environment() -> Environment:
    # Prompts are plain text, not HTML; and templates are ours alone: text from outside
    # comes in as a value and is never compiled.
    environment = Environment(
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data"] = fence
    return environment


@cache
def _version(name: str) -> str:
    text = _source(name) + _source(SHARED)
    return f"{name}@{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _source(name: str) -> str:
    return (resources.files(__package__) / f"{name}.j2").read_text(encoding="utf-8")
