"""What a domain is given by its user: questions, and the language model inside the candidates.

A model is asked through the journal of a campaign.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...evaluators.domain import DomainError, Judge, Modelled, Tasked
from ...evaluators.registry import domain_names, load_domain
from ...evaluators.task_model import Call, ModelFailed, Reply
from ...memory import Memory, open_memory
from ...memory.campaigns import Campaign
from .authors import CannotSearch, limits_of
from .origin import Origin, find_again
from .settings import Settings

if TYPE_CHECKING:
    from ...agents.llm import Client, Journal
    from ...agents.llm import Settings as ModelSettings
    from ...agents.llm.recording import Recording
    from ...memory.calls import Call as Kept

ROLE, JUDGE = "task", "judge"
MARK_TOKENS = 16
"""Of a judge's reply: one number."""
KEY = "task_model"
VARIABLE = "DISCOVER_TASK_MODEL"


@dataclass(frozen=True)
class JournalledModel:
    """A task model that any thread may ask.

    Each reply is kept in a journal that `journals` opens for it: what was asked before is
    not paid for again, and gives the same reply.
    """

    client: Client
    name: str
    journals: Callable[[], AbstractContextManager[Journal]]
    role: str = ROLE

    def reply(self, call: Call) -> Reply:
        """Raises ModelFailed where the model gives nothing, the client's retries included."""
        from ...agents.llm import Ask, LLMError, Message

        ask = Ask(
            self.role,
            (Message("user", call.prompt),),
            seed=call.sample,
            temperature=call.temperature,
            max_tokens=call.max_tokens,
            prompt=call.role,
        )
        with self.journals() as journal:
            heard = _Heard(journal)
            try:
                text = self.client.sharing_limits(heard).complete(ask, self.name, str)
            except LLMError as error:
                raise ModelFailed(str(error), error.wall_s) from None
        kept = heard.last
        tokens = kept.get("prompt_tokens", 0) + kept.get("completion_tokens", 0)
        return Reply(text, tokens, kept.get("wall_s", 0.0), kept.get("usd", 0.0))


@dataclass
class _Heard:
    """A journal that remembers the reply of the last call."""

    journal: Journal
    last: Mapping[str, Any] = field(default_factory=dict)

    @property
    def campaign(self) -> str:
        return self.journal.campaign

    def find(self, request: Mapping[str, Any]) -> Any:
        return self.journal.find(request)

    def record(self, call: Kept) -> None:
        if call.reply is not None:
            self.last = call.reply
        self.journal.record(call)

    def spent(self) -> Mapping[str, float]:
        return self.journal.spent()


def prepare(
    settings: Settings,
    spec: str,
    memory: Memory,
    campaign: str,
    recording: Recording | None = None,
) -> None:
    """Give the domain called `spec` the task model and the questions that are named, if any.

    Calls are in memory, charged to the campaign; with a `recording`, no model is asked, and
    where `memory` is read only, nothing is kept. Raises CannotSearch where the domain asks
    no model or brings its own questions, ConfigurationError for a model that cannot be
    reached as configured, DomainError for questions that cannot be used.
    """
    from ...agents.llm import Client, MemoryJournal, ScratchJournal

    @contextmanager
    def journals() -> Iterator[Journal]:
        if memory.read_only:
            yield ScratchJournal(campaign)
            return
        with open_memory(memory.path) as own:
            yield MemoryJournal(own, campaign)

    others = {name: value for name, value in settings.models.items() if "model" not in name}

    def journalled(name: str, role: str) -> JournalledModel:
        read = _read({**others, "model": name})
        journal = MemoryJournal(memory, campaign)
        limits = limits_of(settings.budget)
        client = Client(read, journal, limits=limits, recording=recording)
        return JournalledModel(client, read.names[0], journals, role)

    _bind(spec, settings.models.get(KEY), settings.tasks, journalled)


def take_up(
    memory: Memory,
    stored: Campaign,
    given: str | None = None,
    recording: Recording | None = None,
) -> Origin:
    """The domain of a stored campaign, with the questions and the model that it had.

    With a `recording`, that answers in the model's place. Raises as `prepare` and
    `find_again` do.
    """
    if stored.domain_spec in domain_names():
        settings = Settings.from_dict(stored.config)
        prepare(settings, stored.domain_spec, memory, stored.id, recording)
    return find_again(stored, given)


def prepare_unrecorded(
    spec: str, model: str | None, tasks: str = "", api_base: str | None = None
) -> None:
    """As `prepare`, outside any campaign: replies are kept for this process alone."""
    from ...agents.llm import Client, ScratchJournal

    journal = ScratchJournal()

    def journalled(name: str, role: str) -> JournalledModel:
        read = _read({"model": name, "api_base": api_base})
        client = Client(read, journal)
        return JournalledModel(client, read.names[0], lambda: nullcontext(journal), role)

    _bind(spec, model, tasks, journalled)


def _bind(
    spec: str, model: str | None, tasks: str, journalled: Callable[[str, str], JournalledModel]
) -> None:
    """A process loads a domain once: what an earlier campaign gave it is taken away."""
    domain = load_domain(spec)
    named = model or os.environ.get(VARIABLE, "")
    if isinstance(domain, Modelled):
        domain.bind(journalled(named, ROLE) if named else None)
    elif named:
        raise CannotSearch(f"{domain.name} asks no task model; one is named: {named}")

    def judge(name: str) -> Judge:
        if not (name or named):
            raise DomainError(
                f"{tasks}: scorer: judge needs a language model: name one in its line as "
                '"model", or with --task-model'
            )
        asked = journalled(name or named, JUDGE)
        return lambda prompt: asked.reply(Call(prompt, max_tokens=MARK_TOKENS)).text

    if isinstance(domain, Tasked):
        domain.take(Path(tasks) if tasks else None, judge)
    elif tasks:
        raise CannotSearch(f"{domain.name} takes no questions of others; --tasks names {tasks}")


def _read(models: Mapping[str, Any]) -> ModelSettings:
    from ...agents.llm import Settings

    read = Settings.read(models, environ=os.environ)
    assert read is not None, "a model is named"
    return read
