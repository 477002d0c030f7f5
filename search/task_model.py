"""The language model inside the candidates: asked through the journal of a campaign."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..evaluators.domain import Modelled
from ..evaluators.registry import load_domain
from ..evaluators.workflow.model import Call, ModelFailed, Reply
from ..memory import Memory, open_memory
from .authors import CannotSearch, limits_of
from .settings import Settings

if TYPE_CHECKING:
    from ..agents.llm import Client, Journal
    from ..agents.llm import Settings as ModelSettings
    from ..memory.calls import Call as Kept

ROLE = "task"
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

    def reply(self, call: Call) -> Reply:
        """Raises ModelFailed where the model gives nothing, the client's retries included."""
        from ..agents.llm import Ask, LLMError, Message

        ask = Ask(
            ROLE,
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
                raise ModelFailed(str(error)) from None
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


def bind_task_model(settings: Settings, spec: str, memory: Memory, campaign: str) -> None:
    """Give the domain called `spec` the task model that flags or environment name, if any.

    Its calls are in memory, charged to the campaign. Raises CannotSearch where the domain
    asks no model, ConfigurationError for one that cannot be reached as configured.
    """
    named = settings.models.get(KEY) or os.environ.get(VARIABLE)
    domain = _asking_nobody(spec, named)
    if domain is None or not named:
        return
    from ..agents.llm import Client, MemoryJournal

    @contextmanager
    def journals() -> Iterator[Journal]:
        with open_memory(memory.path) as own:
            yield MemoryJournal(own, campaign)

    others = {name: value for name, value in settings.models.items() if "model" not in name}
    read = _read({**others, "model": named})
    client = Client(read, MemoryJournal(memory, campaign), limits=limits_of(settings.budget))
    domain.bind(JournalledModel(client, read.names[0], journals))


def bind_unrecorded(spec: str, model: str | None, api_base: str | None = None) -> None:
    """As `bind_task_model`, outside any campaign: replies are kept for this process alone."""
    named = model or os.environ.get(VARIABLE)
    domain = _asking_nobody(spec, named)
    if domain is None or not named:
        return
    from ..agents.llm import Client, ScratchJournal

    journal = ScratchJournal()
    read = _read({"model": named, "api_base": api_base})
    client = Client(read, journal)
    domain.bind(JournalledModel(client, read.names[0], lambda: nullcontext(journal)))


def _asking_nobody(spec: str, named: str | None) -> Modelled | None:
    """The domain, without the model of an earlier campaign: a process loads it once.

    None where it asks no model; raises CannotSearch where one is named for it all the same.
    """
    domain = load_domain(spec)
    if isinstance(domain, Modelled):
        domain.bind(None)
        return domain
    if named:
        raise CannotSearch(f"{domain.name} asks no task model; one is named: {named}")
    return None


def _read(models: Mapping[str, Any]) -> ModelSettings:
    from ..agents.llm import Settings

    read = Settings.read(models, environ=os.environ)
    assert read is not None, "a model is named"
    return read
