"""What every gate works with: a child that mixes, and how its outputs are compared."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...sandbox import ArraySpec, Session, Worker
from .shapes import D_MODEL

Array = NDArray[np.float32]

JITTER = 0.1
LEAK = 1e-4
"""Greatest relative change of an output by inputs that it must not depend on."""
LARGEST_SCALE = 10.0
"""An output's size counts up to this; the references' stay below 8 on inputs of size 1."""


@dataclass
class Bench:
    """What every gate needs: the child, its clock, randomness, and the kinds of mixers."""

    worker: Worker
    session: Session
    rng: np.random.Generator
    kinds: int
    figures: dict[str, float] = field(default_factory=dict)

    def noise(self, *shape: int) -> Array:
        return self.rng.standard_normal((*shape, D_MODEL)).astype(np.float32)

    def mix(self, x: Array, kind: int, *, training: bool = False, jitter: float = JITTER) -> Array:
        """Output of one mixer, finite and of the shape of `x`; raises Failed otherwise."""
        y = self.worker.call(
            "mix",
            returns={"y": ArraySpec("float32", x.shape)},
            x=x,
            kind=kind,
            training=training,
            jitter=jitter,
        )["y"]
        require_finite(y, f"length {x.shape[1]}")
        return y


class Failed(Exception):
    """A check did not hold: what was found, the figure, and the threshold."""

    def __init__(self, message: str, measured: float, threshold: float) -> None:
        super().__init__(f"{message}: measured {measured:.4g}, threshold {threshold:.4g}")
        self.measured = measured
        self.threshold = threshold


def difference(a: Array, b: Array) -> float:
    """Greatest difference, relative to the greatest value of either.

    That value is the candidate's choice: without a bound one huge number would hide any
    leak beside it.
    """
    scale = max(float(np.abs(a).max()), float(np.abs(b).max()), 1e-12)
    return float(np.abs(a - b).max()) / min(scale, LARGEST_SCALE)


def require_finite(values: NDArray[np.floating], where: str) -> None:
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise Failed(f"non-finite values at {where}", bad, 0)
