"""A scorer that the user wrote, run in the sandbox: the replies that it reads are hostile."""

from __future__ import annotations

import math
from functools import cached_property

from ....sandbox import CandidateFailure, Limits, Sandbox

FUNCTIONS = "discover.sandbox.harness:functions"
LIMITS = Limits(wall_s=30.0, cpu_s=2.0, memory_bytes=512 * 1024**2)
"""Of one reply; a pattern that takes longer on it does not match."""
REGEX = """
import re

def score(question, answer, reply):
    return float(re.fullmatch(answer, reply.strip()) is not None)
"""


class SandboxedScorer:
    """Calls `function(question, answer, reply)` of `source`, each time in a fresh child."""

    def __init__(self, source: str, function: str) -> None:
        self.source = source
        self.function = function

    @cached_property
    def _sandbox(self) -> Sandbox:
        return Sandbox(preload=[FUNCTIONS.partition(":")[0], "re"])

    def __call__(self, question: str, answer: str, reply: str) -> float:
        """The score; 0 where the function fails on this reply. Raises SandboxUnavailable."""
        score, _ = self._run(question, answer, reply)
        return score

    def problem(self, question: str, answer: str, reply: str) -> str:
        """What keeps the function from scoring `reply`, in one line; empty if nothing."""
        return self._run(question, answer, reply)[1]

    def _run(self, question: str, answer: str, reply: str) -> tuple[float, str]:
        session = self._sandbox.session(LIMITS)
        try:
            with session.open(FUNCTIONS, self.source) as worker:
                told = worker.call("call", function=self.function, args=[question, answer, reply])
        except CandidateFailure as failure:
            where = f"line {failure.line}: " if failure.line else ""
            return 0.0, f"{where}{failure.message}"
        score = told.get("value")
        if isinstance(score, bool | int | float) and math.isfinite(score) and 0 <= score <= 1:
            return float(score), ""
        return 0.0, f"{self.function}: expected a number from 0 to 1, got {str(score)[:60]!r}"
