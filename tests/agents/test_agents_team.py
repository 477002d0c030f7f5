"""The team on a toy domain, with a scripted model in every role."""

import json
import threading
from random import Random

import pytest

from discover.agents.author import Request
from discover.agents.draft import Way
from discover.agents.llm import MemoryJournal
from discover.agents.llm.recording import Recording
from discover.agents.team import Roster
from discover.agents.team_author import TEMPLATE_CHARS, TeamAuthor
from discover.memory import calls, campaigns, candidates, evaluations, insights, open_memory
from discover.memory.calls import Call, of_campaign
from discover.memory.campaigns import NewCampaign
from discover.space import Candidate, Evaluation, Level, Status

from . import toy
from .endpoint import Answer
from .strong import StrongModel, last_message, numbers_offered, program, role_of


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "memory.db") as opened:
        yield opened


@pytest.fixture
def campaign(memory):
    new = NewCampaign("sums", "sums", "value", "max", seed=1, budget="9evals")
    return campaigns.create(memory, new).id


@pytest.fixture
def team_of(serve, client_of, memory, campaign):
    """`team_of(model, roster=..., free=..., chars=...)`; its notices are in `author.notices`."""

    def make(
        model, *, roster=None, free=False, gate=toy.gate, limits=None, chars=24_000, **settings
    ):
        journal = MemoryJournal(memory, campaign)
        client = client_of(serve(model), journal=journal, limits=limits, **settings)
        notices = []
        author = TeamAuthor(
            client,
            memory,
            toy.Sums(free),
            gate,
            roster or Roster(),
            chars,
            notice=notices.append,
        )
        author.notices = notices
        return author

    return make


def stored(memory, campaign, candidate, decision=None, score=None):
    candidates.propose(memory, campaign, candidate, author="test", decision=decision)
    if score is not None:
        evaluation = Evaluation(
            candidate.id, "quick", 0, Status.OK, metrics={"value": score}, cpu_s=0.1
        )
        evaluations.finish(memory, campaign, evaluation)
    return candidate


def mutate(parent, level=Level.STRUCTURE, **changes):
    return Request("mutate", level, (parent,), **changes)


WRITE = Roster(way=Way.WRITE)


def test_a_strong_model_writes_a_program(team_of, memory, campaign):
    model = StrongModel()
    parent = stored(memory, campaign, toy.candidate(), score=3.0)
    (proposed,) = team_of(model, roster=WRITE).propose(mutate(parent, decision=5), Random(0))
    assert proposed.source == "def answer():\n    return 1001\n"
    assert proposed.parents == (parent.id,) and proposed.operator == "mutate"
    idea = proposed.idea.split("\n")
    assert idea[0].startswith("mechanism 1") and idea[0].endswith("[structure]")
    assert idea[1:] == ["Because: sums grow", "Expected: value rises by 1"]
    calls = of_campaign(memory, campaign)
    assert [(c.role, c.decision) for c in calls if c.role != "probe"] == [
        ("planner", 5),
        ("coder", 5),
        ("critic", 5),
    ]
    assert [c.request["prompt"].split("@")[0] for c in calls][-3:] == [
        "planner",
        "write",
        "critique",
    ]


def test_the_menu_is_chosen_from_by_number(team_of, memory, campaign):
    parent = stored(memory, campaign, toy.candidate())
    model = StrongModel(choose=json.dumps({"number": 3, "reason": "third"}))
    author = team_of(model, roster=Roster(way=Way.MENU, menu_size=6))
    (proposed,) = author.propose(mutate(parent, Level.NODE), Random(0))
    assert proposed.blueprint is not None
    assert proposed.source == toy.render(proposed.blueprint)
    asked = model.bodies["choose"][0]["messages"][-1]["content"]
    chosen = next(line[3:] for line in asked.split("\n") if line.startswith("3. "))
    assert proposed.idea.split("\n")[-1] == f"Chosen: {chosen}"
    assert "7. " not in asked and "6. " in asked


