"""Small puzzles solved by trying out: letters for digits, truth-tellers, weighted grids, jugs."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from itertools import product

from .reading import integers


def letters_for_digits(question: str, budget: int) -> str:
    """A digit for each letter of a sum of words, tried column by column."""
    words = re.findall(r"^\s*\+?\s*([A-Z]+)\s*$", question, re.MULTILINE)
    if len(words) < 3:
        return ""
    width = max(map(len, words))
    columns = [[word[-i] for word in words if len(word) >= i] for i in range(1, width + 1)]
    sums = [len(words[-1]) >= i for i in range(1, width + 1)]
    if not all(sums):
        return ""
    leading = {word[0] for word in words}
    digits = fill_columns(columns, 0, 0, {}, leading, iter(range(budget)))
    return ",".join(f"{a}={n}" for a, n in digits.items()) if digits else ""


def fill_columns(
    columns: list[list[str]],
    place: int,
    carry: int,
    digits: dict[str, int],
    leading: set[str],
    left: Iterator[int],
) -> dict[str, int] | None:
    """Digits for the letters from column `place` on; the last letter of each is the sum's."""
    if place == len(columns):
        return digits if carry == 0 else None
    *terms, total = columns[place]
    open_letters = [a for a in dict.fromkeys(terms) if a not in digits]
    free = [n for n in range(10) if n not in digits.values()]
    for chosen in product(free, repeat=len(open_letters)):
        if next(left, None) is None:
            return None
        tried = {**digits, **dict(zip(open_letters, chosen, strict=True))}
        carried, digit = divmod(carry + sum(tried[a] for a in terms), 10)
        fits = tried.setdefault(total, digit) == digit
        distinct = len(set(tried.values())) == len(tried)
        if fits and distinct and not any(tried.get(a) == 0 for a in leading):
            found = fill_columns(columns, place + 1, carried, tried, leading, left)
            if found:
                return found
    return None


def truth_tellers(question: str) -> str:
    """Who tells the truth and who lies, so that every statement fits its speaker."""
    kinds = re.search(r"who is an? (\w+) and who is an? (\w+)\?", question)
    named = re.search(r"inhabitants: ([^.]*)\.", question)
    if not kinds or not named:
        return ""
    people = re.findall(r"[A-Z]\w*", named.group(1))
    claims = statements(question[named.end() : kinds.start()], people, kinds.groups())
    for values in product((True, False), repeat=len(people)):
        truth = dict(zip(people, values, strict=True))
        if all(truth[person] == holds(claim, truth) for person, claim in claims):
            says = [f"{p} is a {kinds.group(1 if truth[p] else 2)}" for p in people]
            return ", ".join(says[:-1]) + f", and {says[-1]}"
    return ""


def statements(text: str, people: list[str], kinds: tuple[str, ...]) -> list[tuple[str, str]]:
    """Who says what, where a part like "Ann is a knave" reads "~Ann", and one of a knight "Ann"."""
    names = "|".join(people)
    for kind, sign in zip(kinds, ("", "~"), strict=True):
        text = re.sub(rf"({names}) is an? {kind}", rf"{sign}<\1>", text)
        text = re.sub(rf"({names}) is not an? {kind}", rf"{'' if sign else '~'}<\1>", text)
    claim = r"((?:if )?~?<\w+>(?: (?:and|or|then|if and only if) ~?<\w+>)*)"
    found = []
    for match in re.finditer(claim, text):
        before = re.findall(rf"\b({names})\b(?!>)", text[: match.start()].rpartition("\n")[2])
        after = re.search(rf'^[.,]?" ?-? ?({names})\b(?!>)', text[match.end() :])
        speaker = after.group(1) if after else before[-1] if before else people[0]
        found.append((speaker, match.group(1)))
    return found


def holds(claim: str, truth: dict[str, bool]) -> bool:
    """Whether a claim of `statements` is true."""
    values = [truth[name] != bool(no) for no, name in re.findall(r"(~?)<(\w+)>", claim)]
    if "if and only if" in claim:
        return values[0] == values[1]
    if claim.startswith("if "):
        return not values[0] or values[1]
    return any(values) if " or " in claim else all(values)


def weighted_grid(question: str) -> str:
    """Ones and zeros, each worth its position, so that rows and columns have their sums."""
    found = re.findall(r"(rows?|columns?)\D{0,40}\[([\d, ]+)\]", question, re.IGNORECASE)
    sums = {name[0].lower(): integers(numbers) for name, numbers in found}
    if sums.keys() != {"r", "c"}:
        return ""
    width = len(sums["c"])
    cells = list(product((0, 1), repeat=width))
    choices = [
        [row for row in cells if sum(n * x for n, x in enumerate(row, start=1)) == wanted]
        for wanted in sums["r"]
    ]
    for rows in product(*choices):
        columns = [sum(n * row[x] for n, row in enumerate(rows, start=1)) for x in range(width)]
        if columns == sums["c"]:
            return "\n".join(" ".join(map(str, row)) for row in rows)
    return ""


def pour(question: str, depth: int) -> str:
    """The fewest moves, up to `depth`, that leave the target in one of the jugs, as JSON."""
    sizes = {name: int(size) for name, size in re.findall(r"\b([A-Z]):(\d+)", question)}
    target = re.search(r"target[^\d\n]*(\d+)", question)
    if not sizes or not target:
        return ""
    empty = tuple(0 for _ in sizes)
    ways: dict[tuple[int, ...], list[str]] = {empty: []}
    waiting = deque([empty])
    while waiting:
        state = waiting.popleft()
        if int(target.group(1)) in state:
            return json.dumps(ways[state])
        for move, after in pourings(state, sizes):
            if after not in ways and len(ways[state]) < depth:
                ways[after] = [*ways[state], move]
                waiting.append(after)
    return ""


def pourings(
    state: tuple[int, ...], sizes: dict[str, int]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every move with the levels after it."""
    names, most = list(sizes), list(sizes.values())
    for i, a in enumerate(names):
        yield f"fill {a}", (*state[:i], most[i], *state[i + 1 :])
        yield f"empty {a}", (*state[:i], 0, *state[i + 1 :])
        for j, b in enumerate(names):
            moved = min(state[i], most[j] - state[j])
            if i != j and moved:
                levels = list(state)
                levels[i] -= moved
                levels[j] += moved
                yield f"pour {a}->{b}", tuple(levels)
