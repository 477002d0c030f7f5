"""The agent-workflow domain: workflows over models, tools and solvers, judged on small tasks."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from random import Random
from statistics import fmean

from ...sandbox import CandidateFailure, Session
from ...space import Candidate, Space
from ...space.parsing import syntax_tree
from ..domain import PAIRED, Judge, Measurement, Objective, Tier, Verdict
from ..sampling import Bounds
from ..task_model import TaskModel
from .calibration import load
from .crediting import node_credit
from .feedback import feedback
from .items import Paper, Split, TaskSource, shuffled
from .metering import ItemLimits
from .pacing import Bounded
from .package import package
from .runtime import HARNESS, Answer, Ending, sit
from .source import check_source
from .statistics import interval, interval_at_any_time
from .tiers import ITEMS, PROTOCOL, TIERS, split_of

PAPERS = 16
"""Papers kept in memory: every candidate of a search answers the same."""
CREDIT_ITEMS = {False: 48, True: 16}
"""Items on which the credit of nodes is measured, without a model and with one."""
BRIEF = Path(__file__).with_name("brief.md")


class AgentWorkflow:
    """See brief.md. `tasks` are the built-in ones unless others are given.

    Without a `model`, whatever asks one fails on its items, and the space proposes
    workflows of solvers, tools and code alone.
    """

    name = "agent-workflow"
    tiers: Sequence[Tier] = TIERS
    objectives: Sequence[Objective] = (
        Objective("accuracy"),
        Objective("cost", "min", "tokens"),
        Objective("latency", "min", "s", timed=True),
    )
    descriptors: Sequence[str] = ("nodes", "calls")
    preload: Sequence[str] = (
        "langgraph.graph",
        "langgraph.runtime",
        HARNESS.partition(":")[0],
        "discover.evaluators.workflow.warm",
    )

    def __init__(
        self,
        tasks: TaskSource | None = None,
        model: TaskModel | None = None,
        limits: ItemLimits | None = None,
    ) -> None:
        self._tasks = tasks
        self.model = model
        self.limits = limits or ItemLimits()
        self._paper = lru_cache(maxsize=PAPERS)(self._drawn)

    @property
    def tasks(self) -> TaskSource:
        if self._tasks is None:
            from .tasks import builtin_tasks

            self._tasks = builtin_tasks()
        return self._tasks

    @property
    def missing(self) -> str:
        """The library of the built-in questions, where it is not installed."""
        from .tasks.gym import MISSING

        return "" if find_spec("reasoning_gym") else MISSING

    def take(self, tasks: Path | None, judge: Callable[[str], Judge]) -> None:
        """Ask the questions in the user's file `tasks`, or the built-in ones."""
        from .tasks import user_tasks

        self._tasks = user_tasks(tasks, judge) if tasks else None
        self._paper.cache_clear()

    @cached_property
    def brief(self) -> str:
        return BRIEF.read_text()

    def bind(self, model: TaskModel | None) -> None:
        """Let workflows ask `model`, and the space propose such as do; None: nobody is asked."""
        self.model = model

    @property
    def protocol(self) -> str:
        """Scores of other tasks, of another model or of none do not compare with these."""
        model = self.model.name if self.model is not None else "no model"
        return f"{PROTOCOL}, {model}, {self.tasks.definition}"

    @property
    def space(self) -> Space:
        return _space(self.model is not None)

    @property
    def frugal_space(self) -> Space:
        """What asks no model."""
        return _space(False)

    @property
    def references(self) -> Mapping[str, Candidate]:
        return _references(self.model is not None)

    def reference_metrics(self, tier: str) -> Mapping[str, Mapping[int, Mapping[str, float]]]:
        """What ships at the tier of validation, for a model that ships (see calibration.py); the
        search's own items are this machine's."""
        if tier != TIERS[-1].name:
            return {}
        ids = {name: candidate.id for name, candidate in self.references.items()}
        return {name: {0: run} for name, run in load().metrics(self.protocol, ids).items()}

    def noise(self, tier: str) -> float:
        """The most that one seed's accuracy can vary with the items drawn: scores from 0 to 1
        have a standard deviation of at most one half."""
        return 0.5 / math.sqrt(ITEMS[tier])

    def _drawn(self, split: Split, seed: int, count: int) -> Paper:
        paper = self.tasks.draw(split, seed, count)
        return shuffled(paper, Random(f"{split}/{seed}"))

    def package(self, candidate: Candidate, source: str, card: str) -> Mapping[str, str]:
        """A folder that runs without Discover: see package.py."""
        return package(candidate, source, card)

    def gate(self, candidate: Candidate, session: Session) -> Sequence[Verdict]:
        """The source is a workflow, and a child can load it."""
        verdicts = [check_source(candidate.source)]
        if verdicts[0].passed:
            verdicts.append(_load(candidate, session))
        return verdicts

    def run(self, candidate: Candidate, tier: Tier, seed: int, session: Session) -> Measurement:
        """Answers every item of the tier's paper: see `_run`."""
        return self._run(candidate, tier, seed, session, None)

    def run_within(
        self, candidate: Candidate, tier: Tier, seed: int, session: Session, bounds: Bounds
    ) -> Measurement:
        """Answers the first items of the paper, as far as `bounds` go; see `_run`."""
        return self._run(candidate, tier, seed, session, bounds)

    def _run(
        self,
        candidate: Candidate,
        tier: Tier,
        seed: int,
        session: Session,
        bounds: Bounds | None,
    ) -> Measurement:
        """See `metrics` for the figures.

        What authors are told rests on items to search with alone: how these were missed, and,
        of what was good enough to be run on others, the credit of its nodes.
        """
        split = split_of(tier.name, seed)
        paper, source = self._paper(split, seed, ITEMS[tier.name]), candidate.source
        searching = split is Split.SEARCH
        pace = Bounded(bounds) if bounds else None
        answers = sit(paper, source, session, self.model, self.limits, trace=searching, pace=pace)
        cut = bounds if len(answers) < len(paper.items) else None
        notes = {}
        if searching:
            right = {item.id: paper.answer(item.id) for item in paper.items}
            notes["feedback"] = feedback(answers, right, len(paper.items))
        elif split is Split.TEST:
            notes[PAIRED] = json.dumps({a.item.id: a.score for a in answers})
        elif cut is None and (bounds is None or bounds.bar is None):
            own = self._paper(Split.SEARCH, seed, CREDIT_ITEMS[self.model is not None])
            notes["feedback"] = node_credit(own, source, session, self.model, self.limits)
        figures = metrics(answers, len(paper.items), cut) | {"nodes": float(_nodes(candidate))}
        return Measurement(figures, notes={name: text for name, text in notes.items() if text})


