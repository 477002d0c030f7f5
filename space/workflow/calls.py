"""Writing a call of the language model, as the lines that a formatter would leave."""

from __future__ import annotations

import textwrap

WIDTH = 96
"""Characters of a line inside a function."""


def asking(instruction: str, role: str, *, fields: bool = False, **options: object) -> list[str]:
    """Lines that put the model's reply into `text`.

    Where `fields` is set, `instruction` is the inside of an f-string.
    """
    return [*_assigned(instruction, "f" if fields else ""), *_called(role, options)]


def quoted(text: str) -> str:
    """A string literal as a formatter would write it."""
    return f'"{escaped(text)}"'


def escaped(text: str) -> str:
    """The inside of a string literal in double quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def literal(value: object) -> str:
    """A parameter's value as Python."""
    return quoted(value) if isinstance(value, str) else repr(value)


def _assigned(instruction: str, prefix: str) -> list[str]:
    """`instruction = ...`, over several lines where it is long."""
    line = f"instruction = {prefix}{quoted(instruction)}"
    if len(line) <= WIDTH:
        return [line]
    pieces = textwrap.wrap(
        escaped(instruction),
        WIDTH - 6 - len(prefix),
        drop_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )
    shown = [f'    {prefix if "{" in piece else ""}"{piece}"' for piece in pieces]
    return ["instruction = (", *shown, ")"]


def _called(role: str, options: dict[str, object]) -> list[str]:
    given = ", ".join(
        f"{name}={literal(value)}" for name, value in {"role": role, **options}.items()
    )
    arguments = f"prompt(state, instruction), {given}"
    line = f"text = runtime.context.call({arguments})"
    if len(line) <= WIDTH:
        return [line]
    return ["text = runtime.context.call(", f"    {arguments}", ")"]
