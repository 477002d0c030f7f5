"""What each node of a workflow is worth, measured and told."""

import pytest

from discover.evaluators.workflow.crediting import node_credit
from discover.evaluators.workflow.domain import AgentWorkflow
from discover.evaluators.workflow.feedback import credit
from discover.evaluators.workflow.metering import ItemLimits
from discover.sandbox import Limits, Sandbox

from .papers import Sums, SumTasks

SUMMED = """
from typing import TypedDict
from langgraph.graph import END, START, StateGraph

class State(TypedDict, total=False):
    question: str
    answer: str

def add(state):
    return {"answer": str(sum(int(w.strip("?")) for w in state["question"].split()[2::2]))}

builder = StateGraph(State)
builder.add_node("add", add)
builder.add_node("tidy", lambda state: {"answer": state["answer"].strip()})
builder.add_node("unused", lambda state: {})
builder.add_edge(START, "add")
builder.add_edge("add", "tidy")
builder.add_conditional_edges("tidy", lambda state: END, ["unused", END])
builder.add_edge("unused", END)
graph = builder.compile()
"""


@pytest.fixture(scope="module")
def session():
    with Sandbox(preload=AgentWorkflow.preload, min_isolation="S2") as sandbox:
        yield sandbox.session(Limits(wall_s=60, cpu_s=15, threads=8))


def test_credit_tells_the_dearest_node_first_and_what_never_ran():
    told = credit(0.5, {"b": 0.625, "a": 0.125, "c": None}, ["d", "e"])
    assert told.splitlines() == [
        "accuracy of all nodes together: 0.500; with one of them bypassed:",
        "- without c: every item fails",
        "- without a: 0.125 (-0.375)",
        "- without b: 0.625 (+0.125)",
        "never reached: d, e",
    ]
    assert "never reached" not in credit(0.5, {"a": 0.5}, [])


def test_the_node_that_answers_is_worth_all_and_a_lone_node_is_not_told_of(session):
    def told(source):
        return node_credit(Sums(3), source, session, None, ItemLimits(seconds=10))

    assert told(SUMMED).splitlines() == [
        "accuracy of all nodes together: 1.000; with one of them bypassed:",
        "- without add: 0.000 (-1.000)",
        "- without tidy: 1.000 (+0.000)",
        "never reached: unused",
    ]
    assert told(AgentWorkflow(tasks=SumTasks()).references["calculator"].source) == ""


def test_a_workflow_that_fails_has_no_credit_and_does_not_lose_its_score():
    never = "def solve(question, call, tools):\n    raise KeyError(question)"
    with Sandbox(preload=AgentWorkflow.preload) as sandbox:
        for source, wall_s in ((never, 60), (SUMMED, 0)):
            session = sandbox.session(Limits(wall_s=wall_s, cpu_s=15, threads=8))
            assert node_credit(Sums(3), source, session, None, ItemLimits()) == ""
