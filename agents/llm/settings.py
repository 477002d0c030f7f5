"""Which models play which role, and how they are reached."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ...harmless import shown
from .errors import ConfigurationError

ROLES = ("planner", "coder", "critic")
"""The roles that may have models of their own. The novelty judge is the critic's model,
the debugger the coder's."""

AGENTS = ("planner", "novelty", "critic_before", "critic_after", "retrieval", "level_by_level")
"""What a team can go without, for ablations."""

KEYS = {
    "model", "planner_model", "coder_model", "critic_model", "fallback_model", "task_model",
    "api_base",
    "timeout_s", "attempts", "concurrency", "requests_per_minute", "max_tokens",
    "context_tokens", "temperature", "prices", "without", "evolve_prompts",
}  # fmt: skip
"""What `Settings.read` understands."""

NUMBERS: Mapping[str, type[int] | type[float]] = {
    "timeout_s": float, "attempts": int, "concurrency": int, "requests_per_minute": float,
    "max_tokens": int, "context_tokens": int, "temperature": float,
}  # fmt: skip
LARGEST = 1e9
"""Of all numbers but a rate that is not limited."""


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens."""

    prompt: float
    completion: float


@dataclass(frozen=True)
class Model:
    """One model as litellm knows it (`provider/name`), and where it is reached.

    `api_key` is never shown; None leaves the key to litellm's own environment variables.
    """

    name: str
    api_base: str | None = None
    api_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Settings:
    """How the models are called. Times are seconds.

    `timeout_s` bounds one attempt as a whole. `attempts` counts the first try.
    `context_tokens` bounds prompt and reply together, where it is given. `without` names
    agents that are switched off, and `evolve_prompts` lets models write advice for roles.
    """

    models: Mapping[str, tuple[str, ...]]
    fallbacks: tuple[str, ...] = ()
    api_base: str | None = None
    api_key: str | None = field(default=None, repr=False)
    prices: Mapping[str, Price] = field(default_factory=dict)
    timeout_s: float = 120.0
    attempts: int = 3
    concurrency: int = 4
    requests_per_minute: float = math.inf
    max_tokens: int = 4096
    context_tokens: int | None = None
    temperature: float = 0.7
    without: tuple[str, ...] = ()
    evolve_prompts: bool = False

    def of_role(self, role: str) -> tuple[str, ...]:
        """The models that may play `role`."""
        return self.models[role]

    @property
    def names(self) -> tuple[str, ...]:
        """Every model that may be called, each once."""
        named = [name for role in ROLES for name in self.models[role]]
        return tuple(dict.fromkeys((*named, *self.fallbacks)))

    def model(self, name: str) -> Model:
        """How to reach the model called `name`."""
        if name.startswith("local/"):
            return Model(name)
        # A key of the environment belongs to its provider: an address of the user's own
        # gets only the key that was named for it.
        key = (self.api_key or "none") if self.api_base else self.api_key
        return Model(name, self.api_base, key)

    @classmethod
    def read(
        cls,
        flags: Mapping[str, Any] | None = None,
        file: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Settings | None:
        """The settings of the command line, a configuration file and the environment.

        `task_model`, the model inside candidates, plays none of these roles.

        Flags win over the file, the file over `DISCOVER_MODEL`, `DISCOVER_API_BASE` and
        `DISCOVER_API_KEY`. Several models of one role are joined by commas. None where no
        model is named; raises ConfigurationError for what cannot be read.
        """
        environ = environ or {}
        values = {"model": environ.get("DISCOVER_MODEL"),
                  "api_base": environ.get("DISCOVER_API_BASE")}  # fmt: skip
        for source in (file or {}, flags or {}):
            unknown = sorted(set(source) - KEYS)
            if unknown:
                raise ConfigurationError(
                    f"unknown model setting {shown(unknown[0])}: expected {', '.join(sorted(KEYS))}"
                )
            values.update({k: v for k, v in source.items() if v is not None})
        return _build(values, environ.get("DISCOVER_API_KEY") or None)


def _build(values: Mapping[str, Any], api_key: str | None) -> Settings | None:
    api_base = _address(values.get("api_base") or None)
    _listed("task_model", values.get("task_model"))  # others use it
    every = _names("model", values.get("model"), api_base)
    models = {
        role: _names(f"{role}_model", values.get(f"{role}_model"), api_base) or every
        for role in ROLES
    }
    named = next((m for m in models.values() if m), ())
    if not named:
        return None
    return Settings(
        models={role: models[role] or named for role in ROLES},
        fallbacks=_names("fallback_model", values.get("fallback_model"), api_base),
        api_base=api_base,
        api_key=api_key,
        prices=_prices(values.get("prices") or {}, api_base),
        without=_agents(values.get("without") or ()),
        evolve_prompts=_switch("evolve_prompts", values.get("evolve_prompts", False)),
        **{**_defaults(models), **_numbers(values)},
    )


def _defaults(models: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """A small model in this process reads a few hundred tokens a second, and fewer on a busy
    machine: less is asked, and waited for longer."""
    names = [name for role in models.values() for name in role]
    if all(name.startswith("local/") for name in names):
        return {"max_tokens": 600, "context_tokens": 3000, "timeout_s": 900.0}
    return {}


def _address(value: Any) -> str | None:
    known = isinstance(value, str) and urlsplit(value).scheme in ("http", "https")
    if value is not None and not known:
        raise ConfigurationError(f"api_base {shown(value)} is not an http address")
    return value


def _names(setting: str, value: Any, api_base: str | None) -> tuple[str, ...]:
    """Model names as litellm wants them: `local` is the bundled one, and what has no
    provider but an address is spoken to as OpenAI is."""
    names = ["local/tiny" if name == "local" else name for name in _listed(setting, value)]
    return tuple(f"openai/{n}" if api_base and "/" not in n else n for n in names)


def _agents(value: Any) -> tuple[str, ...]:
    names = [name.replace("-", "_") for name in _listed("without", value)]
    unknown = [name for name in names if name not in AGENTS]
    if unknown:
        raise ConfigurationError(
            f"no agent {shown(unknown[0])} to go without: expected {', '.join(AGENTS)}"
        )
    return tuple(names)


def _listed(setting: str, value: Any) -> list[str]:
    """The names in a list, or in a text that joins them by commas."""
    names = value.split(",") if isinstance(value, str) else value or []
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ConfigurationError(f"{setting} is a name or a list of names; got {shown(value)}")
    return [name.strip() for name in names if name.strip()]


def _switch(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(f"{name} is true or false; got {shown(value)}")
    return value


def _numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: values[name] for name in NUMBERS if values.get(name) is not None}
    return {name: _number(name, value) for name, value in given.items()}


def _number(name: str, value: Any) -> float:
    kind = NUMBERS[name]
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    least_met = number > 0 or (number == 0 and name == "temperature")
    most_met = number <= LARGEST or (number == math.inf and name == "requests_per_minute")
    if not (least_met and most_met) or kind(number) != number:
        word = "whole number" if kind is int else "number"
        raise ConfigurationError(f"{name} is a {word} above zero; got {shown(value)}")
    return kind(number)


def _prices(values: Any, api_base: str | None) -> dict[str, Price]:
    """Prices in the form `{model: {prompt: dollars, completion: dollars}}`."""
    prices = {}
    try:
        for name, price in values.items():
            key = _names("prices", name, api_base)[0]
            prices[key] = Price(float(price["prompt"]), float(price["completion"]))
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError):
        raise ConfigurationError(
            "prices are dollars per million tokens, as {model: {prompt: 0.15, completion: 0.6}};"
            f" got {shown(values)}"
        ) from None
    if any(not (p.prompt >= 0 and p.completion >= 0) for p in prices.values()):
        raise ConfigurationError(f"a price is zero or more; got {shown(values)}")
    return prices
