"""The numbered menu of edits that a grammar offers for a blueprint."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Protocol

from .blueprint import Blueprint, Path
from .levels import Level
from .production import Production, Slot
from .space import Edit


class Rules(Protocol):
    """What the menu asks of a grammar."""

    productions: dict[str, Production]

    def slots(self, blueprint: Blueprint) -> Iterator[tuple[Path, Slot, Blueprint]]: ...

    def offered(self, slot: Slot) -> list[Production]: ...

    def fits(self, blueprint: Blueprint, path: Path, subtree: Blueprint) -> bool: ...

    def fresh(self, slot: Slot, rng: Random) -> Blueprint: ...


def menu(rules: Rules, blueprint: Blueprint, level: Level, rng: Random) -> list[Edit]:
    """Every edit of `blueprint` at `level`, node by node, without repetition."""
    edits: list[Edit] = []
    seen: set[tuple[Path, Blueprint]] = set()
    for path, slot, node in rules.slots(blueprint):
        for subtree, label in _changes(rules, node, slot, level, rng):
            if subtree == node or (path, subtree) in seen:
                continue
            if rules.fits(blueprint, path, subtree):
                seen.add((path, subtree))
                edits.append(Edit(level, path, subtree, label))
    return edits


def _changes(
    rules: Rules, node: Blueprint, slot: Slot, level: Level, rng: Random
) -> Iterator[tuple[Blueprint, str]]:
    production = rules.productions[node.production]
    yield from _parameters(production, node, level)
    if production.level != level:
        return
    yield from _removals(rules, production, node, slot)
    yield from _insertions(rules, production, node, slot, rng)
    for other in rules.offered(slot):
        if other.name != production.name:
            yield _swapped(rules, node, other, rng), f"swap {production.label} for {other.label}"
    yield rules.fresh(slot, rng), f"fresh {production.state} in place of {production.label}"


def _parameters(
    production: Production, node: Blueprint, level: Level
) -> Iterator[tuple[Blueprint, str]]:
    for name, choice in production.params.items():
        if choice.level != level:
            continue
        for value in choice.values:
            params = tuple(sorted({**dict(node.params), name: value}.items()))
            label = f"{production.label}: {name} {node[name]} -> {value}"
            yield Blueprint(node.production, params, node.children), label


def _swapped(rules: Rules, node: Blueprint, other: Production, rng: Random) -> Blueprint:
    """`other` in `node`'s place: parameters and children that fit are kept."""
    kept = dict(node.params)
    params = {
        name: kept[name] if kept.get(name) in choice else choice.values[0]
        for name, choice in other.params.items()
    }
    spare = list(node.children)
    children = []
    for slot in other.children:
        fitting = [c for c in spare if rules.productions[c.production].state in slot]
        if fitting:
            spare.remove(fitting[0])
        children.append(fitting[0] if fitting else rules.fresh(slot, rng))
    return Blueprint(other.name, tuple(sorted(params.items())), tuple(children))


def _removals(
    rules: Rules, production: Production, node: Blueprint, slot: Slot
) -> Iterator[tuple[Blueprint, str]]:
    for child in node.children:
        inner = rules.productions[child.production]
        if inner.state in slot:
            yield child, f"remove {production.label}, keep {inner.label}"


def _insertions(
    rules: Rules, production: Production, node: Blueprint, slot: Slot, rng: Random
) -> Iterator[tuple[Blueprint, str]]:
    """`node` inside every production of its slot that has a place for it."""
    for wrapper in rules.offered(slot):
        places = [i for i, inner in enumerate(wrapper.children) if production.state in inner]
        for place in places:
            children = tuple(
                node if i == place else rules.fresh(inner, rng)
                for i, inner in enumerate(wrapper.children)
            )
            params = tuple(sorted((n, c.values[0]) for n, c in wrapper.params.items()))
            beside = [rules.productions[c.production].label for c in children if c is not node]
            label = f"wrap {production.label} in {wrapper.label} as part {place + 1}"
            label += f", beside {' and '.join(beside)}" if beside else ""
            yield Blueprint(wrapper.name, params, children), label
