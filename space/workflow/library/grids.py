"""Small boards: filling them under constraints, walking through them, turning them."""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Iterator

from .reading import grid


def fill_square(question: str, budget: int) -> str:
    """A Latin square with boxes (sudoku) or a board of queens, filled by backtracking.

    Empty cells are "_", "." or "0". At most `budget` cells are tried.
    """
    board = grid(question)
    size = len(board)
    if size < 4 or any(len(row) != size for row in board):
        return ""
    values = {cell for row in board for cell in row}
    empty = values & {"_", ".", "0"}
    if not empty:
        return ""
    left = iter(range(budget))
    if values - empty <= {"Q"}:
        placed = [row.index("Q") if "Q" in row else -1 for row in board]
        columns = place_queens(placed, 0, left)
        if columns is None:
            return ""
        rows = [["Q" if x == column else "_" for x in range(size)] for column in columns]
    else:
        rows = board if fill_cells(board, min(empty), left) else []
    return "\n".join(" ".join(row) for row in rows)


def fill_cells(board: list[list[str]], empty: str, left: Iterator[int]) -> bool:
    """Fill the most constrained cell and the rest after it; False where nothing fits."""
    size, box = len(board), math.isqrt(len(board))
    open_cells = []
    for y in range(size):
        for x in range(size):
            if board[y][x] == empty:
                used = set(board[y]) | {row[x] for row in board}
                top, side = y - y % box, x - x % box
                used |= {c for row in board[top : top + box] for c in row[side : side + box]}
                fitting = [str(n) for n in range(1, size + 1) if str(n) not in used]
                open_cells.append((len(fitting), y, x, fitting))
    if not open_cells:
        return True
    _, y, x, fitting = min(open_cells)
    for value in fitting:
        if next(left, None) is None:
            break
        board[y][x] = value
        if fill_cells(board, empty, left):
            return True
    board[y][x] = empty
    return False


def place_queens(placed: list[int], row: int, left: Iterator[int]) -> list[int] | None:
    """A column for each row (-1 is open) so that no two queens attack each other."""
    if row == len(placed):
        return placed
    columns = [placed[row]] if placed[row] >= 0 else range(len(placed))
    for column in columns:
        if next(left, None) is None:
            return None
        known = [(y, x) for y, x in enumerate(placed) if x >= 0 and y != row]
        if all(x != column and abs(x - column) != abs(y - row) for y, x in known):
            tried = [*placed[:row], column, *placed[row + 1 :]]
            found = place_queens(tried, row + 1, left)
            if found is not None:
                return found
    return None


def walk_grid(question: str, answer: str) -> str:
    """The shortest way through a grid, as "directions" or as a number of "steps".

    The start is "*", the goal "#" and "X" is blocked; other signs are read from the
    question, where it says what they mean.
    """
    cells = {"start": "*", "goal": "#", "wall": "X"}
    for sign, meaning in re.findall(r"'(.)'\s*[=(]\s*(start|goal|wall)", question.lower()):
        cells[meaning] = sign
    board = grid(question) or [list(line) for line in maze_lines(question)]
    lower = [[cell.lower() for cell in row] for row in board]
    start, goal, wall = (cells[name].lower() for name in ("start", "goal", "wall"))
    starts = [(y, x) for y, row in enumerate(lower) for x, c in enumerate(row) if c == start]
    if not starts or not any(goal in row for row in lower):
        return ""
    way = shortest_way(lower, starts[0], goal, wall)
    if way is None:
        return "infeasible"
    return " ".join(way) if answer == "directions" else str(len(way))


def shortest_way(
    board: list[list[str]], start: tuple[int, int], goal: str, wall: str
) -> list[str] | None:
    """Breadth-first from `start` to `goal`; None where there is no way."""
    moves = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
    ways: dict[tuple[int, int], list[str]] = {start: []}
    waiting = deque([start])
    while waiting:
        y, x = waiting.popleft()
        if board[y][x] == goal:
            return ways[y, x]
        for name, (down, right) in moves.items():
            place = (y + down, x + right)
            inside = 0 <= place[0] < len(board) and 0 <= place[1] < len(board[place[0]])
            if inside and place not in ways and board[place[0]][place[1]] != wall:
                ways[place] = [*ways[y, x], name]
                waiting.append(place)
    return None


def maze_lines(text: str) -> list[str]:
    """Lines of equal length without spaces, at least three: a maze in characters."""
    best: list[str] = []
    run: list[str] = []
    for line in [*text.splitlines(), ""]:
        fits = len(line) > 2 and " " not in line
        run = [*run, line] if fits and run and len(line) == len(run[0]) else [line] * fits
        best = run if len(run) > max(2, len(best)) else best
    return best


def turn_matrix(question: str) -> str:
    """A matrix turned clockwise by the degrees that are named, or read as a spiral."""
    board = grid(question)
    if not board:
        return ""
    if "spiral" in question.lower():
        taken: list[str] = []
        while board:
            taken += board[0]
            board = [list(row) for row in zip(*board[1:], strict=True)][::-1]
        return " ".join(taken)
    degrees = re.search(r"(\d+) degrees", question)
    if not degrees:
        return ""
    for _ in range(int(degrees.group(1)) // 90 % 4):
        board = [list(row) for row in zip(*board[::-1], strict=True)]
    return "\n".join(" ".join(row) for row in board)
