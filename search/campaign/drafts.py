"""The gates for drafts: run at once, while their author waits, in a session of their own."""

from __future__ import annotations

from dataclasses import dataclass

from ...evaluators.jobs import job
from ...sandbox import LocalExecutor, SandboxUnavailable
from ...space import GATE, Candidate, Evaluation
from .runner import judged


@dataclass(frozen=True)
class DraftGate:
    """Checks drafts of the domain at `spec` in the sandbox of `executor`, beside its slots."""

    spec: str
    executor: LocalExecutor

    def __call__(self, candidate: Candidate) -> Evaluation:
        """The gate run, with its cost; raises SandboxUnavailable, which is no draft's fault."""
        completion = self.executor.aside(job(f"draft:{candidate.id}", self.spec, candidate, GATE))
        if isinstance(completion.error, SandboxUnavailable):
            raise completion.error
        return judged(candidate.id, GATE, completion)
