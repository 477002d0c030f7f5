"""What the agents cost beside the language model: CPU milliseconds per proposal.

    python -m discover.benchmarks.agents [--proposals 100] [--known 300]

A transport that answers at once takes litellm's place, so what is counted is ours:
prompts, graph, retrieval, journal, parsing, critic. A second line gives the CPU cost of
the same calls through litellm to a loopback endpoint, to compare with.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from ..agents.author import Request
from ..agents.draft import Way
from ..agents.llm import Client, MemoryJournal, Model, Price, Reply, Settings
from ..agents.llm.transport import WireRequest
from ..agents.team import Roster
from ..agents.team_author import TeamAuthor
from ..memory import Memory, campaigns, candidates, evaluations, insights, open_memory
from ..memory.campaigns import NewCampaign
from ..space import Candidate, Evaluation, Level, Operator, Status
from ..tests.agents.endpoint import Endpoint
from ..tests.agents.strong import StrongModel
from ..tests.agents.toy import Sums


class Instant:
    """The scripted model without a wire."""

    def __init__(self) -> None:
        self.model = StrongModel()

    def send(self, request: WireRequest, timeout_s: float) -> Reply:
        text = self.model({"messages": request.body["messages"]})
        return Reply(str(text), request.model.name, prompt_tokens=900, completion_tokens=90)

    def check(self, model: Model) -> None:
        pass

    def price(self, model: Model) -> Price | None:
        return None


def fill(memory: Memory, campaign: str, known: int) -> Candidate:
    """A memory as a campaign of `known` candidates leaves it; returns one of them."""
    for n in range(known):
        candidate = Candidate.from_source(
            f"def answer():\n    return {n} + {n % 7}\n", idea=f"structure idea number {n}"
        )
        candidates.propose(memory, campaign, candidate, author="bench", decision=n)
        run = Evaluation(candidate.id, "quick", 0, Status.OK, metrics={"value": float(n)})
        evaluations.finish(memory, campaign, run)
        insights.add(memory, insights.Insight(campaign, f"structure lesson number {n}"))
    return candidate


def cpu_ms(work: Callable[[int], object], times: int) -> list[float]:
    """CPU milliseconds of this process for each of `times` calls."""
    costs = []
    for n in range(times):
        begun = time.process_time()
        work(n)
        costs.append(1e3 * (time.process_time() - begun))
    return costs


def measure(client: Client, memory: Memory, parent: Candidate, proposals: int) -> list[float]:
    """CPU milliseconds of each proposal with its conclusion: planner to critic."""
    domain: Any = Sums()  # of a domain, authors use no more than it has
    author = TeamAuthor(client, memory, domain, None, Roster(way=Way.WRITE))
    run = Evaluation(parent.id, "quick", 0, Status.OK, metrics={"value": 1.0})

    def propose(n: int) -> None:
        request = Request(Operator.MUTATE, Level.STRUCTURE, (parent,), decision=10**6 + n)
        if not author.propose(request, Random(n)):
            raise RuntimeError("the scripted model brought no candidate")
        author.reflect(parent, run, Random(n), decision=10**6 + n)

    propose(-1)  # imports, compiles and probes
    return cpu_ms(propose, proposals)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--proposals", type=int, default=100)
    parser.add_argument("--known", type=int, default=300)
    arguments = parser.parse_args()
    settings = Settings.read({"model": "openai/strong"})
    assert settings is not None
    with tempfile.TemporaryDirectory() as folder, open_memory(Path(folder) / "m.db") as memory:
        new = NewCampaign("sums", "sums", "value", "max", 1, "9evals")
        campaign = campaigns.create(memory, new).id
        parent = fill(memory, campaign, arguments.known)
        journal = MemoryJournal(memory, campaign)
        ours = measure(
            Client(settings, journal, transport=Instant()), memory, parent, arguments.proposals
        )
        endpoint = Endpoint(StrongModel())
        reached = Settings.read({"model": "other", "api_base": endpoint.api_base})
        assert reached is not None
        wired = measure(Client(reached, journal), memory, parent, arguments.proposals // 4)
        endpoint.close()
    result = {
        "candidates in memory": arguments.known,
        "agents, CPU ms a proposal": round(statistics.median(ours), 2),
        "first and last quarter": [
            round(statistics.median(part), 2)
            for part in (ours[: len(ours) // 4], ours[-len(ours) // 4 :])
        ],
        "with litellm and the endpoint": round(statistics.median(wired), 2),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
