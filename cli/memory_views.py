"""How what is in memory looks on a terminal: plain tables that fit into 80 columns."""

from __future__ import annotations

import base64
import dataclasses
import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .. import harmless
from .text import plain

SHORT = 10
"""Digits of an id that a table shows; any command takes them for the whole."""


GAP = 3
"""Characters between two columns of a table."""


def short(id_: str | None) -> str:
    return plain(id_ or "")[:SHORT]


def number(value: float | None) -> str:
    """A figure in at most about 8 characters; a dash where there is none."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def when(seconds: float) -> str:
    """Seconds since 1970 as local date and time."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def code(source: str) -> list[str]:
    """Source line by line with its layout."""
    return harmless.lines(source.expandtabs(4))


def heading(text: str) -> None:
    print(f"\n{plain(text)}")


def fields(pairs: Mapping[str, object]) -> None:
    """Name and value a line; what is empty is left out."""
    import textwrap

    width = max(map(len, pairs), default=0)
    for name, value in pairs.items():
        if said := plain(value):
            start = f"{name:<{width}}  "
            print(textwrap.fill(said, 80, initial_indent=start, subsequent_indent=" " * len(start)))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """A table; a column whose name ends in `>` is aligned to the right.

    Cells are text and nothing else: neither rich's markup nor the terminal's own.
    """
    from rich import box
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    lines = [[plain(cell, 200) for cell in row] for row in rows]
    if not lines:
        print(empty)
        return
    console = Console(highlight=False, markup=False, emoji=False)
    heads = [plain(column.rstrip(">")) for column in columns]
    needed = [max(map(cell_len, cells)) for cells in zip(heads, *lines, strict=True)]
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column, head, width in zip(columns, heads, _fit(needed, console.width), strict=True):
        grid.add_column(
            Text(head),
            justify="right" if column.endswith(">") else "left",
            width=width,
            overflow="ellipsis",
            no_wrap=True,
        )
    for line in lines:
        grid.add_row(*map(Text, line))
    console.print(grid)


def _fit(widths: Sequence[int], available: int) -> list[int]:
    """Column widths that fit: the widest gives way, as long as it is the widest."""
    left = available - GAP * (len(widths) - 1)
    fitted = list(widths)
    while sum(fitted) > left and max(fitted) > 1:
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def as_json(value: Any) -> None:
    """One JSON document, ASCII only; records become objects, bytes `{"base64": ...}`."""
    print(json.dumps(_jsonable(value), indent=2, allow_nan=False))


def _jsonable(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): _jsonable(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_jsonable(v) for v in value]
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no word for it
    return value
