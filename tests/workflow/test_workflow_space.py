"""The workflow grammar: every tree in it is a workflow, and the published ones are in it."""

import ast
import threading
from random import Random

import pytest

from discover.space import Level, canonical_hash, make
from discover.space.workflow import diagram, references, space
from discover.space.workflow.productions import rules
from discover.space.workflow.references import ask, first, solver
from discover.space.workflow.render import library
from discover.space.workflow.simplify import simplified
from discover.space.workflow.solvers import SOLVERS

PUBLISHED = {
    "single-call", "self-consistency", "self-refine", "react", "plan-execute-memory",
    "program-of-thought", "generate-test-repair", "debate", "layered-ensemble",
    "planner-with-sub-agents", "panel-with-diagnosis", "retrieval", "tree-of-thoughts", "router",
}  # fmt: skip


@pytest.fixture(scope="module")
def grammar():
    return space()


def sources(grammar):
    samples = [grammar.sample(Random(seed)) for seed in range(60)]
    return [grammar.render(tree) for tree in (*references().values(), *samples)]


def test_every_published_workflow_is_a_reference():
    assert references().keys() >= PUBLISHED
    assert not references(models=False).keys() & PUBLISHED


def test_references_are_different_programs(grammar):
    ids = {canonical_hash(grammar.render(tree)) for tree in references().values()}
    assert len(ids) == len(references())