def test_a_menu_keeps_to_the_room_there_is(team_of):
    model = StrongModel()
    roster = Roster(way=Way.MENU, level_by_level=False)
    for chars, seed in ((24_000, 0), (30, 1)):
        author = team_of(model, roster=roster, chars=chars)
        author.propose(Request("sample", None, ()), Random(seed))
    whole, short = (len(numbers_offered(body)) for body in model.bodies["choose"])
    assert (whole, short) == (12, 2)


def test_a_patch_changes_the_parent(team_of, memory, campaign):
    patch = "<<<<<<< SEARCH\n    return 1 + 2\n=======\n    return 1 + 2 + 4\n>>>>>>> REPLACE"
    model = StrongModel(code=f"Sure:\n{patch}\n")
    parent = stored(memory, campaign, toy.candidate())
    author = team_of(model, roster=Roster(way=Way.PATCH))
    (proposed,) = author.propose(mutate(parent), Random(0))
    assert proposed.source == "def answer():\n    return 1 + 2 + 4\n"


def test_a_new_program_is_planned_level_by_level_each_step_upon_the_last(team_of):
    model = StrongModel()
    (proposed,) = team_of(model, roster=WRITE).propose(Request("sample", None, ()), Random(0))
    assert proposed.blueprint is None
    plans = [body["messages"][-1]["content"] for body in model.bodies["planner"]]
    assert len(plans) == 3
    assert "Decided so far" not in plans[0] and "mechanism 1" in plans[1]
    assert "mechanism 1" in plans[2] and "mechanism 2" in plans[2]
    assert [w in proposed.idea for w in ("[framework]", "[structure]", "[node]")] == [True] * 3


def test_a_new_design_is_chosen_level_by_level(team_of):
    model = StrongModel()
    author = team_of(model, roster=Roster(way=Way.MENU))
    (proposed,) = author.propose(Request("sample", None, ()), Random(0))
    assert model.asked["planner"] == 3 and proposed.blueprint is not None
    assert model.asked["choose"] == proposed.idea.count("Chosen:")


def test_two_parents_are_crossed(team_of, memory, campaign):
    a = stored(memory, campaign, toy.candidate(1, 2))
    b = stored(memory, campaign, toy.candidate(5, 7))
    author = team_of(StrongModel(), roster=Roster(way=Way.MENU))
    (proposed,) = author.propose(Request("recombine", None, (a, b)), Random(0))
    assert proposed.parents == (a.id, b.id)
    weights = {node["weight"] for _, node in proposed.blueprint.walk() if dict(node.params)}
    assert weights & {1, 2} and weights & {5, 7}


@pytest.mark.parametrize("concurrency", [1, 4])
def test_each_draft_changes_one_place_and_names_it_alone(team_of, memory, campaign, concurrency):
    places = [stored(memory, campaign, toy.candidate(a, 2)) for a in (1, 3, 5)]
    model = StrongModel()
    author = team_of(model, roster=Roster(way=Way.PATCH), concurrency=concurrency)
    request = Request("mutate", Level.NODE, tuple(places), count=25)
    proposed = author.propose(request, Random(0))
    order = [candidate.parents for candidate in proposed]
    assert order == [(places[i].id,) for i in (0, 1, 2, 0)]
    for role, title in (("planner", "## Parent "), ("code", "## Program ")):
        asked = [last_message(body) for body in model.bodies[role]]
        assert [text.count(title) for text in asked] == [1] * 4
        assert not any("Take from" in text for text in asked)


def test_each_draft_is_crossed_with_one_partner(team_of, memory, campaign):
    parents = [stored(memory, campaign, toy.candidate(a, a)) for a in (1, 3, 7)]
    author = team_of(StrongModel(), roster=Roster(way=Way.MENU))
    proposed = author.propose(Request("recombine", None, tuple(parents), count=2), Random(0))
    for candidate, other, weight in zip(proposed, parents[1:], (3, 7), strict=True):
        assert candidate.parents == (parents[0].id, other.id)
        weights = {node["weight"] for _, node in candidate.blueprint.walk() if dict(node.params)}
        assert weights == {1, weight}


