"""Finding by words and likeness; the embedder, the index, fusion, diversity, shipped knowledge."""

import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

from discover.cli.main import app
from discover.memory import campaigns, candidates, knowledge, knowledge_files, open_memory
from discover.memory.campaigns import NewCampaign
from discover.memory.embedding import HashedNgrams
from discover.memory.graph import Graph
from discover.memory.retrieval import KINDS, Found, Retriever, fuse, marginal, originals
from discover.memory.vectors import Index
from discover.space import make

from .sample import HOSTILE, fill, program


@pytest.fixture
def db(tmp_path):
    fill(tmp_path / "discover.db")
    return tmp_path / "discover.db"


def test_likeness_sees_through_inflection_and_is_the_same_everywhere():
    gated, gates, other = HashedNgrams().embed(["gated decay", "gates decaying", "softmax window"])
    assert gated @ gated == pytest.approx(1.0)
    assert gated @ gates > gated @ other + 0.1
    assert not HashedNgrams().embed([""]).any()


def test_fusion_prefers_what_several_rankings_hold():
    assert next(iter(fuse([["a", "b", "c"], ["b", "d"]]))) == "b"
    assert fuse([["a", "a"]]) == {"a": 1 / 61}


def test_variants_of_one_design_count_once_as_the_first_made():
    def hit(id_, made, score, *parts):
        return Found("candidate", id_, "", "", score, made=made, parts=frozenset(parts))

    hits = [
        hit("late", 2, 0.9, "a", "b"),
        hit("other", 1, 0.8, "a"),
        hit("early", 1, 0.7, "b", "a"),
    ]
    found = originals([*hits, hit("none", 3, 0.6), hit("any", 4, 0.5)])
    expected = [("early", 0.9), ("other", 0.8), ("none", 0.6), ("any", 0.5)]
    assert [(h.id, h.score) for h in found] == expected


def test_a_design_is_found_by_what_it_is_made_of(tmp_path):
    with open_memory(tmp_path / "d.db") as memory:
        campaign = campaigns.create(memory, NewCampaign("toy", "toy", "s", "max", 0, "1h")).id
        parts = {"gated_delta": {"rank": 4}, "long_convolution": {"kernel": 8}, "identity": {}}
        made = {
            name: program(n, blueprint=make("model", make(name, **params)), idea="an edit")
            for n, (name, params) in enumerate(parts.items(), 20)
        }
        for candidate in made.values():
            candidates.propose(memory, campaign, candidate, author="test")
        retriever = Retriever(memory)
        for words, name in (("convolutions that are long", "long_convolution"),
                            ("a gating delta", "gated_delta"), ("kernel 8", "long_convolution"),
                            ("the identity", "identity")):  # fmt: skip
            assert retriever.search(words, kinds=("candidate",))[0].id == made[name].id, words
        late = program(40, blueprint=make("model", make("window_attention")))
        candidates.propose(memory, campaign, late, author="test")
        assert retriever.search("attention", kinds=("candidate",))[0].id == late.id


def test_marginal_relevance_passes_over_a_near_copy():
    vectors = np.array([[1, 0], [1, 0.01], [0, 1]], dtype=np.float32)
    relevance = np.array([1.0, 0.99, 0.8])
    assert marginal(relevance, vectors, 2, 0.0) == [0, 1]
    assert marginal(relevance, vectors, 2, 0.5) == [0, 2]


def test_an_index_stores_its_vectors_and_takes_in_what_is_new(db):
    with open_memory(db) as memory:
        assert Index(HashedNgrams(), "knowledge").refresh(memory) == 1
        again = Index(HashedNgrams(), "knowledge")
        assert again.refresh(memory) == 0  # from the file
        entry = knowledge.Knowledge("toy", "B 2025", "windows forget", "keep the first tokens")
        knowledge.add(memory, entry)
        assert again.refresh(memory) == 1
        query = HashedNgrams().embed(["forgetful window"])[0]
        assert again.nearest(query, 5)[0][0] == entry.id
        assert again.refresh(memory) == 0


def test_an_index_works_on_a_memory_that_may_only_be_read(db):
    with open_memory(db, read_only=True) as memory:
        index = Index(HashedNgrams(), "candidate")
        assert index.refresh(memory) == 3
        assert len(index.nearest(HashedNgrams().embed(["decay"])[0], 10)) == 3


def test_filters_leave_out_and_failures_are_marked(db):
    with open_memory(db, read_only=True) as memory:
        retriever = Retriever(memory)
        words = "decay slowly big red back reference"
        found = {hit.id: hit for hit in retriever.search(words, kinds=(*KINDS, "idea"))}
        failed = [hit for hit in found.values() if hit.failed]
        assert [hit.text for hit in failed] == [HOSTILE] and program(1).id in found
        only = retriever.search("decay", kinds=("idea",), level="node")
        assert [hit.id for hit in only] == [program(1).id]
        assert retriever.search("decay", domain="elsewhere") == []
        warned = retriever.search("big red", kinds=("idea",), outcome="failed")
        assert all(hit.failed for hit in warned) and warned
        scored = retriever.search("decay, the reference", kinds=("idea",), outcome="scored")
        assert {hit.id for hit in scored} == {program(0).id, program(1).id}


