"""The base of a user's own domain: search for a program that does one thing well."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import ClassVar

from ..sandbox import CandidateError, Limits, Session, Worker
from ..space import Candidate, ProgramSpace, Space, program_blueprint
from .domain import Measurement, Objective, Rejected, Tier, Verdict

FUNCTIONS = "discover.sandbox.harness:functions"


class ProgramDomain(ABC):
    """A domain whose candidates define functions that `measure` calls and scores.

    A subclass names itself, says in `brief` what is wanted, lists the functions that a
    candidate must define, gives at least one program to start from, and scores.
    """

    name: ClassVar[str]
    brief: ClassVar[str]
    functions: ClassVar[Sequence[str]]
    programs: ClassVar[Mapping[str, str]]
    """Name to source: where the search starts, and what it must beat."""
    tiers: Sequence[Tier] = (Tier("quick", Limits(wall_s=20, cpu_s=20), expected_s=1),)
    objectives: Sequence[Objective] = (Objective("score"),)
    descriptors: Sequence[str] = ("source_lines",)
    preload: Sequence[str] = (FUNCTIONS.partition(":")[0],)

    @abstractmethod
    def measure(self, worker: Worker, tier: Tier, seed: int) -> Mapping[str, float]:
        """The metrics of the candidate in `worker`, the objectives' among them.

        `worker.call("call", function=..., args=[...])["value"]` calls a function there.
        Check what comes back: it may be anything. Raise CandidateError, or call `require`,
        where it is not what was asked for.
        """

    @cached_property
    def space(self) -> Space | None:
        return ProgramSpace([candidate.source for candidate in self.references.values()])

    @cached_property
    def references(self) -> Mapping[str, Candidate]:
        return {
            name: Candidate.from_source(source, blueprint=program_blueprint(source), name=name)
            for name, source in self.programs.items()
        }

    def gate(self, candidate: Candidate, session: Session) -> Sequence[Verdict]:
        """The source parses and defines the functions that are called."""
        try:
            tree = ast.parse(candidate.source)
        except SyntaxError as error:
            message = f"source: line {error.lineno}: not Python: {error.msg}"
            return [Verdict("source", False, message)]
        defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        missing = [name for name in self.functions if name not in defined]
        if missing:
            return [Verdict("source", False, f"source: no function {missing[0]} at top level")]
        return [Verdict("source", True, "source: parses, and defines its functions")]

    def run(self, candidate: Candidate, tier: Tier, seed: int, session: Session) -> Measurement:
        verdict = self.gate(candidate, session)[-1]
        if not verdict.passed:
            raise Rejected(verdict)
        with session.open(FUNCTIONS, candidate.source) as worker:
            metrics = dict(self.measure(worker, tier, seed))
        lines = sum(1 for line in candidate.source.splitlines() if line.strip())
        return Measurement({"source_lines": float(lines)} | metrics)


def require(condition: bool, message: str) -> None:
    """Raise CandidateError with `message` unless `condition` holds."""
    if not condition:
        raise CandidateError(message)
