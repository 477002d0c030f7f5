"""The tiers: which tasks a mixer is trained on, for how long, and at which rates.

The rungs of the search are the tiers themselves. Ranks at a tenth of quick's steps mean
little (Kendall's tau of the composite with its end: .11), at half .49, so smoke only
rejects and nothing below quick orders candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...sandbox import Limits
from ..domain import Tier
from . import tasks
from .tasks import Task

PROTOCOL = 1
"""Raise it with any change of the model, the training or a tier: figures of another
protocol are not comparable, and calibration.json has to be measured again."""

LR = 3e-3
SECOND_LR = 1e-2


@dataclass(frozen=True)
class Exam:
    """A task with its training: `seeds` runs at each of `rates`.

    The result is the median over seeds at the rate where that is best.
    """

    task: Task
    steps: int
    rates: tuple[float, ...] = (LR,)
    seeds: int = 1

    @property
    def name(self) -> str:
        return self.task.name


ICR = tasks.recall("icr", 16, 64, 16)
ICR_32 = tasks.recall("icr32", 32, 128, 8)
MINI_ICR = tasks.recall("icr", 8, 32, 16)
MARKOV = tasks.markov("markov", 8, 80, 16)
LM = tasks.byte_text("lm", 128, 8)
PARITY = tasks.parity("parity", 20, 32)
WORDS = tasks.word_problem("s3", 16, 32)
COPY = tasks.selective_copy("copy", 8, 32, 32)

BOTH = (LR, SECOND_LR)

EXAMS: dict[str, Sequence[Exam]] = {
    "smoke": (Exam(MINI_ICR, 120), Exam(PARITY, 60), Exam(LM, 75)),
    "quick": (Exam(ICR, 240), Exam(MARKOV, 260), Exam(LM, 300), Exam(PARITY, 100)),
    "standard": (
        Exam(ICR, 800, BOTH),
        Exam(ICR_32, 600, BOTH),
        Exam(MARKOV, 260, BOTH, seeds=2),
        Exam(LM, 300, BOTH, seeds=2),
        Exam(COPY, 300, BOTH),
        Exam(PARITY, 100, BOTH),
        Exam(WORDS, 800, BOTH),
    ),
}

TIERS = (
    Tier("smoke", Limits(wall_s=120, cpu_s=60), expected_s=10, ranks=False),
    Tier("quick", Limits(wall_s=300, cpu_s=150), expected_s=40),
    Tier("standard", Limits(wall_s=2400, cpu_s=1200), expected_s=300),
)
