"""What a model can do, found by trying: the body of `discover llm check`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .client import Client
from .errors import BudgetReached, LLMError, Refused, Unavailable, Unreadable
from .forms import Form
from .records import Ask, Message
from .structured import Structured

WORD = "marigold"
CHARS_PER_TOKEN = 4
FILLER = "The archive lists the following entry, which is of no importance. "
FIRST_CONTEXT = 1000

NAMES = {
    Form.JSON_SCHEMA: "JSON schema",
    Form.JSON_OBJECT: "JSON object with a schema",
    Form.GRAMMAR: "GBNF grammar",
    Form.TOOL: "tool call",
    Form.TEXT: "JSON in plain text",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was tried: whether it works, and what was seen, in plain words."""

    name: str
    works: bool
    words: str


def check(client: Client, model: str, longest: int) -> Iterator[Finding]:
    """Try a completion, every structured form, and contexts up to `longest` tokens.

    Stops after the first where the model gives no completion at all.
    """
    completion = _completion(client, model)
    yield completion
    if not completion.works:
        return
    structured = Structured(client)
    best = None
    for form in Form:
        finding = _form(structured, model, form)
        best = best or (form if finding.works else None)
        yield finding
    yield Finding("structured output", best is not None, _advice(best))
    yield _context(client, model, longest)


def _completion(client: Client, model: str) -> Finding:
    ask = _ask(client, "Say the word 'ready' and nothing else.")
    try:
        said = client.complete(ask, model, str, fall_back=False)
    except LLMError as error:
        return Finding("completion", False, str(error))
    return Finding("completion", True, f"it said {' '.join(said.split())[:60]!r}")


def _form(structured: Structured, model: str, form: Form) -> Finding:
    try:
        failure = structured.supports(model, form)
    except LLMError as error:
        failure = error
    words = "works" if failure is None else str(failure)
    return Finding(NAMES[form], failure is None, words)


def _advice(best: Form | None) -> str:
    if best is None:
        return "no form brought valid JSON: this model cannot play a role"
    return f"{NAMES[best]} will be used"


def _context(client: Client, model: str, longest: int) -> Finding:
    """The longest prompt, by doubling, from whose beginning a word is remembered."""
    reached, why = 0, ""
    size = FIRST_CONTEXT
    while size <= longest:
        filler = FILLER * (CHARS_PER_TOKEN * size // len(FILLER))
        text = f"The code word is {WORD}. {filler}\nWhat is the code word? Answer with it alone."
        try:
            client.complete(_ask(client, text), model, _remembers, fall_back=False)
        except Unreadable:
            why = "; beyond that the first lines are forgotten"
            break
        except (Unavailable, Refused, BudgetReached) as error:
            why = f"; beyond that: {error}"
            break
        reached, size = size, 2 * size
    words = f"about {reached:,} tokens" if reached else f"less than {FIRST_CONTEXT:,} tokens"
    return Finding("context", reached > 0, words + why)


def _remembers(reply: str) -> None:
    if WORD not in reply.lower():
        raise ValueError("the code word was forgotten")


def _ask(client: Client, text: str) -> Ask:
    return Ask(
        role="probe",
        messages=(Message("user", text),),
        temperature=0.0,
        max_tokens=client.settings.max_tokens,
    )
