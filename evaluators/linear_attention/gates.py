"""The gates: cheap checks that a mixer fulfils the contract, judged in the parent.

Each gate asks the child for raw outputs and compares them here. Thresholds come from
measurements: honest float32 noise reaches 8.6e-6, the smallest planted leak 1.4e-3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection

import numpy as np

from ...sandbox import ArraySpec, BytesSpec, CandidateFailure, LimitExceeded, Session
from ..domain import Verdict
from ..secret import machine_secret
from . import corpus
from .bench import JITTER, LEAK, Bench, Failed, difference, require_finite
from .scaling import check_scaling
from .shapes import baseline_parameters
from .source import check_source, declarations
from .weights import mixer_numbers, stored_numbers

HARNESS = "discover.evaluators.linear_attention.harness:harness"

LENGTHS = (1, 2, 3, 17, 63, 65, 100)
CAUSAL_CUTS = {130: (32, 64, 100), 600: (255, 256, 511)}
"""Cuts by length; each is moved a little, so that no candidate can count on them."""
PROXY_ROWS = 8
PROXIES = ("jacobian", "synflow")
COSTS = ("flops", "activation_bytes", "training_forward_ns", "backward_ns")
COST_LENGTH = 128
EXTREMES = (0.0, 30.0)
PARAMETER_SHARE = 0.2
MOST_WEIGHTS_BYTES = 1 << 24
"""What is read of weights to be counted, a model of 4 million numbers."""
OVERFIT_STEPS = 30
OVERFIT_RATIO = 0.8

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
            change = difference(whole[:, :length], bench.mix(x[:, :length], kind))
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
            change = difference(y, bench.mix(others, kind, training=training)[0])
            if not training:
                change = max(change, difference(y, bench.mix(x[:1], kind)[0]))
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
                    change = difference(y[0, :cut], y[row, :cut])
                    if change > LEAK:
                        message = f"output before position {cut} of {length} changes with later"
                        raise Failed(f"{message} inputs{_mode(training)}", change, LEAK)


def check_determinism(bench: Bench) -> None:
    """The same input gives the same output, whatever was computed before."""
    for kind in range(bench.kinds):
        x = bench.noise(2, 33)
        first = bench.mix(x, kind)
        bench.mix(bench.noise(2, 33), kind)
        change = difference(first, bench.mix(x, kind))
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
        require_finite(bench.worker.call("half", returns=spec, x=x, kind=kind)["y"], "bfloat16")


def check_gradients(bench: Bench) -> None:
    """Gradients are finite, and reach the input."""
    for kind in range(bench.kinds):
        x = bench.noise(2, 65)
        answer = bench.worker.call("gradients", x=x, kind=kind, jitter=JITTER)
        for name in ("inputs", "parameters"):
            norm = float(answer[name])
            require_finite(np.array([norm]), f"gradient of the {name}")
            bench.figures[f"gradient_{name}_{kind}"] = norm
        if not answer["inputs"] > 0:
            raise Failed("the output does not depend on the input: gradient norm", 0.0, 0.0)
        _look_at(bench, kind)


def _look_at(bench: Bench, kind: int) -> None:
    """Figures for the value model; they decide nothing."""
    rows = bench.noise(PROXY_ROWS, 33)
    proxies = bench.worker.call("proxies", x=rows, kind=kind, jitter=JITTER)
    for name in PROXIES:
        bench.figures[f"{name}_{kind}"] = _number(proxies.get(name))
    costs = bench.worker.call("costs", length=COST_LENGTH, kind=kind, jitter=JITTER)
    for name in COSTS:
        bench.figures[f"{name}_per_token_{COST_LENGTH}_{kind}"] = _number(costs.get(name))


def check_overfit(bench: Bench) -> None:
    """Thirty steps on one batch lower its loss."""
    tokens = np.repeat(bench.rng.integers(0, 16, (4, 17)), 2, axis=1).astype(np.int16)
    before = bench.session.usage.cpu_s
    answer = bench.worker.call("overfit", tokens=tokens, vocab=16, steps=OVERFIT_STEPS, lr=5e-3)
    losses = np.array(answer["losses"], np.float64)
    require_finite(losses, "loss while overfitting")
    ratio = float(losses[-3:].mean() / losses[0])
    bench.figures = {
        "overfit_ratio": ratio,
        "overfit_step_5": float(losses[min(5, len(losses) - 1)]),
        "overfit_cpu_s": bench.session.usage.cpu_s - before,
    }
    if len(losses) != OVERFIT_STEPS or ratio > OVERFIT_RATIO:
        message = f"loss after {OVERFIT_STEPS} steps on one batch, over loss before"
        raise Failed(message, ratio, OVERFIT_RATIO)


def _number(told: object) -> float:
    """What the child told; NaN, which is left out, where that is no number."""
    return told if isinstance(told, float) else math.nan


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
