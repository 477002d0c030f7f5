"""One client for every language model: ledger, cache, budgets, retries, structured replies."""

from .client import Client
from .errors import (
    BudgetReached,
    ConfigurationError,
    LLMError,
    NotRecorded,
    Refused,
    Unavailable,
    Unreadable,
)
from .journal import Journal, MemoryJournal, ScratchJournal
from .records import Ask, Message, Reply
from .settings import ROLES, Model, Price, Settings

__all__ = [
    "ROLES",
    "Ask",
    "BudgetReached",
    "Client",
    "ConfigurationError",
    "Journal",
    "LLMError",
    "MemoryJournal",
    "Message",
    "Model",
    "NotRecorded",
    "Price",
    "Refused",
    "Reply",
    "ScratchJournal",
    "Settings",
    "Unavailable",
    "Unreadable",
]
