"""A table's spec file is a domain: campaigns search it like any other."""

import pytest

from discover.evaluators import definition
from discover.evaluators.domain import DomainError
from discover.evaluators.registry import definition_of, load_domain
from discover.memory import open_memory
from discover.search.lifecycle.replay import replay
from discover.search.lifecycle.start import run_campaign
from discover.search.limits.budget import Budget
from discover.search.setup.settings import Settings

from .conftest import SPEC


def rows(last="9"):
    codes = [f"{a}{b}{c}{d}" for a in "012" for b in "012" for c in "012" for d in "012"]
    figures = [f"{code},{code.count('1')},0,{code.count('2')}" for code in codes[:-1]]
    return "\n".join(["ops,val,test,size", *figures, f"{codes[-1]},{last},0,0", ""])


@pytest.mark.parametrize("strategy", ["tree", "evolution"])
def test_a_campaign_searches_a_spec(write, tmp_path, strategy):
    spec = str(write(SPEC, rows()))
    with open_memory(tmp_path / "campaign.db") as memory:
        settings = Settings(spec, Budget.parse("24evals"), slots=1, strategy=strategy)
        summary = run_campaign(settings, memory)
        assert summary.domain == "toy" and summary.best[0].score >= 2
        assert (summary.objective, summary.direction) == ("val", "max")
        assert summary.coverage is not None and summary.trade_off is not None
        assert replay(memory, summary.campaign_id).divergence is None


def test_another_row_is_another_definition(write):
    spec = str(write(SPEC, rows()))
    before = definition_of(spec)
    assert before.startswith("table ") and before == definition_of(spec)
    assert definition.of_file(write(SPEC, rows("8"))) != before
    assert definition.of_file(write(SPEC, rows())) == before


def test_what_does_not_fit_is_one_line(write, tmp_path):
    with pytest.raises(DomainError, match=r"toy.csv row 82, column 'val': expected a finite"):
        load_domain(str(write(SPEC, rows("nan"))))
    missing = tmp_path / "elsewhere.yaml"
    with pytest.raises(DomainError, match=r"elsewhere.yaml"):
        load_domain(str(missing))
    missing.write_text(SPEC.replace("toy.csv", "gone.csv"))
    with pytest.raises(DomainError, match=r"table 'gone.csv' is not in"):
        load_domain(str(missing))
