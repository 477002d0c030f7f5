"""From blueprint to graph: each block is written towards the place that it leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..blueprint import Blueprint
from .agents import write_agent
from .answers import ANSWERS
from .flow import END, Exit, Flow
from .parts import CRITICS, PREPARATIONS
from .patterns import PATTERNS
from .simplify import simplified

Write = Callable[["Writer", Blueprint, Exit], int]

BLOCKS: Mapping[str, Write] = {
    **ANSWERS,
    **PATTERNS,
    **PREPARATIONS,
    **CRITICS,
    "agent": write_agent,
}


class Writer:
    """Writes blocks into one flow. A block's writer gets an exit and returns its entry."""

    def __init__(self) -> None:
        self.flow = Flow(fields={"question": "str", "answer": "str"})

    def write(self, node: Blueprint, exit_: Exit) -> int:
        """Write the block `node` so that it leads to `exit_`; returns where it begins."""
        return BLOCKS[node.production](self, node, exit_)


def flow_of(workflow: Blueprint) -> Flow:
    """The graph of a whole workflow."""
    writer = Writer()
    writer.flow.start = writer.write(simplified(workflow).children[0], Exit(END))
    return writer.flow
