"""Workflows in the sandbox: metered, bounded, and believed in nothing."""

import time
from collections import Counter
from threading import Event, Thread
from types import SimpleNamespace

import pytest

from discover.evaluators.domain import Calibrated
from discover.evaluators.evaluate import check, evaluate
from discover.evaluators.task_model import ModelFailed, Reply
from discover.evaluators.workflow.domain import AgentWorkflow
from discover.evaluators.workflow.harness import Answerer
from discover.evaluators.workflow.items import Item
from discover.evaluators.workflow.metering import ItemLimits
from discover.evaluators.workflow.runtime import Ending, sit
from discover.evaluators.workflow.watching import MAX_TEXT, Watch
from discover.sandbox import CandidateError, Limits, Sandbox
from discover.space import Candidate, Status

from .papers import Sums, SumTasks

LIMITS = ItemLimits(seconds=1.0, calls=3, tokens=100, reply=100)
CHILD = Limits(wall_s=30, cpu_s=15, threads=8)
SOLVE = "def solve(question, call, tools):\n    "
ADD = "sum(int(w.strip('?')) for w in question.split()[2::2])"


class Model:
    """Says back the role and the sample, and counts what it was asked."""

    name = "echo"

    def __init__(self):
        self.calls = []

    def reply(self, call):
        self.calls.append(call)
        if "fail" in call.prompt:
            raise ModelFailed("no reply in 2 tries")
        return Reply(f"{call.role} {call.sample}", tokens=40, seconds=2.5, usd=0.01)


class Shown:
    """Items as they are given; nothing is right."""

    def __init__(self, items):
        self.items = items

    def score(self, item_id, reply):
        return 0.0


BRANCHES = """
import time
from typing import Any, TypedDict
from langgraph.graph import END, START, StateGraph

class State(TypedDict, total=False):
    question: str
    call: Any
    left: str
    right: str
    answer: str

def left(state):
    {first}
    return {{"left": state["call"]("the same")}}

def right(state):
    {second}
    return {{"right": state["call"]("the same")}}

builder = StateGraph(State)
builder.add_node("fan_out", lambda state: {{}})
builder.add_node("left", left)
builder.add_node("right", right)
builder.add_node("join", lambda state: {{"answer": state["left"] + "/" + state["right"]}})
builder.add_edge(START, "fan_out")
builder.add_edge("fan_out", "left")
builder.add_edge("fan_out", "right")
builder.add_edge(["left", "right"], "join")
builder.add_edge("join", END)
graph = builder.compile()

def solve(question, call, tools):
    return graph.invoke({{"question": question, "call": call}})["answer"]
"""


@pytest.fixture(scope="module")
def box():
    with Sandbox(preload=AgentWorkflow.preload, min_isolation="S2") as sandbox:
        yield sandbox


@pytest.fixture
def answers(box):
    def run(body, model=None, count=3, limits=LIMITS):
        paper = Sums(count)
        return sit(paper, SOLVE + body, box.session(CHILD), model, limits)

    return run


def test_answers_are_scored_in_order(answers):
    found = answers(f"return str({ADD}) if '1' in question else 'no'")
    assert [(a.ending, a.score, a.reply) for a in found] == [
        (Ending.ANSWERED, 1.0, "1"),
        (Ending.ANSWERED, 1.0, "3"),
        (Ending.ANSWERED, 0.0, "no"),
    ]


def test_an_empty_answer_and_an_error_are_no_wrong_answers(answers):
    found = answers("return '' if '0' in question else str(1 / ('1 + 2' not in question))")
    assert [a.ending for a in found] == [Ending.UNANSWERED, Ending.FAILED, Ending.ANSWERED]
    assert found[1].reason == "ZeroDivisionError: division by zero"


def test_calls_are_answered_metered_and_numbered(answers):
    model = Model()
    found = answers(
        "return call('a', role='x') + '/' + call('a', role='x') + '/' + call('b')", model, 2,
        ItemLimits(tokens=1000),
    )  # fmt: skip
    assert [a.reply for a in found] == ["x 0/x 1/ 0"] * 2
    assert [(a.calls, a.tokens, round(a.usd, 6)) for a in found] == [(3, 120, 0.03)] * 2
    assert all(7.5 <= a.seconds < 15 for a in found), "the model's own seconds count, once"
    assert Counter((c.prompt, c.sample) for c in model.calls) == {
        ("a", 0): 2, ("a", 1): 2, ("b", 0): 2,
    }  # fmt: skip


