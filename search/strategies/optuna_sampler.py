"""Optuna's samplers behind our ask and tell; TPE by default.

A sampler suggests what should stand at each position of a blueprint. The proposal most like
that is run, from the neighbours of the tried candidate most like it, so any grammar will do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ...space import Candidate, Operator
from ...value_model import Sample
from .baseline import BaselineMissing
from .baseline_view import view
from .contract import Intent, Outcome
from .tickets import Tickets

Positions = Mapping[str, str]
"""What stands where: a blueprint's parameters by position, as text."""


@dataclass
class OptunaState:
    """What was tried with its score, and what was suggested for each open ticket."""

    tried: dict[str, tuple[Positions, float]] = field(default_factory=dict)
    wanted: dict[int, Positions] = field(default_factory=dict)
    tickets: Tickets = field(default_factory=Tickets)


class OptunaSampler:
    """`make_sampler` takes a seed. Raises BaselineMissing where Optuna is not installed."""

    def __init__(
        self,
        make_sampler: Callable[[int], Any] | None = None,
        *,
        starts: int = 10,
        width: int = 25,
    ) -> None:
        try:
            import optuna
        except ImportError:
            raise BaselineMissing(
                "the tpe strategy needs Optuna: pip install 'archdiscover[baselines]'"
            ) from None
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._make = make_sampler or (lambda seed: optuna.samplers.TPESampler(seed=seed))
        self._starts, self._width = starts, width

    def initial(self) -> OptunaState:
        return OptunaState()

    def ask(self, state: OptunaState, rng: Random) -> Intent:
        if len(state.tried) + len(state.tickets) < self._starts or not state.tried:
            return state.tickets.issue(Operator.SAMPLE)
        wanted = self._suggest(state, rng)
        near = sorted(state.tried, key=lambda i: _differing(state.tried[i][0], wanted))
        intent = state.tickets.issue(Operator.MUTATE, parents=tuple(near[:3]), width=self._width)
        state.wanted[intent.ticket] = wanted
        return intent

    def choose(
        self, state: OptunaState, intent: Intent, proposals: Sequence[Candidate], rng: Random
    ) -> Candidate:
        wanted = state.wanted.get(intent.ticket)
        if wanted is None:
            return proposals[0]
        return min(proposals, key=lambda c: _differing(_positions(c), wanted))

    def tell(self, state: OptunaState, outcome: Outcome) -> None:
        if state.tickets.is_told(outcome.ticket):
            return
        state.tickets.close(outcome.ticket)
        if outcome.ticket is not None:
            state.wanted.pop(outcome.ticket, None)
        if outcome.score is not None:
            state.tried[outcome.candidate.id] = (_positions(outcome.candidate), outcome.score)

    def abandon(self, state: OptunaState, intent: Intent) -> None:
        state.tickets.give_up(intent.ticket)
        state.wanted.pop(intent.ticket, None)

    def _suggest(self, state: OptunaState, rng: Random) -> Positions:
        """A fresh study of all results: Optuna's own cannot learn of new choices."""
        from optuna import create_study
        from optuna.distributions import BaseDistribution, CategoricalDistribution
        from optuna.trial import create_trial

        choices: dict[str, dict[str, None]] = {}
        for positions, _ in state.tried.values():
            for name, value in positions.items():
                choices.setdefault(name, {})[value] = None
        spaces: dict[str, BaseDistribution] = {
            name: CategoricalDistribution(list(known)) for name, known in choices.items()
        }
        study = create_study(direction="maximize", sampler=self._make(rng.getrandbits(31)))
        for positions, score in state.tried.values():
            own = {name: spaces[name] for name in positions}
            study.add_trial(create_trial(params=dict(positions), distributions=own, value=score))
        return {name: str(value) for name, value in study.ask(spaces).params.items()}


def _positions(candidate: Candidate) -> Positions:
    words = view(Sample(candidate)).places
    return dict(word.split("=", 1) for word in words if "=" in word)


def _differing(a: Positions, b: Positions) -> int:
    return sum(a.get(name) != b.get(name) for name in a.keys() | b.keys())
