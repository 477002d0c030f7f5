"""The gates: cheap checks that a mixer fulfils the contract, judged in the parent.

Each gate asks the child for raw outputs and compares them here. Thresholds come from
measurements: honest float32 noise reaches 8.6e-6, the smallest planted leak 1.4e-3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...sandbox import (
    ArraySpec,
    BytesSpec,
    CandidateFailure,
    LimitExceeded,
    Session,
    Worker,
)
from ..domain import Verdict
from ..secret import machine_secret
from . import corpus
from .shapes import D_MODEL, baseline_parameters
from .source import check_source, declarations
from .weights import mixer_numbers, stored_numbers

HARNESS = "discover.evaluators.linear_attention.harness:harness"

Array = NDArray[np.float32]

LENGTHS = (1, 2, 3, 17, 63, 65, 100)
JITTER = 0.1
LEAK = 1e-4
"""Greatest relative change of an output by inputs that it must not depend on."""
LARGEST_SCALE = 10.0
"""An output's size counts up to this; the references' stay below 8 on inputs of size 1."""
CAUSAL_CUTS = {130: (32, 64, 100), 600: (255, 256, 511)}
"""Cuts by length; each is moved a little, so that no candidate can count on them."""
EXTREMES = (0.0, 30.0)
PARAMETER_SHARE = 0.2
MOST_WEIGHTS_BYTES = 1 << 24
"""What is read of weights to be counted, a model of 4 million numbers."""
OVERFIT_STEPS = 30
OVERFIT_RATIO = 0.8
SCALING_LENGTHS = (2048, 4096, 8192)
SCALING_SLOPE = 1.4
KNOWN_LENGTH = 512
SCALING_CPU_S = 0.04
"""A timed call lasts about this long at least, since the scheduler's slices disturb it."""
SCALING_REPEATS = 32
SCALING_ROUNDS = 8


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
        _require_finite(y, f"length {x.shape[1]}")
        return y


class Failed(Exception):
    """A check did not hold: what was found, the figure, and the threshold."""

    def __init__(self, message: str, measured: float, threshold: float) -> None:
        super().__init__(f"{message}: measured {measured:.4g}, threshold {threshold:.4g}")
        self.measured = measured
        self.threshold = threshold


Gate = Callable[[Bench], None]


def run_gates(source: str, session: Session, exempt: Collection[str] = ()) -> list[Verdict]:
    """Every gate in order, up to the first that fails. Gates in `exempt` are not run.

    Raises LimitExceeded: what takes too long or too much is no verdict on the contract.
    """
    verdicts = [check_source(source)]
    if not verdicts[0].passed:
        return verdicts
    try:
        with session.open(HARNESS, source) as worker:
            rng = np.random.default_rng([machine_secret(), len(source)])
            bench = Bench(worker, session, rng, len(declarations(source).kinds))
            for name, gate in GATES.items():
                if name not in exempt:
                    verdicts.append(_judge(name, gate, bench))
                if not verdicts[-1].passed:
                    break
    except LimitExceeded:
        raise
    except CandidateFailure as failure:
        verdicts.append(_failure("build", failure))
    return verdicts


def _judge(name: str, gate: Gate, bench: Bench) -> Verdict:
    bench.figures = {}
    try:
        gate(bench)
    except Failed as failed:
        return Verdict(name, False, f"{name}: {failed}", failed.measured, failed.threshold)
    except LimitExceeded as limit:
        message = f"{name}: {limit.message}"
        raise LimitExceeded(limit.resource, message, output=limit.output) from None
    except CandidateFailure as failure:
        return _failure(name, failure)
    finite = {k: float(v) for k, v in bench.figures.items() if math.isfinite(v)}
    return Verdict(name, True, f"{name}: passed", figures=finite)


def _failure(gate: str, failure: CandidateFailure) -> Verdict:
    where = f" (line {failure.line})" if failure.line else ""
    return Verdict(gate, False, f"{gate}: {failure.message}{where}")


