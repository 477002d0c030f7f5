"""What runs in the gates' child: a candidate's mixers, looked at alone.

Nothing here is trusted by the parent: the candidate shares this process. The parent
sends inputs, and judges raw outputs itself. All that a child needs is imported before the
candidate is: the files themselves it cannot read.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from .memory import keep_freed_memory
from .model import Program
from .probes import GateOps, Reply
from .source import declarations


def harness(source: str) -> dict[str, Callable[..., Reply]]:
    """The ops that the parent may call on a candidate's source."""
    torch.set_num_threads(1)
    keep_freed_memory()
    gates = GateOps(Program(source, declarations(source)))
    return {
        "build": gates.build,
        "mix": gates.mix,
        "half": gates.half,
        "gradients": gates.gradients,
        "proxies": gates.proxies,
        "costs": gates.costs,
        "overfit": gates.overfit,
    }
