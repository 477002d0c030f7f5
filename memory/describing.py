"""What a search reads of an item: for a candidate, its design in words."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

from ..space import Blueprint
from .encoding import from_json
from .errors import Unreadable

VERSION = 2
"""Of the words below: vectors of another version are made anew."""
MOST_CODE = 100_000
"""Characters of a program in which docstrings are looked for."""
_DOCSTRING = re.compile(r'"""(.{1,400}?)(?:"""|\n\n|\Z)', re.DOTALL)
_PRODUCTION = re.compile(r'"production":"([^"\\]{1,60})"')
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def text_of(kind: str, row: sqlite3.Row) -> str:
    """The words of an item. A candidate's are its name, what its docstrings say first, and
    its blueprint read out or, where it has none, the idea behind it; never its code."""
    if kind != "candidate":
        return str(row["text"])
    docstrings = dict.fromkeys(_DOCSTRING.findall(row["source"][:MOST_CODE]))
    if row["blueprint"]:
        design = ". ".join(dict.fromkeys(read_out(built(row["id"], row["blueprint"]))))
    else:
        design = row["idea"] or ""
    return "\n".join([row["name"], *docstrings, design])


def built(id_: str, blueprint: str) -> Blueprint:
    """A candidate's stored blueprint; raises Unreadable for one that no Discover wrote."""
    try:
        return Blueprint.from_dict(from_json(blueprint))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"candidate {id_}: its blueprint cannot be read: {error}") from error


def read_out(blueprint: Blueprint) -> Iterator[str]:
    """Each production with the parameters that say something, as words."""
    for _, node in blueprint.walk():
        said = [node.production]
        for name, value in node.params:
            if value is True:
                said.append(name)
            elif value not in (False, "none", "default", "plain"):
                said.append(f"{name} {value}")
        yield _HUMP.sub(" ", " ".join(said).replace("_", " "))


def productions(blueprint: str | None) -> frozenset[str]:
    """The parts that a stored blueprint is made of, read without building it."""
    return frozenset(_PRODUCTION.findall(blueprint or ""))
