"""What has been learnt: schema, store, retrieval, lineage.

`open_memory` gives a `Memory`; the modules of this package are what can be done with it,
as functions that take it first: `campaigns.create(memory, ...)`.
"""

from . import campaigns, candidates, claims, evaluations, events, ledger, standings
from .errors import MemoryFault
from .store import Memory, open_for_campaign, open_memory

__all__ = [
    "Memory",
    "MemoryFault",
    "campaigns",
    "candidates",
    "claims",
    "evaluations",
    "events",
    "ledger",
    "open_for_campaign",
    "open_memory",
    "standings",
]
