"""What can be proposed: candidates, levels, grammars, edits, canonical hash, rendering."""

from .blueprint import Blueprint, make
from .candidate import Candidate
from .canonical import canonical_form, canonical_hash
from .evaluation import GATE, Evaluation, Status
from .levels import Level
from .space import Edit, Space

__all__ = [
    "GATE",
    "Blueprint",
    "Candidate",
    "Edit",
    "Evaluation",
    "Level",
    "Space",
    "Status",
    "canonical_form",
    "canonical_hash",
    "make",
]
