"""Sitting an exam: train in one child, answer in a second, be audited in a third.

Labels and metric stay here, and held-out rows are drawn with a secret of this machine: the
generators are public, and with a seed alone a mixer could draw its own test again. The
second child sees held-out inputs, so a mixer could look at the next token there: the third
child gets every row again, cut at a random scored position with noise behind it, and must
give the same answer at the cut. Each child is fresh, so nothing remembered from one pass
helps in the next.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...sandbox import ArraySpec, BytesSpec, CandidateError, Session, Worker
from ..domain import Rejected, Verdict
from ..secret import machine_secret
from .gates import HARNESS, PARAMETER_SHARE
from .shapes import baseline_parameters
from .tasks import UNSCORED, Rows, Task, Tokens
from .tiers import Exam
from .weights import stored_numbers

AUDIT_TOLERANCE = 1e-2
"""Greatest change of a log-probability, in nats: a figure that no candidate can rescale.
Honest models change by rounding alone (the order of sums, and FFTs); a peeking one by
order 1."""
MAX_LOGIT = 1e4
"""A logit beyond this would leave float32 no digits for the differences that are audited."""
HEADER_BYTES = 64 * 1024
CURVE_POINTS = 30


@dataclass(frozen=True)
class Paper:
    """One training run of an exam: the task, its rate and its own seed."""

    key: str
    exam: Exam
    rate: float
    seed: int


@dataclass(frozen=True)
class Result:
    """Mean loss in nats and accuracy on the held-out rows, and the training curve."""

    loss: float
    accuracy: float
    curve: tuple[float, ...] = ()


def sit(exams: Sequence[Exam], source: str, seed: int, session: Session) -> dict[str, Result]:
    """The result of each exam by its task's name.

    Raises CandidateFailure for what a child did wrong, and Rejected where the audit
    finds that answers depended on the future.
    """
    papers = [paper for exam in exams for paper in _papers(exam, seed)]
    curves: dict[str, tuple[float, ...]] = {}
    weights: dict[str, bytes] = {}
    with session.open(HARNESS, source) as worker:
        for paper in papers:
            curves[paper.key], weights[paper.key] = _train(paper, worker)
    secret = machine_secret()
    rows = {paper.key: paper.exam.task.held_out(paper.seed, secret) for paper in papers}
    logits = {}
    with session.open(HARNESS, source) as worker:
        for paper, answer in _answers(papers, weights, rows, worker):
            logits[paper.key] = answer
    with session.open(HARNESS, source) as worker:
        _audit(papers, weights, rows, logits, worker, secret)
    results = {
        paper.key: _score(logits[paper.key], rows[paper.key], curves[paper.key]) for paper in papers
    }
    return {exam.name: _best(exam, papers, results) for exam in exams}


def _papers(exam: Exam, seed: int) -> Iterator[Paper]:
    for rate in exam.rates:
        for i in range(exam.seeds):
            yield Paper(f"{exam.name}/{rate:g}/{i}", exam, rate, 1000 * i + seed)


def _train(paper: Paper, worker: Worker) -> tuple[tuple[float, ...], bytes]:
    """The curve and the weights of a trained model."""
    task = paper.exam.task
    inputs, targets = task.training(paper.seed, paper.exam.steps)
    limit = int((1 + PARAMETER_SHARE) * baseline_parameters(task.vocab))
    answer = worker.call(
        "train",
        returns={"weights": BytesSpec(4 * limit + HEADER_BYTES)},
        vocab=task.vocab,
        lr=paper.rate,
        seed=paper.seed,
        inputs=inputs,
        targets=targets,
    )
    losses = np.asarray(answer["losses"], np.float64)
    if len(losses) != paper.exam.steps or not np.isfinite(losses).all():
        raise CandidateError(
            f"{task.name}: the training loss was not finite at step {len(losses)} "
            f"of {paper.exam.steps}, learning rate {paper.rate:g}"
        )
    size = stored_numbers(answer["weights"])
    if size > limit:
        message = f"parameters: the trained {task.name} model stores {size} numbers"
        raise Rejected(Verdict("parameters", False, f"{message}, threshold {limit}", size, limit))
    chunks = np.array_split(losses, min(CURVE_POINTS, len(losses)))
    return tuple(float(chunk.mean()) for chunk in chunks), answer["weights"]


def _answers(
    papers: Sequence[Paper],
    weights: Mapping[str, bytes],
    rows: Mapping[str, Rows],
    worker: Worker,
) -> Iterator[tuple[Paper, NDArray[np.float32]]]:
    """Logits (scored positions, vocab) of each paper on its held-out rows."""
    for paper in papers:
        inputs, targets = rows[paper.key]
        positions = np.flatnonzero(targets != UNSCORED)
        yield paper, _forward(paper, weights[paper.key], inputs, positions, worker)


def _forward(
    paper: Paper, weights: bytes, inputs: Tokens, positions: NDArray[np.intp], worker: Worker
) -> NDArray[np.float32]:
    task = paper.exam.task
    worker.call("load", name=paper.key, vocab=task.vocab, weights=weights)
    logits: NDArray[np.float32] = worker.call(
        "forward",
        returns={"logits": ArraySpec("float32", (len(positions), task.vocab))},
        name=paper.key,
        inputs=inputs,
        positions=positions.astype(np.int32),
    )["logits"]
    if not np.isfinite(logits).all():
        raise CandidateError(f"{task.name}: the logits are not finite")
    if np.abs(logits).max(initial=0.0) > MAX_LOGIT:
        raise CandidateError(f"{task.name}: a logit is beyond {MAX_LOGIT:g}")
    return logits


def _audit(
    papers: Sequence[Paper],
    weights: Mapping[str, bytes],
    rows: Mapping[str, Rows],
    logits: Mapping[str, NDArray[np.float32]],
    worker: Worker,
    secret: int,
) -> None:
    """Ask again at one cut a row, with noise behind it. Raises Rejected on a mismatch."""
    for paper in papers:
        inputs, targets = rows[paper.key]
        rng = np.random.default_rng([secret, paper.seed, len(targets)])
        cut = audit_rows(paper.exam.task, inputs, targets, rng)
        again = _forward(paper, weights[paper.key], cut.inputs, cut.positions, worker)
        first = logits[paper.key][cut.answers]
        change = float(np.abs(log_softmax(first) - log_softmax(again)).max())
        if change > AUDIT_TOLERANCE:
            message = (
                f"future leak in audit: {paper.exam.name} logits change with later tokens: "
                f"measured {change:.4g}, threshold {AUDIT_TOLERANCE:.4g}"
            )
            raise Rejected(Verdict("audit", False, message, change, AUDIT_TOLERANCE))


@dataclass(frozen=True)
class Cuts:
    """Rows with noise behind a cut, the flat positions of the cuts, and which of the
    full pass's answers stand at them."""

    inputs: Tokens
    positions: NDArray[np.intp]
    answers: NDArray[np.intp]


