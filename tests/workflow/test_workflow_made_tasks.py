"""Retrieval, tool use and errands: what their items promise."""

import re
from itertools import islice
from random import Random

import pytest

from discover.evaluators.workflow.hosted import all_tools
from discover.evaluators.workflow.tasks.corpus import RELATIONS, draw_corpus
from discover.evaluators.workflow.tasks.quest import SIZES, draw_world, judge, quest_tasks
from discover.evaluators.workflow.tasks.retrieval import retrieval_task
from discover.evaluators.workflow.tasks.tool_use import MAKERS, TOOLS, tool_tasks
from discover.evaluators.workflow.tools import make_tools
from discover.evaluators.workflow.world import World


def drawn(task, count, seed=0):
    return list(islice(task.draw(Random(seed)), count))


@pytest.mark.parametrize("seed", range(5))
def test_every_fact_of_a_corpus_is_told_in_one_of_two_documents(seed):
    corpus = draw_corpus(Random(seed))
    for (entity, name), value in corpus.values.items():
        here = value.lower() in corpus.documents[entity].lower()
        year = RELATIONS[name].value == "year"
        there = not year and entity.lower() in corpus.documents[value].lower()
        assert here or there, (entity, name, value)
    assert set(corpus.documents) == {e for kind in corpus.entities.values() for e in kind}


@pytest.mark.parametrize("hops", [1, 2, 3])
def test_following_the_facts_answers_a_question(hops):
    for problem in drawn(retrieval_task(hops), 40):
        question, documents = problem.item.question, problem.item.payload["documents"]
        named = [title for title in documents if title.removeprefix("the ") in question]
        assert named, question
        assert problem.answer not in question
        assert any(problem.answer.lower() in text.lower() for text in documents.values())


def test_search_finds_what_is_named_and_read_gives_it_whole():
    problem = drawn(retrieval_task(1), 1)[0]
    documents = problem.item.payload["documents"]
    tools = all_tools(problem.item)
    for title, text in documents.items():
        found = [part.partition(": ")[0] for part in tools["search"](title, k=5).split("\n\n")]
        assert len(found) <= 5
        assert title in found
        assert tools["read"](title.upper()) == text
    assert tools["read"]("nothing") == ""


def solved_by_tools(problem):
    """The answer of a question of tool_use, by its tools alone."""
    question = problem.item.question
    tools = make_tools(TOOLS, problem.item.payload)
    money = re.search(r"price in (\w+)s,", question)[1]
    mass = re.search(r"weight in (\w+)s ", question)[1]

    def price(goods):
        return tools["lookup"](goods, "price")

    if found := re.search(r"How many (\w+) are (\d+) (\w+)\?", question):
        return tools["convert"](found[2], found[3], found[1])
    if found := re.search(r"of the week was (\S+)\?", question):
        return tools["weekday"](found[1])
    if found := re.search(r"say is the (\w+) of (\w+)\?", question):
        return tools["lookup"](found[2], found[1])
    if found := re.search(r"price of (\w+) in (\w+)s\?", question):
        return tools["exchange"](price(found[1]), money, found[2])
    if found := re.search(r"is it (\d+) days after the arrival of (\w+)\?", question):
        day = tools["add_days"](tools["lookup"](found[2], "arrival"), found[1])
        return tools["weekday"](day)
    if found := re.search(r"arrival of (\w+) to that of (\w+)\?", question):
        return tools["days_between"](*(tools["lookup"](g, "arrival") for g in found.groups()))
    if found := re.search(r"What do (\d+) pieces of (\w+) cost in (\w+)s\?", question):
        total = tools["calculator"](f"{found[1]} * {price(found[2])}")
        return tools["exchange"](total, money, found[3])
    if found := re.search(r"How many (\w+) do (\w+) and (\w+) weigh", question):
        weights = " + ".join(tools["lookup"](g, "weight") for g in found.groups()[1:])
        return tools["convert"](tools["calculator"](weights), mass, found[1])
    if found := re.search(
        r"do (\d+) pieces of (\w+) and (\d+) of (\w+) cost .* in (\w+)s", question
    ):
        count, first, more, second, target = found.groups()
        total = tools["calculator"](f"{count} * {price(first)} + {more} * {price(second)}")
        return tools["exchange"](total, money, target)
    first, second = re.search(r"arrivals of (\w+) and (\w+) as lie", question).groups()
    days = sorted(tools["lookup"](goods, "arrival") for goods in (first, second))
    return tools["weekday"](tools["add_days"](days[1], tools["days_between"](*days)))