def test_two_parents_that_nothing_new_comes_of_leave_edits_of_the_first(team_of, memory, campaign):
    a = stored(memory, campaign, toy.candidate(1, 1))
    b = stored(memory, campaign, toy.candidate(1, 1, name="the same again"))
    author = team_of(StrongModel(), roster=Roster(way=Way.MENU))
    (proposed,) = author.propose(Request("recombine", None, (a, b)), Random(0))
    assert proposed.id != a.id and proposed.blueprint is not None


# What a model gets wrong


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (program("1").replace("answer", "reply"), "no function called answer"),
        ("```python\nimport os\ndef answer():\n    return 9\n```", "expected no import"),
        ("```python\ndef answer():\n    return future[7]\n```", "step 3 depends on step 7"),
        ("```python\ndef answer(:\n    return 9\n```", "syntax error in line 1"),
        ("```python\n" + "x = (" * 300 + ")" * 300 + "\n```", "syntax error"),
        (program("1 + 2"), "the same as its parent"),
    ],
    ids=["wrong name", "import", "future", "syntax", "nesting", "unchanged"],
)
def test_the_debugger_repairs_what_a_gate_rejects(team_of, memory, campaign, bad, said):
    model = StrongModel(code=bad)
    parent = stored(memory, campaign, toy.candidate())
    (proposed,) = team_of(model, roster=WRITE).propose(mutate(parent), Random(0))
    assert proposed.source == "def answer():\n    return 2001\n"
    assert said in model.bodies["debug"][0]["messages"][-1]["content"]


def test_the_debugger_has_three_rounds_and_sees_the_line(team_of, memory, campaign):
    bad = "```python\nimport os\n```"
    model = StrongModel(code=bad, debug=bad)
    parent = stored(memory, campaign, toy.candidate())
    author = team_of(model, roster=WRITE)
    assert author.propose(mutate(parent), Random(0)) == ()
    assert model.asked["debug"] == 3
    assert ">    1 import os" in model.bodies["debug"][0]["messages"][-1]["content"]
    assert author.notices == [
        "a proposal was dropped: static: line 1 imports os, expected no import"
    ]


def test_a_menu_repair_chooses_something_else(team_of, memory, campaign):
    seen = []

    def gate(proposed):
        seen.append(proposed.id)
        return toy.verdict(proposed, "" if len(seen) > 2 else "odd: not yet")

    parent = stored(memory, campaign, toy.candidate())
    author = team_of(StrongModel(), roster=Roster(way=Way.MENU), gate=gate)
    (proposed,) = author.propose(mutate(parent, Level.NODE), Random(0))
    assert len(set(seen)) == 3 and seen[-1] == proposed.id


@pytest.mark.parametrize(
    "bad",
    [
        "no json at all",
        "{'idea': 'quotes'}",
        '{"idea": "x"}',
        '{"idea": "", "motivation": "", "expectation": "", "cites": []}',
        "I'm sorry, I can't help with that.",
    ],
)
def test_bad_json_is_repaired_once_with_its_error(team_of, memory, campaign, bad):
    good = StrongModel().planner({})
    model = StrongModel(planner=[bad, f"Of course!\n```json\n{good}\n```"])
    parent = stored(memory, campaign, toy.candidate())
    assert team_of(model, roster=WRITE).propose(mutate(parent), Random(0))
    repair = model.bodies["planner"][1]["messages"]
    assert repair[-2] == {"role": "assistant", "content": bad}
    assert "could not be used" in repair[-1]["content"]
    errors = [c.error for c in of_campaign(memory, campaign) if c.role == "planner"]
    assert errors[0].startswith("unreadable: ") and errors[1] == ""


@pytest.mark.parametrize("role", ["planner", "code", "critique"])
def test_a_reply_that_stays_bad_is_dropped_and_the_campaign_goes_on(
    team_of, memory, campaign, role
):
    model = StrongModel(**{role: "I'd rather not."})
    parent = stored(memory, campaign, toy.candidate())
    author = team_of(model, roster=WRITE)
    assert author.propose(mutate(parent), Random(0)) == ()
    assert model.asked[role] == 2
    assert author.notices[0].startswith("a proposal was dropped: ")
    model.said.clear()
    assert len(author.propose(mutate(parent), Random(1))) == 1


