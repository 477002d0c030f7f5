"""What results say of the kernel, of the weights of labels and of the scale of scores.

All three are found together by maximum a posteriori likelihood, under normal priors on
their logarithms that hold them near where they start, so that a few dozen rows suffice.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .gp import Kernel, misfit
from .relevance import Metric
from .warp import Scales

STEPS = 60
STRAIGHT = (-2.0, 2.0)
"""Centre and width of the prior on the log odds of the straight scale: mostly ranks."""


@dataclass(frozen=True)
class Tuned:
    """A kernel, log weights (labels,), and the share of the scores themselves in their warp."""

    kernel: Kernel
    weights: Tensor
    straight: float


def tune(metric: Metric, scales: Scales, prior: Kernel) -> Tuned:
    """What explains scores (n,) best by the distances of their candidates, found by Adam.

    The weights of labels together may stray as far as that of one label could alone:
    with many of them, they would else spell out the scores.
    """
    centre, width = STRAIGHT
    labels = metric.labels.count
    odds = torch.tensor(centre, dtype=torch.double)
    start = (*prior.parts(), torch.zeros(labels), odds)
    firm = (1.0, 1.0, 1.0, 1.0, labels, 1 / width**2)
    parts = [p.detach().clone().requires_grad_() for p in start]
    optimiser = torch.optim.Adam(parts, lr=0.1)
    for _ in range(STEPS):
        optimiser.zero_grad()
        *kernel, weights, odds = parts
        targets, gain = _mixed(scales, torch.sigmoid(odds))
        strayed = zip(firm, parts, start, strict=True)
        held = 0.5 * sum(f * ((p - s) ** 2).sum() for f, p, s in strayed)
        loss = misfit(Kernel(*kernel), metric(weights), targets) - gain + held
        loss.backward()
        optimiser.step()
    *kernel, weights, odds = (p.detach() for p in parts)
    return Tuned(Kernel(*kernel), weights, float(torch.sigmoid(odds)))


def _mixed(scales: Scales, straight: Tensor) -> tuple[Tensor, Tensor]:
    """Targets (n,) as `Warp.learn` makes them, and the log density that the change of scale
    adds to the likelihood, up to a constant (warped processes: Snelson et al. 2004)."""
    ranks, drawn = torch.from_numpy(scales.ranks), torch.from_numpy(scales.straight)
    steps = torch.from_numpy(scales.steps)
    spread = (1 - 2 * straight * (1 - straight) * (1 - scales.likeness)).sqrt()
    growth = torch.log((1 - straight) * steps.exp() + straight) - spread.log()
    return ((1 - straight) * ranks + straight * drawn) / spread, growth.sum()
