"""What ships of the references' scores, and for whom it stands."""

from dataclasses import dataclass

import pytest

from discover.evaluators.workflow.calibration import Calibration, load, save
from discover.evaluators.workflow.domain import AgentWorkflow

FIGURES = {"accuracy": 0.25}
SHIPPED = Calibration("2, m, t", {}, {"a": {"candidate": "1f", "metrics": FIGURES}})


@dataclass(frozen=True)
class Named:
    """A task model that is only named."""

    name: str


def test_figures_stand_for_one_protocol_and_one_program():
    assert SHIPPED.metrics("2, m, t", {"a": "1f", "b": "2e"}) == {"a": FIGURES}
    assert SHIPPED.metrics("2, other, t", {"a": "1f"}) == {}
    assert SHIPPED.metrics("2, m, t", {"a": "its program changed"}) == {}


def test_what_is_saved_is_read_again(tmp_path):
    file = tmp_path / "calibration.json"
    assert load(file) == Calibration()
    load.cache_clear()
    save(SHIPPED, file)
    assert load(file) == SHIPPED


@pytest.mark.parametrize(
    ("model", "tier", "ships"),
    [
        ("local/tiny", "standard", True),
        ("local/tiny", "quick", False),
        ("local/small", "standard", False),
    ],
)
def test_the_references_ship_inside_the_smallest_local_model(model, tier, ships):
    domain = AgentWorkflow(model=Named(model))
    asking = domain.references.keys() - AgentWorkflow().references.keys()
    found = domain.reference_metrics(tier)
    assert found.keys() == (asking if ships else set())
    for by_seed in found.values():
        figures = by_seed[0]
        assert figures["items"] >= 8
        assert figures["accuracy_low"] <= figures["accuracy"] <= figures["accuracy_high"] < 0.4


def test_nothing_ships_without_a_model():
    assert AgentWorkflow().reference_metrics("standard") == {}
