"""The author without a model: what it proposes, and how it names it."""

from random import Random

import pytest

from discover.agents.author import Request
from discover.agents.grammar_author import GrammarAuthor
from discover.evaluators.linear_attention.domain import LinearAttention
from discover.space import Candidate, ProgramSpace, program_blueprint

DOMAIN = LinearAttention()


def recombined(first, second, count=12):
    parents = (DOMAIN.references[first], DOMAIN.references[second])
    author = GrammarAuthor(DOMAIN.space)
    return author.propose(Request("recombine", None, parents, count), Random(0))


def test_a_recombination_is_new_and_says_what_came_from_where():
    children = recombined("kda", "mamba2")
    ids = {DOMAIN.references[name].id for name in ("kda", "mamba2")}
    assert len(children) >= 4 and not ids & {child.id for child in children}
    ideas = {child.idea for child in children}
    assert any(idea.startswith("additive of mamba2 for delta") for idea in ideas)
    assert all(" of mamba2 for " in idea for idea in ideas)


@pytest.mark.parametrize("operator", ["mutate", "sample"])
def test_proposals_are_distinct_and_none_is_a_parent(operator):
    parent = DOMAIN.references["gla"]
    author = GrammarAuthor(DOMAIN.space)
    children = author.propose(Request(operator, None, (parent,), 8), Random(1))
    assert len({child.id for child in children} | {parent.id}) == len(children) + 1 == 9


def test_the_idea_of_crossed_programs_names_them_and_does_not_repeat_them():
    sources = [f"def f(n):\n    return n + {n}\n\n\ndef g(n):\n    return {n}\n" for n in (1, 2)]
    space = ProgramSpace(sources)
    parents = tuple(
        Candidate.from_source(source, blueprint=program_blueprint(source)) for source in sources
    )
    author = GrammarAuthor(space)
    children = author.propose(Request("recombine", None, parents, 4), Random(0))
    assert {child.idea for child in children} == {f"crossed with {parents[1].id}"}