def test_prose_and_several_blocks_around_the_code_do_not_matter(team_of, memory, campaign):
    said = "First:\n```bash\npip install x\n```\n" + program("77") + "\n```\nshort\n```"
    parent = stored(memory, campaign, toy.candidate())
    author = team_of(StrongModel(code=said), roster=WRITE)
    (proposed,) = author.propose(mutate(parent), Random(0))
    assert proposed.source == "def answer():\n    return 77\n"


# The critic


def test_the_critic_asks_for_one_revision(team_of, memory, campaign):
    said = json.dumps({"verdict": "revise", "remarks": "it only pretends"})
    model = StrongModel(critique=said)
    parent = stored(memory, campaign, toy.candidate())
    (proposed,) = team_of(model, roster=WRITE).propose(mutate(parent), Random(0))
    assert "2001" in proposed.source and model.asked["critique"] == 1
    assert "it only pretends" in model.bodies["debug"][0]["messages"][-1]["content"]


def test_the_critic_drops_a_cheat(team_of, memory, campaign):
    model = StrongModel(critique=json.dumps({"verdict": "drop", "remarks": "reads the test"}))
    parent = stored(memory, campaign, toy.candidate())
    author = team_of(model, roster=WRITE)
    assert author.propose(mutate(parent), Random(0)) == ()
    assert author.notices == ["a proposal was dropped: dropped by the critic: reads the test"]


def test_the_critic_concludes_against_the_relatives(team_of, memory, campaign):
    model = StrongModel()
    author = team_of(model)
    grandparent = stored(memory, campaign, toy.candidate(1, 1), score=2.0)
    parent = stored(memory, campaign, toy.candidate(1, 2, parents=(grandparent.id,)), score=3.0)
    stored(memory, campaign, toy.candidate(1, 3, parents=(parent.id,)), score=4.0)
    child = toy.candidate(1, 5, parents=(parent.id,), idea="a larger weight\nExpected: 6")
    stored(memory, campaign, child, decision=8, score=6.0)
    evaluation = Evaluation(child.id, "quick", 0, Status.OK, metrics={"value": 6.0})
    insight = author.reflect(child, evaluation, Random(0), decision=8)
    (kept,) = insights.of_campaign(memory, campaign)
    assert kept.text == insight.text and kept.candidate == child.id and kept.kind == "lesson"
    assert "larger weights raise the sum" in kept.text and "scope: level" in kept.text
    shown = model.bodies["conclude"][0]["messages"][-1]["content"]
    for words in ("Parent", "Grandparent", "Sibling", "score 3", "score 2", "score 4",
                  "Expected: 6", "value 6", "+    return 1 + 5"):  # fmt: skip
        assert words in shown
    assert author.propose(mutate(child), Random(0))
    assert f"i{1}" in model.bodies["planner"][0]["messages"][-1]["content"]


def test_where_a_run_fell_short_reaches_planner_and_critic(team_of, memory, campaign):
    model = StrongModel()
    parent = stored(memory, campaign, toy.candidate())
    for tier, seed, told in (("quick", 0, "misses primes"), ("quick", 1, "misses dates"),
                             ("standard", 0, "without the sum: 0.1")):  # fmt: skip
        notes = {"feedback": told, "paired items": '{"x": 1}'}
        run = Evaluation(parent.id, tier, seed, Status.OK, metrics={"value": 1.0}, notes=notes)
        evaluations.finish(memory, campaign, run)
    author = team_of(model, roster=WRITE)
    author.propose(mutate(parent), Random(0))
    author.reflect(parent, run, Random(0))
    for kind in ("planner", "conclude"):
        asked = model.bodies[kind][0]["messages"][-1]["content"]
        assert "At quick: misses dates\nAt standard: without the sum: 0.1" in asked, kind
        assert "primes" not in asked and "paired" not in asked


