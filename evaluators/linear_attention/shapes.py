"""The size of the model that every mixer is trained in; shared by parent and child."""

from __future__ import annotations

D_MODEL = 64
N_HEADS = 2
DEPTH = 2
MLP_RATIO = 4


def baseline_parameters(vocab: int) -> int:
    """Parameters of the whole model around a mixer of 4 d^2: the middle of the gate's window."""
    mixer = 4 * D_MODEL**2
    hidden = MLP_RATIO * D_MODEL
    mlp = 2 * D_MODEL * hidden + hidden + D_MODEL
    norms = 2 * D_MODEL
    return DEPTH * (mixer + mlp + norms) + D_MODEL + 2 * vocab * D_MODEL
