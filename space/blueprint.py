"""A candidate's structured form: a typed tree of productions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from sys import float_info
from typing import Any

from ..harmless import cut, shown

Value = str | int | float | bool
Path = tuple[int, ...]

MAX_NODES = 512
MAX_DEPTH = 64
"""What `from_dict` takes at most: far above any grammar's own bounds."""


@dataclass(frozen=True)
class Blueprint:
    """One node of the tree: a production, its parameters and the subtrees it holds.

    `params` is sorted by name, so equal trees compare and hash equal.
    """

    production: str
    params: tuple[tuple[str, Value], ...] = ()
    children: tuple[Blueprint, ...] = ()

    def __getitem__(self, name: str) -> Value:
        """The parameter called `name`; raises KeyError where there is none."""
        for known, value in self.params:
            if known == name:
                return value
        raise KeyError(name)

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, Blueprint]]:
        """Every node with its path from the root, parents first."""
        yield path, self
        for i, child in enumerate(self.children):
            yield from child.walk((*path, i))

    def at(self, path: Path) -> Blueprint:
        """The subtree at `path`; raises IndexError where there is none."""
        node = self
        for i in path:
            node = node.children[i]
        return node

    def replace(self, path: Path, subtree: Blueprint) -> Blueprint:
        """This tree with the node at `path` replaced by `subtree`."""
        if not path:
            return subtree
        i, *rest = path
        children = list(self.children)
        children[i] = children[i].replace(tuple(rest), subtree)
        return Blueprint(self.production, self.params, tuple(children))

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; `from_dict` is its inverse."""
        return {
            "production": self.production,
            "params": dict(self.params),
            "children": [child.to_dict() for child in self.children],
        }

    @classmethod
    def from_dict(cls, data: object) -> Blueprint:
        """The tree that `to_dict` wrote; `data` may come from anywhere.

        Raises ValueError with one line that names what is wrong, also where the tree
        has more than MAX_NODES nodes or nests deeper than MAX_DEPTH.
        """
        tree = _read(data, depth=1)
        nodes = sum(1 for _ in tree.walk())
        if nodes > MAX_NODES:
            raise ValueError(f"a blueprint has at most {MAX_NODES} nodes; got {nodes}")
        return tree


def make(production: str, *children: Blueprint, **params: Value) -> Blueprint:
    """A node written as a call: `make("sum", left, right, scale=2)`."""
    return Blueprint(production, tuple(sorted(params.items())), children)


def _read(data: object, depth: int) -> Blueprint:
    if depth > MAX_DEPTH:
        raise ValueError(f"a blueprint nests at most {MAX_DEPTH} deep")
    if not isinstance(data, Mapping) or set(data) != {"production", "params", "children"}:
        raise ValueError("a blueprint's node is an object of production, params and children")
    production, params, children = data["production"], data["params"], data["children"]
    if not isinstance(production, str):
        raise ValueError(f"a production is a name; got {type(production).__name__}")
    if not isinstance(params, Mapping) or not isinstance(children, list | tuple):
        raise ValueError(f"{cut(production)}: params is an object and children is a list")
    for name, value in params.items():
        if not isinstance(name, str) or not _is_value(value):
            raise ValueError(
                f"{cut(production)}: parameter {shown(name)} is text, a finite number or a bool"
            )
    return Blueprint(
        production,
        tuple(sorted(params.items())),
        tuple(_read(child, depth + 1) for child in children),
    )


def _is_value(value: object) -> bool:
    # Of whole numbers, too, only what a float can hold: others compute with it.
    return isinstance(value, str) or (
        isinstance(value, int | float) and abs(value) <= float_info.max
    )
