"""Writing nodes of code: a short program on the state, which asks nobody."""

from __future__ import annotations

import ast

from ..blueprint import Blueprint
from ..parsing import syntax_tree
from .calls import literal
from .flow import CODE, Exit
from .programs import PROGRAMS, TAKES, WRITTEN
from .writer import Writer

READ = {
    "question": 'state["question"]',
    "answer": 'state.get("answer", "")',
    "notes": 'state.get("evidence", "")',
}
"""How a node reads what a program may be given."""
ANSWER = 'return {"answer": text}'
NOTE = "return {\"evidence\": f\"{state.get('evidence', '')}\\n{text}\".strip()}"


def write_code(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """A program that answers, or leaves ""."""
    return _code(writer, node.children[0], exit_, ANSWER)


def write_finish(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """The body, then a program that puts its answer right."""
    body, program = node.children
    return writer.write(body, Exit(_code(writer, program, exit_, ANSWER)))


def write_note(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """A program that notes what later prompts show."""
    writer.flow.share("evidence")
    return _code(writer, node.children[0], exit_, NOTE)


def _code(writer: Writer, program: Blueprint, exit_: Exit, use: str) -> int:
    """A node that runs `program`, and then does `use` with its `text`."""
    if program.production == WRITTEN:
        node = _of_text(writer, str(program["code"]), use)
    else:
        node = _of_library(writer, program, use)
    return writer.flow.lead(node, exit_)


def _of_library(writer: Writer, program: Blueprint, use: str) -> int:
    known = PROGRAMS[program.production]
    given = [READ[name] for name in known.given]
    given += [f"{name}={literal(value)}" for name, value in program.params]
    call = f"text = {program.production}({', '.join(given)})"
    return writer.flow.new(f"{CODE}_{program.production}", known.doc, call, use)


def _of_text(writer: Writer, text: str, use: str) -> int:
    writer.flow.share("evidence")
    call = f"text = step({', '.join(READ[name] for name in TAKES)})"
    return writer.flow.new(CODE, "Run a short program.", "", _inside(text), "", call, use)


def _inside(text: str) -> str:
    """A program as it stands inside a function; what a string holds is not moved."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    strings = [
        n for n in ast.walk(syntax_tree(plain)) if isinstance(n, ast.Constant | ast.JoinedStr)
    ]
    within = {i for n in strings for i in range(n.lineno + 1, (n.end_lineno or n.lineno) + 1)}
    lines = enumerate(plain.split("\n"), start=1)
    moved = [f"    {line}" if line and i not in within else line for i, line in lines]
    return "\n".join(moved).removeprefix("    ")
