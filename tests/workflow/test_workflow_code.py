"""A node of code: a short program of the library's, or any other that someone writes."""

import json
import subprocess
import sys
from random import Random

import pytest

from discover.cli.card import Export
from discover.cli.export import _files
from discover.evaluators.evaluate import check, evaluate
from discover.evaluators.workflow.domain import AgentWorkflow, _nodes
from discover.evaluators.workflow.metering import ItemLimits
from discover.evaluators.workflow.runtime import Ending, sit
from discover.sandbox import Limits, Sandbox
from discover.sandbox.harness import load_module
from discover.space import Blueprint, Candidate, Level, Status, make
from discover.space.workflow import diagram, space
from discover.space.workflow.library import steps
from discover.space.workflow.programs import PROGRAMS
from discover.space.workflow.references import ask, first, solver
from discover.space.workflow.render import library
from discover.space.workflow.simplify import simplified

from .papers import Sums, SumTasks


def in_finally(levels, indent):
    """Blocks that keep the compiler busy for ever, within a function."""
    lines = [f"{' ' * n}try: return\n{' ' * n}finally:\n" for n in range(indent, indent + levels)]
    return "".join(lines) + " " * (indent + levels) + "pass\n"


STEP = "def step(question, answer, notes):\n    "
ADD = """
def step(question: str, answer: str, notes: str) -> str:
    # What a string holds stays as it is.
    mark = \'\'\'
+\'\'\'

    return mark.join(map(str, integers(question))) + answer + notes
"""


@pytest.fixture(scope="module")
def grammar():
    return space()


@pytest.fixture(scope="module")
def box():
    with Sandbox(preload=AgentWorkflow.preload, min_isolation="S2") as sandbox:
        yield sandbox


def code(program, **params):
    return make("code", make(program, **params))


def written(body):
    return code("written", code=body if body.lstrip().startswith("def") else STEP + body)


def solve(grammar, block):
    return load_module(grammar.render(make("workflow", block)), "under_test").solve


ANSWERING = {
    "nth_number": ("Ann has 3 cats and 5 dogs.", {"nth": 2, "plus": 1}, "6"),
    "combined_numbers": ("What do 3 and 5 give?", {"how": "product"}, "15"),
    "compared_numbers": ("Which is larger, 9.11 or 9.9?", {}, "9.9"),
    "counted_in_quotes": ('How many words are in "a b c"?', {"unit": "words"}, "3"),
    "days_counted": (
        "Count the weekdays from Wednesday, July 6 to Sunday, July 24, 2022.",
        {},
        "13",
    ),
}
FINISHING = {
    "bare_answer": (("**The answer is 'seven'.**",), "seven"),
    "number_alone": (("It is 1,234 in all.",), "1234"),
    "decimals_asked": (("Round to two decimal places.", "3.14159"), "3.14"),
    "list_asked": (("Give a comma-separated list.", "['b', 'a']"), "b, a"),
    "day_asked": (("Which day of the week is it 3 days after it?", "2024-03-31"), "Wednesday"),
}
NOTING = {
    "numbers_noted": ("Is 3 more than 2.5?", "3, 2.5"),
    "letters_noted": ('How many times does "r" appear in "berry"?', "r 2"),
}


def test_every_program_is_tried_here_and_takes_what_the_grammar_gives():
    assert {*ANSWERING, *FINISHING, *NOTING} == set(PROGRAMS)
    parts = {part.name: part for part in library()}
    for name, program in PROGRAMS.items():
        assert parts[name].source.startswith(
            f"def {name}({', '.join(f'{a}: str' for a in program.given)}"
        )


@pytest.mark.parametrize("name", ANSWERING)
def test_a_program_answers_its_question_and_leaves_others(name, grammar):
    question, params, answer = ANSWERING[name]
    ask_it = solve(grammar, code(name, **params))
    assert ask_it(question, None, {}) == answer
    assert ask_it("Who wrote it?", None, {}) == ""


@pytest.mark.parametrize("name", FINISHING)
def test_a_program_puts_an_answer_right_and_leaves_others(name):
    given, answer = FINISHING[name]
    assert getattr(steps, name)(*given) == answer
    for other in ("", "pear", "an apple", "x: y"):
        assert getattr(steps, name)(*given[:-1], other) == other


