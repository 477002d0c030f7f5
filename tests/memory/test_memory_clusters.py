"""Clusters of what was tried; which knowledge led to gains; differences in bounded time."""

from difflib import unified_diff
from random import Random

import pytest

from discover.memory import (
    campaigns,
    candidates,
    difference,
    evaluations,
    events,
    explored,
    gains,
    open_memory,
)
from discover.memory import knowledge as base
from discover.memory.campaigns import NewCampaign
from discover.memory.clusters import Tried, cluster, key_terms
from discover.memory.errors import UnknownId
from discover.space import Candidate, Level, make, program_blueprint

from .sample import program, run_of


def tried(n, *parts, score=None):
    return Tried(f"{n:04x}", frozenset(parts), score)


DELTA = [tried(n, "all", "delta", "unit", f"d{n % 4}", score=n / 100) for n in range(20)]
CONVOLUTION = [tried(100 + n, "all", "convolution", "kernel", f"c{n % 3}") for n in range(9)]


def test_themes_have_names_counts_and_the_best_score():
    found = cluster([*DELTA, *CONVOLUTION])
    assert sum(theme.count for theme in found) == 29
    delta = [theme for theme in found if "delta" in theme.name or theme.name.startswith("d")]
    assert sum(theme.count for theme in delta) == 20
    assert max(theme.best_score for theme in delta) == 0.19
    assert {theme.best for theme in delta if theme.best_score == 0.19} == {"0013"}
    rest = [theme for theme in found if theme not in delta]
    assert {(theme.scored, theme.best) for theme in rest} == {(0, None)}


def test_each_level_adds_up_and_no_two_siblings_have_one_name():
    rng = Random(0)
    many = [tried(n, *(p for p in "abcdefghij" if rng.random() < 0.4)) for n in range(300)]

    def look(clusters, depth):
        assert len({c.name for c in clusters}) == len(clusters)
        for c in clusters:
            assert not c.children or sum(child.count for child in c.children) == c.count
            assert depth < 3
            look(c.children, depth + 1)

    look(cluster(many), 0)
    assert cluster(many) == cluster(many[::-1])


@pytest.mark.parametrize("some", [[], [tried(1)], [tried(1), tried(2)], [tried(1, "a"), tried(2)]])
def test_few_candidates_are_clusters_too(some):
    assert sum(theme.count for theme in cluster(some)) == len(some)


def test_key_terms_are_those_that_several_texts_use():
    texts = {"a": "the gated delta with xyzzy", "b": "a gated window", "c": "Window"}
    assert key_terms(texts) == {"a": {"gated"}, "b": {"gated", "window"}, "c": {"window"}}


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "d.db") as memory:
        yield memory


@pytest.mark.parametrize("direction", ["max", "min"])
def test_what_a_campaign_and_a_domain_explored(memory, direction):
    id_ = campaigns.create(memory, NewCampaign("toy", "toy", "score", direction, 0, "1h")).id
    for n in range(12):
        part = make("window" if n % 3 else "decay")
        made = program(n, blueprint=make("model", part), idea="an edit")
        candidates.propose(memory, id_, made, author="test", decision=n)
        evaluations.finish(memory, id_, run_of(made, 0, n / 10))
    found = explored.of_campaign(memory, id_)
    assert found == explored.of_domain(memory, "toy")
    best = {c.name: (c.count, c.best_score) for c in found.clusters}
    assert best == {"window": (8, 1.1 if direction == "max" else 0.1),
                    "decay": (4, 0.9 if direction == "max" else 0.0)}  # fmt: skip
    assert [row["depth"] for row in explored.rows(found)] == [0, 0]
    with pytest.raises(UnknownId, match="there are: toy"):
        explored.of_domain(memory, "other")


def test_scores_are_those_of_a_tier_that_ranks(memory):
    id_ = campaigns.create(memory, NewCampaign("toy", "toy", "score", "max", 0, "1h")).id
    events.append(memory, id_, "begun", {"ranking": ["quick", "dear"]})
    for n in range(6):
        candidates.propose(memory, id_, program(n), author="test", decision=n)
        evaluations.finish(memory, id_, run_of(program(n), 0, 0.9, tier="cheap"))
    assert explored.of_campaign(memory, id_).tier == "cheap"
    evaluations.finish(memory, id_, run_of(program(0), 0, 0.4, tier="quick"))
    found = explored.of_campaign(memory, id_)
    assert (found.tier, found.clusters[0].best_score) == ("quick", 0.4)


