"""The tools of a workflow: they run beside it, in its own process.

Of the standard library alone and without imports from outside this folder: an exported
workflow takes a copy along. Nothing here knows an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .calculator import calculator
from .documents import Documents, read_tool, search_tool
from .interpreter import python
from .office import add_days, convert, days_between, exchange_tool, lookup_tool, weekday

Tool = Callable[..., str]

MAKERS: Mapping[str, Callable[[Mapping[str, Any]], Tool]] = {
    "calculator": lambda _: calculator,
    "python": lambda _: python,
    "search": lambda payload: search_tool(Documents(payload["documents"])),
    "read": lambda payload: read_tool(Documents(payload["documents"])),
    "convert": lambda _: convert,
    "weekday": lambda _: weekday,
    "add_days": lambda _: add_days,
    "days_between": lambda _: days_between,
    "exchange": lambda payload: exchange_tool(payload["rates"]),
    "lookup": lambda payload: lookup_tool(payload["table"]),
}


def make_tools(
    names: Sequence[str], payload: Mapping[str, Any], others: Mapping[str, Tool] | None = None
) -> dict[str, Tool]:
    """A fresh set of the named tools for one item; `others` are there beside those known here.

    Raises ValueError for an unknown name.
    """
    others = others or {}
    known = [*MAKERS, *others]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"no tool {unknown[0]!r}; there are {', '.join(known)}")
    return {name: others[name] if name in others else MAKERS[name](payload) for name in names}
