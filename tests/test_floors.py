"""Imports between rooms run down the floors only."""

import ast
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent

FLOORS = {
    "space": set(),
    "sandbox": set(),
    "memory": {"space"},
    "evaluators": {"space", "sandbox"},
    "value_model": {"space"},
    "prompts": set(),
    "agents": {"space", "memory", "prompts", "evaluators"},
    "search": {"space", "sandbox", "memory", "evaluators", "value_model", "prompts", "agents"},
    "cli": {
        "space", "sandbox", "memory", "evaluators", "value_model", "prompts", "agents", "search",
    },
}  # fmt: skip

SEARCH = {
    "strategies": set(),
    "limits": set(),
    "setup": {"limits"},
    "tiers": {"limits", "setup"},
    "campaign": {"strategies", "limits", "setup", "tiers"},
    "claims": {"limits", "setup", "tiers", "campaign"},
    "report": {"strategies", "limits", "setup", "tiers", "campaign", "claims"},
    "lifecycle": {"strategies", "limits", "setup", "tiers", "campaign", "claims", "report"},
    "bench": {"strategies", "tiers"},
}
"""The same within the room `search`, whose folders are floors too."""

ONLY = {("agents", "evaluators"): {"evaluators.domain"}}
"""Where a room may not import all of another: agents know of a domain what its contract says."""


def modules_imported(path: Path) -> set[tuple[str, ...]]:
    """The modules and packages of ours that the module at `path` imports from, as their parts."""
    relative = path.relative_to(ROOT)
    package = relative.parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {(*base, *name.split(".")) for name in names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(_absolute(node.module))
        elif isinstance(node, ast.Import):
            found |= {_absolute(alias.name) for alias in node.names}
    return {parts for parts in found if parts and parts[0] in FLOORS}


def _absolute(module: str) -> tuple[str, ...]:
    first, *parts = module.split(".")
    return tuple(parts) if first == "discover" else ()


def rooms_imported(path: Path) -> set[str]:
    """The rooms of ours that the module at `path` imports, its own left out."""
    own = path.relative_to(ROOT).parts[0]
    return {parts[0] for parts in modules_imported(path)} - {own}


def test_imports_run_down_the_floors_only():
    uphill = {
        str(path.relative_to(ROOT)): sorted(rooms_imported(path) - allowed)
        for room, allowed in FLOORS.items()
        for path in (ROOT / room).rglob("*.py")
        if rooms_imported(path) - allowed
    }
    assert uphill == {}


def test_imports_within_search_run_down_its_floors_only():
    uphill = {
        str(path.relative_to(ROOT)): sorted(beyond)
        for folder, allowed in SEARCH.items()
        for path in (ROOT / "search" / folder).rglob("*.py")
        if (beyond := _folders_of_search(path) - allowed - {folder})
    }
    assert uphill == {}
    assert {path.parent.name for path in (ROOT / "search").glob("*/__init__.py")} == SEARCH.keys()


def _folders_of_search(path: Path) -> set[str]:
    found = {rest[0] for room, *rest in modules_imported(path) if room == "search" and rest}
    return found & SEARCH.keys()


def test_of_some_rooms_only_a_part_may_be_imported():
    beyond = {
        str(path.relative_to(ROOT)): ".".join(parts)
        for (room, other), allowed in ONLY.items()
        for path in (ROOT / room).rglob("*.py")
        for parts in modules_imported(path)
        if parts[0] == other and ".".join(parts) not in allowed
    }
    assert beyond == {}


def test_every_subpackage_is_listed():
    listed = set(
        tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    )
    found = {
        ".".join(("discover", *path.parent.relative_to(ROOT).parts))
        for room in (".", *FLOORS)
        for path in (ROOT / room).glob("__init__.py" if room == "." else "**/__init__.py")
    }
    assert listed == found
