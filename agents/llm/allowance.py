"""Budgets of tokens and dollars, held before each call is made."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from ...harmless import shown
from .errors import BudgetReached, ConfigurationError
from .records import Ask
from .settings import Price

TOKENS_PER_MESSAGE = 16
"""More than any chat template adds around a message."""

UNITS = {"tokens": "tokens", "usd": "US dollars"}


class Allowance:
    """Says no to a call that could pass a limit.

    `limits` has amounts by `tokens` and `usd`. Calls that are under way, in whichever
    thread, count with the most that they can cost.
    """

    def __init__(self, limits: Mapping[str, float]) -> None:
        unknown = sorted(set(limits) - set(UNITS))
        if unknown:
            raise ConfigurationError(f"no language model is charged in {shown(unknown[0])}")
        self._limits = dict(limits)
        self._lock = threading.Lock()
        self._pending = dict.fromkeys(UNITS, 0.0)

    @property
    def counts_money(self) -> bool:
        """Whether a price has to be known."""
        return "usd" in self._limits

    @contextmanager
    def hold(
        self, most: Mapping[str, float], spent: Callable[[], Mapping[str, float]]
    ) -> Iterator[None]:
        """Set aside the `most` that a call can cost, beside what the ledger says is `spent`;
        raises BudgetReached."""
        with self._lock:
            self._check(most, spent)
            for unit in UNITS:
                self._pending[unit] += most[unit]
        try:
            yield
        finally:
            with self._lock:
                for unit in UNITS:
                    self._pending[unit] -= most[unit]

    def _check(self, most: Mapping[str, float], ledger: Callable[[], Mapping[str, float]]) -> None:
        if not self._limits:
            return
        spent = ledger()
        for unit, limit in self._limits.items():
            left = limit - spent.get(unit, 0.0) - self._pending[unit]
            if most[unit] > left:
                raise BudgetReached(
                    f"the next call could cost {most[unit]:.4g} {UNITS[unit]},"
                    f" and {max(0.0, left):.4g} are left"
                )


def most(ask: Ask, price: Price | None) -> dict[str, float]:
    """An upper bound of what a call can cost: a token stands for at least one byte.

    Options count too: a schema or a tool becomes part of the prompt.
    """
    texts = [message.content for message in ask.messages] + [str(dict(ask.options))]
    prompt = sum(len(text.encode(errors="replace")) + TOKENS_PER_MESSAGE for text in texts)
    return {
        "tokens": prompt + ask.max_tokens,
        "usd": cost(prompt, ask.max_tokens, price),
    }


def cost(prompt_tokens: int, completion_tokens: int, price: Price | None) -> float:
    """US dollars; 0 where there is no price, which only a run without money budget allows."""
    if price is None:
        return 0.0
    return (prompt_tokens * price.prompt + completion_tokens * price.completion) / 1e6