def test_where_all_have_the_same_parts_their_parameters_tell_them_apart(memory):
    id_ = campaigns.create(memory, NewCampaign("toy", "toy", "score", "max", 0, "1h")).id
    for n in range(12):
        edge = make("edge", code="conv" if n % 3 else "pool", target=2)
        made = program(n, blueprint=make("architecture", edge))
        candidates.propose(memory, id_, made, author="test", decision=n)
    found = {c.name: c.count for c in explored.of_campaign(memory, id_).clusters}
    assert found == {"edge code conv target 2": 8, "edge code pool target 2": 4}


def test_programs_that_are_one_part_are_told_apart_by_what_is_said_of_them(memory):
    id_ = campaigns.create(memory, NewCampaign("toy", "toy", "score", "max", 0, "1h")).id
    for n in range(12):
        said = "Newton steps" if n % 3 else "random restarts"
        source = f'def f():\n    """{said}."""\n    return {n}\n'
        made = Candidate.from_source(source, blueprint=program_blueprint(source), idea=f"line {n}")
        candidates.propose(memory, id_, made, author="test", decision=n)
    found = {c.name: c.count for c in explored.of_campaign(memory, id_).clusters}
    assert found == {"newton, steps": 8, "random, restarts": 4}


@pytest.mark.parametrize("direction", ["max", "min"])
def test_what_came_of_an_entry_is_counted_against_the_parents(memory, direction):
    id_ = campaigns.create(memory, NewCampaign("toy", "toy", "score", direction, 0, "1h")).id
    entry = base.Knowledge("toy", "A 2024", "it forgets", "decay less")
    base.add(memory, entry)
    parent = program(0)
    candidates.propose(memory, id_, parent, author="reference")
    sign = 1 if direction == "max" else -1
    evaluations.finish(memory, id_, run_of(parent, 0, 0.5))
    ideas = {0.2: f"less\nCites: k{entry.id}, i1", -0.1: f"more\nCites: k{entry.id}",
             0.9: f"k{entry.id} is named, not cited", 0.8: "nothing"}  # fmt: skip
    for n, (gain, idea) in enumerate(ideas.items(), 1):
        child = program(n, parents=(parent.id,), level=Level.NODE, idea=idea)
        candidates.propose(memory, id_, child, author="coder", decision=n)
        evaluations.finish(memory, id_, run_of(child, 0, 0.5 + sign * gain))
    waiting = program(9, parents=(parent.id,), idea=f"x\nCites: k{entry.id}")
    candidates.propose(memory, id_, waiting, author="coder", decision=9)
    found = gains.of_entry(memory, entry.id)
    assert (found.cited, found.compared, found.better) == (3, 2, 1)
    assert (found.mean, found.best) == (pytest.approx(0.05), pytest.approx(0.2))
    assert found.best_candidate == program(1).id
    assert gains.cited_by(memory, waiting) == [(entry.id, entry)]
    assert gains.of_entry(memory, "0" * 12) == gains.Gain()


def test_a_difference_is_difflibs():
    rng = Random(1)
    for _ in range(40):
        old = [rng.choice("abcdefgh") * 3 for _ in range(rng.randrange(30))]
        new = [line for line in old if rng.random() < 0.8] + ["zz"] * rng.randrange(3)
        found = list(difference.unified(old, new, ("o", "n")))
        patched, rest = [], iter(found[2:])
        assert (found == []) == (old == new)
        for group in difference.hunks(old, new):
            for tag, a, b, c, d in group:
                patched += new[c:d] if tag != "equal" else old[a:b]
        if old != new:
            assert [x for x in rest if x[0] in "+-"] != []
            assert found[:2] == list(unified_diff(old, new, "o", "n", lineterm=""))[:2]


def test_a_difference_of_texts_that_never_end_aligns_nothing():
    old, new = ["a", "b"] * 4000, ["b", "a", "a"] * 3000
    (group,) = difference.hunks(old, new)
    assert [op[0] for op in group if op[0] != "equal"] == ["replace"]