def audit_rows(task: Task, inputs: Tokens, targets: Tokens, rng: np.random.Generator) -> Cuts:
    """Cut each row after one random scored position; rows without one are left out."""
    scored = targets != UNSCORED
    number = scored.ravel().cumsum().reshape(scored.shape) - 1
    kept = np.flatnonzero(scored.any(axis=1))
    at = np.array([rng.choice(np.flatnonzero(scored[row])) for row in kept])
    noise = rng.integers(0, task.vocab, (len(kept), task.length)).astype(np.int16)
    later = np.arange(task.length) > at[:, None]
    return Cuts(
        np.where(later, noise, inputs[kept]),
        np.arange(len(kept)) * task.length + at,
        number[kept, at],
    )


def _score(logits: NDArray[np.float32], rows: Rows, curve: tuple[float, ...]) -> Result:
    targets = rows[1][rows[1] != UNSCORED].astype(np.int64)
    log_probs = log_softmax(logits)
    loss = -log_probs[np.arange(len(targets)), targets].mean()
    return Result(float(loss), float((logits.argmax(axis=1) == targets).mean()), curve)


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Log-probabilities over the last axis, in double precision."""
    wide = logits.astype(np.float64)
    wide -= wide.max(axis=-1, keepdims=True)
    return wide - np.log(np.exp(wide).sum(axis=-1, keepdims=True))


def _best(exam: Exam, papers: Sequence[Paper], results: Mapping[str, Result]) -> Result:
    """Median over seeds at the learning rate where that is best."""
    by_rate = []
    for rate in exam.rates:
        mine = [results[p.key] for p in papers if p.exam is exam and p.rate == rate]
        loss = statistics.median(r.loss for r in mine)
        by_rate.append(Result(loss, statistics.median(r.accuracy for r in mine), mine[0].curve))
    return min(by_rate, key=lambda result: result.loss)