def test_a_flood_of_calls_is_refused(answers):
    many = (
        "return ' '.join(call(str(i), max_tokens=10**9) for i in range(2 + 9 * ('1' in question)))"
    )
    for limits, reason in (
        (ItemLimits(calls=3, tokens=1000), "more than 3 calls for one item"),
        (ItemLimits(calls=9, tokens=100), "more than 100 tokens for one item"),
    ):
        model = Model()
        found = answers(many, model, limits=limits)
        assert [a.ending for a in found] == [Ending.FAILED, Ending.FAILED, Ending.ANSWERED]
        assert found[0].reason == f"CallRefused: {reason}"
        assert len(model.calls) == 3 + 3 + 2
        assert max(c.max_tokens for c in model.calls) == limits.tokens


def test_which_branch_asks_first_changes_no_sample(box):
    def answer(first, second):
        source = BRANCHES.format(first=first, second=second)
        limits = ItemLimits(seconds=20, calls=3, tokens=100)
        return sit(Sums(1), source, box.session(CHILD), Model(), limits)[0]

    found = answer("None", "None")
    assert found.ending is Ending.ANSWERED, found.reason
    assert (found.calls, found.tokens) == (2, 80)
    left, right = found.reply.split("/")
    assert left != right, "equal prompts of two branches are two samples"
    late = "time.sleep(0.1)"
    assert answer(late, "None").reply == answer("None", late).reply == found.reply


def test_branches_that_ask_side_by_side_ask_together():
    scope = {"__name__": "branches"}
    exec(BRANCHES.format(first="None", second="None"), scope)
    answerer = Answerer(scope["solve"], Watch(SimpleNamespace()))
    answerer.begin("?", {}, 100)
    ends = time.monotonic() + 30
    while answerer._events.qsize() < 2 and time.monotonic() < ends:
        time.sleep(0.001)
    event, rounds = answerer.next(30), []
    while event["kind"] == "asks":
        rounds.append([wish["prompt"] for wish in event["asks"]])
        answerer.tell([{"text": str(wish["branch"])} for wish in event["asks"]])
        event = answerer.next(30)
    assert rounds == [["the same", "the same"]]
    left, right = event["text"].split("/")
    assert "0" not in (left, right) and left != right


def test_what_threads_of_the_last_item_still_want_is_not_served():
    ended, over = Event(), Event()

    def solve(question, call, tools):
        if question == "one":
            Thread(target=call, args=("asked before the end",), daemon=True).start()
            Thread(target=lambda: ended.wait() and call("asked after"), daemon=True).start()
            settled(1)
        else:
            over.wait(30)
        return question

    def settled(count):
        while answerer._events.qsize() < count:
            time.sleep(0.001)

    answerer = Answerer(solve, Watch(SimpleNamespace()))
    answerer.begin("one", {}, 100)
    settled(2)
    assert answerer.next(30) == {"kind": "reply", "text": "one"}
    ended.set()
    settled(1)
    answerer.begin("two", {}, 100)
    assert answerer.next(0.05) == {"kind": "late"}
    over.set()
    assert answerer.next(30) == {"kind": "reply", "text": "two"}


def test_a_tool_of_the_parents_is_used_without_what_it_knows(box):
    world = {
        "rooms": {"hall": {}}, "things": {"red ring": "chest"}, "at": "hall", "steps": 9,
        "holders": {"chest": {"room": "hall", "kind": "box", "open": False, "key": None},
                    "desk": {"room": "hall", "kind": "top", "open": True, "key": None}},
        "goal": {"red ring": "desk"},
    }  # fmt: skip
    item = Item("q", "quest", "Put it there.", ("act",), {"world": world, "hint": "none"})
    paper = Shown([item])
    source = (
        "import gc\ndef solve(question, call, tools):\n"
        "    known = [o for o in gc.get_objects() if isinstance(o, dict) and 'rooms' in o]\n"
        '    return f\'{len(known)} {tools["act"].__doc__} {tools["act"]("open chest")}\''
    )
    reply = sit(paper, source, box.session(CHILD), None, ItemLimits())[0].reply
    assert reply.startswith("0 Gives one command in the world")
    assert "chest (in it: red ring)" in reply


def test_steps_of_the_first_misses_are_told_and_a_node_can_be_left_out(box):
    graph = AgentWorkflow(tasks=SumTasks()).references["calculator-then-sorter"].source
    session = box.session(CHILD)
    right = sit(Sums(3), graph, session, None, LIMITS, trace=True)
    assert [(a.score, a.steps) for a in right] == [(1.0, ())] * 3
    without = sit(Sums(4), graph, session, None, LIMITS, trace=True, bypassed="arithmetic")
    assert [a.score for a in without] == [0.0] * 4
    assert [len(a.steps) for a in without] == [1, 1, 0, 0]
    assert without[0].steps == (("sorting", "answer:"),)


def test_of_a_step_as_much_is_told_as_was_kept(box):
    class Long(Model):
        def reply(self, call):
            return Reply("y" * 1000, tokens=1)

    source = SOLVE + "return call('x', role='r' * 100)[:10]"
    answer = sit(Sums(1), source, box.session(CHILD), Long(), LIMITS, trace=True)[0]
    assert [len(text) for text in answer.steps[0]] == [60, MAX_TEXT]


