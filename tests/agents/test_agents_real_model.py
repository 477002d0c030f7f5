"""A real language model in the loop: SmolLM2-135M, in this process."""

from pathlib import Path

import psutil
import pytest

from discover.agents.llm import ConfigurationError
from discover.agents.llm.local import weights
from discover.agents.team_author import NO_MODEL
from discover.memory import campaigns, candidates, evaluations, insights, open_memory
from discover.memory.calls import of_campaign
from discover.search.lifecycle.start import run_campaign
from discover.search.limits.budget import Budget
from discover.search.limits.stop import INTERRUPTED
from discover.search.setup.settings import Settings
from discover.space import GATE

DOMAIN = str(Path(__file__).with_name("short_attention.py"))
LEAST = 10
SHORT = {"context_tokens": 1000, "max_tokens": 420, "without": ["level_by_level", "novelty"]}
"""What it reads and writes costs seconds; its ideas are not what is tested here."""


def evaluated_of_model(memory, campaign):
    """What the model proposed, the grammar's stand-ins left out, and what then ran."""
    ended = {
        stored.run.candidate
        for stored in evaluations.of_campaign(memory, campaign)
        if stored.run.tier != GATE
    }
    return [
        proposal
        for proposal in candidates.proposals(memory, campaign)
        if proposal.candidate.id in ended
        and proposal.author == "team"
        and not proposal.candidate.idea.startswith(NO_MODEL)
    ]


@pytest.mark.slow
def test_a_local_model_takes_a_campaign_through_ten_candidates(tmp_path):
    try:
        weights("local/tiny")
    except ConfigurationError as missing:
        pytest.skip(str(missing))
    # Another processor rounds otherwise, and the model then says something else: how many
    # replies are of no use differs, so the search goes on until it has what it needs.
    settings = Settings(
        DOMAIN,
        Budget.parse(f"{8 * LEAST}evals"),
        verify_share=0.0,
        slots=1,
        models={"model": "local", **SHORT},
    )
    with open_memory(tmp_path / "memory.db") as memory:

        def enough(progress):
            (campaign,) = campaigns.all_campaigns(memory)
            done = len(evaluated_of_model(memory, campaign.id)) >= LEAST
            return INTERRUPTED if done else None  # there is nothing to verify

        campaign = run_campaign(settings, memory, stops=[enough]).campaign_id
        by_model = evaluated_of_model(memory, campaign)
        calls = of_campaign(memory, campaign)
        concluded = insights.of_campaign(memory, campaign)
    assert len(by_model) >= LEAST
    for proposal in by_model:
        of_decision = [c for c in calls if c.decision == proposal.decision and not c.error]
        assert {"planner", "coder", "critic"} <= {c.role for c in of_decision}
        assert proposal.candidate.idea
    assert {c.model for c in calls} == {"local/tiny"}
    judged = {insight.candidate for insight in concluded}
    assert len(judged & {proposal.candidate.id for proposal in by_model}) > 0
    assert sum(c.usd for c in calls) == 0
    connections = psutil.Process().net_connections("inet")
    assert not [c for c in connections if c.status == psutil.CONN_LISTEN]  # and no port is open
