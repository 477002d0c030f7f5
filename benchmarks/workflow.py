"""What a workflow costs besides its model: CPU for each item, in the sandbox.

    python benchmarks/workflow.py

A model that answers at once; a workflow of five nodes and four calls (a planner with two
sub-agents and a refiner), and as many calls without LangGraph, in one child each.
"""

from __future__ import annotations

import time

from discover.evaluators.workflow.domain import AgentWorkflow
from discover.evaluators.workflow.items import Item
from discover.evaluators.workflow.metering import ItemLimits
from discover.evaluators.workflow.model import Call, Reply
from discover.evaluators.workflow.runtime import sit
from discover.sandbox import Limits, Sandbox
from discover.space.workflow import references, space

ITEMS = 100
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

    def score(self, item_id: str, reply: str) -> float:
        return 0.0


def main() -> None:
    sources = {
        "five nodes on LangGraph": space().render(references()["planner-with-sub-agents"]),
        "the same calls in a loop": BARE,
    }
    with Sandbox(preload=AgentWorkflow.preload) as box:
        for name, source in sources.items():
            sit(Questions(), source, box.session(CHILD), Instant(), ItemLimits())
            session = box.session(CHILD)
            before = time.process_time()
            answers = sit(Questions(), source, session, Instant(), ItemLimits())
            ours = time.process_time() - before
            calls = sum(answer.calls for answer in answers) / ITEMS
            child = session.usage.cpu_s
            print(
                f"{name}: {calls:.0f} calls an item; CPU an item: child "
                f"{child / ITEMS * 1e3:.2f} ms, parent {ours / ITEMS * 1e3:.2f} ms"
            )


if __name__ == "__main__":
    main()
