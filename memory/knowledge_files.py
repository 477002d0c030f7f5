"""Files of knowledge: those that ship with Discover, and those of users."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Any

import yaml

from . import knowledge
from .errors import MemoryFault
from .knowledge import Knowledge
from .store import Memory

REQUIRED = ("source", "problem", "idea")
OPTIONAL = ("how", "limits")
SHIPPED = {
    "linear-attention": "knowledge_linear_attention.yaml",
    "agent-workflow": "knowledge_agent_workflow.yaml",
}
"""The file of each domain."""


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as quick in C


class BadKnowledge(MemoryFault):
    """A file of knowledge that cannot be read; one line that says where and why."""


def shipped(domain: str | None = None) -> Iterator[Knowledge]:
    """The entries that come with Discover, of one domain or of all."""
    for name, file in SHIPPED.items():
        if domain in (None, name):
            text = (resources.files(__package__) / file).read_text(encoding="utf-8")
            yield from parse(text, name, file)


def stock(memory: Memory, domain: str | None = None) -> None:
    """See to it that the memory has what comes with Discover, of one domain or of all.

    Done where a campaign begins, and wherever knowledge is added: nobody has to ask for it.
    """
    with memory.transaction():
        for entry in shipped(domain):
            knowledge.add(memory, entry)


def parse(text: str, domain: str, where: str) -> Iterator[Knowledge]:
    """The entries in a list of mappings in YAML or JSON; `where` names it in errors.

    An entry has `source`, `problem` and `idea`, and may have `how`, `limits` and a
    `domain` other than the one given. Raises BadKnowledge.
    """
    try:
        found = yaml.load(text, _LOADER)
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        raise BadKnowledge(f"{where}: not YAML, at line {line}") from error
    if not isinstance(found, list):
        raise BadKnowledge(f"{where}: expected a list of entries")
    for number, entry in enumerate(found, 1):
        yield _entry(entry, domain, f"{where}, entry {number}")


def _entry(entry: Any, domain: str, where: str) -> Knowledge:
    if not isinstance(entry, dict):
        raise BadKnowledge(f"{where}: expected a mapping with {', '.join(REQUIRED)}")
    texts = {"domain": domain, **entry}
    unknown = set(texts) - {*REQUIRED, *OPTIONAL, "domain"}
    missing = [name for name in REQUIRED if not texts.get(name)]
    if unknown or missing:
        wrong = (
            f"lacks {missing[0]}" if missing else f"has the unknown {sorted(map(str, unknown))[0]}"
        )
        raise BadKnowledge(f"{where}: {wrong}; expected {', '.join((*REQUIRED, *OPTIONAL))}")
    for name, value in texts.items():
        if not isinstance(value, str):
            raise BadKnowledge(f"{where}: {name} is no text; quote it")
    return Knowledge(**texts)
