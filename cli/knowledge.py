"""`discover knowledge`: what agents know from papers and notes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import memory_views as views
from . import options
from .border import UserError, users_text
from .memory_upkeep import reading

if TYPE_CHECKING:
    from ..memory import Memory
    from ..memory.gains import Gain
    from ..memory.knowledge import Knowledge

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Entries from papers and notes, each keyed on the problem that it helps with. "
    "Those that come with Discover are there from the first campaign on.",
)
MOST_BYTES = 4_000_000
"""Of a file; a long paper has a fifth of a million."""
DomainOfNew = Annotated[
    str, typer.Option("--domain", metavar="NAME", help="Which domain the entries are for.")
]
Domain = Annotated[str | None, typer.Option(metavar="NAME", help="Of this domain only.")]


@app.command()
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A list of entries, YAML or JSON.")],
    domain: DomainOfNew = "linear-attention",
    db: options.Database = options.DEFAULT_DATABASE,
) -> None:
    """Add the entries of a file.

    An entry has `source`, `problem` and `idea`, and may have `how` and `limits`. One that
    is there already changes nothing. What comes with Discover need not be added.
    """
    from ..memory import knowledge_files

    text = users_text(file, "knowledge", most=MOST_BYTES)
    entries = list(knowledge_files.parse(text, domain, str(file)))
    print(f"added {_store(db, entries)} of {len(entries)} entries")


@app.command()
def note(
    problem: Annotated[str, typer.Option(help="When it helps: the situation, in a sentence.")],
    idea: Annotated[str, typer.Option(help="What to do about it.")],
    source: Annotated[str, typer.Option(help="Whose it is: a paper, or your own name.")],
    how: Annotated[str, typer.Option(help="What an implementer must know.")] = "",
    limits: Annotated[str, typer.Option(help="Where it fails, and what it costs.")] = "",
    domain: DomainOfNew = "linear-attention",
    db: options.Database = options.DEFAULT_DATABASE,
) -> None:
    """Add one entry of your own."""
    from ..memory.knowledge import Knowledge

    for name, text in (("problem", problem), ("idea", idea), ("source", source)):
        if not text.strip():
            raise UserError(f"--{name} is empty")
    entry = Knowledge(domain, source, problem, idea, how, limits)
    print(f"added k{entry.id}" if _store(db, [entry]) else f"k{entry.id} was there already")


@app.command()
def read(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A paper's text, in UTF-8.")],
    source: Annotated[
        str, typer.Option(help="What entries cite, such as 'Yang et al. 2024, arXiv:2412.06464'.")
    ] = "",
    domain: DomainOfNew = "linear-attention",
    model: options.AskedModel = None,
    api_base: options.ApiBase = None,
    keep: Annotated[
        bool, typer.Option("--keep/--show", help="Store the entries, or only show them.")
    ] = True,
    db: options.Database = options.DEFAULT_DATABASE,
) -> None:
    """Have a language model read a paper's text into entries, in its own words.

    A model errs and makes things up: read what it says. `--show` stores nothing.
    """
    from ..agents.llm import Client, LLMError, ScratchJournal, Settings
    from ..agents.llm.structured import Structured
    from ..agents.paper import read_paper

    text = users_text(file, "a paper", most=MOST_BYTES)
    try:
        settings = Settings.read({"model": model, "api_base": api_base}, {}, os.environ)
        if settings is None:
            raise UserError("no model is named: use --model provider/name, or DISCOVER_MODEL")
        structured = Structured(Client(settings, ScratchJournal()))
        entries = list(read_paper(structured, text, domain, source=source))
    except LLMError as error:
        raise UserError(str(error)) from error
    except ValueError as error:
        raise UserError(f"{file}: {error}; use --source") from error
    for entry in entries:
        _print(entry)
    if keep and entries:
        print(f"added {_store(db, entries)} of {len(entries)} entries")
    elif not entries:
        print("the model found nothing to take from it")


@app.command("list")
def list_(
    domain: Domain = None,
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
    as_csv: views.Csv = False,
) -> None:
    """List the entries, and what came of those that agents cited.

    `cited` counts candidates, `better` those of them that beat their parent, and `gain` is
    the mean difference from it. No claim: seeds differ.
    """
    from ..memory import gains, knowledge

    with _known(db) as memory:
        entries = knowledge.entries(memory, domain)
        found = [{"id": e.id, **vars(e), "gain": gains.of_entry(memory, e.id)} for e in entries]
    if not views.printed(found, as_json, as_csv):
        _entry_table(found)


@app.command()
def search(
    text: Annotated[str, typer.Argument(metavar="WORDS", help="The problem that you have.")],
    domain: Domain = None,
    db: options.Database = options.DEFAULT_DATABASE,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many to show.")] = 5,
    as_json: options.Json = False,
    as_csv: views.Csv = False,
) -> None:
    """Find entries for a problem, by its words and by their likeness."""
    from ..memory import knowledge
    from ..memory.retrieval import Retriever

    with _known(db) as memory:
        hits = Retriever(memory).search(
            text, kinds=("knowledge",), domain=domain, limit=limit, diversity=0
        )
        entries = [knowledge.entry(memory, hit.id) for hit in hits]
    found = [entry for entry in entries if entry is not None]
    if not views.printed(found, as_json, as_csv):
        for entry in found:
            _print(entry)
        if not found:
            print("nothing matches")


def _store(db: Path, entries: Sequence[Knowledge]) -> int:
    """Add to the memory at `db`, beside what comes with Discover; how many are new."""
    from ..memory import knowledge, knowledge_files, open_memory

    with open_memory(db) as memory, memory.transaction():
        knowledge_files.stock(memory)
        return sum(knowledge.add(memory, entry) for entry in entries)


@contextmanager
def _known(db: Path) -> Iterator[Memory]:
    """The memory at `db`, or one with what comes with Discover where it has nothing yet."""
    from ..memory import knowledge_files, open_memory

    if db.exists():
        with reading(db) as memory:
            if memory.row("SELECT 1 FROM knowledge"):
                yield memory
                return
    with TemporaryDirectory() as folder, open_memory(Path(folder) / "shipped.db") as memory:
        knowledge_files.stock(memory)
        yield memory


def _entry_table(found: Sequence[dict[str, Any]]) -> None:
    """What came of the entries takes room only where some of them were cited."""
    rows = [[f"k{e['id']}", e["problem"], e["source"], *_came(e["gain"])] for e in found]
    columns = ["id", "problem", "source?", "cited>", "better>", "gain>"]
    shown = len(columns) if any(e["gain"].cited for e in found) else 3
    views.table(columns[:shown], [row[:shown] for row in rows], empty="no entries")


def _print(entry: Knowledge) -> None:
    views.paragraph(entry.problem, f"k{entry.id}  ")
    for name in ("idea", "how", "limits", "source"):
        views.paragraph(getattr(entry, name), f"  {name:6}  ")


def _came(gain: Gain) -> tuple[object, ...]:
    if not gain.cited:
        return ("", "", "")
    better = f"{gain.better}/{gain.compared}" if gain.compared else ""
    return gain.cited, better, views.number(gain.mean)