def check_parameters(bench: Bench) -> None:
    """The whole model's size lies within 20 % of one whose mixer has 4 d^2 parameters.

    Counted here, in the weights that the child sends, as are those of a trained model.
    """
    wanted = baseline_parameters(corpus.VOCAB)
    returns = {"weights": BytesSpec(MOST_WEIGHTS_BYTES)}
    weights = bench.worker.call("build", returns=returns, vocab=corpus.VOCAB)["weights"]
    total = stored_numbers(weights)
    bench.figures = {"parameters": total, "mixer_parameters": mixer_numbers(weights)}
    share = abs(total / wanted - 1)
    if share > PARAMETER_SHARE:
        message = f"the model has {total} parameters against {wanted}, off by a share"
        raise Failed(message, share, PARAMETER_SHARE)


def check_lengths(bench: Bench) -> None:
    """Every length from 1 works."""
    for kind in range(bench.kinds):
        for length in LENGTHS:
            bench.mix(bench.noise(2, length), kind)


def check_prefix(bench: Bench) -> None:
    """A shorter input gives a prefix of the longer input's output."""
    for kind in range(bench.kinds):
        x = bench.noise(2, LENGTHS[-1])
        whole = bench.mix(x, kind)
        for length in LENGTHS[:-1]:
            change = _change(whole[:, :length], bench.mix(x[:, :length], kind))
            if change > LEAK:
                message = f"output at the first {length} positions differs with the input's length"
                raise Failed(message, change, LEAK)


def check_batch(bench: Bench) -> None:
    """A row's output does not depend on the other rows, nor on how many there are."""
    for kind in range(bench.kinds):
        x = bench.noise(3, 40)
        others = np.concatenate([x[:1], 3 * bench.noise(2, 40)])
        for training in (False, True):
            y = bench.mix(x, kind, training=training)[0]
            change = _change(y, bench.mix(others, kind, training=training)[0])
            if not training:
                change = max(change, _change(y, bench.mix(x[:1], kind)[0]))
            if change > LEAK:
                message = f"a row's output changes with other rows of the batch{_mode(training)}"
                raise Failed(message, change, LEAK)


def check_causality(bench: Bench) -> None:
    """An output does not depend on later inputs: jittered weights, train and eval mode."""
    for kind in range(bench.kinds):
        for length, cuts in CAUSAL_CUTS.items():
            x = bench.noise(1, length)
            moved = [max(1, cut + int(bench.rng.integers(-3, 1))) for cut in cuts]
            changed = np.repeat(x, len(cuts) + 1, axis=0)
            for row, cut in enumerate(moved, 1):
                changed[row, cut:] = bench.noise(length - cut)
            for training in (False, True):
                y = bench.mix(changed, kind, training=training)
                for row, cut in enumerate(moved, 1):
                    change = _change(y[0, :cut], y[row, :cut])
                    if change > LEAK:
                        message = f"output before position {cut} of {length} changes with later"
                        raise Failed(f"{message} inputs{_mode(training)}", change, LEAK)


def check_determinism(bench: Bench) -> None:
    """The same input gives the same output, whatever was computed before."""
    for kind in range(bench.kinds):
        x = bench.noise(2, 33)
        first = bench.mix(x, kind)
        bench.mix(bench.noise(2, 33), kind)
        change = _change(first, bench.mix(x, kind))
        if change > LEAK:
            raise Failed("the same input gives another output", change, LEAK)


def check_extremes(bench: Bench) -> None:
    """Inputs of zeros and of thirty times the usual size give finite outputs."""
    for kind in range(bench.kinds):
        for scale in EXTREMES:
            bench.mix(scale * bench.noise(2, 65), kind, jitter=0.0)


def check_bfloat16(bench: Bench) -> None:
    """The mixer runs in bfloat16."""
    for kind in range(bench.kinds):
        x = bench.noise(1, 65)
        spec = {"y": ArraySpec("float32", x.shape)}
        _require_finite(bench.worker.call("half", returns=spec, x=x, kind=kind)["y"], "bfloat16")


