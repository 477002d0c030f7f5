"""From blueprint to graph: each block is written towards the place that it leads to."""

from __future__ import annotations

from collections.abc import Mapping

from ..blueprint import Blueprint
from .agents import write_agent
from .answers import ANSWERS
from .code import write_code, write_finish, write_note
from .flow import END, Exit, Flow
from .parts import CRITICS, PREPARATIONS
from .patterns import PATTERNS
from .simplify import simplified
from .writer import Write, Writer

BLOCKS: Mapping[str, Write] = {
    **ANSWERS,
    **PATTERNS,
    **PREPARATIONS,
    **CRITICS,
    "agent": write_agent,
    "code": write_code,
    "finish": write_finish,
    "note": write_note,
}


def flow_of(workflow: Blueprint) -> Flow:
    """The graph of a whole workflow."""
    writer = Writer(BLOCKS)
    writer.flow.start = writer.write(simplified(workflow).children[0], Exit(END))
    return writer.flow
