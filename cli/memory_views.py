"""How what is in memory looks on a terminal: plain tables that fit into its width."""

from __future__ import annotations

import base64
import csv
import dataclasses
import json
import math
import shutil
import sys
import textwrap
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from .. import harmless
from .text import plain

SHORT = 10
"""Digits of an id that a table shows; any command takes them for the whole."""


GAP = 3
"""Characters between two columns of a table."""
WIDEST = 100
"""Longer lines of prose are hard to read, however wide the terminal."""
ROOMY = 12
"""Characters of a text that should be seen before another column is left out."""
HALF_A_YEAR_S = 183 * 86400.0
NARROWEST = 6
"""A column of text that shrinks keeps so many characters while others can give way."""

Csv = Annotated[bool, typer.Option("--csv", help="Print rows of comma-separated values.")]


def short(id_: str | None) -> str:
    return plain(id_ or "")[:SHORT]


def number(value: float | None, digits: int = 4) -> str:
    """A figure of so many significant digits; a dash where there is none."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.{digits}g}"


def when(seconds: float) -> str:
    """Seconds since 1970 as local date and time."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def lately(seconds: float) -> str:
    """The same as short as `ls` has it: without the year, or without the time where it is long
    past."""
    form = "%m-%d %H:%M" if abs(time.time() - seconds) < HALF_A_YEAR_S else "%Y-%m-%d"
    return time.strftime(form, time.localtime(seconds))


def code(source: str) -> list[str]:
    """Source line by line with its layout."""
    return harmless.lines(source.expandtabs(4))


def heading(text: str) -> None:
    print(f"\n{plain(text)}")


def width() -> int:
    """Columns of the terminal, or of COLUMNS; never so few that nothing fits."""
    return max(40, shutil.get_terminal_size().columns)


def fields(pairs: Mapping[str, object]) -> None:
    """Name and value a line; what is empty is left out."""
    names = max(map(len, pairs), default=0)
    for name, value in pairs.items():
        paragraph(value, f"{name:<{names}}  ")


def paragraph(text: object, start: str, limit: int | None = None) -> None:
    """Text after `start`, in lines of the terminal's width that begin below it."""
    if said := plain(text, limit):
        indent = " " * len(start)
        print(textwrap.fill(said, min(width(), WIDEST), initial_indent=start,
                            subsequent_indent=indent))  # fmt: skip


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """A table; a column whose name ends in `>` is aligned to the right, and one that ends in
    `?` is left out where the terminal is too narrow for all.

    Cells are text and nothing else: neither rich's markup nor the terminal's own.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    lines = [[plain(cell, 200) for cell in row] for row in rows]
    if not lines:
        print(empty)
        return
    console = Console(highlight=False, markup=False, emoji=False)
    shown = _chosen(columns, lines, console.width)
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    widths = _fit([c.needed for c in shown], [c.keep for c in shown], console.width)
    for column, width in zip(shown, widths, strict=True):
        grid.add_column(
            Text(column.head),
            justify="right" if column.right else "left",
            width=width,
            overflow="ellipsis",
            no_wrap=True,
        )
    for line in lines:
        grid.add_row(*(Text(line[column.place]) for column in shown))
    console.print(grid)


@dataclasses.dataclass(frozen=True)
class _Column:
    """`needed` characters show all of it; `keep` says that nothing of it may be cut."""

    place: int
    head: str
    needed: int
    right: bool
    keep: bool
    dispensable: bool


def _chosen(columns: Sequence[str], lines: Sequence[Sequence[str]], width: int) -> list[_Column]:
    """The columns that are shown: the last dispensable ones go until the others fit."""
    from rich.cells import cell_len

    found = []
    for place, name in enumerate(columns):
        head = plain(name.rstrip("?").rstrip(">"))
        needed = max(cell_len(head), *(cell_len(line[place]) for line in lines))
        right = name.rstrip("?").endswith(">")
        keep = right or head == "id"
        found.append(_Column(place, head, needed, right, keep, name.endswith("?")))
    while any(column.dispensable for column in found):
        least = sum(c.needed if c.keep else min(c.needed, ROOMY) for c in found)
        if least + GAP * (len(found) - 1) <= width:
            break
        found.remove([column for column in found if column.dispensable][-1])
    return found


def _fit(widths: Sequence[int], keep: Sequence[bool], available: int) -> list[int]:
    """Column widths that fit. The widest text gives way; a figure, which means something else
    when it is cut, only where texts have shrunk already."""
    left = available - GAP * (len(widths) - 1)
    fitted = list(widths)
    while sum(fitted) > left and max(fitted) > 1:
        texts = [n for n, kept in enumerate(keep) if not kept and fitted[n] > NARROWEST]
        widest = max(texts or range(len(fitted)), key=lambda n: fitted[n])
        fitted[widest] -= 1
    return fitted


def printed(value: Any, as_json: bool, as_csv: bool, rows: Iterable[Any] | None = None) -> bool:
    """Print `value` for machines, where that was asked for; as CSV its `rows`, if given."""
    if as_json:
        print_json(value)
    elif as_csv:
        print_csv(value if rows is None else rows)
    return as_json or as_csv


def print_json(value: Any) -> None:
    """One JSON document, ASCII only; records become objects, bytes `{"base64": ...}`."""
    print(json.dumps(_jsonable(value), indent=2, allow_nan=False))


def print_csv(records: Iterable[Any]) -> None:
    """A row a record: what is nested has its path for a column, lists are JSON."""
    flat = [dict(_flat(_jsonable(record))) for record in records]
    columns = dict.fromkeys(name for row in flat for name in row)
    writer = csv.DictWriter(sys.stdout, list(columns), restval="", lineterminator="\n")
    if columns:
        writer.writeheader()
    writer.writerows({k: harmless.spreadsheet(v) for k, v in row.items()} for row in flat)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else name)
    else:
        yield path or "value", json.dumps(value) if isinstance(value, list) else value


def _jsonable(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): _jsonable(v) for k, v in value.items()}
    if isinstance(value, set | frozenset):
        value = sorted(value)
    if isinstance(value, list | tuple):
        return [_jsonable(v) for v in value]
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no word for it
    return value
