"""A candidate's structured form: a typed tree of productions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Value = str | int | float | bool
Path = tuple[int, ...]


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
        return dict(self.params)[name]

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
    def from_dict(cls, data: Mapping[str, Any]) -> Blueprint:
        """Raises KeyError or TypeError where `data` was not made by `to_dict`."""
        params = tuple(sorted(data["params"].items()))
        children = tuple(cls.from_dict(child) for child in data["children"])
        return cls(data["production"], params, children)


def make(production: str, *children: Blueprint, **params: Value) -> Blueprint:
    """A node written as a call: `make("sum", left, right, scale=2)`."""
    return Blueprint(production, tuple(sorted(params.items())), children)
