"""The base of a user's own domain: search for a program that does one thing well."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import ClassVar

from ..sandbox import CandidateError, Limits, Session, Worker
from ..space import Blueprint, Candidate, ProgramSpace, Space, program_blueprint
from ..space.canonical import parse
from .domain import DomainError, DomainFault, Measurement, Objective, Rejected, Tier, Verdict
from .validation import defines, described

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
            name: Candidate.from_source(source, blueprint=self.blueprint_of(source), name=name)
            for name, source in self.programs.items()
        }

    def blueprint_of(self, source: str) -> Blueprint:
        """The program itself; raises ValueError where it is not Python."""
        return program_blueprint(source)

    def gate(self, candidate: Candidate, session: Session) -> Sequence[Verdict]:
        """The source parses and defines the functions that are called."""
        problem = _problem(candidate.source, self.functions)
        if problem:
            return [Verdict("source", False, f"source: {problem}")]
        return [Verdict("source", True, "source: parses, and defines its functions")]

    def run(self, candidate: Candidate, tier: Tier, seed: int, session: Session) -> Measurement:
        verdict = self.gate(candidate, session)[-1]
        if not verdict.passed:
            raise Rejected(verdict)
        with session.open(FUNCTIONS, candidate.source) as worker:
            metrics = self.measure(worker, tier, seed)
        if not isinstance(metrics, Mapping):
            raise DomainFault(f"measure: expected a dict of metrics, got {described(metrics)}")
        lines = sum(1 for line in candidate.source.splitlines() if line.strip())
        return Measurement({"source_lines": float(lines), **metrics})


def validate_programs(spec: str, domain: ProgramDomain) -> None:
    """Raise DomainError where `functions` or `programs` is not what a search can start from."""
    for name in ("functions", "programs"):
        if not defines(domain, name):
            raise DomainError(f"{spec}: the domain lacks {name}")
    functions, programs = domain.functions, domain.programs
    texts = isinstance(functions, Sequence) and all(isinstance(f, str) for f in functions)
    if isinstance(functions, str) or not texts or not functions:
        raise DomainError(
            f"{spec}: functions: expected a list or tuple of names, got {described(functions)}"
        )
    if not isinstance(programs, Mapping) or not programs:
        raise DomainError(
            f"{spec}: programs: expected a dict of at least one name and source, "
            f"got {described(programs)}"
        )
    for name, source in programs.items():
        if not isinstance(source, str):
            raise DomainError(f"{spec}: programs: {name}: expected text, got {described(source)}")
        problem = _problem(source, functions)
        if problem:
            raise DomainError(f"{spec}: programs: {name}: {problem}")


def _problem(source: str, functions: Sequence[str]) -> str:
    """What keeps `source` from being a program that defines `functions`; empty if nothing."""
    try:
        tree = parse(source)
    except SyntaxError as error:
        line = f"line {error.lineno}: " if error.lineno else ""
        return f"{line}not Python: {error.msg}"
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    missing = [name for name in functions if name not in defined]
    return f"no function {missing[0]} at top level" if missing else ""


def require(condition: bool, message: str) -> None:
    """Raise CandidateError with `message` unless `condition` holds."""
    if not condition:
        raise CandidateError(message)
