"""The gate against quadratic cost: the CPU time of what is judged, by length."""

from __future__ import annotations

import math
from collections.abc import Mapping

from .bench import LEAK, Array, Bench, Failed, difference

SCALING_LENGTHS = (512, 2048, 4096, 8192)
SCALING_SLOPE = 1.4
"""Of the last doubling; softmax attention has 1.9, noise takes honest mixers to 1.25."""
SCALING_WHOLE = 1.2
"""From the first length to the last: references have .44 to .94, a mixer that works
quadratically up to some length and is padded to it from there on has 1.5."""
SCALING_FROM = {SCALING_LENGTHS[-2]: SCALING_SLOPE, SCALING_LENGTHS[0]: SCALING_WHOLE}
SCALING_CPU_S = 0.04
"""A timed call lasts about this long at least, since the scheduler's slices disturb it."""
SCALING_REPEATS = 32
SCALING_ROUNDS = 8


def check_scaling(bench: Bench) -> None:
    """CPU time of a forward pass grows less than as the length to the 1.4.

    The slope is that of the last doubling, where the quadratic term shows: tests up to
    2048 positions let softmax attention pass; and that from the first length to the last,
    where a step between them shows. On a busy machine single times vary by half,
    so the least of two to eight rounds counts, as many as it takes to pass. What is timed
    is what is judged: its outputs must continue those of short inputs.
    """
    for kind in range(bench.kinds):
        cost = dict.fromkeys(SCALING_LENGTHS, math.inf)
        for done in range(1, SCALING_ROUNDS + 1):
            x = bench.noise(1, SCALING_LENGTHS[-1])
            known: Array | None = None
            for length in SCALING_LENGTHS:
                spent, y = _forward_cpu(bench, x[:, :length], kind)
                cost[length] = min(cost[length], spent)
                if known is not None:
                    _check_continues(known, y)
                known = y
            growth = [(at, _slope(cost, at), most) for at, most in SCALING_FROM.items()]
            if done >= 2 and all(slope <= most for _, slope, most in growth):
                break
        bench.figures[f"scaling_slope_{kind}"] = _slope(cost, SCALING_LENGTHS[-2])
        for length in SCALING_LENGTHS:
            bench.figures[f"forward_ns_per_token_{length}_{kind}"] = 1e9 * cost[length] / length
        for at, slope, most in growth:
            if slope > most:
                message = f"CPU time grows from {at} to {SCALING_LENGTHS[-1]} positions"
                raise Failed(f"{message} with an exponent", slope, most)


def _slope(cost: Mapping[int, float], at: int) -> float:
    """The exponent by which the cost grows from the length `at` to the last."""
    last = SCALING_LENGTHS[-1]
    return math.log(cost[last] / cost[at]) / math.log(last / at)


def _forward_cpu(bench: Bench, x: Array, kind: int) -> tuple[float, Array]:
    """CPU-seconds of one forward pass by the sandbox's clock of the child, and its output.

    Where it is repeated, every call gets other numbers: nothing can be kept from the last.
    """
    outputs: list[Array] = []
    spent = 0.0
    while spent < SCALING_CPU_S and len(outputs) < SCALING_REPEATS:
        before = bench.session.usage.cpu_s
        outputs.append(bench.mix(x, kind, jitter=0.0))
        spent += max(bench.session.usage.cpu_s - before, 1e-5)
        x = bench.noise(*x.shape[:2])
    return spent / len(outputs), outputs[0]


def _check_continues(short: Array, long: Array) -> None:
    change = difference(short, long[:, : short.shape[1]])
    if change > LEAK:
        message = "output at the first {} of {} positions differs with the input's length"
        raise Failed(message.format(short.shape[1], long.shape[1]), change, LEAK)
