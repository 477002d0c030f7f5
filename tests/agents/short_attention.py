"""Linear attention with trainings of a few steps: for tests of the loop, not of designs."""

from discover.evaluators.linear_attention import tiers
from discover.evaluators.linear_attention.calibration import Calibration
from discover.evaluators.linear_attention.domain import BRIEF, LinearAttention
from discover.evaluators.linear_attention.tiers import Exam

tiers.EXAMS["quick"] = tuple(Exam(exam.task, 4) for exam in tiers.EXAMS["quick"])
FLOORS = {
    name: {"0": {"metrics": {f"{e.name}_loss": loss for e in tiers.EXAMS["quick"]}}}
    for name, loss in (("identity", 6.0), ("best", 1.0))
}


class ShortAttention(LinearAttention):
    name = "short-attention"
    brief = BRIEF.read_text().partition("\n```")[0]  # a small model reads slowly
    tiers = tuple(tier for tier in LinearAttention.tiers if tier.name == "quick")

    def __init__(self):
        super().__init__(Calibration({"quick": FLOORS}))

    @property
    def references(self):
        return {name: super(ShortAttention, self).references[name] for name in ("gla", "retnet")}

    def reference_metrics(self, tier):
        return {}

    def noise(self, tier):
        return 0.0  # its calibration holds no runs


domain = ShortAttention
