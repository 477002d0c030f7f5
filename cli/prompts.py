"""`discover prompts`: what the agents say to language models."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..harmless import shown
from .border import UserError
from .options import DEFAULT_DATABASE, Database
from .text import near

if TYPE_CHECKING:
    from ..agents.context import Context
    from ..evaluators.domain import Domain
    from ..prompts import Prompt
    from ..space import Candidate

ROLES = {
    "planner": ("planner",),
    "coder": ("choose", "patch", "write", "debug"),
    "critic": ("novelty", "critique", "conclude"),
}
"""What each role is asked with."""

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def prompts() -> None:
    """Look at the prompts."""


@app.command("list")
def list_() -> None:
    """List the templates."""
    from ..prompts import names

    print("\n".join(names()))


@app.command()
def show(
    role: Annotated[
        str,
        typer.Argument(metavar="ROLE", help="planner, coder, critic, or one of `prompts list`."),
    ],
    domain: Annotated[str, typer.Option("--domain", metavar="NAME|FILE")] = "linear-attention",
    database: Database = DEFAULT_DATABASE,
    seed: Annotated[int, typer.Option("--seed", help="What is shown varies by seed.")] = 0,
) -> None:
    """Render what a role is asked with, from real data: the domain's, and the memory's."""
    from ..evaluators import load_domain
    from ..prompts import names, render

    known = sorted({*names(), *ROLES})
    if role not in known:
        raise UserError(f"no prompt {shown(role)}{near(role, known)}")
    loaded = load_domain(domain)
    data = _data(loaded, _context(loaded, database, Random(seed)))
    rendered = [render(name, **data) for name in ROLES.get(role, (role,))]
    print("\n\n".join(_told(prompt) for prompt in rendered))


def _told(prompt: Prompt) -> str:
    system = f"[system]\n{prompt.system}\n\n[user]\n" if prompt.system else ""
    return f"# {prompt.version}\n\n{system}{prompt.user}"


def _context(domain: Domain, database: Any, rng: Random) -> Context:
    """What an agent would be shown for the leading candidate, or for one to begin with."""
    from ..agents.author import Request
    from ..agents.context import Context as Built
    from ..agents.context import Library, Shown
    from ..agents.recall import best
    from ..memory import open_memory
    from ..space import Level, Operator

    if not database.exists():
        first = _first(domain, rng)
        shown = Shown(first.id, "not run yet", first.name or first.idea, first.source)
        return Built(parents=(shown,))
    with open_memory(database, read_only=True) as memory:
        newest = memory.row(
            "SELECT id FROM campaigns WHERE domain = ? ORDER BY created DESC LIMIT 1",
            (domain.name,),
        )
        library = Library(memory, newest["id"] if newest else "", domain)
        leading = best(memory, domain.name, [t.name for t in domain.tiers if t.ranks], 1)
        parent = library.get(leading[0]) if leading else _first(domain, rng)
        return library.context(Request(Operator.MUTATE, Level.STRUCTURE, (parent,)), rng)


def _first(domain: Domain, rng: Random) -> Candidate:
    """A reference, or where the domain has none, what the grammar would begin with."""
    from ..agents.author import Request
    from ..agents.grammar_author import GrammarAuthor
    from ..space import Operator

    if domain.references:
        return domain.references[rng.choice(sorted(domain.references))]
    if domain.space is None:
        raise UserError(f"{domain.name} has neither references nor a space: nothing to show")
    (sampled,) = GrammarAuthor(domain.space).propose(Request(Operator.SAMPLE, None, ()), rng)
    return sampled


def _data(domain: Domain, context: Context) -> dict[str, Any]:
    """Every name that a template may use; what only a campaign has is an example."""
    from ..agents.desk import goal_of
    from ..space import Level

    parent = context.parents[0]
    return {
        "domain": domain.name,
        "brief": domain.brief,
        "goal": goal_of(domain),
        "guidance": "",
        "context": context,
        "level": Level.STRUCTURE,
        "operator": "mutate",
        "steps": [],
        "tried": [],
        "feedback": "",
        "idea": parent.idea,
        "design": parent.id,
        "menu": ["(the first change)", "(the second change)"],
        "source": parent.source,
        "fault": "(what a gate said)",
        "excerpt": "",
        "candidate": parent,
        "outcome": parent.results,
        "change": "(the change of source)",
        "decided": "mutate structure",
        "advised": "planner",
        "variants": [],
        "relatives": context.relatives,
        "error": "(what was wrong with the reply)",
        "schema": "(a JSON schema)",
        "text": "(the text of a paper)",
    }
