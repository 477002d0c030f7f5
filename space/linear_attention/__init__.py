"""The linear-attention space: a grammar of causal token mixers, and the published designs.

A rendered module defines `Mixer(d_model, n_heads)`, which maps (batch, time, d_model) to
the same shape, and, where they differ from the defaults, `LAYERS` (class names repeated
over the depth; ("Mixer",)), `NORM` ("pre", "post" or "sandwich"; "pre") and `RECIPE` (some
of lr, a multiplier, weight_decay, warmup, a share of the steps, and beta2; {}).
d_model must be a multiple of 8 n_heads.
"""

from ..grammar import Grammar
from .productions import PRODUCTIONS, ROOT
from .references import references
from .render import render

__all__ = ["references", "space"]


def space() -> Grammar:
    """The grammar; its blueprints are models, rendered to PyTorch."""
    return Grammar(ROOT, PRODUCTIONS, render, max_nodes=64, max_depth=7)
