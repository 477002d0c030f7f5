"""The names at the root are those of the rooms, and importing the root costs nothing."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import discover


@pytest.mark.parametrize("name", discover.__all__)
def test_a_public_name_is_what_its_room_calls_so(name):
    home = import_module(f"discover.{discover._HOMES[name]}")
    assert getattr(discover, name) is getattr(home, name)
    assert getattr(discover, name).__doc__, "what is public says what it is"


def test_every_list_of_the_public_names_says_the_same():
    tree = ast.parse(Path(discover.__file__).read_text())
    (typed,) = (node for node in tree.body if isinstance(node, ast.If))
    told = {
        alias.name: line.module
        for line in typed.body
        if isinstance(line, ast.ImportFrom)
        for alias in line.names
    }
    assert told == discover._HOMES, "type checkers see what runs"
    assert discover.__all__ == sorted(discover._HOMES)


def test_a_name_that_is_not_there_is_named():
    with pytest.raises(AttributeError, match="'discover' has no attribute 'Nothing'"):
        discover.Nothing  # noqa: B018


def test_importing_the_root_loads_no_room():
    code = "import discover, sys; print([m for m in sys.modules if m.startswith('discover.')])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
