"""What can be proposed: candidates, levels, grammars, edits, canonical hash, rendering."""

from .blueprint import Blueprint, make
from .candidate import Candidate
from .canonical import canonical_form, canonical_hash
from .direction import Direction
from .evaluation import GATE, Evaluation, Status
from .grammar import Grammar
from .levels import Level
from .operators import Operator
from .production import Choice, Production
from .program import ProgramSpace, program_blueprint
from .space import Edit, Finite, Space

__all__ = [
    "GATE",
    "Blueprint",
    "Candidate",
    "Choice",
    "Direction",
    "Edit",
    "Evaluation",
    "Finite",
    "Grammar",
    "Level",
    "Operator",
    "Production",
    "ProgramSpace",
    "Space",
    "Status",
    "canonical_form",
    "canonical_hash",
    "make",
    "program_blueprint",
]
