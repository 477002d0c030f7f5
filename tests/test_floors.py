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


def rooms_imported(path: Path) -> set[str]:
    """The rooms of ours that the module at `path` imports, its own left out."""
    relative = path.relative_to(ROOT)
    package = relative.parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {(*base, *name.split("."))[0] for name in names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= _absolute(node.module)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found |= _absolute(alias.name)
    return (found & FLOORS.keys()) - {relative.parts[0]}


def _absolute(module: str) -> set[str]:
    parts = module.split(".")
    return {parts[1]} if parts[0] == "discover" and len(parts) > 1 else set()


def test_imports_run_down_the_floors_only():
    uphill = {
        str(path.relative_to(ROOT)): sorted(rooms_imported(path) - allowed)
        for room, allowed in FLOORS.items()
        for path in (ROOT / room).rglob("*.py")
        if rooms_imported(path) - allowed
    }
    assert uphill == {}


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
