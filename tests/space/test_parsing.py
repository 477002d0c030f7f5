"""A tree is had although another thread's came in between."""

import ast

import pytest

from discover.space import canonical_hash
from discover.space.parsing import ATTEMPTS, syntax_tree


@pytest.fixture
def met(monkeypatch):
    """Let `ast.parse` fail so many times as it does where two threads meet."""
    whole = ast.parse

    def meet(times):
        left = [times]

        def parse(source):
            left[0] -= 1
            if left[0] >= 0:
                raise SystemError("AST constructor recursion depth mismatch (before=177, after=36)")
            return whole(source)

        monkeypatch.setattr(ast, "parse", parse)

    return meet


def test_a_meeting_of_threads_is_not_the_program_s_fault(met):
    known = canonical_hash("x = 1")
    met(3)
    assert canonical_hash("x = 1") == known


def test_what_is_wrong_every_time_is_said(met):
    met(ATTEMPTS)
    with pytest.raises(SystemError, match="mismatch"):
        syntax_tree("x = 1")
    with pytest.raises(SyntaxError):
        syntax_tree("x =")