def test_a_conclusion_keeps_to_the_room_there_is(team_of, memory, campaign):
    model = StrongModel()
    author = team_of(model, chars=900)
    remarks = "\n".join(f"# remark {n} " + "x" * 90 for n in range(200))
    source = remarks + "\ndef answer():\n    return {}\n"
    parent = stored(memory, campaign, Candidate.from_source(source.format(1)), score=1.0)
    changed = source.replace("# remark", "# other").format(2)
    child = Candidate.from_source(changed, parents=(parent.id,), idea="another remark")
    stored(memory, campaign, child, score=2.0)
    evaluation = Evaluation(child.id, "quick", 0, Status.OK, metrics={"value": 2.0})
    assert author.reflect(child, evaluation, Random(0))
    shown = model.bodies["conclude"][0]["messages"][-1]["content"]
    assert "another remark" in shown and "-# remark 1" in shown
    assert len(shown) < 900 + 2 * TEMPLATE_CHARS


def test_a_failed_run_becomes_a_warning(team_of, memory, campaign):
    author = team_of(StrongModel(conclude="nonsense"))
    child = stored(memory, campaign, toy.candidate(3, 5))
    failed = Evaluation(child.id, "quick", 0, Status.FAILED, "line 2: division by zero")
    evaluations.finish(memory, campaign, failed)
    assert author.reflect(child, failed, Random(0)) is None
    assert insights.of_campaign(memory, campaign) == []
    author = team_of(StrongModel())
    assert author.reflect(child, failed, Random(0)).kind == "warning"
    model = StrongModel()
    team_of(model).propose(mutate(child), Random(0))
    shown = model.bodies["planner"][0]["messages"][-1]["content"]
    assert "Warnings: what failed" in shown and "division by zero" in shown


# Novelty


def test_a_repeated_idea_goes_back_with_what_came_of_it(team_of, memory, campaign):
    tried = toy.candidate(3, 7, idea="double the weight of the second term [node]")
    stored(memory, campaign, tried, score=10.0)
    plans = [{"idea": "double the second term's weight", "motivation": "m", "expectation": "e",
              "cites": []}, {"idea": "something else", "motivation": "", "expectation": "",
              "cites": []}]  # fmt: skip
    model = StrongModel(
        planner=[json.dumps(p) for p in plans],
        novelty=json.dumps({"repeats": tried.id, "reason": "the same"}),
    )
    (proposed,) = team_of(model, roster=WRITE).propose(mutate(tried), Random(0))
    assert proposed.idea.startswith("something else")
    again = model.bodies["planner"][1]["messages"][-1]["content"]
    assert "Tried already" in again and "score 10" in again
    assert model.asked["novelty"] == 1  # the second idea is far from all


def test_an_idea_that_goes_on_repeating_is_coded_in_the_end(team_of, memory, campaign):
    tried = stored(memory, campaign, toy.candidate(3, 7, idea="mechanism one"))
    plan = {"idea": "mechanism one", "motivation": "", "expectation": "", "cites": []}
    model = StrongModel(planner=json.dumps(plan))
    assert team_of(model, roster=WRITE).propose(mutate(tried), Random(0))
    assert model.asked["planner"] == 3 and model.asked["novelty"] == 0


def test_a_program_that_was_tried_is_not_proposed_again(team_of, memory, campaign):
    parent = stored(memory, campaign, toy.candidate())
    model = StrongModel(code=program("1  +  5  # other layout"))
    stored(memory, campaign, toy.candidate(1, 5), score=6.0)
    (proposed,) = team_of(model, roster=WRITE).propose(mutate(parent), Random(0))
    assert "2001" in proposed.source
    shown = model.bodies["debug"][0]["messages"][-1]["content"]
    assert "this very program was tried before" in shown and "score 6" in shown


# Ablation, budgets, absence


@pytest.mark.parametrize(
    ("off", "role"),
    [("planner", "planner"), ("critic_before", "critique"), ("novelty", "novelty")],
)
def test_each_agent_can_be_switched_off(team_of, memory, campaign, off, role):
    model = StrongModel()
    parent = stored(memory, campaign, toy.candidate(idea="mechanism 1: bbbbbbbbb more"))
    roster = Roster(way=Way.WRITE, **{off: False})
    author = team_of(model, roster=roster)
    assert author.propose(mutate(parent), Random(0)) and model.asked[role] == 0
    assert f"{role}(" not in author.diagram()
    team_of(model, roster=WRITE).propose(mutate(parent), Random(1))
    assert model.asked[role] > 0 or role == "novelty"


