"""The example of a user's own domain: scored by the parent, whatever the program claims."""

from pathlib import Path
from random import Random

import pytest

from discover.evaluators import check, evaluate, load_domain
from discover.space import Candidate, Level, Status

EXAMPLE = Path(__file__).parents[2] / "examples" / "circle_packing.py"


@pytest.fixture(scope="module")
def packing():
    return load_domain(str(EXAMPLE))


def run(packing, source, session):
    return evaluate(packing, Candidate.from_source(source), "quick", 0, session)


def test_example_fits_in_about_forty_lines():
    assert sum(1 for line in EXAMPLE.read_text().splitlines() if line.strip()) <= 48


def test_reference_scores_the_sum_of_its_radii(packing, session):
    found = run(packing, packing.references["grid"].source, session)
    assert found.status is Status.OK, found.reason
    namespace = {}
    exec(packing.references["grid"].source, namespace)
    radii = [radius for _, _, radius in namespace["pack"](26)]
    assert found.metrics["score"] == pytest.approx(sum(radii)) and 2.1 < sum(radii) < 2.2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return [(0.5, 0.5, 0.1)] * n", "two circles overlap by 0.2"),
        ("return [(i / n, 0.0, 0.01) for i in range(n)]", "a circle leaves the square by 0.01"),
        ("return [(0.5, 0.5, float('nan'))] * n", "a circle is not finite"),
        ("return [(0.5, 0.5, -1.0)] * n", "a radius is negative"),
        ("return [(0.5, 0.5, 0.0)]", "value: expected"),
        ("return 1 / 0", "ZeroDivisionError"),
    ],
)
def test_bad_packing_has_no_score(body, reason, packing, session):
    found = run(packing, f"def pack(n):\n    {body}\n", session)
    assert found.status is Status.FAILED
    assert reason in found.reason
    assert not found.metrics


def test_space_proposes_programs_that_pass_the_gate(packing, session):
    start = packing.references["grid"].blueprint
    edits = [edit for level in Level for edit in packing.space.edits(start, level, Random(0))]
    assert edits
    for edit in edits[:5]:
        source = packing.space.render(packing.space.apply(start, edit))
        assert check(packing, Candidate.from_source(source), session).status is Status.OK
