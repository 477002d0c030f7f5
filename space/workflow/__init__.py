"""The workflow space: a grammar of agentic workflows, and the published ones in it.

A rendered module depends on langgraph alone and defines `graph` and
`solve(question, call, tools)`: `call(prompt, role=, temperature=, max_tokens=)` asks a
language model, and `tools` are functions by name.
"""

from ..grammar import Grammar
from .diagram import diagram
from .productions import ROOT, rules
from .references import references
from .render import render

__all__ = ["diagram", "references", "space"]


def space(*, models: bool = True) -> Grammar:
    """The grammar; without `models` it proposes only what needs no language model."""
    return Grammar(ROOT, rules(models=models), render, max_nodes=96, max_depth=32)