def test_smaller_and_yes_or_no():
    assert steps.compared_numbers("Which is less: 1/2 or 0.7?") == "1/2"
    assert steps.compared_numbers("Is 3/4 greater than 0.7?") == "yes"
    assert steps.days_counted("How many Fridays from May 1 to May 31, 2024?") == "5"
    assert steps.nth_number("From 1 to 9", -1, 0) == "9"


@pytest.mark.parametrize("name", NOTING)
def test_what_a_program_notes_is_told_to_the_model(name, grammar):
    question, noted = NOTING[name]
    block = make("prepared", make("note", make(name)), ask("plain"))
    prompts = []

    def call(prompt, **options):
        prompts.append(prompt)
        return "Answer: yes"

    assert solve(grammar, block)(question, call, {}) == "yes"
    assert "What is known:" in prompts[0] and noted in prompts[0]


def test_any_other_program_can_be_written(grammar):
    tree = make(
        "workflow", first(solver("sorting"), written(ADD), code("nth_number", nth=1, plus=0))
    )
    source = grammar.render(tree)
    assert "# What a string holds" in source and "def integers(" in source
    run = load_module(source, "under_test").solve
    assert run("What about 3 and 4?", None, {}) == "3\n+4"
    assert Candidate.from_source(grammar.render(again(tree))).id == Candidate.from_source(source).id


def test_a_program_can_finish_what_another_answered_and_the_next_is_asked_where_none_did(grammar):
    sums = make(
        "finish",
        solver("arithmetic"),
        make("written", code=STEP + "return answer and f'<{answer}>'"),
    )
    run = solve(grammar, first(sums, written("return 'none: ' + answer")))
    assert run("What is 3 * 4?", None, {}) == "<12>"
    assert run("Who?", None, {}) == "none: "


@pytest.mark.parametrize(
    "text,fault",
    [
        ("def step(question, answer, notes): return (", "not Python"),
        ("def step(question): return question", "it takes question"),
        ("def step(question, answer, *notes): return answer", "it takes question, answer, *notes"),
        ("import os\ndef step(question, answer, notes): return ''", "something else"),
        ("x = 1", "something else"),
        (STEP + "return '" + "x" * 4000 + "'", "at most 4000"),
        ("\0", "not Python"),
        (STEP + "return ''\n\f", "form feed"),
        (f"def step(question, answer, notes={'-' * 900}1): return ''", "nests too deep"),
        ("def step(question, answer, notes=''): return ''", "notes, defaults"),
        ("def step(question, answer, *, notes): return ''", "notes by name"),
        (STEP + "# runtime.\n    return runtime .context.call(question)", "runtime"),
        (f"{STEP}return ''\n{in_finally(40, indent=4)}", "nests too deep"),
    ],
)
def test_what_is_no_program_is_refused_and_says_why(text, fault, grammar):
    with pytest.raises(ValueError) as refused:
        grammar.render(make("workflow", code("written", code=text)))
    assert fault in str(refused.value) and "\n" not in str(refused.value)


def test_nodes_of_code_are_drawn_counted_and_edited_like_others(grammar):
    finished = [
        make("finish", solver(each), make("list_asked")) for each in ("sorting", "reversal")
    ]
    tree = make("workflow", first(written(ADD), *finished))
    shown = diagram(tree)
    assert "code[[code: step]]" in shown and "code_list_asked[[code: list_asked]]" in shown
    assert "code_list_asked_2[[code: list_asked]]" in shown
    assert "sorting[[" not in shown
    assert _nodes(Candidate.from_source(grammar.render(tree), blueprint=tree)) == 5
    for level in Level:
        edits = grammar.edits(tree, level, Random(0))
        trees = [grammar.apply(tree, edit) for edit in edits]
        assert all(grammar.render(edited) for edited in trees)
        assert level is Level.FRAMEWORK or any(written(ADD) not in of(edited) for edited in trees)
    other = make("workflow", solver("factors"))
    crossed = [grammar.crossover(other, tree, Random(seed)) for seed in range(20)]
    assert any(written(ADD) in of(each) for each in crossed)


