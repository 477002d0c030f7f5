"""How hard the built-in tasks of workflows are for whoever does not think, and what they cost.

    python -m discover.benchmarks.workflow_tasks [--items 40]

One row a task: CPU milliseconds to draw and to score an item, then the accuracy on the test
split of an empty reply, of the answer that is commonest in the search split, of a random
answer from there, of each way below to guess from the question and its tools, and of the best
single solver of the space with its defaults.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from random import Random
from statistics import fmean

from discover.evaluators.workflow.harness import find_solve
from discover.evaluators.workflow.hosted import all_tools
from discover.evaluators.workflow.items import Item, Split
from discover.evaluators.workflow.tasks import builtin_tasks
from discover.evaluators.workflow.tasks.task import Problem, Task
from discover.sandbox.harness import load_module
from discover.space.blueprint import make
from discover.space.workflow import space
from discover.space.workflow.references import solver
from discover.space.workflow.solvers import SOLVERS

Tools = Mapping[str, Callable[..., str]]
Guess = Callable[[Item, Tools, Random], str]
SECRET = 0


def last_number(item: Item, tools: Tools, rng: Random) -> str:
    return (re.findall(r"-?\d+", item.question) or [""])[-1]


def named_title(item: Item, tools: Tools, rng: Random) -> str:
    """Of the best document: the first title in its text that the question does not name."""
    if "search" not in tools:
        return ""
    text = tools["search"](item.question, k=1).partition(": ")[2]
    titles = item.payload["documents"]
    found = {text.find(title): title for title in titles if title not in item.question}
    return found[min((at for at in found if at >= 0), default=-1)] if max(found) >= 0 else ""


def random_walk(item: Item, tools: Tools, rng: Random) -> str:
    return played(tools["act"], lambda _, choices: rng.choice(choices)) if "act" in tools else ""


def explorer(item: Item, tools: Tools, rng: Random) -> str:
    """Put what belongs somewhere there, else take, else open, else go where it went least."""
    if "act" not in tools:
        return ""
    goals = re.findall(r"put the ([a-z ]+?) (in|on) the ([a-z]+)", item.question.lower())
    wanted = [f"put {thing} {word} {holder}" for thing, word, holder in goals]
    done: set[str] = set()
    went: Counter[tuple[str, str]] = Counter()

    def choose(seen: str, choices: Sequence[str]) -> str:
        room = seen.partition("You are in the ")[2].partition(".")[0]

        def worth(command: str) -> tuple[int, int]:
            if command in wanted:
                return 0, 0
            settled = any(goal.startswith(f"put {command[5:]} ") for goal in done)
            if command.startswith(("take", "open")) and not settled:
                return 1, 0
            return 2 + (not command.startswith("go")), went[room, command]

        chosen = min(choices, key=worth)
        went[room, chosen] += 1
        if chosen in wanted:
            done.add(chosen)
        return chosen

    return played(tools["act"], choose)


def played(act: Callable[..., str], choose: Callable[[str, Sequence[str]], str]) -> str:
    """The commands that `choose` picks, from what is seen, until the world is done with."""
    commands, seen = [], act("")
    while "You can: " in seen:
        commands.append(choose(seen, seen.rpartition("You can: ")[2].split(" | ")))
        seen = act(commands[-1])
    return "\n".join(commands)


GUESSES: Mapping[str, Guess] = {
    "number": last_number,
    "title": named_title,
    "walk": random_walk,
    "explore": explorer,
}


def solvers() -> Mapping[str, Guess]:
    """The single solvers of the space with their defaults, each as a workflow."""

    def guess(source: str) -> Guess:
        solve = find_solve(load_module(source))
        return lambda item, tools, rng: str(solve(item.question, refuse, tools))

    def refuse(*_: object, **__: object) -> str:
        raise RuntimeError("no model")

    made = {method: make("workflow", solver(method)) for method in SOLVERS}
    return {method: guess(space(models=False).render(found)) for method, found in made.items()}


def accuracy(task: Task, problems: Sequence[Problem], guess: Guess) -> float:
    """The mean score of `guess`; what raises scores 0."""
    rng = Random(0)

    def score(problem: Problem) -> float:
        item = problem.item
        try:
            reply = guess(item, all_tools(item), rng)
        except Exception:
            return 0.0
        return task.score(problem, reply)

    return fmean(map(score, problems))


def row(task: Task, count: int, ways: Mapping[str, Guess]) -> Mapping[str, float | str]:
    seen = [p.answer for p in islice(task.problems(Split.SEARCH, 0, SECRET), count)]
    commonest = Counter(seen).most_common(1)[0][0]
    started = time.process_time()
    problems = list(islice(task.problems(Split.TEST, 0, SECRET), count))
    drawn = time.process_time()
    assert all(task.score(p, p.answer) == 1.0 for p in problems)
    scored = time.process_time()
    found: dict[str, float | str] = {
        "draw ms": 1000 * (drawn - started) / len(problems),
        "score ms": 1000 * (scored - drawn) / len(problems),
        "empty": accuracy(task, problems, lambda item, tools, rng: ""),
        "common": accuracy(task, problems, lambda item, tools, rng: commonest),
        "random": accuracy(task, problems, lambda item, tools, rng: rng.choice(seen)),
    }
    found |= {name: accuracy(task, problems, guess) for name, guess in GUESSES.items()}
    solved = {name: accuracy(task, problems, guess) for name, guess in ways.items()}
    best = max(solved, key=lambda name: solved[name])
    return {**found, "solver": solved[best], "which": best if solved[best] else ""}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=40)
    count = parser.parse_args().items
    ways = solvers()
    means: dict[str, list[float]] = defaultdict(list)
    for index, task in enumerate(builtin_tasks().tasks):
        figures = row(task, count, ways)
        if not index:
            print(f"{'task':20}" + "".join(f"{name:>9}" for name in figures))
        cells = (f"{v:9.2f}" if isinstance(v, float) else f"  {v}" for v in figures.values())
        print(f"{task.name:20}" + "".join(cells), flush=True)
        for name, value in figures.items():
            if isinstance(value, float):
                means[name].append(value)
    print(f"{'mean':20}" + "".join(f"{fmean(values):9.2f}" for values in means.values()))


if __name__ == "__main__":
    main()