@pytest.mark.parametrize("text", ["", '"', "* OR NEAR(", "\x00", "a" * 10_000])
def test_any_text_may_be_searched_for(db, text):
    with open_memory(db, read_only=True) as memory:
        retriever = Retriever(memory)
        everything = {hit.id for hit in retriever.search("decay slowly big red back reference")}
        found = retriever.search(text)
        assert {hit.id for hit in found} <= everything
        assert not found or text.strip(), "nothing is like nothing"
        after = {hit.id for hit in retriever.search("decay slowly big red back reference")}
    assert after == everything, "no text is an instruction"


def test_shipped_knowledge_is_complete_and_cites_one_paper_each():
    entries = list(knowledge_files.shipped())
    assert len(entries) >= 80
    assert len({entry.id for entry in entries}) == len(entries)
    for entry in entries:
        assert len(re.findall(r"arXiv:\d{4}\.\d{5}\b", entry.source)) == 1, entry.source
        assert entry.how and entry.limits, entry.problem
    assert {entry.domain for entry in entries} == {"linear-attention", "agent-workflow"}


def test_beyond_so_many_vectors_an_index_that_lives_long_asks_a_graph(db, monkeypatch):
    pytest.importorskip("hnswlib")
    asked = []
    search = Graph.nearest
    monkeypatch.setattr(Graph, "nearest", lambda *args: asked.append(args) or search(*args))
    monkeypatch.setattr("discover.memory.vectors.MOST_EXACT", 30)
    with open_memory(db) as memory:
        campaign = campaigns.latest(memory, "toy").id
        exact, quick = Index(HashedNgrams(), "idea"), Index(HashedNgrams(), "idea", lives_long=True)
        for first in (100, 160):
            for n in range(first, first + 60):
                candidates.propose(memory, campaign, program(n, idea=f"idea {n}"), author="test")
            exact.refresh(memory)
            quick.refresh(memory)
            for n in (first, first + 59):  # what came last is found too
                query = HashedNgrams().embed([f"idea {n}"])[0]
                asked.clear()
                expected = exact.nearest(query, 10)
                assert not asked, "an index for one search is exact"
                found = quick.nearest(query, 10)
                assert len(asked) == 1 and found[0][0] == expected[0][0]
                alike = [likeness for _, likeness in found]
                assert alike == pytest.approx([s for _, s in expected], abs=1e-5)


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)


def test_what_ships_is_known_without_being_added(tmp_path):
    db = tmp_path / "discover.db"
    words = "the memory cannot overwrite an old association"
    found = json.loads(run("knowledge", "search", words, "-n", 3, "--json", "--db", db).stdout)
    assert any("2102.11174" in entry["source"] for entry in found)
    listed = run("knowledge", "list", "--domain", "agent-workflow", "--json", "--db", db).stdout
    assert {entry["domain"] for entry in json.loads(listed)} == {"agent-workflow"}
    assert not db.exists(), "looking makes no memory"
    with open_memory(db) as memory:
        for domain, expected in (("toy", set()), ("agent-workflow", {"agent-workflow"})):
            campaigns.create(memory, NewCampaign(domain, domain, "score", "max", 0, "1h"))
            campaigns.create(memory, NewCampaign(domain, domain, "score", "max", 1, "1h"))
            assert {entry.domain for entry in knowledge.entries(memory)} == expected


def test_a_note_is_one_entry_and_its_gains_are_listed(tmp_path):
    db = tmp_path / "discover.db"
    said = ("--problem", "it forgets", "--idea", "decay less", "--source", "me", "--db", db)
    assert run("knowledge", "note", *said).stdout.startswith("added k")
    assert "was there already" in run("knowledge", "note", *said).stdout
    assert "--idea is empty" in run("knowledge", "note", *said, "--idea", " ").stderr
    listed, *shipped = json.loads(run("knowledge", "list", "--json", "--db", db).stdout)[::-1]
    assert len(shipped) == len(list(knowledge_files.shipped()))
    assert listed["gain"]["cited"] == 0 and listed["problem"] == "it forgets"
    assert "it forgets" in run("knowledge", "list", "--csv", "--db", db).stdout


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- source: [", "not YAML, at line"),
        ("source: x", "expected a list of entries"),
        ("- source: x\n  problem: y", "entry 1: lacks idea"),
        ("- {source: x, problem: y, idea: z, evil: 1}", "entry 1: has the unknown evil"),
        ("- {source: x, problem: y, idea: 3}", "entry 1: idea is no text"),
        ("- 7", "entry 1: expected a mapping"),
    ],
)
def test_a_bad_file_is_one_line_and_adds_nothing(tmp_path, text, complaint):
    (tmp_path / "notes.yaml").write_text(text)
    result = run("knowledge", "add", tmp_path / "notes.yaml", "--db", tmp_path / "d.db")
    assert result.exit_code == 2 and complaint in result.stderr
    assert not (tmp_path / "d.db").exists()


PLACES = {"beta": (0.9, 0.44), "gamma": (0.3, 0.95), "delta": (0, 1), "eta": (0, 1), "chi": (0, 1)}


class Placed:
    """An embedder that knows some words by heart, and has all others in one place."""

    name = "placed"

    def embed(self, texts):
        return np.array([PLACES.get(text.split()[0], (1, 0)) for text in texts], dtype=np.float32)


def test_what_is_less_than_half_as_alike_as_the_best_is_no_hit(tmp_path):
    with open_memory(tmp_path / "d.db") as memory:
        for word in ("alpha", *PLACES):
            knowledge.add(memory, knowledge.Knowledge("toy", "A", word, "x"))
        found = Retriever(memory, Placed()).search("unheard", kinds=("knowledge",), diversity=0)
    assert [hit.title for hit in found] == ["alpha", "beta"]
