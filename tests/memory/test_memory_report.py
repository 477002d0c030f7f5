"""`discover report`: one file, nothing to load, hostile text as text."""

import re
import sqlite3
from random import Random

import pytest
from typer.testing import CliRunner

from discover.cli.main import app
from discover.memory import campaigns, candidates, evaluations, events, open_memory
from discover.memory.browse.tree_picture import MOST, picture
from discover.memory.campaigns import NewCampaign
from discover.memory.components import components
from discover.space import make

from .sample import fill, program, run_of


@pytest.fixture
def db(tmp_path):
    fill(tmp_path / "discover.db")
    return tmp_path / "discover.db"


def report(db, to):
    return CliRunner().invoke(
        app, ["report", "last", "--to", str(to), "--db", str(db)], catch_exceptions=False
    )


def test_html_is_one_file_that_loads_nothing(db, tmp_path):
    with open_memory(db) as memory:
        campaign = campaigns.all_campaigns(memory)[0].id
        evil = program(8, idea="<script>alert(1)</script>")
        candidates.propose(memory, campaign, evil, author="test")
        evaluations.finish(memory, campaign, run_of(evil, 0, 0.9))
    assert report(db, tmp_path / "r.html").exit_code == 0
    text = (tmp_path / "r.html").read_text()
    assert not re.search(r"""(src|href)=["']|url\(|@import|<script""", text)
    for expected in ("first beats baseline", "How to reproduce", "<svg", program(1).id, "Costs"):
        assert expected in text
    assert "&lt;script&gt;" in text and "<b>" not in text


def test_a_report_takes_the_place_of_a_report_and_of_nothing_else(db, tmp_path):
    for name in ("r.html", "r.md"):
        to = tmp_path / name
        to.write_text("my own notes")
        refused = report(db, to)
        assert refused.exit_code == 2 and f"{to} exists: name a new file" in refused.stderr
        assert to.read_text() == "my own notes"
        to.unlink()
        assert report(db, to).exit_code == 0
        assert report(db, to).exit_code == 0


@pytest.mark.parametrize("name", ["r.html", "r.md"])
def test_one_comparison_is_no_plural(db, tmp_path, name):
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE claims SET looks = 1")
    connection.close()
    report(db, tmp_path / name)
    text = (tmp_path / name).read_text()
    assert "1 comparison" in text and "1 comparisons" not in text


def test_what_no_validation_says_is_not_shown(db, tmp_path):
    for data, words in (({"sentence": 7}, False), ({"sentence": "<i>ahead</i>"}, True)):
        with open_memory(db) as memory:
            campaign = campaigns.all_campaigns(memory)[0].id
            events.append(memory, campaign, events.VALIDATED, data)
        for name in ("r.html", "r.md"):
            report(db, tmp_path / name)
            text = (tmp_path / name).read_text()
            assert ("Against every reference" in text) == words and "<i>" not in text


def test_markdown_keeps_hostile_text_as_text(db, tmp_path):
    assert report(db, tmp_path / "r.md").exit_code == 0
    text = (tmp_path / "r.md").read_text()
    assert "**Holds**: first beats baseline" in text
    assert "<b>" not in text and "\x1b" not in text


def test_the_report_has_the_tree_the_themes_and_the_way_to_the_best(db, tmp_path):
    with open_memory(db) as memory:
        campaign = campaigns.all_campaigns(memory)[0].id
        for n in range(20, 24):
            child = program(n, parents=(program(1).id,), operator="mutate", idea="try",
                            blueprint=make("g", make("h")))  # fmt: skip
            candidates.propose(memory, campaign, child, author="test")
            evaluations.finish(memory, campaign, run_of(child, 0, n / 10))
    report(db, tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text()
    assert text.count('<circle class="node') == 7
    assert f"<title>{program(23).id[:8]} 2.3 mutate: try</title>" in text
    assert "<h2>Themes</h2>" in text
    report(db, tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text()
    steps = [line.split()[1] for line in text.splitlines() if re.match(r"\d\. [0-9a-f]{16}", line)]
    assert steps == [program(0).id, program(1).id, program(23).id]


def test_a_large_tree_is_drawn_by_its_best_with_their_ancestors():
    size = 3000
    blank = [""] * size
    tree = {"id": [f"{n:016x}" for n in range(size)], "operator": blank, "label": blank,
            "parent": [n // 2 - (n < 2) for n in range(size)],
            "score": [float(n) for n in range(size)]}  # fmt: skip
    drawn = picture(tree, "max")
    assert drawn.shown <= MOST < drawn.total == size
    assert any(dot.label.startswith(f"{0:08x}") for dot in drawn.dots)
    assert len({dot.kind for dot in picture(tree, "min").dots}) > 1


def test_another_ending_is_one_line(db, tmp_path):
    result = report(db, tmp_path / "r.pdf")
    assert result.exit_code == 2 and "expected a name that ends in .html or .md" in result.stderr


@pytest.mark.parametrize("direction", ["max", "min"])
def test_a_component_that_helps_is_found_with_its_interval(tmp_path, direction):
    rng = Random(0)
    with open_memory(tmp_path / "c.db") as memory:
        new = NewCampaign("toy", "toy", "score", direction, 0, "1h")
        campaign = campaigns.create(memory, new).id
        for n in range(40):
            good, noise = n % 2 == 0, n % 3 == 0
            parts = [make("good")] * good + [make("noise")] * noise
            candidate = program(n, blueprint=make("all", *parts))
            candidates.propose(memory, campaign, candidate, author="test", decision=n)
            score = (0.5 * good + rng.gauss(0, 0.1)) * (1 if direction == "max" else -1)
            evaluations.finish(memory, campaign, run_of(candidate, 0, score))
        found = {c.name: c for c in components(memory, campaign, "quick", direction)}
    assert set(found) == {"good", "noise"}  # what all have tells nothing
    assert 0.4 < found["good"].low < found["good"].difference < found["good"].high < 0.62
    assert found["good"].among_winners == 1.0
    assert found["noise"].low < 0 < found["noise"].high


def test_scores_that_are_all_alike_on_one_side_make_no_noise(tmp_path, recwarn):
    with open_memory(tmp_path / "c.db") as memory:
        campaign = campaigns.create(memory, NewCampaign("toy", "toy", "score", "max", 0, "1h")).id
        for n in range(12):
            candidate = program(n, blueprint=make("all", *[make("good")] * (n % 2)))
            candidates.propose(memory, campaign, candidate, author="test", decision=n)
            score = 0.5 + 1e-16 * n if n % 2 else 0.1 * n
            evaluations.finish(memory, campaign, run_of(candidate, 0, score))
        (found,) = components(memory, campaign, "quick", "max")
    assert found.low < found.difference < found.high
    assert not [warning.message for warning in recwarn]
