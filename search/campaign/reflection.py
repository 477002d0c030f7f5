"""An author that learns concludes from the runs of a search."""

from __future__ import annotations

from typing import Any

from ...agents.author import Reflective
from ...memory import Memory, candidates
from ...memory.evaluations import Purpose, Run
from ...space import Evaluation
from .learner import Learner
from .randomness import generator


def reflect(learner: Learner[Any], memory: Memory, run: Run, evaluation: Evaluation) -> bool:
    """Let the author conclude from a run after which the search does nothing of its own accord.

    Returns whether it was asked to: only authors that learn are, and only about such runs.
    """
    author = learner.author
    of_search = run.purpose is Purpose.SEARCH and learner.is_last(evaluation)
    if not of_search or not isinstance(author, Reflective):
        return False
    rng = generator(learner.seed, "reflect", run.candidate)
    decision = candidates.decision_of(memory, run.campaign, run.candidate)
    author.reflect(learner.pool[run.candidate], evaluation, rng, decision)
    return True
