"""The domain of a table: a candidate is a row, and its run is a look-up."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ...harmless import shown
from ...sandbox import CandidateFailure, Limits, Session
from ...space import Blueprint, Candidate, Level, make
from ...space.encodings import Genome
from ...space.moves import ALL
from ...space.parsing import syntax_tree
from ...space.tabular import TabularSpace
from ..domain import Measurement, Objective, Rejected, Tier, Verdict
from ..stopping import Watch
from .spec import Spec, SpecError, read_spec
from .table import Table, load_table, tables_folder

LOOK_UP = Tier("standard", Limits(), expected_s=0.001)


@dataclass(frozen=True)
class TabularDomain:
    """A table as a problem to search. Nothing of a candidate is executed."""

    spec: Spec
    table: Table
    references: Mapping[str, Candidate] = field(default_factory=dict)
    preload: Sequence[str] = ()
    _known: dict[Genome, Candidate] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, spec: Path, tables: Path | None = None) -> TabularDomain:
        """From a spec file; the table lies beside it or in the tables' folder.

        Raises SpecError, TableError or TableMissing.
        """
        read = read_spec(spec)
        table = load_table(read, folders(spec, tables))
        _check_moves(spec, read, table)
        return cls(read, table)

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def brief(self) -> str:
        """What an author must know to write a candidate."""
        example = self.space.render(self.space.blueprint(self.table.genomes[0]))
        return (
            f"# {self.name}\n\nA candidate is a row of a table with {len(self.table)} "
            "architectures, written as one literal. Only what is in the table can be run.\n\n"
            f"```python\n{example}```\n"
        )

    @cached_property
    def space(self) -> TabularSpace:
        return TabularSpace(self.table.encoding, self.table.genomes, self.spec.moves())

    @property
    def tiers(self) -> Sequence[Tier]:
        return (LOOK_UP,)

    @property
    def objectives(self) -> Sequence[Objective]:
        query = self.spec.query
        costs = [Objective(name, "min") for name in self.table.costs]
        first = [Objective(self.spec.score)] if self.spec.constraint else []
        return (*first, Objective(query.column, query.direction), *costs)

    @property
    def descriptors(self) -> Sequence[str]:
        return tuple(self.table.costs)[:2]

    def candidate(
        self,
        genome: Genome,
        parents: tuple[str, ...] = (),
        level: Level | None = None,
        operator: str = "seed",
    ) -> Candidate:
        """The candidate of a row. The program is made once; the history is the caller's."""
        first = self._known.get(genome)
        if first is None:
            blueprint = self.space.blueprint(genome)
            source = self.space.render(blueprint)
            first = Candidate.from_source(source, blueprint=blueprint)
            self._known[genome] = first
        return Candidate(first.id, first.source, first.blueprint, parents, level, operator)

    def row(self, candidate: Candidate) -> int:
        """The candidate's row; raises Rejected where it is none."""
        blueprint = candidate.blueprint or _read_source(candidate.source)
        try:
            return self.space.index[self.table.encoding.genome(blueprint)]
        except (KeyError, ValueError) as error:
            message = f"architecture: no row of {self.name} is this candidate ({error})"
            raise Rejected(Verdict("architecture", False, message[:300])) from None

    def free(self, candidate: Candidate) -> Mapping[str, float]:
        """The free columns of a candidate."""
        row = self.row(candidate)
        return {name: float(values[row]) for name, values in self.table.free.items()}

    def gate(self, candidate: Candidate, session: Session) -> Sequence[Verdict]:
        try:
            row = self.row(candidate)
        except Rejected as rejected:
            return [rejected.verdict]
        return [Verdict("architecture", True, f"row {row} of {self.name}")]

    def run(self, candidate: Candidate, tier: Tier, seed: int, session: Session) -> Measurement:
        row = self.row(candidate)
        value = float(self.table.query[row])
        if math.isnan(value):
            raise CandidateFailure("the table says that this run failed")
        metrics = {self.spec.query.column: value, self.spec.score: value}
        if self.spec.constraint:
            metrics[self.spec.score] = float(self.table.scores[row])
        metrics |= {name: float(values[row]) for name, values in self.table.costs.items()}
        curve = self._curve(row)
        curves = {"fidelity": curve} if curve and all(map(math.isfinite, curve)) else {}
        return Measurement(metrics, curves)

    def last_step(self, tier: Tier) -> float | None:
        """The dearest fidelity, in the table's unit: epochs, as a rule.

        None with a constraint: the curve is not that of the score.
        """
        return None if self.spec.constraint else max(self.table.fidelities, default=None)

    def run_watched(
        self, candidate: Candidate, tier: Tier, seed: int, session: Session, watch: Watch
    ) -> Measurement:
        """As `run`, with the row's fidelities shown one by one, the last one left out."""
        self.show_curve(self.row(candidate), watch)
        return self.run(candidate, tier, seed, session)

    def show_curve(self, row: int, watch: Watch) -> None:
        """Let `watch` see a row's fidelities as they would come in; raises StoppedEarly."""
        steps, curve = list(self.table.fidelities), self._curve(row)
        for seen in range(1, len(steps)):
            watch(steps[:seen], curve[:seen])

    def _curve(self, row: int) -> list[float]:
        return [float(values[row]) for values in self.table.fidelities.values()]


def folders(spec: Path, tables: Path | None = None) -> tuple[Path, Path]:
    """Where the table of the spec file at `spec` may lie: beside it, or with the others."""
    return spec.parent, tables_folder(spec, tables)


def _check_moves(path: Path, spec: Spec, table: Table) -> None:
    """Every position that a move names must be one; raises SpecError."""
    longest = max(table.genomes, key=len)
    names = list(table.encoding.names(len(longest)))
    known = {ALL, *names, *(name.split(".")[0] for name in names)}
    for level, moves in spec.levels.items():
        for move in moves:
            for name in move.named:
                if name not in known:
                    raise SpecError(
                        f"{path}: level {level}: no position {shown(name)}; "
                        f"there are {', '.join(names)}"
                    )


def _read_source(source: str) -> Blueprint:
    """The blueprint that a candidate's literal spells out, without running it."""
    try:
        (statement,) = syntax_tree(source).body
        assert isinstance(statement, ast.Assign)
        children = ast.literal_eval(statement.value)
        parts = [
            make("edge" if "source" in c else "node" if "inputs" in c else "slot", **c)
            for c in children
        ]
    except (SyntaxError, ValueError, TypeError, AssertionError, RecursionError) as error:
        message = f"source: expected one literal `ARCHITECTURE = [...]` ({type(error).__name__})"
        raise Rejected(Verdict("source", False, message)) from None
    return make("architecture", *parts)
