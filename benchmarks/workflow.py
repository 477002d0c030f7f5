"""What a workflow costs besides its model: CPU for each item, in the sandbox.

    python benchmarks/workflow.py

A model that answers at once; a workflow of five nodes and four calls (a planner with two
sub-agents and a refiner), and as many calls without LangGraph, in one child each, in turn. The
least of several rounds is what the work takes; the median shows how busy the machine was.
"""

from __future__ import annotations

import time
from statistics import median_low

from discover.evaluators.task_model import Call, Reply
from discover.evaluators.workflow.domain import AgentWorkflow
from discover.evaluators.workflow.items import Item
from discover.evaluators.workflow.metering import ItemLimits
from discover.evaluators.workflow.runtime import sit
from discover.sandbox import Limits, Sandbox
from discover.space.workflow import references, space

ITEMS, ROUNDS = 100, 7
CHILD = Limits(wall_s=600, cpu_s=300, threads=8)
BARE = """
def solve(question, call, tools):
    for _ in range(4):
        answer = call(question)
    return answer
"""


class Instant:
    """Says the same without delay."""

    name = "instant"

    def reply(self, call: Call) -> Reply:
        return Reply("Answer: 1", tokens=8)


class Questions:
    items = tuple(Item(f"q{i}", "bench", f"What is {i} + 1?") for i in range(ITEMS))

    def answer(self, item_id: str) -> str:
        return ""

    def score(self, item_id: str, reply: str) -> float:
        return 0.0


def main() -> None:
    sources = {
        "five nodes on LangGraph": space().render(references()["planner-with-sub-agents"]),
        "the same calls in a loop": BARE,
    }
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in sources}
    with Sandbox(preload=AgentWorkflow.preload) as box:
        for _ in range(ROUNDS):
            for name, source in sources.items():
                found[name].append(_measured(box, source))
    for name, rounds in found.items():
        together, child, ours = min(rounds)
        print(
            f"{name}: CPU an item {together:.2f} ms (child {child:.2f}, parent {ours:.2f}); "
            f"median of {ROUNDS} rounds {median_low(rounds)[0]:.2f} ms"
        )


def _measured(box: Sandbox, source: str) -> tuple[float, float, float]:
    """Milliseconds of CPU an item: together, in the child with its start, in the parent."""
    session = box.session(CHILD)
    before = time.process_time()
    sit(Questions(), source, session, Instant(), ItemLimits())
    ours = (time.process_time() - before) / ITEMS * 1e3
    child = session.usage.cpu_s / ITEMS * 1e3
    return child + ours, child, ours


if __name__ == "__main__":
    main()
