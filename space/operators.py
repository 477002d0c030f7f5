"""The ways in which a candidate can be made from others."""

from enum import StrEnum


class Operator(StrEnum):
    """What is asked of an author: how a proposal comes from its parents."""

    SAMPLE = "sample"
    """From no parent."""
    MUTATE = "mutate"
    RECOMBINE = "recombine"
    """From two parents."""
