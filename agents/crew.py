"""Planner, coder and critic at work on one memory, in one thread."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random
from threading import Lock
from typing import Any

from ..evaluators.domain import Domain
from ..memory import Memory, open_memory
from ..memory.insights import Insight
from ..space import Candidate, Evaluation, Level
from .advice import Advice
from .author import Request
from .coder import NoOptions
from .context import Context, Library
from .critic import CriticAfter
from .desk import Desk, Turn
from .draft import begin
from .llm import ROLES, Client, LLMError, MemoryJournal
from .llm.forms import Form
from .llm.structured import Structured
from .replies import Paragraph
from .team import Gate, Roster, build


class Dropped(Exception):
    """A proposal that came to nothing; the message says why, in one line."""


Failure = LLMError | NoOptions | Dropped


@dataclass
class Crew:
    """One team and what it works with. `chars` bounds what a proposal is shown.

    `forms` keeps, for every crew on the same models, how each is asked for JSON.
    """

    client: Client
    memory: Memory
    domain: Domain
    gate: Gate | None = None
    roster: Roster = field(default_factory=Roster)
    chars: int = 24_000
    forms: dict[str, Form] = field(default_factory=dict)

    def propose(self, request: Request, rng: Random) -> Candidate:
        """One candidate; raises one of `Failure`."""
        turn = Turn(request.decision, rng, self._library.context(request, rng))
        state = self._graph.invoke(begin(turn, request, self._levels(request)))
        candidate: Candidate | None = state["candidate"]
        if candidate is None:
            raise Dropped(state["ended"] or state["fault"] or "no reason given")
        return candidate

    def propose_together(self, drafts: Sequence[tuple[Request, int]]) -> list[Candidate | Failure]:
        """A candidate or a failure for each request and its seed, made in threads of their own.

        Each thread has a connection of its own to the memory; gates are called one at a
        time. The outcome is that of one after the other.
        """
        self._learn_forms()
        lock = Lock()

        def gate(candidate: Candidate) -> Evaluation:
            assert self.gate is not None
            with lock:
                return self.gate(candidate)

        def work(draft: tuple[Request, int]) -> Candidate | Failure:
            with open_memory(self.memory.path) as own:
                journal = MemoryJournal(own, self.client.journal.campaign)
                client = self.client.sharing_limits(journal)
                crew = replace(self, client=client, memory=own, gate=self.gate and gate)
                return attempt(crew, *draft)

        workers = min(len(drafts), self.client.settings.concurrency)
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(work, drafts))

    def conclude(
        self, candidate: Candidate, evaluation: Evaluation, rng: Random, decision: int | None
    ) -> Insight:
        """The critic's insight, stored in memory; raises LLMError."""
        return CriticAfter(self._desk, self._library)(candidate, evaluation, rng, decision)

    def advise(self, decision: int, rng: Random) -> None:
        """Have another paragraph written for the first role that is due; raises LLMError."""
        advice = self._desk.advice
        role = next((r for r in ROLES if advice and advice.is_due(r, decision)), None)
        if advice is None or role is None:
            return
        paragraph = replace(self._desk, advice=None).json(
            Turn(decision, rng, Context()),
            "critic",
            "advise",
            Paragraph,
            advised=role,
            variants=list(advice.variants(role, decision).values()),
        )
        advice.keep(role, paragraph.advice, decision)

    def diagram(self) -> str:
        """The team's graph in Mermaid's language."""
        drawn: str = self._graph.get_graph().draw_mermaid()
        return drawn

    def _levels(self, request: Request) -> tuple[Level | None, ...]:
        """What the planner decides, one after the other: for a new design, level by level."""
        fresh = not request.parents and request.level is None
        return tuple(Level) if fresh and self.roster.level_by_level else (request.level,)

    def _learn_forms(self) -> None:
        """Ask each model now what it can do, so that no two threads do; raises LLMError."""
        for name in self.client.settings.names:
            self._desk.structured.form(name)

    @cached_property
    def _desk(self) -> Desk:
        structured = Structured(self.client, self.forms)
        campaign = self.client.journal.campaign
        advice = Advice(self.memory, campaign) if self.roster.evolve_prompts else None
        return Desk(structured, self.memory, self.domain, advice)

    @cached_property
    def _library(self) -> Library:
        campaign = self.client.journal.campaign
        return Library(self.memory, campaign, self.domain, self.chars, self.roster.retrieval)

    @cached_property
    def _graph(self) -> Any:
        return build(self._desk, self._library, self.roster, self.gate)


def attempt(crew: Crew, request: Request, seed: int) -> Candidate | Failure:
    """One proposal, or why there is none."""
    try:
        return crew.propose(request, Random(seed))
    except (LLMError, NoOptions, Dropped) as failure:
        return failure
