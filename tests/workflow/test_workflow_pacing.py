"""Runs that end before their paper does: by the model's time, never by this machine's clock."""

import json
import time
from dataclasses import replace
from random import Random

import pytest

from discover.evaluators.domain import Rejected
from discover.evaluators.evaluate import evaluate
from discover.evaluators.sampling import Bounds, bounds_again, too_slow
from discover.evaluators.task_model import Reply
from discover.evaluators.workflow.domain import AgentWorkflow
from discover.evaluators.workflow.items import Item, Split, shuffled
from discover.evaluators.workflow.pacing import Bounded
from discover.evaluators.workflow.runtime import Answer, Ending
from discover.sandbox import Limits, Sandbox
from discover.space import Candidate, Status

from .papers import SumTasks

ASKS = """
def solve(question, call, tools):
    return call(question)
"""
SILENT = """
def solve(question, call, tools):
    return "Answer: 1"
"""

ENDINGS = ("accuracy_seen", "wrong", "unanswered", "failed")


class Slow:
    """Says nothing that is right, and that it took 3 s; what it really takes may be set."""

    name = "slow"

    def __init__(self, really=0.0):
        self.really = really
        self.asked = 0

    def reply(self, call):
        self.asked += 1
        time.sleep(self.really)
        return Reply("no idea", 10, seconds=3.0)


@pytest.fixture(scope="module")
def box():
    domain = AgentWorkflow(tasks=SumTasks())
    with Sandbox(preload=domain.preload) as opened:
        yield opened


def run(box, bounds, source=ASKS, model=None, tier="quick", seed=0):
    domain = AgentWorkflow(tasks=SumTasks(), model=model or Slow())
    session = box.session(Limits(wall_s=300, cpu_s=60, threads=64))
    return evaluate(domain, Candidate.from_source(source), tier, seed, session, bounds=bounds)


def test_a_run_ends_when_its_seconds_are_used_and_says_so(box):
    found = run(box, Bounds(seconds=30, least=4))
    assert found.status is Status.OK
    assert found.metrics["items"] == 10
    assert bounds_again(found) == Bounds(30, 4) and not too_slow(found)
    whole = run(box, Bounds(seconds=30, least=4), SILENT)
    assert whole.metrics["items"] > 10 and bounds_again(whole) is None


def test_what_a_run_did_not_come_to_is_told_apart_from_what_it_missed(box):
    found = run(box, Bounds(seconds=30, least=4))
    assert found.metrics["not_reached"] == 1 - 10 / 96
    assert sum(found.metrics[name] for name in ENDINGS) == 1.0
    assert "86 of 96 items were not reached in time" in found.notes["feedback"]
    whole = run(box, Bounds(seconds=30, least=4), SILENT)
    assert whole.metrics["not_reached"] == 0.0 and "reached" not in whole.notes["feedback"]


def test_without_bounds_a_run_ends_in_the_time_of_its_tier(box):
    found = run(box, None)
    assert found.status is Status.OK and found.metrics["items"] == 80, "240 s of 300"


def test_the_clock_of_this_machine_decides_nothing(box):
    fast, slow = (run(box, Bounds(9, 1), model=Slow(s), tier="standard") for s in (0, 0.05))
    assert fast.metrics["items"] == slow.metrics["items"] == 3


def test_a_model_that_is_too_slow_is_found_out_early_and_named(box):
    model = Slow()
    found = run(box, Bounds(seconds=30, least=24), model=model)
    assert found.status is Status.REJECTED and too_slow(found)
    assert "an item waits 3 s" in found.reason and "24 of them" in found.reason
    assert model.asked == 1, "one call took more than twice what an item may take"
    assert run(box, bounds_again(found)).reason == found.reason


def test_a_run_against_a_bar_ends_once_it_is_settled(box):
    found = run(box, Bounds(seconds=1e6, bar=0.5), tier="standard")
    assert found.status is Status.OK
    assert found.metrics["items"] < 12 and found.metrics["accuracy_high"] < 0.5
    assert bounds_again(found).bar == 0.5
    silent = run(box, Bounds(seconds=1e6, bar=0.5), SILENT, tier="standard")
    assert silent.metrics["items"] > 12, "what asks nobody sees all there is"


@pytest.mark.parametrize("waits", [[8.0] * 9, [0.1] * 5 + [20.0] * 9, [1.0] * 40, [2.6] * 40])
def test_no_run_waits_much_longer_than_it_may(waits):
    pace = Bounded(Bounds(seconds=30, least=12))
    answers = []
    blank = Answer(Item("i", "t", "q"), Ending.ANSWERED)
    try:
        for wait in waits:
            pace.wait(answers, wait)
            answers.append(replace(blank, asked_s=wait))
            if pace.enough(answers):
                break
    except Rejected:
        assert len(answers) < 12
    # The item that is being answered when the time is up is answered.
    assert sum(a.asked_s for a in answers[:-1]) <= 30


def test_an_item_that_asks_without_end_is_given_up_in_the_middle(box):
    many = """
def solve(question, call, tools):
    for n in range(30):
        call(f"{question} {n}")
    return "Answer: 1"
"""
    model = Slow()
    found = run(box, Bounds(seconds=24 * 5, least=24), many, model)
    assert too_slow(found) and model.asked == 4, "more than 10 s, twice what an item may take"


def test_any_first_items_of_a_paper_are_a_fair_sample():
    paper = SumTasks().draw(Split.VALIDATION, 0, 12)
    drawn = shuffled(paper, Random(3))
    assert {i.id for i in drawn.items} == {i.id for i in paper.items}
    firsts = {shuffled(paper, Random(seed)).items[0].id for seed in range(99)}
    assert firsts == {i.id for i in paper.items}
    item = drawn.items[0]
    assert drawn.score(item.id, drawn.answer(item.id)) == 1.0


def test_the_domain_asks_in_that_order(box):
    asked = []

    class Told(Slow):
        def reply(self, call):
            asked.append(call.prompt)
            return super().reply(call)

    found = run(box, Bounds(9, 1), model=Told(), seed=1000)
    paper = SumTasks().draw(Split.TEST, 1000, 96)
    questions = [item.question for item in paper.items]
    assert len(asked) == 3 and asked != questions[:3] and set(asked) <= set(questions)
    assert len(json.loads(found.notes["paired items"])) == 3


STALLS = """
right = 0
def solve(question, call, tools):
    global right
    call("short")
    right += 1
    if right == 25:  # all right so far
        for n in range(20):
            call("long")
    a, b = question.rstrip("?").split()[2::2]
    return str(int(a) + int(b)) if right <= 25 else ""
"""


def test_a_workflow_that_ends_its_run_at_its_luckiest_gains_nothing(box):
    class Paced:
        name = "paced"

        def reply(self, call):
            return Reply("", 10, seconds=0.1 if call.prompt == "short" else 1.0)

    cut = run(box, Bounds(20, 24), STALLS, Paced())
    assert cut.metrics["items"] == 25 and cut.metrics["accuracy_seen"] == 1.0
    assert cut.metrics["accuracy"] == cut.metrics["accuracy_low"] < 0.95
    held = run(box, Bounds(20, 24, bar=0.99), STALLS, Paced())
    assert held.metrics["accuracy"] == 1.0, "a reference is judged by both ends of its interval"
