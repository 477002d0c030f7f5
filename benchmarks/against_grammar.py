"""A language model against the grammar author: the same evaluations on the same seeds.

    python -m discover.benchmarks.against_grammar [--model local/small] [--evals 12] [--seeds 3]

The domain is a table of real accuracies (`cells.py`), whose runs cost nothing: what is measured
is whether the model's choices are better than chance's, and what share of its decisions led to
a candidate that passed the gates. Needs DISCOVER_TABLES.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

from ..agents.team_author import NO_MODEL
from ..memory import Memory, candidates, evaluations, open_memory
from ..memory.calls import of_campaign
from ..search.budget import Budget
from ..search.settings import Settings
from ..search.start import run_campaign
from ..search.stop import INTERRUPTED, Progress
from ..space import GATE, Status

DOMAIN = str(Path(__file__).with_name("cells.py"))
WITHOUT = ["novelty", "level_by_level", "critic_before", "critic_after"]
LEAN = {"context_tokens": 1100, "max_tokens": 300, "without": WITHOUT}
"""A small model reads some dozens of tokens a second: planner and coder alone, shown little."""


@dataclass(frozen=True)
class Outcome:
    """One campaign. `asked` counts the model's decisions, `passed` those whose candidate went
    through the gates; both are of the grammar where no model is asked."""

    best: float
    mean_best: float
    asked: int
    passed: int
    tokens: int
    cpu_s: float


def campaign(memory: Memory, models: Mapping[str, Any], seed: int, evals: int) -> Outcome:
    """Run one campaign of `evals` evaluations; the grammar proposes where `models` is empty."""
    budget = Budget.parse(f"{4 * evals}evals")
    settings = Settings(DOMAIN, budget, seed, slots=1, verify_share=0.0, models=models)

    def enough(progress: Progress) -> str | None:
        return INTERRUPTED if progress.evaluations >= evals else None

    begun = process_time()
    id_ = run_campaign(settings, memory, stops=[enough]).campaign_id
    cpu_s = process_time() - begun
    stored = list(evaluations.of_campaign(memory, id_))
    scores = [run.score for run in stored if run.score is not None][:evals]
    best = [max(scores[: n + 1]) for n in range(len(scores))]
    asked, proposed = decisions(memory, id_, bool(models))
    gated = {r.run.candidate for r in stored if r.run.tier == GATE}
    passed = gated & {r.run.candidate for r in stored if r.evaluation.status is Status.OK}
    tokens = sum(c.prompt_tokens + c.completion_tokens for c in of_campaign(memory, id_))
    mean_best = statistics.mean(best)
    return Outcome(best[-1], mean_best, asked, len(proposed & passed), tokens, cpu_s)


def decisions(memory: Memory, campaign: str, modelled: bool) -> tuple[int, set[str]]:
    """How many decisions the author took, and what it proposed; stand-ins are left out."""
    proposals = [p for p in candidates.proposals(memory, campaign) if p.decision is not None]
    if not modelled:
        return len(proposals), {p.candidate.id for p in proposals}
    own = {p.candidate.id for p in proposals if not p.candidate.idea.startswith(NO_MODEL)}
    return len({c.decision for c in of_campaign(memory, campaign) if c.role == "planner"}), own


def line(title: str, seed: int, outcome: Outcome) -> str:
    """One line of the table."""
    figures = [
        f"{outcome.best:.2f}",
        f"{outcome.mean_best:.2f}",
        f"{outcome.passed} of {outcome.asked}",
        f"{outcome.tokens}",
        f"{outcome.cpu_s:.0f}",
    ]
    return f"| {title} | {seed} | {' | '.join(figures)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="local/small")
    parser.add_argument("--evals", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    print(
        "| author | seed | best | mean of the best so far | decisions that passed the gates"
        " | tokens | CPU s |\n|---|---|---|---|---|---|---|"
    )
    for seed in range(arguments.seeds):
        for title, models in (
            ("grammar", {}),
            (arguments.model, {"model": arguments.model, **LEAN}),
        ):
            with (
                tempfile.TemporaryDirectory() as folder,
                open_memory(Path(folder) / "memory.db") as memory,
            ):
                outcome = campaign(memory, models, seed, arguments.evals)
            print(line(title, seed, outcome), flush=True)


if __name__ == "__main__":
    main()
