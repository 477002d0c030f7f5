"""What the references score inside a small model that ships: figures that cost a user an hour.

    python -m discover.benchmarks.workflow_calibration answers.jsonl --task-model local --items 24
    python -m discover.benchmarks.workflow_calibration answers.jsonl --task-model local --write

Every reference that asks the model answers one validation item of each task, item by item: each
answer is a line of the file, and what is in it is not asked again. `--part 0/2` and `--part 1/2`
share the references among two processes. `--write` makes evaluators/workflow/calibration.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from discover.evaluators.registry import load_domain
from discover.evaluators.workflow.calibration import PATH, Calibration, save
from discover.evaluators.workflow.domain import AgentWorkflow, metrics
from discover.evaluators.workflow.items import Item, Paper, Shuffled, Split, shuffled
from discover.evaluators.workflow.runtime import Answer, Ending, sit
from discover.sandbox import Sandbox
from discover.search.setup.task_model import prepare_unrecorded
from discover.space.workflow import references

SEED = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("answers", type=Path)
    parser.add_argument("--task-model", required=True)
    parser.add_argument("--items", type=int, default=24)
    parser.add_argument("--part", default="0/1")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    prepare_unrecorded("agent-workflow", options.task_model)
    domain = load_domain("agent-workflow")
    assert isinstance(domain, AgentWorkflow)
    names = [name for name in domain.references if name not in references(models=False)]
    if options.write:
        save(_calibration(domain, names, options.answers), PATH)
        return
    part, parts = map(int, options.part.split("/"))
    paper = domain.tasks.draw(Split.VALIDATION, SEED, options.items)
    _ask(domain, names[part::parts], shuffled(paper, Random(SEED)), options.answers)


def _ask(domain: AgentWorkflow, names: list[str], paper: Paper, path: Path) -> None:
    limits = domain.tiers[-1].limits
    with Sandbox(preload=domain.preload) as box:
        for item in paper.items:
            for name in names:
                asked = {(line["reference"], line["item"]) for line in _lines(path)}
                if (name, item.id) in asked:  # by another process, perhaps
                    continue
                source = domain.references[name].source
                one = Shuffled(paper, [item])
                (answer,) = sit(one, source, box.session(limits), domain.model, domain.limits)
                line = {"reference": name, **asdict(answer), "item": item.id, "task": item.task}
                with path.open("a") as file:
                    file.write(json.dumps(line) + "\n")
                print(
                    f"{name} {item.task} {answer.ending} {answer.score:g} {answer.asked_s:.0f} s",
                    flush=True,
                )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        yield from map(json.loads, path.read_text().splitlines())


def _calibration(domain: AgentWorkflow, names: list[str], path: Path) -> Calibration:
    answered: dict[str, dict[str, Answer]] = {name: {} for name in names}
    for line in _lines(path):
        name, id_, task = line.pop("reference"), line.pop("item"), line.pop("task")
        ending = Ending(line.pop("ending"))
        answered[name][id_] = Answer(Item(id_, task, ""), ending, **line)
    return Calibration(
        domain.protocol,
        {"date": datetime.now(UTC).date().isoformat(), "seed": SEED},
        {
            name: {
                "candidate": domain.references[name].id,
                "metrics": metrics([*answers.values()], asked=len(answers)),
            }
            for name, answers in answered.items()
        },
    )


if __name__ == "__main__":
    main()
