"""Papers of the built-in tasks: splits, determinism, scorers that no reply can trick."""

import builtins
import json
import os
import re
import subprocess
import sys
from itertools import islice
from random import Random

import pytest
from typer.testing import CliRunner

from discover.cli.main import app
from discover.evaluators.domain import DomainError
from discover.evaluators.workflow.items import Split
from discover.evaluators.workflow.tasks import Tasks, builtin_tasks
from discover.evaluators.workflow.tasks.gym import NUMBER, DataSet, _library_judge, gym_tasks
from discover.evaluators.workflow.tasks.task import (
    MAX_REPLY,
    Generated,
    Problem,
    make_item,
    split_of,
)

SECRET = 0x5EC


@pytest.fixture(scope="module")
def source():
    return Tasks(builtin_tasks().tasks, secret=SECRET)


@pytest.fixture(scope="module")
def paper(source):
    return source.draw(Split.SEARCH, 0, 3 * len(source.names))


FORGIVING = ("quest_small", "quest_large", "tools_short", "tools_long")
"""Idle commands do no harm, and words may stand beside a number."""


def task_items(task, split, seed):
    return task.problems(split, seed, SECRET)


def content(item):
    return json.dumps([item.question, item.payload], sort_keys=True)


def test_the_mix_covers_every_task_evenly(source, paper):
    assert len(source.names) == len(set(source.names)) == 24
    counts = [sum(item.task == name for item in paper.items) for name in source.names]
    assert counts == [3] * 24


def test_fewer_items_are_the_first_of_more(source, paper):
    short = source.draw(Split.SEARCH, 0, 30)
    assert list(short.items) == list(paper.items)[:30]


def test_no_two_splits_share_an_item_and_no_paper_holds_one_twice(source):
    count = 4 * len(source.names)
    found = {}
    for split in Split:
        items = source.draw(split, 0, count).items
        found[split] = {content(item) for item in items}
        assert len(found[split]) == count
    assert len(set().union(*found.values())) == 3 * count


def test_small_tasks_keep_their_splits_apart_whatever_the_seed(source):
    small = next(task for task in source.tasks if task.name == "aiw")
    drawn = {
        split: {
            p.item.question for seed in range(9) for p in islice(task_items(small, split, seed), 99)
        }
        for split in Split
    }
    assert all(len(questions) > 300 for questions in drawn.values())
    assert not drawn[Split.SEARCH] & (drawn[Split.VALIDATION] | drawn[Split.TEST])
    assert not drawn[Split.VALIDATION] & drawn[Split.TEST]


def test_only_who_knows_the_secret_can_tell_the_split_of_an_item():
    items = [make_item("sums", f"{n} + {n}") for n in range(400)]
    same = sum(split_of(item, SECRET) is split_of(item, SECRET + 1) for item in items)
    assert 0.25 < same / 400 < 0.5  # by chance: 3/8
    shares = [sum(split_of(item, SECRET) is split for item in items) / 400 for split in Split]
    assert shares == pytest.approx([0.5, 0.25, 0.25], abs=0.07)


def test_another_seed_or_secret_gives_other_items(source, paper):
    other_seed = source.draw(Split.SEARCH, 1, 48)
    other_secret = Tasks(source.tasks, secret=SECRET + 1).draw(Split.SEARCH, 0, 48)
    mine = {item.id for item in paper.items}
    assert len(mine & {item.id for item in other_seed.items}) < 5
    assert len(mine & {item.id for item in other_secret.items}) < 5


def test_without_a_secret_of_its_own_a_source_takes_the_machines(source, monkeypatch):
    monkeypatch.setattr("discover.evaluators.workflow.tasks.task.machine_secret", lambda: SECRET)
    same = Tasks(source.tasks).draw(Split.TEST, 3, 24)
    assert list(same.items) == list(source.draw(Split.TEST, 3, 24).items)