def test_rendered_modules_import_and_define_what_they_use(grammar):
    for source in sources(grammar):
        tree = ast.parse(source)
        imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        defined = [n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        assert len(defined) == len(set(defined))
        read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        assert not imported - read, "an import that nothing uses"
        free = {part.name for part in library()} & read
        assert free <= set(defined)
        assert max(map(len, source.splitlines())) <= 100


def test_rendered_graphs_lead_from_start_to_end(grammar):
    for tree in [*references().values(), *(grammar.sample(Random(s)) for s in range(10))]:
        namespace = run(grammar.render(tree))
        drawn = namespace["graph"].get_graph()
        assert {"__start__", "__end__"} <= drawn.nodes.keys()
        targets = {edge.target for edge in drawn.edges}
        assert targets == drawn.nodes.keys() - {"__start__"}, "a node that nothing leads to"


def test_without_models_nothing_that_asks_one_is_proposed():
    grammar = space(models=False)
    for seed in range(60):
        assert ".call(" not in grammar.render(grammar.sample(Random(seed)))
    calculator = references(models=False)["calculator"]
    for level in Level:
        for edit in grammar.edits(calculator, level, Random(1)):
            assert ".call(" not in grammar.render(grammar.apply(calculator, edit))


def test_solvers_name_functions_of_the_library_with_their_parameters():
    functions = {part.name: part.source for part in library()}
    for each in SOLVERS.values():
        head = ast.parse(functions[each.function]).body[0].args
        names = {argument.arg for argument in head.args}
        assert names == {"question", *each.params} | ({"tools"} if each.tools else set())


def test_every_production_can_be_rendered(grammar):
    seen = set()
    for seed in range(400):
        seen |= {node.production for _, node in grammar.sample(Random(seed)).walk()}
    for tree in references().values():
        seen |= {node.production for _, node in tree.walk()}
    assert seen == {production.name for production in rules(models=True)} - {"written"}


ANSWERS = {
    "self-consistency": (["Answer: 1", "Answer: 2", "Answer: 2", "Answer: 1", "Answer: 2"], "2"),
    "self-refine": (["Answer: 1", "it is too small", "Answer: 2", "OK"], "2"),
    "program-of-thought": (["```python\nprint(6 * 7)\n```"], "42"),
    "debate": (["Answer: 1", "Answer: 2", "Answer: 3", "Answer: 4", "2"], "2"),
    "react": (["Action: double[21]", "Answer: 42"], "42"),
    "plan-execute-memory": (["a plan", "Action: double[4]", "seen 8", "Answer: 8"], "8"),
    "generate-test-repair": (
        ["```\nprint(oops)\n```", "```\nprint(3)\n```", "```\nassert 3 == 3\n```"],
        "3",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_reference_follows_its_pattern(grammar, name):
    replies, answer = ANSWERS[name]
    waiting = list(replies)
    solve = run(grammar.render(references()[name]))["solve"]
    tools = {"python": python, "double": lambda number: 2 * int(number)}
    assert solve("What is it?", lambda prompt, **options: waiting.pop(0), tools) == answer
    assert waiting == []


def test_branches_go_side_by_side_and_a_larger_one_as_a_graph_of_its_own(grammar):
    calculated = first(solver("arithmetic"), ask("plain"))
    tree = make("workflow", make("panel", ask("plain"), calculated, ask("few_words"), make("vote")))
    namespace = run(grammar.render(tree))
    asked, all_here = [], threading.Barrier(3, timeout=10)

    def call(prompt, **options):
        all_here.wait()
        asked.append(prompt)
        return "Answer: 7" if "few words" in prompt else "Answer: 8"

    assert namespace["solve"]("Which?", call, {}) == "8"
    assert len(asked) == 3
    all_here = threading.Barrier(2, timeout=10)
    assert namespace["solve"]("What is 3 + 4?", call, {}) == "7", "calculated beside two calls"
    assert len(asked) == 5
    assert "branch_graph" in namespace
    shown = diagram(tree)
    assert "subgraph branch_graph" in shown and "branch -. runs .-> arithmetic" in shown


def test_a_loop_ends_where_the_model_never_agrees(grammar):
    solve = run(grammar.render(references()["self-refine"]))["solve"]
    calls = []

    def call(prompt, **options):
        calls.append(prompt)
        return "Answer: no" if len(calls) % 2 else "wrong"

    solve("Why?", call, {})
    assert len(calls) == 1 + 3 + 2  # an answer, a critique a round and one at the end, repairs


def test_a_first_block_hands_on_what_it_cannot_answer(grammar):
    solve = run(grammar.render(references(models=False)["calculator-then-sorter"]))["solve"]
    assert solve("What is 3 * 4?", None, {}) == "12"
    assert solve("Sort these words in ascending order: pear, apple", None, {}) == "apple, pear"
    assert solve("Who wrote it?", None, {}) == ""


def test_a_solver_that_was_silent_is_not_asked_again():
    sort, add = solver("sorting"), solver("arithmetic")
    other = solver("sorting", form="list")
    assert simplified(first(sort, add, sort)) == first(sort, add)
    assert simplified(first(sort, first(sort, sort))) == sort
    assert simplified(first(sort, other)) == first(sort, other), "other parameters may answer"
    route = make("route", sort, add, cue="list")
    assert simplified(first(route, sort)) == first(route, sort), "only one way asks it"
    assert simplified(first(sort, route)) == first(sort, make("route", sort, add, cue="list"))
    cascade = make("cascade", sort, add, sort, other)
    assert simplified(cascade) == first(sort, add, other)
    twice = make("pair", sort, sort, make("vote"))
    assert simplified(twice) == twice


def test_a_diagram_shows_every_node(grammar):
    for tree in references().values():
        drawn = run(grammar.render(tree))["graph"].get_graph()
        lines = diagram(tree)
        assert all(name in lines for name in drawn.nodes if not name.startswith("__"))


def test_blueprints_of_other_shapes_are_refused(grammar):
    with pytest.raises(ValueError, match="expected one of"):
        grammar.render(make("workflow", make("vote")))


def run(source):
    from discover.sandbox.harness import load_module

    return vars(load_module(source, "workflow_under_test"))


def python(source):
    try:
        lines = []
        exec(source, {"print": lambda *words: lines.append(" ".join(map(str, words)))})
        return "\n".join(lines)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