@pytest.mark.parametrize("task", tool_tasks(), ids=lambda task: task.name)
def test_tools_in_the_right_order_answer_every_kind_of_question(task):
    problems = drawn(task, 30 * len(MAKERS[task.name]))
    for problem in problems:
        assert task.score(problem, solved_by_tools(problem)) == 1.0, problem
    assert len({re.sub(r"[A-Z]\w+|\d+", "", p.item.question) for p in problems}) > 20


@pytest.mark.parametrize("task", quest_tasks(), ids=lambda task: task.name)
def test_every_world_can_be_solved_in_time_and_not_by_doing_nothing(task):
    for problem in drawn(task, 250):
        assert task.score(problem, problem.answer) == 1.0
        assert problem.answer.count(";") + 1 < SIZES[task.name].steps
        assert task.score(problem, "look") == 0.0


def test_a_world_offers_only_what_it_then_does():
    rng = Random(7)
    world = World(draw_world(rng, SIZES["quest_large"]))
    seen = set()
    while not world.over:
        command = rng.choice(world.choices())
        told = world.act(command)
        seen.add(command.partition(" ")[0])
        assert world.over or told.startswith("You did it. You are in the ")
        assert world.over or told.splitlines()[-1].startswith("You can: go ")
    assert seen == {"go", "open", "take", "put"}


def locked_world():
    return {
        "rooms": {
            "hall": {"north": {"to": "attic", "key": "iron key"}},
            "attic": {"south": {"to": "hall", "key": None}},
        },
        "holders": {
            "chest": {"room": "hall", "kind": "box", "open": False, "key": None},
            "table": {"room": "attic", "kind": "top", "open": True, "key": None},
        },
        "things": {"iron key": "chest", "red cup": "chest"},
        "at": "hall",
        "goal": {"red cup": "table"},
        "steps": 9,
    }


def test_a_locked_door_needs_its_key_and_a_closed_box_hides_what_it_holds():
    world = World(locked_world())
    assert "iron key needed" in world.act("")
    assert "red cup" not in world.act("")
    assert world.act("go north").startswith("It is locked; the iron key would open it.")
    assert world.act("take red cup").startswith("That cannot be done.")
    told = [world.act(c) for c in ("open chest", "take iron key", "take red cup", "go north")]
    assert "chest (in it: nothing)" in told[2]
    assert told[3].startswith("You did it. You are in the attic.")
    assert world.act("put red cup on table").startswith("Done. Your commands: go north; take red")
    assert world.solved


def test_the_time_of_a_world_ends():
    world = World(locked_world())
    for _ in range(8):
        world.act("jump")
    assert world.act("jump") == "Your time is over."
    assert world.act("open chest") == "Your time is over."
    assert not world.holders["chest"]["open"]


def test_commands_may_be_numbered_and_count_only_up_to_the_limit(monkeypatch):
    problem = drawn(quest_tasks()[0], 1)[0]
    commands = problem.answer.split("; ")
    listed = "\n".join(f"{n}. {c.upper()}" for n, c in enumerate(commands, 1))
    assert judge(problem, listed) == 1.0
    idle = SIZES["quest_small"].steps - len(commands)
    assert judge(problem, "jump\n" * idle + listed) == 1.0
    assert judge(problem, "jump\n" * (idle + 1) + listed) == 0.0


def test_playing_leaves_the_items_world_as_it_was():
    problem = drawn(quest_tasks()[0], 1)[0]
    before = repr(problem.item.payload)
    judge(problem, problem.answer)
    all_tools(problem.item)["act"](problem.answer.split("; ")[0])
    assert repr(problem.item.payload) == before
