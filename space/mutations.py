"""Edits of a program at its three levels, drawn over its syntax tree."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from random import Random

from .levels import Level
from .living import living
from .numbers import mixed, number_changes
from .syntax import Place, bound, exchanged, functions, lent, names, parse, replaced

Change = tuple[str, str]
"""A program's new source, and a label that says what changed."""

STEPS = 48
"""Steps of numbers that are drawn at most: the choice is without end."""
STEPS_PER_OPERATOR = 3

FACTORS = (0.5, 0.9, 1.1, 2.0)
"""What a term is multiplied by at first; further steps are those of a number."""

FAMILIES: tuple[dict[type[ast.AST], str], ...] = (
    {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%"},
    {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="},
    {ast.And: "and", ast.Or: "or"},
)
"""Operators that may stand for one another."""

FIXED_FIELDS = ("annotation", "returns", "decorator_list", "func", "target", "targets", "bases")
"""Fields whose expressions are never replaced."""

PARTS_OF_OTHERS = (ast.FormattedValue, ast.Slice, ast.Starred, ast.Yield, ast.YieldFrom, ast.Await)
"""Expressions that only make sense where they stand."""


def changes(source: str, pool: Sequence[str], level: Level, rng: Random) -> Iterator[Change]:
    """Every change of `source` at `level`, places in random order; `pool` lends code.

    What nothing reads is neither changed nor lent. Lazy: each change costs as much as parsing
    the program.
    """
    if level == Level.NODE:
        yield from _node_changes(source, rng)
    elif level == Level.STRUCTURE:
        yield from structure_changes(source, pool, rng)
    else:
        yield from function_changes(source, pool)


def _node_changes(source: str, rng: Random) -> Iterator[Change]:
    """Steps of numbers, and between them one other operator for each there is."""
    steps = islice(number_changes(source, rng), STEPS)
    operators = [place for place in living(parse(source)) if _family(place.node)]
    rng.shuffle(operators)
    for place in operators:
        yield from islice(steps, STEPS_PER_OPERATOR)
        other, label = _other_operator(place.node, rng)
        changed = replaced(source, place, [other])
        if changed is not None:
            yield changed, f"line {place.line}: {label}"
    yield from steps


def _family(node: ast.AST) -> dict[type[ast.AST], str]:
    return next((family for family in FAMILIES if type(node) in family), {})


def _other_operator(node: ast.AST, rng: Random) -> tuple[ast.AST, str]:
    family = _family(node)
    other = rng.choice([kind for kind in family if kind is not type(node)])
    return other(), f"{family[type(node)]} -> {family[other]}"


def structure_changes(
    source: str, pool: Sequence[str], rng: Random, *, borrow_only: bool = False
) -> Iterator[Change]:
    """Statements and expressions replaced by the pool's; others put in, taken out or swapped.

    What is borrowed mentions only names that `source` mentions too. A statement or an element
    of a list may be deleted, repeated or swapped with another, and a term multiplied.
    """
    tree = parse(source)
    known = names(tree) | functions(tree).keys() | vars(builtins).keys()
    donors = [p.node for text in pool for p in living(parse(text)) if names(p.node) <= known]
    statements = [node for node in donors if _is_inner_statement(node)]
    expressions = [node for node in donors if _is_expression(node)]
    inside = [p for p in living(tree) if _may_change(p)]
    swaps = iter(()) if borrow_only else _swaps(source, inside, rng)
    rng.shuffle(inside)
    for place in inside:
        yield from islice(swaps, 1)
        for nodes, label in _rewrites(place, statements, expressions, rng, borrow_only):
            changed = replaced(source, place, nodes)
            if changed is not None:
                yield changed, f"line {place.line}: {label}"


def _rewrites(
    place: Place,
    statements: Sequence[ast.AST],
    expressions: Sequence[ast.AST],
    rng: Random,
    borrow_only: bool,
) -> Iterator[tuple[list[ast.AST], str]]:
    was = _excerpt(place.node)
    is_statement = isinstance(place.node, ast.stmt)
    if not borrow_only:
        if is_statement or place.field == "elts":
            yield [], f"delete `{was}`"
            yield [place.node, place.node], f"repeat `{was}`"
        elif place.field in ("left", "right") and isinstance(place.node, ast.expr):
            factor = rng.choice(FACTORS)
            term = ast.BinOp(place.node, ast.Mult(), ast.Constant(factor))
            yield [term], f"`{was}` times {factor}"
    donors = statements if is_statement else expressions
    if donors:
        donor = rng.choice(donors)
        yield [donor], f"`{was}` -> `{_excerpt(donor)}`"
        if is_statement:
            yield [donor, place.node], f"insert `{_excerpt(donor)}`"


def _swaps(source: str, inside: Sequence[Place], rng: Random) -> Iterator[Change]:
    """Two statements of a block, or two elements of a list, in each other's place."""
    siblings: dict[tuple[int, str], list[Place]] = {}
    for place in inside:
        if place.position is not None and (
            isinstance(place.node, ast.stmt) or place.field == "elts"
        ):
            siblings.setdefault((place.parent, place.field), []).append(place)
    several = [group for group in siblings.values() if len(group) > 1]
    rng.shuffle(several)
    for group in several:
        a, b = rng.sample(group, 2)
        changed = exchanged(source, [(a, b.node), (b, a.node)])
        if changed is not None:
            yield changed, f"line {a.line}: swap `{_excerpt(a.node)}` and `{_excerpt(b.node)}`"


def _may_change(place: Place) -> bool:
    """Whether a place is inside a function, or computes something outside one."""
    if place.field in FIXED_FIELDS:
        return False
    return _is_inner_statement(place.node) or _is_expression(place.node)


def _is_inner_statement(node: ast.AST) -> bool:
    whole = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    return isinstance(node, ast.stmt) and not isinstance(node, whole)


def _is_expression(node: ast.AST) -> bool:
    if not isinstance(node, ast.expr) or isinstance(node, PARTS_OF_OTHERS):
        return False
    text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return not text and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def function_changes(source: str, pool: Sequence[str]) -> Iterator[Change]:
    """Whole functions and classes of the same name, taken from the pool's programs.

    What they need of their own program, such as imports, comes with them.
    """
    tree = parse(source)
    present = frozenset(vars(builtins)).union(*(bound(node) for node in tree.body))
    for name, place in functions(tree).items():
        for number, text in enumerate(pool, start=1):
            donor = parse(text)
            other = functions(donor).get(name)
            if other is None or ast.dump(other.node) == ast.dump(place.node):
                continue
            along = lent(donor, names(other.node), present)
            changed = replaced(source, place, [*along, other.node])
            if changed is not None:
                yield changed, f"take `{name}` of program {number}"


def crossed(source: str, donor: str, rng: Random) -> str | None:
    """`source` with something of `donor`; None where there is nothing to be had.

    One of the ways there are: a run of its numbers where the programs differ in nothing
    else, a whole function, or a statement or an expression.
    """

    def whole() -> str | None:
        found = [changed for changed, _ in function_changes(source, [donor])]
        return rng.choice(found) if found else None

    def part() -> str | None:
        found = structure_changes(source, [donor], rng, borrow_only=True)
        return next((changed for changed, _ in found if changed != source), None)

    ways: list[Callable[[], str | None]] = [lambda: mixed(source, donor, rng), whole, part]
    rng.shuffle(ways)
    return next((child for way in ways if (child := way()) is not None), None)


def _excerpt(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 40 else f"{text[:37]}..."
