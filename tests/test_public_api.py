"""The names at the root exist, and importing the root costs nothing."""

import subprocess
import sys

import discover


def test_every_public_name_is_there():
    assert {name: getattr(discover, name) for name in discover.__all__}.keys() == set(
        discover._HOMES
    )


def test_importing_the_root_loads_no_room():
    code = "import discover, sys; print([m for m in sys.modules if m.startswith('discover.')])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