DRAW = """
import hashlib
from discover.evaluators.workflow.items import Split
from discover.evaluators.workflow.tasks import Tasks, builtin_tasks
paper = Tasks(builtin_tasks().tasks, secret=0x5EC).draw(Split.SEARCH, 0, 72)
text = repr([(item, paper.answer(item.id)) for item in paper.items])
print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_another_process_draws_the_same_paper(paper):
    import hashlib

    text = repr([(item, paper.answer(item.id)) for item in paper.items])
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    told = subprocess.run(
        [sys.executable, "-c", DRAW], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == hashlib.sha256(text.encode()).hexdigest()


def test_an_item_says_nothing_of_split_seed_or_answer(paper):
    for item in paper.items:
        assert len(json.dumps(item.payload)) < 200_000
        assert re.fullmatch(rf"{item.task}-[0-9a-f]{{16}}", item.id)


def test_the_right_answer_scores_and_anothers_does_not(paper):
    for item in paper.items:
        answer = paper.answer(item.id)
        assert paper.score(item.id, answer) == 1.0, item
        assert paper.score(item.id, f"  {answer}\n") == 1.0, item
        assert paper.score(item.id, "") == 0.0
        others = {paper.answer(o.id) for o in paper.items if o.task == item.task} - {answer}
        for other in others if item.task not in FORGIVING else ():
            assert paper.score(item.id, f"{other}, or else {answer}") == 0.0, item


HOSTILE = (
    "__import__('os').system('touch pwned')",
    "[__import__('os').system('touch pwned')]",
    "(lambda: open('pwned', 'w'))()",
    "print(1)",
    "9**9**9**9",
    "1" * 9_000,
    "-" * 9_000 + "1",
    "(" * 5_000 + "1" + ")" * 5_000,
    "[" * 9_000,
    '{"a":' * 1_500,
    "\ud800\udfff\x00\x1b[2J",
    "٣٤٥",
    "\U0001d7cf\U0001d7d0",
    "NaN",
    "inf",
    "1e999999999",
    "None",
    "\n" * 9_000,
    "a" * 9_000 + "!",
    "Alice is a knight, " * 400,
    "go north; " * 900,
    "x" * (10 * 1024 * 1024),
    None,
    b"7",
)


def test_hostile_replies_score_nothing_and_are_never_evaluated(paper, tmp_path, monkeypatch, capfd):
    def refuse(*arguments, **named):
        raise AssertionError("a reply was evaluated")

    monkeypatch.chdir(tmp_path)
    one_of_each = {item.task: item for item in paper.items}.values()
    with monkeypatch.context() as patched:
        patched.setattr(builtins, "eval", refuse)
        patched.setattr(builtins, "exec", refuse)
        marks = [(i.task, repr(r)[:40], paper.score(i.id, r)) for i in one_of_each for r in HOSTILE]
        # The same guard must let right answers through, or it guards nothing.
        assert all(paper.score(i.id, paper.answer(i.id)) == 1.0 for i in one_of_each)
    assert [mark for mark in marks if mark[2] != 0.0] == []
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_only_what_has_the_shape_of_an_answer_reaches_a_scorer_of_the_library():
    reached = []

    class Scorer:
        def score_answer(self, reply, entry):
            reached.append(reply)
            return 1.0

    judge = _library_judge(DataSet("sums", NUMBER), Scorer())
    problem = Problem(make_item("sums", "1 + 1"), "2")
    assert [judge(problem, reply) for reply in ("len('ab')", "[2]", "2\n3", "٣", "2")] == [
        *(0.0, 0.0, 0.0, 0.0),
        1.0,
    ]
    assert reached == ["2"]


def test_a_reply_longer_than_the_limit_is_wrong_even_with_the_answer_in_it(paper):
    item = next(item for item in paper.items if item.task == "chain_sum")
    assert paper.score(item.id, paper.answer(item.id) + " " * MAX_REPLY) == 0.0


def test_countdown_wants_every_number_once_and_the_exact_target(paper):
    item = next(item for item in paper.items if item.task == "countdown")
    puzzle = paper.problems[item.id].key["metadata"]
    target, numbers = puzzle["target"], puzzle["numbers"]
    assert paper.score(item.id, str(target)) == 0.0
    assert paper.score(item.id, " + ".join(map(str, numbers))) == float(sum(numbers) == target)
    assert paper.score(item.id, f"{paper.answer(item.id)} + 0") == 0.0
    assert paper.score(item.id, f"({paper.answer(item.id)})") == 1.0


def test_partial_marks_of_the_library_do_not_count(paper):
    item = next(item for item in paper.items if item.task == "jugs")
    assert paper.score(item.id, '["fill A"]') == 0.0
    item = next(item for item in paper.items if item.task == "mini_sudoku")
    rows = paper.answer(item.id).split("\n")
    assert paper.score(item.id, "\n".join([rows[1], rows[0], *rows[2:]])) == 0.0


def test_without_the_library_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "reasoning_gym", None)
    with pytest.raises(DomainError, match=r"pip install 'archdiscover\[workflow\]'"):
        gym_tasks()


def test_a_generator_that_runs_dry_ends_instead_of_hanging():
    def draw(rng: Random):
        while True:
            yield Problem(make_item("two", str(rng.randrange(2))), "0")

    task = Generated("two", draw, lambda problem, reply: 0.0)
    found = [p for split in Split for p in islice(task.problems(split, 0, 0), 10)]
    assert sorted(p.item.question for p in found) == ["0", "1"]


def test_a_missing_library_is_named_with_how_to_install_it(monkeypatch):
    monkeypatch.setattr("discover.evaluators.workflow.domain.find_spec", lambda name: None)
    listed = CliRunner().invoke(app, ["domains"]).output
    assert "  needs       reasoning-gym: pip install 'archdiscover[workflow]'" in listed
    monkeypatch.undo()
    assert "needs" not in CliRunner().invoke(app, ["domains"]).output
