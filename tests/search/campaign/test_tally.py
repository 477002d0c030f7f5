"""What ended, how, and whether it leads."""

from discover.memory.evaluations import Purpose, Run
from discover.search.campaign.tally import Tally
from discover.space import Evaluation, Status


def ended(tally, tier, status=Status.OK, purpose=Purpose.SEARCH):
    tally.count(Run("c", "x", tier, 0, purpose), Evaluation("x", tier, 0, status))


def test_runs_are_counted_by_what_they_were_for_and_how_they_ended():
    tally = Tally(1)
    ended(tally, "gate")
    ended(tally, "gate", Status.REJECTED)
    ended(tally, "quick", Status.FAILED)
    ended(tally, "quick")
    ended(tally, "quick", purpose=Purpose.VERIFY)
    assert tally.evaluations == 3, "gate runs are none"
    assert tally.searched == {"gate": 2, "quick": 2}
    ended(tally, "gate", purpose=Purpose.VERIFY)
    assert tally.apart == {"verify": 1}
    assert sum(tally.apart.values()) + tally.searched["quick"] == tally.evaluations
    assert tally.scoreless == {"rejected": 1, "failed": 1}


def test_a_score_leads_where_it_is_better_and_not_where_it_ties():
    low = Tally(sign=-1)
    assert [low.leads(score) for score in (3.0, 3.0, 4.0, 2.0)] == [True, False, False, True]
    assert (low.best, low.since_best) == (2.0, 0)
    assert Tally(1).leads(-5.0), "the first one leads"
