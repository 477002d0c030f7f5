"""A whole search for workflows, without a model: from the user's questions to a claim."""

import json
from random import Random

import pytest

from discover.evaluators.workflow.items import Split
from discover.evaluators.workflow.tasks import user_tasks
from discover.memory import artifacts, claims, evaluations, open_memory
from discover.memory.evaluations import Purpose
from discover.search.lifecycle.replay import replay
from discover.search.lifecycle.start import resume_campaign, run_campaign
from discover.search.limits.budget import Budget
from discover.search.setup.authors import CannotSearch
from discover.search.setup.settings import Settings
from discover.space import Status


@pytest.fixture
def questions(tmp_path):
    """Sums, which the strongest reference answers, and lists, which other solvers would."""
    rng = Random(0)
    lines = [{"question": f"What is {n} * {n + 3}?", "answer": n * (n + 3)} for n in range(12)]
    for _ in range(48):
        words = rng.sample(["fig", "pear", "plum", "lime", "date", "kiwi", "apple"], 4)
        asked = f"Reverse the order of these words: {', '.join(words)}"
        lines.append({"question": asked, "answer": ", ".join(reversed(words))})
    rng.shuffle(lines)
    path = tmp_path / "mine.jsonl"
    unique = {line["question"]: line for line in lines}
    path.write_text("".join(json.dumps(line) + "\n" for line in unique.values()))
    return path


def test_a_search_over_the_users_questions_runs_to_its_end(tmp_path, questions):
    settings = Settings(
        "agent-workflow",
        Budget.parse("20evals"),
        seed=3,
        slots=1,
        value_model=False,
        tasks=str(questions),
    )
    with open_memory(tmp_path / "m.db") as memory:
        summary = run_campaign(settings, memory)
        campaign = summary.campaign_id
        stored = list(evaluations.of_campaign(memory, campaign))
        assert {s.run.purpose for s in stored} == {
            Purpose.SEARCH, Purpose.REFERENCE, Purpose.VERIFY,
        }  # fmt: skip
        assert {s.evaluation.status for s in stored} == {Status.OK}
        assert summary.best[0].score > max(r.score for r in summary.references)
        claim = claims.of_campaign(memory, campaign)[0]
        assert claim.holds and min(claim.seeds) >= 1000
        _no_test_question_is_told(memory, campaign, questions)
        again = replay(memory, campaign)
        assert again.decisions >= 5 and again.divergence is None
        text = questions.read_text()
        questions.write_text(text.replace('"answer": 40', '"answer": 41'))
        with pytest.raises(CannotSearch, match=r"is not what campaign .* was judged by"):
            resume_campaign(memory, campaign)


def _no_test_question_is_told(memory, campaign, questions):
    """Feedback comes from items to search with; what is stored of the test are bare scores."""
    source = user_tasks(questions)
    search, *others = (source.draw(split, 0, 99).items for split in Split)
    feedback = artifacts.notes(memory, campaign, "feedback")
    assert feedback
    words = "\n".join(feedback.values())
    assert any(item.question in words for item in search)
    assert not [item for items in others for item in items if item.question in words]
    paired = artifacts.notes(memory, campaign, "paired items")
    assert {item for text in paired.values() for item in json.loads(text)} == {
        item.id for item in others[-1]
    }