def test_what_a_program_says_of_a_graph_draws_no_edge(grammar):
    finished = make("finish", first(solver("sorting"), solver("factors")), make("list_asked"))
    said = written("# branch_graph.invoke(state)\n    return answer")
    shown = diagram(make("workflow", make("panel", finished, said, said, make("vote"))))
    assert "branch -. runs .->" in shown and "code -. runs" not in shown
    assert shown.count("runs") == 1


def test_the_grammar_draws_programs_with_a_model_and_without():
    for models in (True, False):
        grammar = space(models=models)
        drawn = [grammar.sample(Random(seed)) for seed in range(200)]
        assert sum(any(n.production in PROGRAMS for n in of(tree)) for tree in drawn) > 20
        assert not any(n.production == "written" for tree in drawn for n in of(tree))


def test_a_program_of_the_library_that_was_silent_is_not_asked_again():
    number, other = code("nth_number", nth=1, plus=0), written("return ''")
    assert simplified(first(number, first(number, other))) == first(number, other)
    assert simplified(first(other, other)) == first(other, other), "it may say something else"


@pytest.mark.parametrize(
    "body,reason",
    [
        ("while '1 + 2' in question: pass\n    return 'x'", "no answer within 1 s"),
        ("return 'x' * (10_000_000 if '1 + 2' in question else 1)", "10000000 characters"),
        ("return 'x' if '1 + 2' not in question else 1 / 0", "ZeroDivisionError"),
        ("if '1 + 2' in question: step.__globals__['answered']()\n    return 'x'", "KeyError"),
        ("import os\n    if '1 + 2' in question: os._exit(7)\n    return 'x'", "code 7"),
        ("return 'x' if '1 + 2' not in question else step(question, '', '')", "RecursionError"),
    ],
)
def test_a_program_that_goes_wrong_loses_its_item_by_name_and_the_run_goes_on(
    body, reason, grammar, box
):
    source = grammar.render(make("workflow", written(body)))
    limits = ItemLimits(seconds=1.0, reply=100)
    found = sit(Sums(3), source, box.session(Limits(wall_s=30, cpu_s=15, threads=8)), None, limits)
    assert [a.ending for a in found] == [Ending.ANSWERED, Ending.FAILED, Ending.ANSWERED]
    assert reason in found[1].reason


def test_a_program_with_a_syntax_error_is_rejected_with_its_line(grammar, box):
    source = grammar.render(make("workflow", written("return 'x'"))).replace(
        "return 'x'", "return 'x"
    )
    run = check(AgentWorkflow(tasks=SumTasks()), Candidate("0" * 16, source), box.session(Limits()))
    assert run.status is Status.REJECTED
    assert "not Python: unterminated string" in run.reason and "line" in run.reason


def test_what_only_the_compiler_finds_is_rejected_where_it_runs(grammar, box):
    source = grammar.render(make("workflow", written("break")))
    run = check(AgentWorkflow(tasks=SumTasks()), Candidate("0" * 16, source), box.session(Limits()))
    assert run.status is Status.REJECTED and "'break' outside loop" in run.reason


def test_an_exported_program_runs_alone_and_scores_the_same(tmp_path, grammar, box):
    tree = make("workflow", written("return str(sum(map(int, re.findall(r'\\d+', question))))"))
    candidate = Candidate.from_source(grammar.render(tree), blueprint=tree)
    files = _files("agent-workflow", Export("m", candidate.source, "# A card\n"), candidate)
    assert "code[[code: step]]" in files["README.md"]
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    command = [sys.executable, "run.py", "What is 20 and 22?"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "42"
    taken = Candidate.from_source((tmp_path / "workflow.py").read_text())
    assert taken.id == candidate.id
    domain = AgentWorkflow(tasks=SumTasks())
    session = box.session(Limits(wall_s=60, cpu_s=30, threads=8))
    assert evaluate(domain, taken, "quick", 0, session).metrics["accuracy"] == 1.0


def of(tree):
    return [node for _, node in tree.walk()]


def again(tree):
    return Blueprint.from_dict(json.loads(json.dumps(tree.to_dict())))
