"""What the tests of the command share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOY = Path(__file__).parents[1] / "search" / "domains" / "toy.py"
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "TERM": "dumb", "COLUMNS": "100"}


def start(*arguments, cwd, **environment):
    """A real `discover` in its own process group."""
    return subprocess.Popen(
        [sys.executable, "-m", "discover.cli.main", *map(str, arguments)],
        cwd=cwd,
        env={**ENVIRONMENT, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def toy(tmp_path):
    """A fast domain of the user's own, as a file."""
    path = tmp_path / "toy.py"
    path.write_text(TOY.read_text())
    return path
