"""Where the agents' questions go out: a template and its data to the model of a role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from pydantic import BaseModel

from ..evaluators.domain import Domain
from ..memory import Memory
from ..prompts import render
from . import bandit
from .advice import Advice, mark_of
from .context import Context
from .llm import Ask, Message
from .llm.structured import Structured

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Turn:
    """One proposal in the making: its decision, its chance, and what it may see."""

    decision: int | None
    rng: Random
    context: Context


def goal_of(domain: Domain) -> str:
    """The domain's first objective in words."""
    objective = domain.objectives[0]
    better = "higher" if objective.sign > 0 else "lower"
    unit = f" ({objective.unit})" if objective.unit else ""
    return f"Improve {objective.name}{unit}: {better} is better."


@dataclass
class Desk:
    """Asks for the agents of one campaign.

    Where a role has several models, the one that asks is drawn anew for each question, by
    what the models gained for their cost. `advice` adds a paragraph to a role's prompt.
    """

    structured: Structured
    memory: Memory
    domain: Domain
    advice: Advice | None = None

    @property
    def campaign(self) -> str:
        """The campaign that the agents work for."""
        return self.structured.client.journal.campaign

    def json(self, turn: Turn, role: str, template: str, answer: type[M], **data: Any) -> M:
        """The model's answer as a validated `answer`; raises LLMError."""
        ask, model = self._ask(turn, role, template, data)
        return self.structured.json(ask, model, answer)

    def text(
        self, turn: Turn, role: str, template: str, read: Callable[[str], T], **data: Any
    ) -> T:
        """What `read` makes of the model's answer; raises LLMError."""
        ask, model = self._ask(turn, role, template, data)
        return self.structured.text(ask, model, read)

    def draw(self, turn: Turn, role: str, arms: tuple[str, ...], column: str = "model") -> str:
        """One of `arms`, by what the campaign's memory says of them."""
        if len(arms) == 1:
            return arms[0]
        seen = bandit.trials(self.memory, self.campaign, role, turn.decision, column)
        return bandit.choose(arms, seen, turn.rng)

    def _ask(self, turn: Turn, role: str, template: str, data: dict[str, Any]) -> tuple[Ask, str]:
        settings = self.structured.client.settings
        model = self.draw(turn, role, settings.of_role(role))
        advice = self.advice.draw(role, turn.decision, turn.rng) if self.advice else ""
        prompt = render(
            template,
            brief=self.domain.brief,
            goal=goal_of(self.domain),
            guidance=advice,
            context=turn.context,
            **data,
        )
        ask = Ask(
            role=role,
            messages=(Message("system", prompt.system), Message("user", prompt.user)),
            seed=turn.rng.getrandbits(31),
            temperature=settings.temperature,
            max_tokens=settings.max_tokens,
            prompt=f"{prompt.version}+{mark_of(advice)}" if advice else prompt.version,
            decision=turn.decision,
        )
        return ask, model
