"""A probabilistic context-free grammar over typed states, after einspace (arXiv 2405.20838)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random

from ..harmless import cut, shown
from .blueprint import Blueprint, Path
from .branching import probabilities, spectral_radius
from .levels import Level
from .menu import menu
from .production import Production, Slot
from .space import Edit


class Grammar:
    """A `Space` of the typed trees that `productions` allow below `root`.

    Every blueprint it makes has at most `max_nodes` nodes and `max_depth` levels of
    nesting, and `render` turns it into source.
    """

    def __init__(
        self,
        root: Slot,
        productions: Iterable[Production],
        render: Callable[[Blueprint], str],
        *,
        max_nodes: int = 64,
        max_depth: int = 8,
    ) -> None:
        """Raises ValueError where samples are not sure to end, or a slot stays empty."""
        self.root = root
        self.productions = {p.name: p for p in productions}
        self.max_nodes = max_nodes
        self.max_depth = max_depth
        self._render = render
        self._check_rules()

    def sample(self, rng: Random) -> Blueprint:
        """A random blueprint within the bounds: drawn again until it fits."""
        return self.fresh(self.root, rng)

    def edits(self, blueprint: Blueprint, level: Level, rng: Random) -> Sequence[Edit]:
        """Every edit at `level`: parameters, swaps, insertions, removals, fresh subtrees.

        Raises ValueError where `blueprint` is not of this grammar.
        """
        self.check(blueprint)
        return menu(self, blueprint, level, rng)

    def apply(self, blueprint: Blueprint, edit: Edit) -> Blueprint:
        """`blueprint` after `edit`; raises ValueError where it does not fit."""
        if edit.path not in (path for path, _ in blueprint.walk()):
            raise ValueError(f"the edit's path {edit.path} leads nowhere")
        edited = blueprint.replace(edit.path, edit.subtree)
        self.check(edited)
        return edited

    def crossover(self, a: Blueprint, b: Blueprint, rng: Random) -> Blueprint:
        """`a` with one subtree of `b`, drawn evenly from those that give neither parent.

        Where there is none, `a` itself.
        """
        self.check(a)
        self.check(b)
        donors = [(node, self.state(node)) for _, node in b.walk()]
        pairs = [
            (path, donor)
            for path, slot, node in self.slots(a)
            for donor, state in donors
            if state in slot and donor != node and self.fits(a, path, donor)
        ]
        children = (a.replace(*pair) for pair in rng.sample(pairs, len(pairs)))
        return next((child for child in children if child != b), a)

    def render(self, blueprint: Blueprint) -> str:
        """The Python source that a person would keep.

        Raises ValueError where `blueprint` is not of this grammar.
        """
        self.check(blueprint)
        return self._render(blueprint)

    def tokens(self, blueprint: Blueprint) -> Sequence[str]:
        """Productions and their parameters as words, parents first."""
        words: list[str] = []
        for _, node in blueprint.walk():
            words.append(node.production)
            words.extend(f"{node.production}.{name}={value}" for name, value in node.params)
        return words

    def check(self, blueprint: Blueprint) -> None:
        """Raises ValueError with one line that names the place and what was expected."""
        nodes = sum(1 for _ in blueprint.walk())
        if nodes > self.max_nodes:
            raise ValueError(f"the blueprint has {nodes} nodes, more than {self.max_nodes}")
        if depth(blueprint) > self.max_depth:
            raise ValueError(f"the blueprint nests {depth(blueprint)} deep, over {self.max_depth}")
        self._check_node(blueprint, self.root, "")

    def state(self, node: Blueprint) -> str:
        """The state that `node` produces."""
        return self.productions[node.production].state

    def slots(self, blueprint: Blueprint) -> Iterator[tuple[Path, Slot, Blueprint]]:
        """Every node with its path and the slot it fills, parents first."""
        pending: list[tuple[Path, Slot, Blueprint]] = [((), self.root, blueprint)]
        while pending:
            path, slot, node = pending.pop()
            yield path, slot, node
            accepted = self.productions[node.production].children
            below = [((*path, i), accepted[i], child) for i, child in enumerate(node.children)]
            pending.extend(reversed(below))

    def offered(self, slot: Slot) -> list[Production]:
        """The productions that may be proposed for `slot`, in the grammar's order."""
        return [p for p in self.productions.values() if p.state in slot and p.weight > 0]

    def fits(self, blueprint: Blueprint, path: Path, subtree: Blueprint) -> bool:
        """Whether `subtree` at `path` keeps the blueprint within its bounds."""
        if len(path) + depth(subtree) > self.max_depth:
            return False
        return size(blueprint) - size(blueprint.at(path)) + size(subtree) <= self.max_nodes

    def fresh(self, slot: Slot, rng: Random) -> Blueprint:
        """A random subtree for `slot`, within the bounds of a whole blueprint."""
        while True:
            subtree = self._draw(slot, rng)
            if size(subtree) <= self.max_nodes and depth(subtree) <= self.max_depth:
                return subtree

    def _draw(self, slot: Slot, rng: Random) -> Blueprint:
        names, weights = zip(*probabilities(slot, self.offered(slot)).items(), strict=True)
        production = self.productions[rng.choices(names, weights)[0]]
        params = {name: choice.draw(rng) for name, choice in sorted(production.params.items())}
        children = tuple(self._draw(child, rng) for child in production.children)
        return Blueprint(production.name, tuple(params.items()), children)

    def _check_node(self, node: Blueprint, slot: Slot, where: str) -> None:
        production = self.productions.get(node.production)
        where = f"{where}/{cut(node.production)}"
        if production is None or production.state not in slot:
            fitting = ", ".join(p.name for p in self.productions.values() if p.state in slot)
            raise ValueError(f"{where}: not a {' or '.join(slot)}; expected one of {fitting}")
        params = dict(node.params)
        if params.keys() != production.params.keys() or len(params) != len(node.params):
            expected = ", ".join(sorted(production.params)) or "none"
            raise ValueError(f"{where}: parameters are {expected}; got {cut(str(sorted(params)))}")
        for name, choice in production.params.items():
            if params[name] not in choice:
                allowed = ", ".join(map(repr, choice.values))
                raise ValueError(f"{where}: {name} is one of {allowed}; got {shown(params[name])}")
        if len(node.children) != len(production.children):
            raise ValueError(
                f"{where}: takes {len(production.children)} children; got {len(node.children)}"
            )
        for child, child_slot in zip(node.children, production.children, strict=True):
            self._check_node(child, child_slot, where)

    def _check_rules(self) -> None:
        for slot in (self.root, *(s for p in self.productions.values() for s in p.children)):
            if not self.offered(slot):
                raise ValueError(f"no production of positive weight fills the slot {slot}")
        levels = {(p.state, p.level) for p in self.productions.values()}
        if len(levels) != len({state for state, _ in levels}):
            raise ValueError("the productions of one state must share one level")
        radius = spectral_radius(list(self.productions.values()))
        if radius >= 1:
            raise ValueError(
                f"samples have no finite expected size: growth rate {radius:.2f}, must be below 1"
            )


def size(node: Blueprint) -> int:
    """How many nodes a tree has."""
    return 1 + sum(size(child) for child in node.children)


def depth(node: Blueprint) -> int:
    """How many nodes the longest way from the root down passes."""
    return 1 + max((depth(child) for child in node.children), default=0)
