"""The user's own questions: what a file may say, and how mistakes in it are named."""

import json

import pytest

from discover.evaluators.domain import DomainError
from discover.evaluators.workflow.items import Split
from discover.evaluators.workflow.tasks import user_tasks
from discover.evaluators.workflow.tasks.user import read_tasks

QUESTIONS = [{"question": f"What is {n} + {n}?", "answer": 2 * n} for n in range(12)]


def write(folder, *records, name="sums.jsonl"):
    path = folder / name
    lines = (record if isinstance(record, str) else json.dumps(record) for record in records)
    path.write_text("\n".join(lines) + "\n")
    return path


def marks(task, *replies):
    return [task.score(task.questions[0], reply) for reply in replies]


def test_half_of_the_questions_search_a_quarter_choose_and_a_quarter_test(tmp_path):
    source = user_tasks(write(tmp_path, *QUESTIONS))
    assert source.names == ["sums"]
    split = {s: {i.question for i in source.draw(s, 0, 99).items} for s in Split}
    assert [len(split[s]) for s in Split] == [6, 3, 3]
    assert len(set().union(*split.values())) == 12
    paper = source.draw(Split.SEARCH, 0, 99)
    assert all(paper.score(i.id, paper.answer(i.id)) == 1.0 for i in paper.items)


def test_changed_contents_are_other_tasks(tmp_path):
    def definition(*records):
        return user_tasks(write(tmp_path, *records)).definition

    (tmp_path / "score.py").write_text("def score(q, a, r):\n    return a == r\n")
    scorer = {"scorer": {"kind": "python", "file": "score.py"}}
    first = definition(*QUESTIONS)
    assert first.startswith("sums ")
    assert definition(*reversed(QUESTIONS)) == first, "the order of lines says nothing"
    changed = {
        definition({**QUESTIONS[0], "answer": 7}, *QUESTIONS[1:]),
        definition({**QUESTIONS[0], "tools": []}, *QUESTIONS[1:]),
        definition(*QUESTIONS[1:]),
        definition({"scorer": "numeric"}, *QUESTIONS),
        definition({"scorer": {"kind": "numeric", "tolerance": 0.1}}, *QUESTIONS),
        definition(scorer, *QUESTIONS),
    }
    (tmp_path / "score.py").write_text("def score(q, a, r):\n    return a != r\n")
    assert len(changed | {first, definition(scorer, *QUESTIONS)}) == 8


def test_a_question_keeps_its_split_whatever_the_order_and_the_seed(tmp_path):
    first = user_tasks(write(tmp_path, *QUESTIONS))
    other = user_tasks(write(tmp_path, *reversed(QUESTIONS)))
    for split in Split:
        mine, theirs = first.draw(split, 0, 99).items, other.draw(split, 5, 99).items
        assert {i.question for i in mine} == {i.question for i in theirs}
    assert list(first.draw(Split.SEARCH, 0, 3).items) == first.draw(Split.SEARCH, 0, 6).items[:3]
    assert first.draw(Split.SEARCH, 0, 6).items != first.draw(Split.SEARCH, 1, 6).items


def test_ids_tools_and_payload_are_the_users(tmp_path):
    payload = {"documents": {"Bear": "brown"}}
    special = {"question": "Bear?", "answer": "brown", "id": "q7"}
    special |= {"tools": ["search"], "payload": payload}
    task = read_tasks(write(tmp_path, special, *QUESTIONS))
    item = task.questions[0].item
    assert (item.id, item.tools, item.payload) == ("sums-q7", ("search",), payload)
    assert task.questions[1].item.tools == ("calculator", "python")


def test_exact_is_the_default_and_forgives_case_articles_and_marks(tmp_path):
    record = {"question": "Who?", "answer": "The  Koma Institute"}
    task = read_tasks(write(tmp_path, record, *QUESTIONS))
    replies = ("koma institute.", "the “Koma” institute", "Koma", "", "the Koma Institute or not")
    assert marks(task, *replies) == [1, 1, 0, 0, 0]


