"""Exact arithmetic on text that may be hostile: parsed, never evaluated as Python."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from fractions import Fraction

MAX_LENGTH = 1000
MAX_BITS = 4096
DIGITS = 12

OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: lambda a, b: Fraction(a // b),
    ast.Mod: lambda a, b: a % b,
}


def calculator(expression: str) -> str:
    """The value of an arithmetic expression with + - * / // % ** and parentheses.

    Exact where it is an integer, else to 12 significant digits. Raises ValueError.
    """
    return shown(evaluate(expression))


def evaluate(expression: str) -> Fraction:
    """The exact value of `expression`. Raises ValueError, whatever the text."""
    if len(expression) > MAX_LENGTH:
        raise ValueError(f"an expression of {len(expression)} characters; at most {MAX_LENGTH}")
    try:
        return _value(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, RecursionError, MemoryError, ZeroDivisionError) as error:
        raise ValueError(f"not an arithmetic expression: {error}") from None


def shown(value: Fraction) -> str:
    """`value` as an integer, or as a decimal number without trailing zeros."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.{DIGITS}g}"


def _value(node: ast.expr) -> Fraction:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            if not math.isfinite(number):
                raise ValueError("a number that is not finite")
            return _bounded(Fraction(str(number)))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left), _value(right))
        case ast.BinOp(left=left, op=kind, right=right) if type(kind) in OPERATORS:
            return _bounded(OPERATORS[type(kind)](_value(left), _value(right)))
    raise ValueError("only numbers, + - * / // % ** and parentheses")


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise ValueError("an exponent is an integer")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits * abs(exponent) > MAX_BITS:
        raise ValueError("a number too large")
    return base**exponent.numerator


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise ValueError("a number too large")
    return value
