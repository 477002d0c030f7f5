"""The author that is a team of language models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from ..evaluators.domain import Domain
from ..memory import Memory
from ..memory.insights import Insight
from ..space import Candidate, Evaluation, Operator
from .author import Request
from .crew import Crew, Failure, attempt
from .grammar_author import GrammarAuthor
from .llm import BudgetReached, Client, LLMError, Unavailable
from .team import Gate, Roster

PATIENCE = 3
"""Decisions in a row without a candidate after which the models get a rest."""
REST = 8
"""Decisions that the stand-in then takes alone, before the models are asked again."""

TEMPLATE_CHARS = 1500
"""What the longest template says of its own, with its reply's schema."""
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
    `notice` is told. `gate` runs the domain's checks on a draft; it may be called from
    other threads, once at a time. Of `domain`, the runs are never asked for.
    """

    client: Client
    memory: Memory
    domain: Domain
    gate: Gate | None = None
    roster: Roster = field(default_factory=Roster)
    context_chars: int = 24_000
    notice: Callable[[str], None] = lambda message: None
    name: str = "team"

    def __post_init__(self) -> None:
        self._crew = Crew(
            self.client,
            self.memory,
            self.domain,
            self.gate,
            self.roster,
            self._room(),
        )
        space = self.domain.space
        self._stand_in = None if space is None else GrammarAuthor(space)
        self._dry = 0
        self._resting = 0
        self._broke = False

    def propose(self, request: Request, rng: Random) -> Sequence[Candidate]:
        """Up to `request.count` distinct candidates, and no more than the roster's width: each
        costs several calls. Raises nothing for a model's fault."""
        if self._idle:
            self._resting -= 1
            return self._in_place(request, rng)
        if self.roster.evolve_prompts and request.decision is not None:
            self._advise(request.decision, Random(rng.getrandbits(64)))
        width = 1 if self._local else self.roster.width
        drafts = [
            (_placed(request, i), rng.getrandbits(64)) for i in range(min(request.count, width))
        ]
        found: dict[str, Candidate] = {}
        for outcome in self._outcomes(drafts):
            if isinstance(outcome, Candidate):
                found.setdefault(outcome.id, outcome)
            else:
                self._take_in(outcome)
        self._dry = 0 if found else self._dry + 1
        if self._dry >= PATIENCE and not self._idle:
            self._dry, self._resting = 0, REST
            self.notice(f"{PATIENCE} decisions in a row brought no candidate of the models")
        if found or not self._idle:
            return tuple(found.values())
        return self._in_place(request, rng)

    def reflect(
        self,
        candidate: Candidate,
        evaluation: Evaluation,
        rng: Random,
        decision: int | None = None,
    ) -> Insight | None:
        """What the critic concludes from a run, stored as an insight; None without one."""
        if not self.roster.critic_after or self._idle:
            return None
        try:
            return self._crew.conclude(candidate, evaluation, rng, decision)
        except LLMError as error:
            self.notice(f"no insight from {candidate.id} ({error})")
            return None

    def diagram(self) -> str:
        """The team's graph in Mermaid's language."""
        return self._crew.diagram()

    @property
    def _local(self) -> bool:
        """Whether every model is one in this process: asking it more at once
        saves little waiting."""
        return all(name.startswith("local/") for name in self.client.settings.names)

    @property
    def _idle(self) -> bool:
        """Whether the models are not to be asked now."""
        return self._broke or self._resting > 0

    def _outcomes(self, drafts: Sequence[tuple[Request, int]]) -> Iterator[Candidate | Failure]:
        """In threads where waiting for replies would add up, else one after the other."""
        one_by_one = self._local or self.client.settings.concurrency == 1
        if len(drafts) == 1 or one_by_one:
            for request, seed in drafts:
                if not self._idle:
                    yield attempt(self._crew, request, seed)
            return
        if self.client.recording is not None:  # nothing to wait for, and all of them count
            yield from [attempt(self._crew, request, seed) for request, seed in drafts]
            return
        try:
            yield from self._crew.propose_together(drafts)
        except LLMError as error:  # before any thread began
            yield error

    def _advise(self, decision: int, rng: Random) -> None:
        try:
            self._crew.advise(decision, rng)
        except LLMError as error:
            self.notice(f"no new advice ({error})")

    def _take_in(self, failure: Failure) -> None:
        """Say why a proposal failed, and spare the models where that helps."""
        if self._idle:
            return  # said already
        if isinstance(failure, BudgetReached):
            self._broke = True
            self.notice(f"the models' budget is used up ({failure})")
        elif isinstance(failure, Unavailable):
            self._resting = REST
            self.notice(f"no model can be reached ({failure})")
        else:
            self.notice(f"a proposal was dropped: {failure}")

    def _in_place(self, request: Request, rng: Random) -> Sequence[Candidate]:
        if self._stand_in is None:
            return ()
        return [
            replace(candidate, idea=f"{NO_MODEL}: {candidate.idea}")
            for candidate in self._stand_in.propose(request, rng)
        ]

    def _room(self) -> int:
        """Characters for context: what the model's window leaves beside brief and reply."""
        settings = self.client.settings
        if settings.context_tokens is None:
            return self.context_chars
        tokens = settings.context_tokens - settings.max_tokens
        fixed = len(self.domain.brief) + TEMPLATE_CHARS
        return max(LEAST_CHARS, min(self.context_chars, CHARS_PER_TOKEN * tokens - fixed))


def _placed(request: Request, i: int) -> Request:
    """What draft `i` is asked for: to change one of the places, or to cross the first parent with
    one of the others. What a draft shows as parents is recorded as such."""
    parents = request.parents
    if request.operator == Operator.MUTATE and parents:
        parents = (parents[i % len(parents)],)
    elif request.operator == Operator.RECOMBINE and len(parents) > 2:
        parents = (parents[0], parents[1 + i % (len(parents) - 1)])
    return replace(request, parents=parents)