def test_numeric_reads_one_number_with_a_tolerance(tmp_path):
    scorer = {"scorer": {"kind": "numeric", "tolerance": 0.01}}
    record = {"question": "How much?", "answer": 1234.5}
    task = read_tasks(write(tmp_path, scorer, record, *QUESTIONS))
    right = ("1234.5", "about 1,240 euros", "1.2345e3", "+1234.5.")
    wrong = ("1250", "1234.5 or 7", "1,2,3,4.5", "", "12345e999", "nan")
    assert marks(task, *right) == [1] * 4
    assert marks(task, *wrong) == [0] * 6
    assert (
        read_tasks(write(tmp_path, {"scorer": "numeric"}, *QUESTIONS)).score(
            task.questions[0], "1234.51"
        )
        == 0.0
    )


def test_a_pattern_matches_the_whole_reply_and_cannot_hang_the_parent(tmp_path):
    record = {"question": "Which?", "answer": "(a+)+b"}
    task = read_tasks(write(tmp_path, {"scorer": "regex"}, record, *QUESTIONS))
    assert marks(task, " aaab ", "aaabc", "a" * 40) == [1, 0, 0]


def test_a_function_of_the_users_scores_in_the_sandbox(tmp_path):
    (tmp_path / "score.py").write_text(
        "def share(question, answer, reply):\n"
        "    open('/tmp/escaped-from-scorer', 'w').close() if reply == 'write' else None\n"
        "    return len(set(answer.split()) & set(reply.split())) / len(answer.split())\n"
    )
    scorer = {"scorer": {"kind": "python", "file": "score.py", "function": "share"}}
    record = {"question": "Which?", "answer": "red green"}
    task = read_tasks(write(tmp_path, scorer, record, *QUESTIONS))
    assert marks(task, "green red", "red", "write") == [1.0, 0.5, 0.0]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("def score(q, a, r):\n    return 1 / 0\n", "line 2: .*division by zero"),
        ("def score(q, a, r):\n    return 'good'\n", "expected a number from 0 to 1, got 'good'"),
        ("def score(q, a, r):\n    return 7\n", "expected a number from 0 to 1, got '7'"),
        ("def other(q, a, r):\n    return 1\n", "defines no function 'score'"),
        ("def score(:\n", "invalid syntax"),
    ],
)
def test_a_broken_scorer_is_named_before_anything_runs(tmp_path, source, problem):
    (tmp_path / "score.py").write_text(source)
    path = write(tmp_path, {"scorer": {"kind": "python", "file": "score.py"}}, *QUESTIONS)
    with pytest.raises(DomainError, match=f"scorer: .*{problem}"):
        read_tasks(path)


def test_a_judge_marks_where_there_is_one_and_is_asked_for_where_not(tmp_path):
    path = write(tmp_path, {"scorer": {"kind": "judge", "rubric": "Be kind."}}, *QUESTIONS)
    asked = []

    def judge(prompt):
        asked.append(prompt)
        return {"good": "0.75", "bold": "Mark: 7", "none": "I would say so"}[
            prompt.splitlines()[-3]
        ]

    task = read_tasks(path, lambda name: judge)
    assert marks(task, "good", "bold", "none") == [0.75, 0.0, 0.0]
    assert "Be kind." in asked[0]
    assert "What is 0 + 0?" in asked[0]
    with pytest.raises(DomainError, match="judge needs a language model"):
        read_tasks(path)


