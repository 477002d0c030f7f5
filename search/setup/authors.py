"""Who proposes in a campaign: a team of language models where one is named, else the grammar."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ...agents.author import Author
from ...agents.grammar_author import GrammarAuthor
from ...evaluators.domain import Domain
from ...evaluators.sampling import Sampled
from ...memory import Memory
from ..limits.budget import Budget, Unit
from .settings import Settings

if TYPE_CHECKING:
    from ...agents.llm import Settings as ModelSettings
    from ...agents.llm.recording import Recording
    from ...agents.team import Gate

LEDGER_UNITS = (Unit.TOKENS, Unit.MONEY)
"""What a team spends; it keeps the ledger of it itself."""


class CannotSearch(ValueError):
    """A campaign that makes no sense as asked; the message is one line for the user."""


def read_models(settings: Settings) -> ModelSettings | None:
    """The language models that flags or environment name, or None.

    Raises ConfigurationError for models that cannot be reached as configured.
    """
    if not (os.environ.get("DISCOVER_MODEL") or any(settings.models.values())):
        return None
    from ...agents.llm import Settings as ModelSettings

    return ModelSettings.read(settings.models, environ=os.environ)


def make_author(
    settings: Settings,
    domain: Domain,
    memory: Memory,
    campaign: str,
    notice: Callable[[str], None],
    gate: Gate,
    recording: Recording | None = None,
    time_left: Callable[[], float] = lambda: math.inf,
) -> Author:
    """The author that `settings` ask for; `notice` hears its warnings.

    A team repairs what `gate` rejects before it proposes; the grammar has no need of it. With
    a `recording` it asks no model. No call of a model goes on once `time_left` is 0, in seconds.

    Raises CannotSearch where nobody could propose, and ConfigurationError for models that
    cannot be reached as configured.
    """
    models = read_models(settings)
    if models is None:
        if domain.space is None:
            raise CannotSearch(
                f"{domain.name} has no space to draw candidates from, and no model is named"
            )
        return grammar_author(domain)
    from ...agents.llm import Client, MemoryJournal
    from ...agents.team import Roster
    from ...agents.team_author import TeamAuthor

    client = Client(
        models,
        MemoryJournal(memory, campaign),
        limits=limits_of(settings.budget),
        recording=recording,
        time_left=time_left,
    )
    return TeamAuthor(client, memory, domain, gate, Roster.of(models), notice=notice)


def grammar_author(domain: Domain) -> GrammarAuthor:
    """The author of a domain that has a space."""
    assert domain.space is not None, "a campaign without models has a space"
    frugal = domain.frugal_space if isinstance(domain, Sampled) else None
    return GrammarAuthor(domain.space, frugal)


def limits_of(budget: Budget) -> Mapping[str, float]:
    """What calls of language models may spend, by unit."""
    return {unit.value: budget.limits[unit] for unit in LEDGER_UNITS if unit in budget.limits}
