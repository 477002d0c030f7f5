"""What the references score on the test items, task by task, and how much of that is noise.

    python -m discover.benchmarks.workflow_references [--seeds 3] [--task-model M]

Every reference that asks nobody, or, with a model, every one, answers as many test papers as
there are seeds. One row a reference: accuracy over all items with its bootstrap interval (95 %),
tokens an item and seconds. Then one row a task: the best reference there, and the noise ceiling,
which no prediction of one paper's scores can pass in expectation.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from statistics import fmean

from discover.evaluators.domain import Tier
from discover.evaluators.registry import load_domain
from discover.evaluators.workflow.domain import AgentWorkflow
from discover.evaluators.workflow.items import Split
from discover.evaluators.workflow.runtime import Answer, sit
from discover.evaluators.workflow.statistics import interval, noise
from discover.evaluators.workflow.tiers import FIRST_TEST_SEED, ITEMS
from discover.sandbox import Sandbox
from discover.search.setup.task_model import prepare_unrecorded

Papers = Sequence[Sequence[Answer]]
"""The answers of one reference, paper by paper."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--task-model", default="")
    options = parser.parse_args()
    prepare_unrecorded("agent-workflow", options.task_model)
    domain = load_domain("agent-workflow")
    assert isinstance(domain, AgentWorkflow)
    seeds = range(FIRST_TEST_SEED, FIRST_TEST_SEED + options.seeds)
    tier = domain.tiers[-1]
    with Sandbox(preload=domain.preload) as box:
        found = {name: _papers(domain, name, tier, seeds, box) for name in domain.references}
    _print_references(found)
    _print_tasks(found, domain.tasks.names)


def _papers(
    domain: AgentWorkflow, name: str, tier: Tier, seeds: Sequence[int], box: Sandbox
) -> Papers:
    source = domain.references[name].source
    papers = [domain.tasks.draw(Split.TEST, seed, ITEMS[tier.name]) for seed in seeds]
    return [
        sit(paper, source, box.session(tier.limits), domain.model, domain.limits)
        for paper in papers
    ]


def _print_references(found: Mapping[str, Papers]) -> None:
    print("| reference | accuracy | tokens | seconds | failed | without an answer |")
    print("|---|---|---|---|---|---|")
    for name, papers in found.items():
        answers = [answer for paper in papers for answer in paper]
        bounds = interval([answer.score for answer in answers])
        failed = fmean(answer.ending == "failed" for answer in answers)
        silent = fmean(answer.ending == "unanswered" for answer in answers)
        print(
            f"| {name} | {bounds.mean:.3f} [{bounds.low:.3f}, {bounds.high:.3f}] | "
            f"{fmean(a.tokens for a in answers):.0f} | {fmean(a.seconds for a in answers):.3f} | "
            f"{failed:.3f} | {silent:.3f} |"
        )


def _print_tasks(found: Mapping[str, Papers], tasks: Sequence[str]) -> None:
    print("\n| task | best reference | accuracy there | noise ceiling |\n|---|---|---|---|")
    for task in tasks:
        scores: defaultdict[str, list[list[float]]] = defaultdict(list)
        for name, papers in found.items():
            for paper in papers:
                scores[name].append([a.score for a in paper if a.item.task == task])
        table = [[fmean(marks) for marks in papers] for papers in scores.values()]
        best = max(scores, key=lambda name: fmean(chain(*scores[name])))
        bounds = interval([*chain(*scores[best])])
        ceiling = f"{noise(table).ceiling:.2f}" if any(map(any, table)) else "-"
        shown = f"{bounds.mean:.3f} [{bounds.low:.3f}, {bounds.high:.3f}]"
        print(f"| {task} | {best if bounds.mean else 'none'} | {shown} | {ceiling} |")


if __name__ == "__main__":
    main()
