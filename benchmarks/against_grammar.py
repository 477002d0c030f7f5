"""A language model against the grammar author: the same evaluations on the same seeds.

    python -m discover.benchmarks.against_grammar [--model local/small] [--evals 12] [--seeds 3]
        [--keep FOLDER]

The domain is a table of real accuracies (`cells.py`), whose runs cost nothing: what is measured
is whether the model's choices are better than chance's, and what share of its decisions led to
a candidate that passed the gates. Needs DISCOVER_TABLES. With a folder to keep its campaigns
in, a run that was cut off goes on where it was, and one of more evaluations goes on from fewer.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..agents.team_author import NO_MODEL
from ..memory import Memory, campaigns, candidates, evaluations, open_memory
from ..memory.calls import of_campaign
from ..search.lifecycle.start import resume_campaign, run_campaign
from ..search.limits.budget import Budget
from ..search.limits.stop import INTERRUPTED, Progress
from ..search.setup.settings import Settings
from ..space import GATE, Status
from .ablation import difference

DOMAIN = str(Path(__file__).with_name("cells.py"))
WITHOUT = ["novelty", "level_by_level", "critic_before", "critic_after"]
LEAN = {"context_tokens": 1000, "max_tokens": 300, "without": WITHOUT}
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


def campaign(memory: Memory, models: Mapping[str, Any], seed: int, evals: int) -> Outcome:
    """Run one campaign of `evals` evaluations, or go on with the one that memory holds; the
    grammar proposes where `models` is empty."""

    def enough(progress: Progress) -> str | None:
        return INTERRUPTED if progress.evaluations >= evals else None

    begun = campaigns.all_campaigns(memory)
    if begun:
        id_ = begun[0].id
        if len(scored(memory, id_)) < evals:
            resume_campaign(memory, id_, stops=[enough])
    else:
        budget = Budget.parse(f"{4 * evals}evals")
        settings = Settings(DOMAIN, budget, seed, slots=1, verify_share=0.0, models=models)
        id_ = run_campaign(settings, memory, stops=[enough]).campaign_id
    return outcome(memory, id_, bool(models), evals)


def scored(memory: Memory, campaign: str) -> list[float]:
    """The scores of the campaign's runs, in their order."""
    runs = evaluations.of_campaign(memory, campaign)
    return [run.score for run in runs if run.score is not None]


def outcome(memory: Memory, campaign: str, modelled: bool, evals: int) -> Outcome:
    """What the campaign's first `evals` runs reached, and what its author did."""
    scores = scored(memory, campaign)[:evals]
    best = [max(scores[: n + 1]) for n in range(len(scores))]
    asked, proposed = decisions(memory, campaign, modelled)
    stored = list(evaluations.of_campaign(memory, campaign))
    gated = {r.run.candidate for r in stored if r.run.tier == GATE}
    passed = gated & {r.run.candidate for r in stored if r.evaluation.status is Status.OK}
    tokens = sum(c.prompt_tokens + c.completion_tokens for c in of_campaign(memory, campaign))
    return Outcome(best[-1], statistics.mean(best), asked, len(proposed & passed), tokens)


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
    ]
    return f"| {title} | {seed} | {' | '.join(figures)} |"


def compared(grammar: Sequence[Outcome], model: Sequence[Outcome]) -> str:
    """The model's lead over the grammar, paired by seed, and the share of its decisions whose
    candidate passed the gates."""
    pairs = list(zip(model, grammar, strict=True))
    asked, passed = sum(o.asked for o in model), sum(o.passed for o in model)
    best = difference([m.best - g.best for m, g in pairs], 2)
    mean = difference([m.mean_best - g.mean_best for m, g in pairs], 2)
    return (
        f"model against grammar: best {best}, mean of the best so far {mean};"
        f" {passed} of {asked} decisions passed the gates ({passed / asked:.0%})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="local/small")
    parser.add_argument("--evals", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="a folder for the campaigns, to go on later")
    arguments = parser.parse_args()
    print(
        "| author | seed | best | mean of the best so far | decisions that passed the gates"
        " | tokens |\n|---|---|---|---|---|---|"
    )
    authors = {"grammar": {}, arguments.model: {"model": arguments.model, **LEAN}}
    found: dict[str, list[Outcome]] = {title: [] for title in authors}
    with tempfile.TemporaryDirectory() as passing:
        folder = arguments.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        for seed in range(arguments.seeds):
            for title, models in authors.items():
                name = f"{title.replace('/', '-')}-{seed}.db"
                with open_memory(folder / name) as memory:
                    found[title].append(campaign(memory, models, seed, arguments.evals))
                print(line(title, seed, found[title][-1]), flush=True)
    print(compared(found["grammar"], found[arguments.model]))


if __name__ == "__main__":
    main()