def test_the_critic_after_and_retrieval_can_be_switched_off(team_of, memory, campaign):
    model = StrongModel()
    author = team_of(model, roster=Roster(critic_after=False, retrieval=False))
    child = stored(memory, campaign, toy.candidate(3, 5), score=8.0)
    insights.add(memory, insights.Insight(campaign, "structure matters"))
    evaluation = Evaluation(child.id, "quick", 0, Status.OK, metrics={"value": 8.0})
    assert author.reflect(child, evaluation, Random(0)) is None
    assert author.propose(mutate(child), Random(0)) and model.asked["conclude"] == 0
    assert "structure matters" not in model.bodies["planner"][0]["messages"][-1]["content"]


def test_without_a_reachable_model_the_grammar_carries_on(team_of, memory, campaign):
    parent = stored(memory, campaign, toy.candidate())
    away = StrongModel(planner=_away(), probe=_away())
    author = team_of(away, attempts=1)
    first, second = (author.propose(mutate(parent, count=2), Random(s)) for s in (0, 1))
    assert len(first) == len(second) == 2
    assert all(c.idea.startswith("by the grammar, in place of the models") for c in first)
    assert len(author.notices) == 1 and "no model can be reached" in author.notices[0]
    assert (
        sum(away.asked.values()) == 2
    )  # one retry of the probe; the second decision did not wait for it again


def test_models_that_never_deliver_get_a_rest(team_of, memory, campaign):
    parent = stored(memory, campaign, toy.candidate())
    model = StrongModel(planner="no")
    author = team_of(model)
    proposed = [bool(author.propose(mutate(parent), Random(s))) for s in range(4)]
    assert proposed == [False, False, True, True]
    assert model.asked["planner"] == 6


def test_a_used_up_budget_ends_the_calls_and_not_the_campaign(team_of, memory, campaign):
    parent = stored(memory, campaign, toy.candidate())
    model = StrongModel()
    usage = {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000}
    author = team_of(
        lambda body: Answer(model(body), usage=usage),
        roster=WRITE,
        limits={"tokens": 9000},
        max_tokens=500,
    )
    asked = []
    for s in range(6):
        assert author.propose(mutate(parent), Random(s))
        asked.append(sum(model.asked.values()))
    assert asked[0] < asked[2] == asked[-1]
    spent = memory.row("SELECT sum(amount) AS s FROM ledger WHERE unit = 'tokens'")["s"]
    assert 0 < spent <= 9000
    assert sum("budget is used up" in n for n in author.notices) == 1


def test_a_domain_without_a_space_gets_nothing_in_place(team_of):
    author = team_of(StrongModel(planner=_away(), probe=_away()), free=True, attempts=1)
    assert author.propose(Request("sample", None, ()), Random(0)) == ()


def _away():
    return Answer(status=503, raw=b'{"error": {"message": "overloaded"}}')


def test_of_a_roles_models_the_one_that_gains_is_asked(team_of, memory, campaign):
    parent = stored(memory, campaign, toy.candidate(), score=3.0)
    for decision in range(40):
        good = decision % 2 == 0
        reply = {"text": "x", "usd": 0.0, "prompt_tokens": 9, "completion_tokens": 1}
        request = {"n": decision, "prompt": "write@1"}
        model = "openai/good" if good else "openai/bad"
        calls.record(memory, Call(campaign, "coder", model, request, reply, decision=decision))
        child = toy.candidate(decision + 10, 1, parents=(parent.id,))
        stored(memory, campaign, child, decision=decision, score=9.0 if good else 1.0)
    model = StrongModel()
    author = team_of(model, roster=WRITE, coder_model="good, bad", planner_model="planner")
    for decision in range(50, 58):
        author.propose(mutate(parent, decision=decision), Random(decision))
    asked = [body["model"] for body in model.bodies["code"]]
    assert asked.count("good") >= 7
    assert {body["model"] for body in model.bodies["planner"]} == {"planner"}


# Replay, determinism


