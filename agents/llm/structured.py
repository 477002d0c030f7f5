"""Replies in the form that was asked for, on every back-end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from ...prompts import render
from . import forms
from .client import Client
from .errors import LLMError, NotRecorded, Refused, Unavailable, Unreadable
from .forms import Form
from .records import Ask, Message

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

QUOTED = 4000
"""Characters of an unreadable reply that its author gets to see again."""


class Answer(BaseModel):
    """The base of every JSON reply: closed in the schema, forgiving when read."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"additionalProperties": False})


class Probe(Answer):
    """The small question by which a back-end shows what it can do: with every feature of
    JSON schema that the real replies use."""

    colour: Annotated[str, Field(min_length=1, max_length=40)]
    sides: Literal[3, 4]
    right_angles: Annotated[int, Field(ge=0, le=4)]
    corners: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=4)]


@dataclass
class Structured:
    """Asks for text or JSON, with one round of repair; learns each model's best form."""

    client: Client
    known: dict[str, Form] = field(default_factory=dict)

    def text(self, ask: Ask, model: str, read: Callable[[str], T]) -> T:
        """What `read` makes of the reply. Where it raises ValueError, the model gets the
        error and one more try; then Unreadable is raised. Raises LLMError."""
        try:
            return self.client.complete(ask, model, read)
        except Unreadable as error:
            prompt = render("repair", error=str(error))
            repair = (
                Message("assistant", error.text[:QUOTED] or "(nothing)"),
                Message("user", prompt.user),
            )
            again = replace(ask, messages=ask.messages + repair, prompt=prompt.version)
            return self.client.complete(again, model, read)

    def json(self, ask: Ask, model: str, answer: type[M]) -> M:
        """The reply as a validated `answer`; raises LLMError."""
        asked = _shaped(ask, self.form(model), answer, told=not _enforced(model))
        return self.text(asked, model, lambda text: forms.read(text, answer))

    def form(self, model: str) -> Form:
        """The strictest form that the model's back-end supports: tried once, then known."""
        if model not in self.known:
            self.known[model] = self._probe(model)
        return self.known[model]

    def _probe(self, model: str) -> Form:
        if _enforced(model):
            return Form.JSON_SCHEMA
        failure: LLMError | None = None
        for form in Form:
            failure = self.supports(model, form)
            if failure is None:
                return form
        if isinstance(failure, Unavailable):
            raise failure  # not even plain text came back: nothing was learnt
        return Form.TEXT

    def supports(self, model: str, form: Form) -> LLMError | None:
        """None where `form` works; else why not. Raises LLMError where the model is away."""
        prompt = render("probe")
        ask = Ask(
            role="probe",
            messages=(Message("system", prompt.system), Message("user", prompt.user)),
            temperature=0.0,
            max_tokens=self.client.settings.max_tokens,
            prompt=prompt.version,
        )
        shaped = _shaped(ask, form, Probe)
        read = partial(forms.read, model=Probe)
        try:
            try:
                self.client.complete(shaped, model, read, attempts=1, fall_back=False)
            except Unavailable as error:
                if error.answered or not error.transient:
                    raise
                self.client.complete(shaped, model, read, fall_back=False)
        except Unavailable as error:
            if not error.answered:
                raise
            return error
        except (Unreadable, NotRecorded, Refused) as error:
            return error
        return None


def _shaped(ask: Ask, form: Form, answer: type[BaseModel], *, told: bool = True) -> Ask:
    """`ask` for a JSON reply: in options for the back-end, and `told` the model in words.

    Where the back-end surely holds to the schema, its words would only be more to read.
    """
    schema = _schema(answer)
    words = render("shape", schema=json.dumps(schema) if told else "")
    *before, last = ask.messages
    shaped = replace(last, content=f"{last.content}\n\n{words.user}")
    return replace(ask, messages=(*before, shaped), options=forms.options(form, schema))


def _enforced(model: str) -> bool:
    """Whether replies are known to keep to a schema: llama.cpp in this process sees to it."""
    return model.startswith("local/")


@lru_cache(maxsize=64)
def _schema(answer: type[BaseModel]) -> dict[str, Any]:
    """The schema of a reply: made once, since pydantic takes milliseconds."""
    return _plain(answer.model_json_schema())


def _plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without titles, and without pydantic's note of the class's docstring."""
    plain = {k: v for k, v in schema.items() if k not in ("title", "description")}
    if "properties" in plain:
        plain["properties"] = {
            name: {k: v for k, v in part.items() if k != "title"}
            for name, part in plain["properties"].items()
        }
    return plain
