"""Writing a workflow's blocks, each by the writer of its kind, into one graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..blueprint import Blueprint
from .flow import Exit, Flow

Write = Callable[["Writer", Blueprint, Exit], int]
"""Writes one kind of block: gets the writer, the block and its exit; returns its entry."""


class Writer:
    """Writes blocks into one flow; `blocks` has the writer of each production."""

    def __init__(self, blocks: Mapping[str, Write]) -> None:
        self.flow = Flow(fields={"question": "str", "answer": "str"})
        self._blocks = blocks

    def write(self, node: Blueprint, exit_: Exit) -> int:
        """Write the block `node` so that it leads to `exit_`; returns where it begins."""
        return self._blocks[node.production](self, node, exit_)
