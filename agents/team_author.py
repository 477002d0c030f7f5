"""The author that is a team of language models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from ..evaluators.domain import Domain
from ..memory import Memory
from ..memory.insights import Insight
from ..space import Candidate, Evaluation, Level
from .author import Request
from .coder import NoOptions
from .context import Library
from .critic import CriticAfter
from .desk import Desk, Turn
from .draft import State, begin
from .grammar_author import GrammarAuthor
from .guidance import Guidance
from .llm import BudgetReached, Client, LLMError, Unavailable
from .llm.structured import Structured
from .team import Gate, Roster, build

PATIENCE = 3
"""Decisions in a row without a candidate after which the models get a rest."""
REST = 8
"""Decisions that the stand-in then takes alone, before the models are asked again."""

TEMPLATE_CHARS = 2500
"""What the longest template says of its own."""
LEAST_CHARS = 400
CHARS_PER_TOKEN = 3
"""Of code and English; fewer is rare."""

NO_MODEL = "by the grammar, in place of the models"
"""How the ideas of the stand-in begin, so that nobody takes them for a model's."""


@dataclass
class TeamAuthor:
    """Proposes through planner, coder and critic; concludes from what was run.

    Whatever the models do, it goes on: where they cannot be reached, have nothing to say
    or have used up their budget, the domain's grammar proposes in their place and
    `notice` is told. `gate` runs the domain's checks on a draft. `domain` is used for its
    name, brief, space, references, objectives and the names of its tiers.
    """

    client: Client
    memory: Memory
    domain: Domain
    gate: Gate | None = None
    roster: Roster = field(default_factory=Roster)
    guidance: Guidance = field(default_factory=Guidance)
    context_chars: int = 24_000
    notice: Callable[[str], None] = lambda message: None
    name: str = "team"

    def __post_init__(self) -> None:
        desk = Desk(Structured(self.client), self.memory, self.domain, self.guidance)
        self._library = Library(
            self.memory,
            self.client.journal.campaign,
            self.domain,
            self._room(),
            self.roster.retrieval,
        )
        self._critic = CriticAfter(desk, self._library)
        self._desk = desk
        self._graph: Any = None
        space = self.domain.space
        self._stand_in = None if space is None else GrammarAuthor(space)
        self._dry = 0
        self._resting = 0
        self._broke = False

    def propose(self, request: Request, rng: Random) -> Sequence[Candidate]:
        """Up to `request.count` distinct candidates; raises nothing for a model's fault."""
        if self._broke or self._resting > 0:
            self._resting -= 1
            return self._in_place(request, rng)
        found: dict[str, Candidate] = {}
        try:
            for candidate in self._proposals(request, rng):
                found.setdefault(candidate.id, candidate)
        except BudgetReached as error:
            self._broke = True
            self.notice(f"the models' budget is used up ({error})")
        except Unavailable as error:
            self._resting = REST
            self.notice(f"no model can be reached ({error})")
        if found:
            self._dry = 0
            return tuple(found.values())
        self._dry += 1
        if self._dry >= PATIENCE:
            self._dry, self._resting = 0, REST
            self.notice(f"{PATIENCE} decisions in a row brought no candidate of the models")
        idle = self._broke or self._resting > 0
        return self._in_place(request, rng) if idle else ()

    def reflect(
        self,
        candidate: Candidate,
        evaluation: Evaluation,
        rng: Random,
        decision: int | None = None,
    ) -> Insight | None:
        """What the critic concludes from a run, stored as an insight; None without one."""
        if not self.roster.critic_after or self._broke or self._resting > 0:
            return None
        try:
            return self._critic(candidate, evaluation, rng, decision)
        except LLMError as error:
            self.notice(f"no insight from {candidate.id} ({error})")
            return None

    def diagram(self) -> str:
        """The team's graph in Mermaid's language."""
        drawn: str = self._compiled().get_graph().draw_mermaid()
        return drawn

    def _proposals(self, request: Request, rng: Random) -> Iterator[Candidate]:
        """One run of the graph a proposal, each with a context of its own."""
        for _ in range(request.count):
            turn = Turn(request.decision, rng, self._library.context(request, rng))
            state = begin(turn, request, self._levels(request))
            try:
                state = self._compiled().invoke(state)
            except (BudgetReached, Unavailable):
                raise
            except (LLMError, NoOptions) as error:
                self.notice(f"a proposal was dropped: {error}")
                continue
            if state["candidate"] is None:
                self.notice(f"a proposal was dropped: {_why(state)}")
            else:
                yield state["candidate"]

    def _levels(self, request: Request) -> tuple[Level | None, ...]:
        """What the planner decides, one after the other: for a new design, level by level."""
        fresh = not request.parents and request.level is None
        return tuple(Level) if fresh and self.roster.level_by_level else (request.level,)

    def _in_place(self, request: Request, rng: Random) -> Sequence[Candidate]:
        if self._stand_in is None:
            return ()
        return [
            replace(candidate, idea=f"{NO_MODEL}: {candidate.idea}")
            for candidate in self._stand_in.propose(request, rng)
        ]

    def _compiled(self) -> Any:
        if self._graph is None:
            self._graph = build(self._desk, self.roster, self.gate)
        return self._graph

    def _room(self) -> int:
        """Characters for context: what the model's window leaves beside brief and reply."""
        settings = self.client.settings
        if settings.context_tokens is None:
            return self.context_chars
        tokens = settings.context_tokens - settings.max_tokens
        fixed = len(self.domain.brief) + TEMPLATE_CHARS
        return max(LEAST_CHARS, min(self.context_chars, CHARS_PER_TOKEN * tokens - fixed))


def _why(state: State) -> str:
    return state["ended"] or state["fault"] or "no reason given"