def test_a_failed_model_and_no_model_fail_the_item_by_name(answers):
    asking = "return call('fail') if '1' in question else 'x'"
    with_model, without = answers(asking, Model()), answers(asking)
    assert with_model[0].reason == "CallRefused: the model failed: no reply in 2 tries"
    assert without[0].reason.startswith("NoModel: the workflow asks a language model")


def test_a_workflow_that_loops_loses_its_item_and_goes_on(answers):
    found = answers("while '1 + 2' in question: pass\n    return 'x'")
    assert [a.ending for a in found] == [Ending.ANSWERED, Ending.FAILED, Ending.ANSWERED]
    assert found[1].reason == "no answer within 1 s"


def test_a_workflow_that_breaks_its_own_clock_loses_its_item(box):
    source = (
        "import time\nfrom discover.evaluators.workflow.harness import Answerer\n"
        "wait = Answerer.next\nAnswerer.next = lambda self, seconds: wait(self, 60)\n"
        f"{SOLVE}if '0 + 1' in question: time.sleep(3.2)\n    return str({ADD})"
    )
    found = sit(Sums(2), source, box.session(CHILD), None, LIMITS)
    assert [a.ending for a in found] == [Ending.FAILED, Ending.ANSWERED]
    assert (found[0].score, found[0].reason) == (0.0, "no answer within 1 s")


def test_a_child_that_counts_its_nodes_with_a_list_is_told_of_none(box):
    source = (
        "from discover.evaluators.workflow import harness\nharness.dict = lambda visits: [1]\n"
        f"{SOLVE}return 'x'"
    )
    visits = Counter()
    found = sit(Sums(1), source, box.session(CHILD), None, LIMITS, visits=visits)
    assert found[0].ending is Ending.ANSWERED and not visits


def test_a_death_loses_its_item_and_goes_on(answers):
    found = answers("import os\n    if '1 + 2' in question: os._exit(7)\n    return 'x'")
    assert [a.ending for a in found] == [Ending.ANSWERED, Ending.FAILED, Ending.ANSWERED]
    assert "exited with code 7" in found[1].reason


@pytest.mark.parametrize(
    "body,reason",
    [
        ("return 'x' * 10_000_000", "10000000 characters; a reply has at most 100"),
        ("return open('/etc/hostname').read()", "FileNotFoundError|PermissionError"),
        ("import socket; socket.socket()", "PermissionError"),
        ("import os; os._exit(0)", "3 items stopped the workflow"),
    ],
)
def test_what_fails_on_every_item_fails_the_run_by_name(answers, body, reason):
    with pytest.raises(CandidateError, match=reason):
        answers(body, count=4)


def test_other_shapes_of_workflow_are_accepted(box):
    two = "def solve(question, call):\n    return 'x'"
    graph = (
        "from typing import TypedDict\n"
        "from langgraph.graph import END, START, StateGraph\n"
        "class State(TypedDict, total=False):\n    question: str\n    answer: str\n"
        "builder = StateGraph(State)\n"
        "builder.add_node('say', lambda state: {'answer': state['question'][-2]})\n"
        "builder.add_edge(START, 'say')\nbuilder.add_edge('say', END)\n"
        "graph = builder.compile()\n"
    )
    for source, reply in ((two, "x"), (graph, "1")):
        session = box.session(CHILD)
        assert sit(Sums(1), source, session, None, LIMITS)[0].reply == reply


def test_a_domain_evaluates_and_gates(box):
    domain = AgentWorkflow(tasks=SumTasks())
    session = box.session(CHILD)
    calculator = domain.references["calculator"]
    assert check(domain, calculator, session).status is Status.OK
    run = evaluate(domain, calculator, "quick", 0, session)
    assert run.status is Status.OK
    assert (run.metrics["accuracy"], run.metrics["cost"], run.metrics["failed"]) == (1.0, 0.0, 0.0)
    assert run.metrics["task_sums"] == 1.0
    assert 0.96 < run.metrics["accuracy_low"] < run.metrics["accuracy_high"] == 1.0
    assert isinstance(domain, Calibrated)
    assert domain.noise("standard") == domain.noise("quick") / 2, "four times the items"


@pytest.mark.parametrize(
    "source,reason",
    [
        ("x = 1", "neither solve.* nor graph"),
        ("def solve(:", "not Python"),
        ("def solve(q, c, t):\n    return ''\nraise KeyError('at once')", "line 3: KeyError"),
    ],
)
def test_what_is_no_workflow_is_rejected_with_its_reason(box, source, reason):
    import re

    session = box.session(CHILD)
    candidate = Candidate("0" * 16, source)
    run = check(AgentWorkflow(tasks=SumTasks()), candidate, session)
    assert run.status is Status.REJECTED
    assert re.search(reason, run.reason)