def check_gradients(bench: Bench) -> None:
    """Gradients are finite, and reach the input."""
    for kind in range(bench.kinds):
        x = bench.noise(2, 65)
        answer = bench.worker.call("gradients", x=x, kind=kind, jitter=JITTER)
        for name in ("inputs", "parameters"):
            norm = float(answer[name])
            _require_finite(np.array([norm]), f"gradient of the {name}")
            bench.figures[f"gradient_{name}_{kind}"] = norm
        if not answer["inputs"] > 0:
            raise Failed("the output does not depend on the input: gradient norm", 0.0, 0.0)


def check_overfit(bench: Bench) -> None:
    """Thirty steps on one batch lower its loss."""
    tokens = np.repeat(bench.rng.integers(0, 16, (4, 17)), 2, axis=1).astype(np.int16)
    before = bench.session.usage.cpu_s
    answer = bench.worker.call("overfit", tokens=tokens, vocab=16, steps=OVERFIT_STEPS, lr=5e-3)
    losses = np.array(answer["losses"], np.float64)
    _require_finite(losses, "loss while overfitting")
    ratio = float(losses[-3:].mean() / losses[0])
    bench.figures = {
        "overfit_ratio": ratio,
        "overfit_step_5": float(losses[min(5, len(losses) - 1)]),
        "overfit_cpu_s": bench.session.usage.cpu_s - before,
    }
    if len(losses) != OVERFIT_STEPS or ratio > OVERFIT_RATIO:
        message = f"loss after {OVERFIT_STEPS} steps on one batch, over loss before"
        raise Failed(message, ratio, OVERFIT_RATIO)


def check_scaling(bench: Bench) -> None:
    """CPU time of a forward pass grows less than as the length to the 1.4.

    The slope is that of the last doubling, where the quadratic term shows: tests up to
    2048 positions let softmax attention pass. On a busy machine single times vary by half,
    so the least of two to eight rounds counts, as many as it takes to pass. What is timed
    is what is judged: its outputs must continue those of short inputs.
    """
    for kind in range(bench.kinds):
        cost = dict.fromkeys(SCALING_LENGTHS, math.inf)
        for done in range(1, SCALING_ROUNDS + 1):
            x = bench.noise(1, SCALING_LENGTHS[-1])
            known = bench.mix(x[:, :KNOWN_LENGTH], kind, jitter=0.0)
            for length in SCALING_LENGTHS:
                spent, y = _forward_cpu(bench, x[:, :length], kind)
                cost[length] = min(cost[length], spent)
                _check_continues(known, y)
                known = y
            slope = math.log2(cost[SCALING_LENGTHS[-1]] / cost[SCALING_LENGTHS[-2]])
            if done >= 2 and slope <= SCALING_SLOPE:
                break
        bench.figures[f"scaling_slope_{kind}"] = slope
        for length in SCALING_LENGTHS:
            bench.figures[f"forward_ns_per_token_{length}_{kind}"] = 1e9 * cost[length] / length
        if slope > SCALING_SLOPE:
            message = "CPU time grows from {} to {} positions with an exponent"
            raise Failed(message.format(*SCALING_LENGTHS[-2:]), slope, SCALING_SLOPE)


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
    change = _change(short, long[:, : short.shape[1]])
    if change > LEAK:
        message = "output at the first {} of {} positions differs with the input's length"
        raise Failed(message.format(short.shape[1], long.shape[1]), change, LEAK)


def _change(a: Array, b: Array) -> float:
    """Greatest difference, relative to the greatest value of either.

    That value is the candidate's choice: without a bound one huge number would hide any
    leak beside it.
    """
    scale = max(float(np.abs(a).max()), float(np.abs(b).max()), 1e-12)
    return float(np.abs(a - b).max()) / min(scale, LARGEST_SCALE)


def _require_finite(values: NDArray[np.floating], where: str) -> None:
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise Failed(f"non-finite values at {where}", bad, 0)


def _mode(training: bool) -> str:
    return f" ({'train' if training else 'eval'} mode)"


GATES: dict[str, Gate] = {
    "parameters": check_parameters,
    "lengths": check_lengths,
    "extremes": check_extremes,
    "determinism": check_determinism,
    "batch": check_batch,
    "causality": check_causality,
    "prefix": check_prefix,
    "bfloat16": check_bfloat16,
    "gradients": check_gradients,
    "overfit": check_overfit,
    "scaling": check_scaling,
}
