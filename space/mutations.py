"""Edits of a program at its three levels, drawn over its syntax tree."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from math import isfinite
from random import Random

from .levels import Level
from .syntax import Place, bound, functions, lent, names, parse, places, replaced

Change = tuple[str, str]
"""A program's new source, and a label that says what changed."""

SCALES = (0.01, 0.1, 0.5)
"""Relative sizes of a step of a numeric literal."""

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

    Lazy: each change costs as much as parsing the program.
    """
    if level == Level.NODE:
        yield from _node_changes(source, rng)
    elif level == Level.STRUCTURE:
        yield from structure_changes(source, pool, rng)
    else:
        yield from function_changes(source, pool)


def _node_changes(source: str, rng: Random) -> Iterator[Change]:
    candidates = [p for p in places(parse(source)) if _is_number(p.node) or _family(p.node)]
    rng.shuffle(candidates)
    for place in candidates:
        number = _is_number(place.node)
        options = _numbers(place.node, rng) if number else _operators(place.node, rng)
        for node, label in options:
            changed = replaced(source, place, [node])
            if changed is not None:
                yield changed, f"line {place.line}: {label}"


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _numbers(node: ast.AST, rng: Random) -> Iterator[tuple[ast.AST, str]]:
    """A step of each scale; a whole number stays whole and moves by at least one."""
    assert isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    old = node.value
    if isinstance(old, int) and old.bit_length() > 64:
        return
    for scale in SCALES:
        step = scale * rng.gauss(0.0, 1.0) * (abs(old) or 1.0)
        if isinstance(old, int):
            new: int | float = old + (round(step) or rng.choice((-1, 1)))
        else:
            new = float(f"{old + step:.12g}")
        if isfinite(new):
            yield ast.Constant(new), f"{old} -> {new}"


def _family(node: ast.AST) -> dict[type[ast.AST], str]:
    return next((family for family in FAMILIES if type(node) in family), {})


def _operators(node: ast.AST, rng: Random) -> Iterator[tuple[ast.AST, str]]:
    """One other operator of the family."""
    family = _family(node)
    other = rng.choice([kind for kind in family if kind is not type(node)])
    yield other(), f"{family[type(node)]} -> {family[other]}"


def structure_changes(
    source: str, pool: Sequence[str], rng: Random, *, borrow_only: bool = False
) -> Iterator[Change]:
    """Statements and expressions replaced by the pool's, and statements deleted or repeated.

    What is borrowed mentions only names that `source` mentions too.
    """
    tree = parse(source)
    known = names(tree) | functions(tree).keys() | vars(builtins).keys()
    donors = [p.node for text in pool for p in places(parse(text)) if names(p.node) <= known]
    statements = [node for node in donors if _is_inner_statement(node)]
    expressions = [node for node in donors if _is_expression(node)]
    inside = [p for p in places(tree) if _may_change(p)]
    rng.shuffle(inside)
    for place in inside:
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
    if is_statement and not borrow_only:
        yield [], f"delete `{was}`"
        yield [place.node, place.node], f"repeat `{was}`"
    donors = statements if is_statement else expressions
    if donors:
        donor = rng.choice(donors)
        yield [donor], f"`{was}` -> `{_excerpt(donor)}`"


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


def _excerpt(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 40 else f"{text[:37]}..."
