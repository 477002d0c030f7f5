"""Evaluating expressions and solving equations, exactly."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from fractions import Fraction

from .reading import show


def calculate(question: str, places: int) -> str:
    """The value of the longest arithmetic expression in the question."""
    text = question.replace("\u00d7", "*").replace("\u00f7", "/").replace("\u2212", "-")
    runs = re.findall(r"[-+*/().\d\s]*\d[-+*/().\d\s]*", text)
    for run in sorted(runs, key=len, reverse=True):
        value = evaluate(run.strip().rstrip("."))
        if value is not None and re.search(r"[\d)]\s*[-+*/]", run):
            return show(value, places)
    return ""


def evaluate(expression: str, unknown: Fraction | None = None) -> Fraction | None:
    """What `expression` is worth where its one letter stands for `unknown`; None for others."""
    try:
        return value_of(ast.parse(expression.strip(), mode="eval").body, unknown)
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError, MemoryError):
        return None


def value_of(node: ast.expr, unknown: Fraction | None) -> Fraction:
    """The value of an expression's tree; raises ValueError for what is not arithmetic."""
    operations: dict[type, Callable[..., Fraction]] = {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.USub: operator.neg,
        ast.UAdd: operator.pos,
    }
    match node:
        case ast.Constant(value=int() | float()):
            return Fraction(str(node.value))
        case ast.Name() if unknown is not None:
            return unknown
        case ast.BinOp(left, op, right) if type(op) in operations:
            return operations[type(op)](value_of(left, unknown), value_of(right, unknown))
        case ast.BinOp(left, ast.Pow(), ast.Constant(value=int(power))) if abs(power) < 64:
            return value_of(left, unknown) ** power
        case ast.UnaryOp(op, operand) if type(op) in operations:
            return operations[type(op)](value_of(operand, unknown))
    raise ValueError("not arithmetic")


def solve_equation(question: str, degree: int) -> str:
    """The unknown of an equation in one letter, linear (degree 1) or quadratic (2)."""
    found = re.search(r"([^=:\n]+)=([^=\n]+)", question)
    if not found:
        return ""
    sides = [side_of(side) for side in found.groups()]
    points = [Fraction(x) for x in (0, 1, -1)]
    gaps = []
    for x in points:
        left, right = (evaluate(side, x) for side in sides)
        if left is None or right is None:
            return ""
        gaps.append(left - right)
    c, a = gaps[0], (gaps[1] + gaps[2]) / 2 - gaps[0]
    b = gaps[1] - a - c
    if a == 0:
        return show(-c / b) if b else ""
    return quadratic_roots(a, b, c) if degree == 2 else ""


def side_of(text: str) -> str:
    """One side of an equation as Python: from its last word on, with explicit products."""
    text = re.split(r"[A-Za-z]{2,}|\n|\.(?!\d)", text.strip(" .\n"))[-1].replace("^", "**")
    return re.sub(r"(?<=[\d)])\s*(?=[a-z(])", "*", text)


def quadratic_roots(a: Fraction, b: Fraction, c: Fraction) -> str:
    """The real roots of a x^2 + b x + c, smaller first."""
    inside = float(b * b - 4 * a * c)
    if inside < 0:
        return ""
    roots = sorted({(-float(b) + sign * inside**0.5) / (2 * float(a)) for sign in (-1, 1)})
    return ", ".join(show(Fraction(root).limit_denominator(10**6), 4) for root in roots)
