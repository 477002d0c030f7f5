"""Pack 26 circles into the unit square so that the sum of their radii is as large as possible.

discover --domain examples/circle_packing.py --budget 2m
"""

from typing import ClassVar

import numpy as np

from discover.evaluators.program import ProgramDomain, require
from discover.sandbox import ArraySpec

CIRCLES, TOLERANCE = 26, 1e-9
GRID = [(round((i % 6 + 0.5) / 6, 3), round((i // 6 + 0.5) / 5, 3)) for i in range(CIRCLES)]

START = f"""
CENTRES = {GRID}

def pack(n):
    radii = [0.0] * n
    for _ in range(20):
        for i, (x, y) in enumerate(CENTRES):
            gaps = [((x - u) ** 2 + (y - v) ** 2) ** 0.5 for u, v in CENTRES]
            room = [gap - radius for j, (gap, radius) in enumerate(zip(gaps, radii)) if j != i]
            radii[i] += 0.5 * (min(x, 1 - x, y, 1 - y, *room) - radii[i])
    return [(x, y, radius) for (x, y), radius in zip(CENTRES, radii)]
"""


class CirclePacking(ProgramDomain):
    name = "circle-packing"
    brief = "Define `pack(n)`: n circles (x, y, radius) in the unit square that do not overlap. "
    brief += "Maximise the sum of radii for n = 26. Pure Python and numpy; 20 s."
    functions = ("pack",)
    programs: ClassVar = {"grid": START}

    def measure(self, worker, tier, seed):
        wanted = {"value": ArraySpec("float64", (CIRCLES, 3))}
        circles = worker.call("call", function="pack", args=[CIRCLES], returns=wanted)["value"]
        require(bool(np.isfinite(circles).all()), "a circle is not finite")
        centre, radius = circles[:, :2], circles[:, 2]
        require(bool((radius >= 0).all()), "a radius is negative")
        wall = np.minimum(centre, 1 - centre).min(axis=1) - radius
        gap = np.linalg.norm(centre[:, None] - centre, axis=2) - radius[:, None] - radius
        gap = gap[np.triu_indices(CIRCLES, 1)]
        require(wall.min() >= -TOLERANCE, f"a circle leaves the square by {-wall.min():.3g}")
        require(gap.min() >= -TOLERANCE, f"two circles overlap by {-gap.min():.3g}")
        return {"score": float(radius.sum())}
