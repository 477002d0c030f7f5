"""The three depths at which an edit can cut."""

from enum import StrEnum


class Level(StrEnum):
    """How deep an edit cuts, from the widest to the narrowest."""

    FRAMEWORK = "framework"
    STRUCTURE = "structure"
    NODE = "node"
