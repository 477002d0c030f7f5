"""Tools that the parent carries out, since what they know would tell a workflow its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .items import Item
from .tools import Tool, make_tools
from .world import World

Hosted = Callable[[str], str]

DOCS = {"act": 'Gives one command in the world and tells what is seen then; "" only looks.'}
"""What a workflow reads of each."""
SECRETS = {"act": "world"}
"""The key of an item's payload that each needs, and that no workflow sees."""
MAKERS: Mapping[str, Callable[[Any], Hosted]] = {"act": lambda world: World(world).act}
MAX_ARGUMENT = 1_000
"""Characters."""


def hosted_tools(item: Item) -> dict[str, Hosted]:
    """Those of the item's tools that run here. Raises KeyError for what the payload lacks."""
    return {name: MAKERS[name](item.payload[SECRETS[name]]) for name in item.tools if name in DOCS}


def all_tools(item: Item) -> dict[str, Tool]:
    """A fresh set of every tool of the item, in this process. Raises as `make_tools` does."""
    return make_tools(item.tools, item.payload, hosted_tools(item))


def open_payload(item: Item) -> dict[str, Any]:
    """What of the payload a workflow may have."""
    secrets = {SECRETS[name] for name in item.tools if name in DOCS}
    return {key: value for key, value in item.payload.items() if key not in secrets}