@cache
def _space(models: bool) -> Space:
    from ...space.workflow import space

    return space(models=models)


@cache
def _references(models: bool) -> Mapping[str, Candidate]:
    from ...space.workflow import references

    return {
        name: Candidate.from_source(
            _space(models).render(blueprint), blueprint=blueprint, name=name
        )
        for name, blueprint in references(models=models).items()
    }


def metrics(answers: Sequence[Answer], asked: int, cut: Bounds | None = None) -> dict[str, float]:
    """Means over the items of `answers`, by task too: `task_<name>` is its accuracy.

    `accuracy` counts what failed and what stayed open as 0, and lies between `accuracy_low` and
    `accuracy_high` (95 %, over items); `failed`, `unanswered` and `wrong` are the shares of
    these, and `not_reached` the share of the `asked` items that the run ended before it came to.
    `cost` is tokens an item, `latency` seconds. Bounds that `cut` the run short may have
    gone by the scores themselves: they are told, and the interval is right all the same. What is
    not held against a bar is ordered by its accuracy, and may have waited until it was cut at its
    luckiest: there it is the lower end, and `accuracy_seen` is the mean of the items seen.
    """
    bounds = (interval_at_any_time if cut else interval)([answer.score for answer in answers])
    failed = fmean(a.ending is Ending.FAILED for a in answers)
    unanswered = fmean(a.ending is Ending.UNANSWERED for a in answers)
    seen = fmean(a.score for a in answers)
    figures = {
        "accuracy": bounds.low if cut and cut.bar is None else seen,
        "accuracy_seen": seen,
        "accuracy_low": bounds.low,
        "accuracy_high": bounds.high,
        "cost": fmean(a.tokens for a in answers),
        "items": float(len(answers)),
        "latency": fmean(a.seconds for a in answers),
        "usd": fmean(a.usd for a in answers),
        "calls": fmean(a.calls for a in answers),
        "failed": failed,
        "unanswered": unanswered,
        "wrong": 1.0 - failed - unanswered - seen,
        "not_reached": 1.0 - len(answers) / asked,
    }
    if cut is not None:
        figures |= cut.figures
    for task in sorted({a.item.task for a in answers}):
        figures[f"task_{task}"] = fmean(a.score for a in answers if a.item.task == task)
    return figures


def _load(candidate: Candidate, session: Session) -> Verdict:
    try:
        with session.open(HARNESS, candidate.source):
            return Verdict("load", True, "load: the workflow can be loaded")
    except CandidateFailure as failure:
        where = f"line {failure.line}: " if failure.line else ""
        return Verdict("load", False, f"load: {where}{failure.message}")


def _nodes(candidate: Candidate) -> int:
    """How many nodes the graph has, as far as its source tells."""
    nodes = ast.walk(syntax_tree(candidate.source))
    called = (node.func for node in nodes if isinstance(node, ast.Call))
    return sum(isinstance(func, ast.Attribute) and func.attr == "add_node" for func in called)
