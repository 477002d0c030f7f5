"""A table's spec file is a domain: campaigns search it like any other."""

import json
import os
from random import Random

import numpy as np
import pytest
from typer.testing import CliRunner

from discover.agents.author import Request
from discover.agents.grammar_author import GrammarAuthor
from discover.cli.main import app
from discover.evaluators import definition
from discover.evaluators.domain import DomainError
from discover.evaluators.registry import definition_of, load_domain
from discover.memory import open_memory
from discover.search.lifecycle.replay import replay
from discover.search.lifecycle.start import run_campaign
from discover.search.limits.budget import Budget
from discover.search.limits.stop import INTERRUPTED
from discover.search.report.value_dataset import value_dataset
from discover.search.setup.settings import Settings
from discover.space import canonical
from discover.value_model.dataset import Dataset

from .conftest import SPEC


def rows(last="9"):
    codes = [f"{a}{b}{c}{d}" for a in "012" for b in "012" for c in "012" for d in "012"]
    figures = [f"{code},{code.count('1')},0,{code.count('2')}" for code in codes[:-1]]
    return "\n".join(["ops,val,test,size", *figures, f"{codes[-1]},{last},0,0", ""])


@pytest.mark.parametrize("strategy", ["tree", "evolution"])
def test_a_campaign_searches_a_spec(write, tmp_path, strategy):
    spec = str(write(SPEC, rows()))
    with open_memory(tmp_path / "campaign.db") as memory:
        settings = Settings(spec, Budget.parse("24evals"), slots=1, strategy=strategy)
        summary = run_campaign(settings, memory)
        assert summary.domain == "toy" and summary.best[0].score >= 2
        assert (summary.objective, summary.direction) == ("val", "max")
        assert summary.coverage is not None and summary.trade_off is not None
        assert replay(memory, summary.campaign_id).divergence is None


def test_another_row_is_another_definition(write):
    spec = str(write(SPEC, rows()))
    before = definition_of(spec)
    assert before.startswith("table ") and before == definition_of(spec)
    assert definition.of_file(write(SPEC, rows("8"))) != before
    assert definition.of_file(write(SPEC, rows())) == before


def test_what_does_not_fit_is_one_line(write, tmp_path):
    with pytest.raises(DomainError, match=r"toy.csv row 82, column 'val': expected a finite"):
        load_domain(str(write(SPEC, rows("nan"))))
    missing = tmp_path / "elsewhere.yaml"
    with pytest.raises(DomainError, match=r"elsewhere.yaml"):
        load_domain(str(missing))
    missing.write_text(SPEC.replace("toy.csv", "gone.csv"))
    with pytest.raises(DomainError, match=r"table 'gone.csv' is not in"):
        load_domain(str(missing))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a pipe with a name")
def test_a_pipe_is_no_domain(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(DomainError, match=r"pipe\.yaml: expected a file that defines a domain"):
        load_domain(str(tmp_path / "pipe.yaml"))


def test_a_value_model_learns_the_free_columns_from_a_memory(write, tmp_path, monkeypatch):
    """The score is what is free: nothing else tells it."""
    codes = [f"{a}{b}{c}{d}" for a in "012" for b in "012" for c in "012" for d in "012"]
    sizes = [Random(i).random() for i in range(len(codes))]
    figures = [f"{c},{s},0,{s}" for c, s in zip(codes, sizes, strict=True)]
    spec = write(SPEC, "\n".join(["ops,val,test,size", *figures, ""]))
    with open_memory(tmp_path / "discover.db") as memory:
        run_campaign(Settings(str(spec), Budget.parse("40evals"), strategy="random"), memory)
        tried = set(value_dataset(memory).scores)
    domain = load_domain(str(spec))
    new = [row for row, size in enumerate(sizes) if size not in tried]
    for row in new:
        source = domain.candidate(domain.table.genomes[row]).source
        (tmp_path / f"{row}.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    files = [f"{row}.py" for row in new]
    asked = CliRunner().invoke(app, ["value", "predict", *files, "--domain", str(spec), "--json"])
    guesses = [guess["mean"] for guess in json.loads(asked.output)["predictions"]]
    assert np.corrcoef(guesses, [sizes[row] for row in new])[0, 1] > 0.8
    CliRunner().invoke(app, ["value", "train", "--domain", str(spec), "--out", "set.gz"])
    learnt = Dataset.load(tmp_path / "set.gz")
    assert [sample.free["size"] for sample in learnt.samples] == list(learnt.scores)


@pytest.mark.parametrize("strategy", ["tree", "random"])
def test_the_last_row_of_a_table_is_reached(write, tmp_path, strategy, monkeypatch):
    monkeypatch.setattr("discover.search.campaign.learner.MAX_DRY_ASKS", 1)
    spec = str(write(SPEC, rows()))
    with open_memory(tmp_path / "campaign.db") as memory:
        settings = Settings(
            spec, Budget.parse("200evals"), slots=1, strategy=strategy, value_model=False
        )
        summary = run_campaign(settings, memory)
        assert summary.evaluations["standard"] == 81
        assert summary.reason == "nothing new is left to try"
        assert replay(memory, summary.campaign_id).divergence is None


def test_a_search_that_finds_nothing_new_hears_a_stop_meanwhile(write, tmp_path, monkeypatch):
    """Who stops it does not wait for what is left of a long search in vain."""
    asked = []
    with open_memory(tmp_path / "campaign.db") as memory:

        def in_vain(author, request, rng):
            asked.append(request)
            return ()

        monkeypatch.setattr(GrammarAuthor, "propose", in_vain)
        settings = Settings(str(write(SPEC, rows())), Budget.parse("24evals"), slots=1)
        stop = [lambda progress: INTERRUPTED if len(asked) >= 3 else None]
        assert run_campaign(settings, memory, stops=stop).reason == INTERRUPTED
    assert len(asked) == 3


def test_programs_that_are_known_are_not_read_again(toy, monkeypatch):
    """A table that is nearly used up proposes the same few rows over and over."""
    read = []
    parse = canonical.parse
    monkeypatch.setattr(canonical, "parse", lambda source: read.append(source) or parse(source))
    author = GrammarAuthor(toy.space)
    for seed in range(20):
        author.propose(Request("sample", None, (), 25), Random(seed))
    assert len(read) <= 81
