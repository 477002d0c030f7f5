"""What nodes of code are worth: a fixed cascade of solvers with some of them, and without.

    python -m discover.benchmarks.workflow_code [--seeds 2]

No model is asked. One row a cascade, on as many test papers as there are seeds: its accuracy, how
far that is from the solvers' alone on the same items (bootstrap over items, 95 %), and by task.
Solvers and programs were chosen on items to search with.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean

from discover.evaluators.workflow.domain import AgentWorkflow
from discover.evaluators.workflow.items import Split
from discover.evaluators.workflow.runtime import Answer, sit
from discover.evaluators.workflow.statistics import interval
from discover.evaluators.workflow.tiers import FIRST_TEST_SEED, ITEMS
from discover.sandbox import Sandbox
from discover.space import Blueprint, make
from discover.space.workflow.references import first, solver

SOLVERS = (
    solver("primes"),
    solver("liars"),
    solver("letters", budget=10_000),
    solver("pouring", depth=16),
    solver("sorting"),
    solver("sequence", depth=2),
    solver("cipher"),
    solver("letter_count", case="folded"),
    solver("weighted_grid"),
    solver("square"),
    solver("way", answer="directions"),
    solver("calendar"),
)
TOOLS, SUMS = solver("tool_use"), solver("arithmetic")
DAY = make("finish", TOOLS, make("day_asked"))
DAYS = make("code", make("days_counted"))
NUMBER = make("code", make("nth_number", nth=2, plus=1))
CASCADES: Mapping[str, Sequence[Blueprint]] = {
    "solvers alone": (*SOLVERS, TOOLS, SUMS),
    "tool_use finished by day_asked": (*SOLVERS, DAY, SUMS),
    "days_counted before calendar": (*SOLVERS[:-1], DAYS, SOLVERS[-1], TOOLS, SUMS),
    "nth_number at the end": (*SOLVERS, TOOLS, SUMS, NUMBER),
    "all three": (*SOLVERS[:-1], DAYS, SOLVERS[-1], DAY, SUMS, NUMBER),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    seeds = range(FIRST_TEST_SEED, FIRST_TEST_SEED + parser.parse_args().seeds)
    domain = AgentWorkflow()
    with Sandbox(preload=domain.preload) as box:
        found = {name: _answers(domain, parts, seeds, box) for name, parts in CASCADES.items()}
    alone = next(iter(found.values()))
    print("| cascade | accuracy | against solvers alone | by task |\n|---|---|---|---|")
    for name, answers in found.items():
        print(f"| {name} | {_shown([a.score for a in answers])} | {_against(answers, alone)} |")


def _answers(
    domain: AgentWorkflow, parts: Sequence[Blueprint], seeds: Sequence[int], box: Sandbox
) -> list[Answer]:
    tier = domain.tiers[-1]
    source = domain.space.render(make("workflow", first(*parts)))
    papers = [domain.tasks.draw(Split.TEST, seed, ITEMS[tier.name]) for seed in seeds]
    return [
        answer
        for paper in papers
        for answer in sit(paper, source, box.session(tier.limits), None, domain.limits)
    ]


def _against(answers: Sequence[Answer], alone: Sequence[Answer]) -> str:
    apart = [(a.item.task, a.score - b.score) for a, b in zip(answers, alone, strict=True)]
    tasks: defaultdict[str, list[float]] = defaultdict(list)
    for task, difference in apart:
        tasks[task].append(difference)
    moved = [f"{task} {fmean(each):+.3f}" for task, each in tasks.items() if any(each)]
    return f"{_shown([difference for _, difference in apart])} | {', '.join(moved)}"


def _shown(scores: Sequence[float]) -> str:
    bounds = interval(scores)
    return f"{bounds.mean:.3f} [{bounds.low:.3f}, {bounds.high:.3f}]"


if __name__ == "__main__":
    main()
