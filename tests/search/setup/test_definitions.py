"""Scores count under one definition of a domain; no file is run on a database's word."""

import json
import sqlite3
from pathlib import Path

import pytest

from discover.evaluators import DomainError, registry
from discover.evaluators.definition import of_file
from discover.memory import (
    MemoryFault,
    campaigns,
    candidates,
    claims,
    comparison,
    open_memory,
    standings,
)
from discover.search.lifecycle.recheck import recheck
from discover.search.lifecycle.replay import replay
from discover.search.lifecycle.start import resume_campaign, run_campaign
from discover.search.limits.budget import Budget
from discover.search.report.value_dataset import value_dataset
from discover.search.setup.authors import CannotSearch
from discover.search.setup.origin import find_again
from discover.search.setup.settings import Settings

TOY = (Path(__file__).parents[1] / "domains" / "toy.py").read_text()
EDITED = TOY.replace("0.01 * seed", "0.01 * seed + 1000.0")
"""The same candidates, and scores that are higher by 1000."""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "toy.py"
    path.write_text(TOY)
    return path


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "toy.db") as opened:
        yield opened


def run(file, memory, budget="24evals", **changes):
    return run_campaign(Settings(str(file), Budget.parse(budget), slots=1, **changes), memory)


def edit(file, text=EDITED):
    """As an editor does between two commands: the next process loads the file anew."""
    file.write_text(text)
    registry._load.cache_clear()


def test_comments_and_layout_do_not_define_a_domain(file):
    before = of_file(file)
    file.write_text(f"# a comment\n{TOY}\n\n")
    assert of_file(file) == before
    edit(file)
    assert of_file(file) != before


def test_an_edited_domain_is_refused_by_resume_verify_and_replay(file, memory):
    summary = run(file, memory)
    best = summary.best[0].candidate_id
    before = len(claims.of_candidate(memory, best))
    edit(file)
    said = r"toy\.py is not what .* was judged by .*start a new"
    for again in (
        lambda: resume_campaign(memory, summary.campaign_id, more=Budget.parse("9evals")),
        lambda: recheck(memory, [best], "origin", tier="quick"),
        lambda: replay(memory, summary.campaign_id),
    ):
        with pytest.raises(CannotSearch, match=said):
            again()
    assert len(claims.of_candidate(memory, best)) == before
    edit(file, TOY)
    assert replay(memory, summary.campaign_id).divergence is None


def test_scores_of_two_definitions_never_meet(file, memory):
    first = run(file, memory)
    known = {c.candidate.id for c in candidates.proposals(memory, first.campaign_id)}
    edit(file)
    second = run(file, memory)
    both = known & {c.candidate.id for c in candidates.proposals(memory, second.campaign_id)}
    assert len(both) > 5, "the second campaign knows nothing of the first one's candidates"
    ranking = standings.best(memory, "toy", "quick", limit=1000)
    assert min(s.median for s in ranking) > 0, "a score of before the edit would be negative"
    assert ("toy", "quick") in standings.ranked(memory)
    a, b = sorted(both)[:2]
    for side in comparison.compare(memory, a, b):
        assert all(min(pair[1:]) > 0 for pair in side.pairs)
    assert min(value_dataset(memory, "toy", "quick").scores) > 0
    edit(file, TOY)
    run(file, memory)
    assert standings.best(memory, "toy", "quick", limit=1)[0].median <= 1
    assert max(value_dataset(memory, "toy", "quick").scores) < 100


def test_a_campaign_of_before_definitions_is_not_gone_on_with(file, memory):
    summary = run(file, memory, budget="9evals")
    with memory.transaction() as connection:
        connection.execute("UPDATE campaigns SET definition = ''")
    with pytest.raises(CannotSearch, match="begun by an older Discover"):
        resume_campaign(memory, summary.campaign_id, domain=str(file))


@pytest.fixture
def shipped(tmp_path):
    """A database and a domain's file from elsewhere, whose hash is the stored one."""
    path = tmp_path / "theirs.py"
    path.write_text(TOY)
    with open_memory(tmp_path / "theirs.db") as memory:
        id_ = run(path, memory, budget="9evals").campaign_id
    mark = tmp_path / "it ran"
    path.write_text(f"{TOY}\nopen({str(mark)!r}, 'w')\n")
    registry._load.cache_clear()
    with sqlite3.connect(tmp_path / "theirs.db") as connection:
        connection.execute("UPDATE campaigns SET definition = ?", (of_file(path),))
    return tmp_path / "theirs.db", path, id_, mark


@pytest.mark.parametrize("seal", [None, "", "0" * 64])
def test_a_file_that_nobody_named_here_is_never_run(shipped, seal):
    db, path, id_, mark = shipped
    with open_memory(db) as memory:
        if seal is not None:
            with memory.transaction() as connection:
                connection.execute("UPDATE campaigns SET seal = ?", (seal,))
        said = f"any file: if you trust it, say --domain {path}"
        for again in (
            lambda: resume_campaign(memory, id_),
            lambda: replay(memory, id_),
            lambda: find_again(campaigns.get(memory, id_)),
        ):
            with pytest.raises(CannotSearch, match=said):
                again()
        assert not mark.exists()
        assert replay(memory, id_, domain=str(path)).divergence is None
        assert mark.exists()


def test_a_file_named_again_may_have_moved_and_is_known_from_then_on(file, memory, tmp_path):
    id_ = run(file, memory, budget="9evals").campaign_id
    moved = tmp_path / "elsewhere.py"
    file.rename(moved)
    with pytest.raises(DomainError, match="no domain file"):
        resume_campaign(memory, id_, more=Budget.parse("3evals"))
    resume_campaign(memory, id_, more=Budget.parse("3evals"), domain=str(moved))
    resume_campaign(memory, id_, more=Budget.parse("3evals"))
    assert campaigns.get(memory, id_).domain_spec == str(moved)


def test_an_installed_domain_is_known_by_its_protocol():
    definition = registry.definition_of("linear-attention")
    assert definition.startswith("linear-attention protocol ")


def test_what_cannot_be_put_together_leaves_no_campaign(file, memory, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "optuna", None)
    from discover.search.strategies import BaselineMissing

    with pytest.raises(BaselineMissing, match="needs Optuna"):
        run(file, memory, strategy="tpe")
    assert campaigns.all_campaigns(memory) == []


def test_a_setting_that_no_discover_writes_is_named(file, memory):
    id_ = run(file, memory, "6evals").campaign_id
    with memory.transaction() as connection:
        connection.execute("UPDATE campaigns SET config = json_set(config, '$.colour', 'red')")
    for again in (resume_campaign, replay):
        with pytest.raises(MemoryFault, match="settings name 'colour'"):
            again(memory, id_)


def test_a_database_names_no_address_that_the_users_key_is_told_to(file, memory):
    id_ = run(file, memory, "6evals").campaign_id
    for key, value in (("api_base", "http://elsewhere/v1"), ("model", "x/http://elsewhere")):
        config = Settings.from_dict(campaigns.get(memory, id_).config).to_dict()
        with sqlite3.connect(memory.path) as raw:
            raw.execute(
                "UPDATE campaigns SET config = ?", [json.dumps(config | {"models": {key: value}})]
            )
        with pytest.raises(CannotSearch, match=f"asks its models at {value}, which nobody named"):
            find_again(campaigns.get(memory, id_))
        assert find_again(campaigns.get(memory, id_), str(file)).seal
