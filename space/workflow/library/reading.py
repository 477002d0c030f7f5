"""Finding what a question is about: its last line, its lists, its numbers, its grids."""

from __future__ import annotations

import re
from fractions import Fraction


def lines_of(text: str) -> list[str]:
    """The lines that say something, without the space around them."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def listed(text: str) -> list[str]:
    """The items of the last list: in brackets, or after a colon, with commas or spaces."""
    bracketed = re.findall(r"\[([^\[\]]*)\]", text)
    lines = [line for line in lines_of(text) if ": " in line]
    if not bracketed and not lines:
        return []
    inside = bracketed[-1] if bracketed else lines[-1].rpartition(": ")[2]
    items = inside.split(",") if "," in inside else inside.split()
    return [item for part in items if (item := part.strip(" '\"."))]


def integers(text: str) -> list[int]:
    """Every whole number in the text, in order; a minus counts where it is no operator."""
    return [int(number) for number in re.findall(r"(?<![\w.)])-?\d+(?![\w.]*\d)", text)]


def as_number(text: str) -> Fraction | None:
    """The number that the text is, or None."""
    try:
        return Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        return None


def show(number: Fraction, places: int = 6) -> str:
    """A number as people write it: whole where it is, else with up to `places` decimals."""
    if number.denominator == 1:
        return str(number.numerator)
    return f"{float(number):.{places}f}".rstrip("0").rstrip(".")


def grid(text: str) -> list[list[str]]:
    """The longest run of lines with the same number of single cells, at least two."""
    best: list[list[str]] = []
    run: list[list[str]] = []
    for line in text.splitlines():
        cells = line.split()
        fits = len(cells) > 1 and all(len(cell) <= 3 for cell in cells)
        if not fits or (run and len(cells) != len(run[0])):
            run = []
        if fits:
            run.append(cells)
        if len(run) > max(1, len(best)):
            best = list(run)
    return best