GOOD = QUESTIONS[0]
BAD_LINES = [
    ("{not json", "line 2: not JSON"),
    ("[1, 2]", "line 2: line: .*got \\[1, 2\\]"),
    ({"question": "x"}, "line 2: answer: is missing"),
    ({"question": "", "answer": "x"}, "line 2: question: .*length 1 or more, got ''"),
    (
        {"question": "x", "answer": None},
        "line 2: answer: expected a text, a whole number or a number, got None",
    ),
    ({"question": "x", "answer": ["y"]}, "line 2: answer.*got \\['y'\\]"),
    (
        {"question": "x", "answer": "y", "score": 1},
        "line 2: score: there is no such field; there are question, answer, id, tools, payload",
    ),
    ({"question": "x", "answer": "y", "tools": ["hammer"]}, "line 2: tools: no tool 'hammer'"),
    ({"question": "x", "answer": "y", "tools": ["search"]}, "line 2: payload: .*'documents'"),
    ({"question": "x", "anwser": 1}, "line 2: anwser: .*; did you mean answer"),
    ({"question": GOOD["question"], "answer": 1}, "line 2: repeats the question of line 1$"),
    ('{"question": "x", "answer": NaN}', "line 2: not JSON: NaN"),
    ("[" * 100_000, "line 2: not JSON"),
    ('{"question": "' + "x" * 200_000 + '"}', "line 2: 2000.. characters; at most 200000"),
    ({"scorer": "exact"}, "line 2: question: is missing"),
]


def test_a_repeated_id_is_named_as_the_file_has_it(tmp_path):
    lines = [{**question, "id": f"q{n}"} for n, question in enumerate(QUESTIONS)]
    with pytest.raises(DomainError, match=r"line 3: repeats the id 'q1' of line 2$"):
        read_tasks(write(tmp_path, *lines[:2], {**lines[2], "id": "q1"}, *lines[3:]))


@pytest.mark.parametrize(("line", "problem"), BAD_LINES)
def test_a_bad_line_is_named_with_what_was_expected(tmp_path, line, problem):
    with pytest.raises(DomainError, match=problem) as caught:
        read_tasks(write(tmp_path, GOOD, line, *QUESTIONS[1:]))
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"scorer": "magic"}, "line 1: scorer.kind: expected exact, numeric, .* got 'magic'"),
        (
            {"scorer": {"kind": "numeric", "tolerance": -1}},
            "line 1: .*scorer.tolerance: expected at least 0.*, got -1",
        ),
        ({"scorer": {"kind": "python"}}, "line 1: scorer.file: is missing"),
        ({"scorer": {"kind": "python", "file": "no.py"}}, "no.py cannot be read"),
        ({"scorer": {"kind": "python", "file": "/etc/hostname"}}, "not lie in the tasks' folder"),
        ({"scorer": {"kind": "python", "file": "../score.py"}}, "not lie in the tasks' folder"),
        ({"scorer": 3}, "line 1: scorer: expected a mapping of fields, got 3"),
    ],
)
def test_a_bad_scorer_line_is_named(tmp_path, line, problem):
    with pytest.raises(DomainError, match=problem):
        read_tasks(write(tmp_path, line, *QUESTIONS))


@pytest.mark.parametrize(
    ("kind", "problem"),
    [("numeric", "expected one number, got 'a b'"), ("regex", "not a regular expression")],
)
def test_an_answer_that_the_scorer_cannot_use_is_named(tmp_path, kind, problem):
    answer = {"numeric": "a b", "regex": "(a"}[kind]
    lines = [{"scorer": kind}, {"question": "x", "answer": answer}]
    with pytest.raises(DomainError, match=f"line 2: answer: {problem}"):
        read_tasks(write(tmp_path, *lines))


def test_files_that_cannot_serve_are_named(tmp_path):
    with pytest.raises(DomainError, match=r"missing\.jsonl: cannot be read"):
        read_tasks(tmp_path / "missing.jsonl")
    with pytest.raises(DomainError, match=r"needs at least 4 questions.*it has 0"):
        read_tasks(write(tmp_path))
    binary = tmp_path / "binary.jsonl"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DomainError, match="cannot be read as UTF-8"):
        read_tasks(binary)
