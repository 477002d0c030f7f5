"""A tier that declares a metric sends on by that, and not by the score."""

from pathlib import Path

import pytest

from discover.agents.grammar_author import GrammarAuthor
from discover.evaluators.domain import Objective, Tier
from discover.evaluators.registry import load_domain
from discover.memory import evaluations, events, open_memory
from discover.memory.evaluations import Purpose
from discover.sandbox import Limits
from discover.search.campaign.expectations import DECIDED
from discover.search.campaign.learner import Learner
from discover.search.lifecycle.replay import replay
from discover.search.lifecycle.start import resume_campaign, run_campaign
from discover.search.limits.budget import Budget
from discover.search.limits.stop import INTERRUPTED
from discover.search.setup.settings import Settings
from discover.search.strategies import make_strategy
from discover.search.tiers.curves import stopper_for
from discover.search.tiers.scoreboard import Scoreboard
from discover.space import Candidate, Evaluation, Status

DOMAINS = Path(__file__).parents[1] / "domains"
LOSS = Objective("loss", "min")
LOSSY = """
class Lossy(Toy):
    tiers = (
        Toy.tiers[0],
        Tier("quick", Limits(wall_s=5, cpu_s=5), 0.01, decides=Objective("loss", "min")),
        Toy.tiers[2],
    )

    def noise(self, tier):
        return 0.1

    def run(self, candidate, tier, seed, session):
        metrics = {**super().run(candidate, tier, seed, session).metrics}
        x, y = value(candidate.source, "X"), value(candidate.source, "Y")
        if tier.name == "quick":
            metrics["loss"] = float((x - 16) ** 2 + (y - 15) ** 2)
        return Measurement(metrics)

domain = Lossy
"""


@pytest.fixture
def lossy(tmp_path):
    """The toy domain, at whose quick tier points near (16, 15) have low losses; (7, 3) scores."""
    return written(tmp_path, LOSSY)


def written(folder, words):
    file = folder / "lossy.py"
    file.write_text((DOMAINS / "toy.py").read_text().replace("domain = Toy", words))
    return str(file)


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "lossy.db") as opened:
        yield opened


def settings(file):
    return Settings(file, Budget.parse("90evals"), slots=1, value_model=False)


def taught(runs, **decides):
    """A learner that knows these metrics of candidates 0, 1, 2, ... at its first of two rungs."""
    domain = load_domain(str(DOMAINS / "toy.py"))
    rungs = (Tier("quick", Limits(), 0.01, **decides), Tier("standard", Limits(), 0.1))
    strategy, author = make_strategy("random"), GrammarAuthor(domain.space)
    learner = Learner(domain.objectives[0], rungs, strategy, author, 0, rungs, noise={"quick": 0.1})
    for x, metrics in enumerate(runs):
        candidate = Candidate.from_source(f"X = {x}\n")
        learner.know(candidate)
        learner.learn(candidate.id, Evaluation(candidate.id, "quick", 0, Status.OK, "", metrics))
    return learner


def sent_on(learner):
    """The numbers of those that go on, in their order."""
    promotions = iter(learner.promote, None)
    return [int(learner.pool[id_].source.removeprefix("X = ")) for id_, _ in promotions]


def test_the_declared_metric_decides_and_the_noise_of_the_score_is_not_taken_for_its():
    runs = [{"nearness": float(x), "loss": float(x)} for x in range(8)]
    assert sent_on(taught(runs)) == [7], "the second best is surely worse by its score"
    assert sent_on(taught(runs, decides=Objective("nearness"))) == [7], "that is the score too"
    assert sent_on(taught(runs, decides=LOSS)) == [0, 1]
    assert sent_on(taught(runs, decides=Objective("loss", "max"))) == [7, 6]


def test_a_stored_run_without_the_metric_stays_where_it_is():
    runs = [{"nearness": float(x)} | ({"loss": 1.0} if x == 3 else {}) for x in range(8)]
    assert sent_on(taught(runs, decides=LOSS)) == [3]


