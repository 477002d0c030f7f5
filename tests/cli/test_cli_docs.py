"""The manual names every command."""

from pathlib import Path

import pytest

from discover.cli.lazy import COMMANDS

USAGE = (Path(__file__).parents[2] / "docs" / "usage.md").read_text()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_manual(command):
    assert f"discover {command}" in USAGE