def test_the_same_seed_asks_the_same_and_another_seed_something_else(team_of, memory, campaign):
    parent = stored(memory, campaign, toy.candidate())
    for n in range(8):
        insights.add(memory, insights.Insight(campaign, f"structure matters, case {n}"))
    model = StrongModel()
    author = team_of(model, roster=WRITE)
    first = author.propose(mutate(parent), Random(3))
    asked = sum(model.asked.values())
    assert author.propose(mutate(parent), Random(3)) == first
    assert sum(model.asked.values()) == asked  # all of it came from the cache
    author.propose(mutate(parent), Random(4))
    before, after = (b["messages"][-1]["content"] for b in model.bodies["planner"])
    assert before != after


def test_a_recorded_campaign_replays_without_a_model(team_of, client_of, serve, memory, tmp_path):
    model = StrongModel(planner=["not json", None], code=["nothing", None, program("1 + 2")])

    def run(memory, client):
        author = TeamAuthor(client, memory, toy.Sums(), toy.gate)
        parent, proposed = None, []
        for seed in range(6):
            parent = parent or stored(memory, client.journal.campaign, toy.candidate(), score=3.0)
            for child in author.propose(mutate(parent, count=2, decision=seed), Random(seed)):
                proposed.append(child)
                stored(memory, client.journal.campaign, child, decision=seed, score=4.0 + seed)
                evaluation = Evaluation(child.id, "quick", 0, Status.OK, metrics={"value": 4.0})
                author.reflect(child, evaluation, Random(seed), decision=seed)
                parent = child
        return proposed

    def begun(memory):
        return campaigns.create(memory, NewCampaign("sums", "sums", "value", "max", 1, "9evals")).id

    endpoint = serve(model)
    old = MemoryJournal(memory, begun(memory))
    first = run(memory, client_of(endpoint, journal=old))
    sent = len(endpoint.requests)
    with open_memory(tmp_path / "again.db") as again:
        new = MemoryJournal(again, begun(again))
        recording = Recording.of(of_campaign(memory, old.campaign))
        second = run(again, client_of(endpoint, journal=new, recording=recording))
        spent = new.spent()
    assert second == first and len(first) > 3
    assert len(endpoint.requests) == sent
    assert not spent.get("tokens")


# Several at a time


def test_siblings_are_made_side_by_side_and_come_out_the_same(team_of, memory, campaign):
    parent = stored(memory, campaign, toy.candidate(), score=3.0)
    meet = threading.Barrier(3, timeout=20)

    def patient(body):
        if role_of(body) == "planner":
            meet.wait()  # broken unless three ask at once
        return model(body)

    def coded(body):
        return program(str(10_000 + body["seed"]))

    def planned(body):
        idea = f"mechanism {body['seed']}"
        return json.dumps({"idea": idea, "motivation": "", "expectation": "", "cites": []})

    model = StrongModel(code=coded, planner=planned)
    request = mutate(parent, count=3, decision=2)
    together = team_of(patient, roster=WRITE, concurrency=3).propose(request, Random(0))
    assert len(together) == 3
    calls = of_campaign(memory, campaign)
    assert sum(c.role == "coder" for c in calls) == 3
    assert not memory.connection.in_transaction
    # Another endpoint, so that nothing comes from the cache.
    alone = team_of(StrongModel(code=coded, planner=planned), roster=WRITE, concurrency=1)
    assert alone.propose(request, Random(0)) == together
    assert {c.role for c in of_campaign(memory, campaign)} >= {"planner", "coder", "critic"}


def test_side_by_side_no_budget_is_passed(team_of, memory, campaign):
    parent = stored(memory, campaign, toy.candidate())
    model = StrongModel()
    usage = {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000}
    author = team_of(
        lambda body: Answer(model(body), usage=usage),
        roster=WRITE,
        limits={"tokens": 9000},
        max_tokens=500,
        concurrency=4,
    )
    assert author.propose(mutate(parent, count=6), Random(0))
    assert author.propose(mutate(parent, count=2), Random(1))
    spent = memory.row("SELECT sum(amount) AS s FROM ledger WHERE unit = 'tokens'")["s"]
    assert 0 < spent <= 9000
    assert sum("budget is used up" in n for n in author.notices) == 1