def promotions(memory, id_):
    """Of each promotion: who went on, and the losses and scores of all that might have then."""
    runs = list(evaluations.of_campaign(memory, id_))
    gone, found = set(), []
    for event in events.read(memory, id_, kind=DECIDED):
        if event.data["tier"] == "standard":
            known = {
                s.run.candidate: s.evaluation.metrics
                for s in runs
                if s.id <= event.data["after"] and s.run.tier == "quick"
                if s.run.purpose is Purpose.SEARCH and s.evaluation.status is Status.OK
                if s.run.candidate not in gone
            }
            gone.add(event.data["candidate"])
            found.append((event.data["candidate"], known))
    return found


def test_a_campaign_sends_on_by_the_metric_and_is_resumed_and_replayed_so(lossy, memory, tmp_path):
    whole = run_campaign(settings(lossy), memory).campaign_id
    promoted = promotions(memory, whole)
    assert len(promoted) > 5
    for candidate, known in promoted:
        assert known[candidate]["loss"] == min(metrics["loss"] for metrics in known.values())
    by_score = [max(known, key=lambda c: known[c]["nearness"]) for _, known in promoted]
    assert sum(best != each for best, (each, _) in zip(by_score, promoted, strict=True)) > 3
    again = replay(memory, whole, runs=True)
    assert again.divergence is None and again.runs > 60
    with open_memory(tmp_path / "cut.db") as other:
        stop = [lambda progress: INTERRUPTED if progress.evaluations >= 40 else None]
        cut = run_campaign(settings(lossy), other, stops=stop).campaign_id
        resume_campaign(other)
        resumed = promotions(other, cut)
        assert [candidate for candidate, _ in resumed] == [candidate for candidate, _ in promoted]
        assert replay(other, cut).divergence is None


def test_a_run_that_gives_another_value_of_the_metric_is_a_divergence(lossy, memory):
    whole = run_campaign(settings(lossy), memory).campaign_id
    runs = [s for s in evaluations.of_campaign(memory, whole) if s.run.tier == "quick"]
    worst = max(runs, key=lambda s: s.evaluation.metrics.get("loss", 0.0))
    loss = worst.evaluation.metrics["loss"]
    with memory.transaction() as connection:  # it stays the worst: every decision is as it was
        change = "UPDATE metrics SET value = value + 1 WHERE evaluation = ? AND name = 'loss'"
        assert connection.execute(change, (worst.id,)).rowcount == 1
    divergence = replay(memory, whole, runs=True).divergence
    assert f"loss={loss + 1}" in divergence.recorded and f"loss={loss}" in divergence.replayed


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            'tier.name == "quick"',
            'tier.name == "quick" and x % 2 == 0',
            "the domain's own code: expected the metric 'loss', by which quick decides; "
            "got nearness",
        ),
        ("** 2)\n", '** 2) if x % 2 == 0 else float("nan")\n', "metric loss is nan"),
    ],
)
def test_a_run_without_the_metric_fails_with_one_line_and_the_search_goes_on(
    old, new, reason, memory, tmp_path
):
    assert LOSSY.count(old) == 1
    summary = run_campaign(settings(written(tmp_path, LOSSY.replace(old, new))), memory)
    runs = [
        s for s in evaluations.of_campaign(memory, summary.campaign_id) if s.run.tier == "quick"
    ]
    failed = [s for s in runs if s.evaluation.status is not Status.OK]
    assert len(failed) > 3 and {s.evaluation.reason for s in failed} >= {reason}
    assert reason in [each.reason for each in summary.failed]
    went_on = {candidate for candidate, _ in promotions(memory, summary.campaign_id)}
    assert went_on and went_on.isdisjoint(s.run.candidate for s in failed)


@pytest.mark.parametrize(("decides", "stops"), [(None, True), (LOSS, False)])
def test_no_run_is_stopped_by_its_score_where_another_metric_decides(decides, stops):
    domain = type(load_domain(str(DOMAINS / "curved.py")))()
    domain.tiers = (Tier("quick", Limits(), 0.03, decides=decides), Tier("standard", Limits(), 1))
    board = Scoreboard(domain.objectives[0], domain.tiers)
    for tier in ("quick", "standard"):
        board.add("a", tier, 0, 1.0)
    assert (stopper_for(domain, board, "quick") is not None) is stops
    assert stopper_for(domain, board, "standard") is not None
