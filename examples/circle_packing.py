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
from math import dist
CENTRES = {GRID}
SPREAD, STEPS = 0.08, 20

def pack(n):
    points = [list(centre) for centre in CENTRES]
    for _ in range(STEPS):
        for p in points:
            for q in points:
                if 0 < dist(p, q) < 2 * SPREAD:
                    push = SPREAD / dist(p, q) - 0.5
                    p[:] = [a + push * (a - b) for a, b in zip(p, q)]
            p[:] = [min(max(a, SPREAD), 1 - SPREAD) for a in p]
    radii = [0.0] * n
    for _ in range(20):
        for i, p in enumerate(points):
            room = [dist(p, q) - radius for q, radius in zip(points, radii) if q is not p]
            radii[i] += 0.5 * (min(*p, 1 - max(p), *room) - radii[i])
    return [(x, y, radius) for (x, y), radius in zip(points, radii)]
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
