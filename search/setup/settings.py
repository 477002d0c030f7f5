"""What a campaign is asked to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from typing import Any

from ...harmless import shown
from ...memory.campaigns import Campaign
from ...memory.errors import Unreadable
from ..limits.budget import Budget, BudgetError, Spent, Unit

SEEDS = range(-(2**63), 2**63)
"""What memory can keep of a seed."""


def seed_fault(seed: int) -> str | None:
    """What is wrong with a campaign's seed, or None."""
    return None if seed in SEEDS else f"seed is a number of at most 64 bits; got {seed}"


@dataclass(frozen=True)
class Settings:
    """One campaign, as the user asked for it. `domain` is a name or a path, as typed.

    `verify_share` of every limit is kept for verification. `fresh` starts from nothing,
    where a campaign otherwise starts from all that memory knows of the domain.
    """

    domain: str
    budget: Budget
    seed: int = 0
    slots: int = 2
    strategy: str = "tree"
    verify_share: float = 0.25
    fresh: bool = False
    min_isolation: str = ""
    unsafe: bool = False
    measure_references: bool = False
    value_model: bool = True
    """Whether a value model chooses among proposals, where the strategy takes one."""
    islands: int = 1
    """Populations that the search keeps apart, where the strategy has an archive."""
    programs: Mapping[str, str] = field(default_factory=dict)
    """The user's own programs to start from, by name: references of this campaign alone."""
    tasks: str = ""
    """The path of a file of the user's own questions; empty for the domain's."""
    models: Mapping[str, str] = field(default_factory=dict)
    """What the flags say of language models; see agents/llm/settings.py. Never a key."""
    spent_before: Mapping[str, float] = field(default_factory=dict)
    """What was spent by unit when the budget last grew: what came after it is shared anew."""

    @property
    def spent_when_grown(self) -> Spent:
        """`spent_before`, by unit."""
        return {Unit(name): amount for name, amount in self.spent_before.items()}

    @property
    def search_share(self) -> Budget:
        """The budget without what of it is kept for verification."""
        return self.budget.share(1 - self.verify_share, self.spent_when_grown)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, kept in memory; `from_dict` is its inverse."""
        data = asdict(self)
        data["budget"] = self.budget.text
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Settings:
        """Raises Unreadable for a setting that there is not or is of another kind, and without
        a domain or a budget."""
        known = {setting.name: setting for setting in fields(cls)}
        for name in sorted(data.keys() - known.keys()):
            raise Unreadable(
                f"a campaign's settings name {shown(name)}, which this Discover does not know"
            )
        for name, setting in known.items():
            if not _fits(setting, data):
                told = shown(data.get(name))
                raise Unreadable(f"a campaign's settings have no {name} that can be read: {told}")
        try:
            return cls(**{**data, "budget": Budget.parse(data["budget"])})
        except BudgetError as error:
            raise Unreadable(f"a campaign's settings: {error}") from error


def _fits(setting: Field[Any], data: Mapping[str, Any]) -> bool:
    """Whether `data` holds the setting as `to_dict` writes it, or leaves it to its default."""
    if setting.default_factory is not MISSING:
        return isinstance(data.get(setting.name, {}), Mapping)
    if setting.default is MISSING:
        return isinstance(data.get(setting.name), str)
    value, kind = data.get(setting.name, setting.default), type(setting.default)
    if isinstance(value, bool) or kind is bool:
        return isinstance(value, bool) and kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def unreadable(stored: Iterable[Campaign]) -> list[str]:
    """Of which campaigns the settings cannot be read, and why, a line each: none goes on."""
    found = []
    for campaign in stored:
        try:
            Settings.from_dict(campaign.config)
        except Unreadable as error:
            found.append(f"campaign {campaign.id}: {error}")
    return found
