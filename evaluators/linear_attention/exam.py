"""Sitting an exam: train once, answer in a fresh child, be audited in others.

Each time a trusted child holds the model, and a candidate's child computes its mixers alone.
Labels and metric stay here, and held-out rows are drawn with a secret of this machine: the
generators are public, and with a seed alone a mixer could draw its own test again. In the
second pass a mixer sees whole held-out rows, and could look at the next token there: the third
gets every row again, cut at random scored positions with noise behind them, and must
give the same answers at the cuts. Each child is fresh, so nothing remembered from one pass
helps in the next.

Runs of a search are scored by the full pass. Finalists are scored by the audit itself: each
row is asked again and again, the cut moving on, so that no answer that counts was given by
a process that had seen what follows.
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
from .gates import PARAMETER_SHARE
from .shapes import D_MODEL, DEPTH, baseline_parameters
from .source import Declared, declarations
from .tasks import UNSCORED, Rows, Task, Tokens
from .tiers import Exam
from .weights import stored_numbers

TRAINING = "discover.evaluators.linear_attention.training:harness"
MIXING = "discover.evaluators.linear_attention.mixing:harness"
AUDIT_TOLERANCE = 1e-2
"""Greatest change of a log-probability, in nats: a figure that no candidate can rescale.
Honest models change by rounding alone (the order of sums, and FFTs); a peeking one by
order 1."""
MAX_LOGIT = 1e4
"""A logit beyond this would leave float32 no digits for the differences that are audited."""
LAST_WORDS = 120
"""Characters that are kept of an error raised in front of held-out rows."""
HEADER_BYTES = 64 * 1024
CURVE_POINTS = 30
SEED_STRIDE = 1_000_000
"""Between the seeds of an exam's runs: further than any search's from a verification's."""
AUDIT_CUTS, FINAL_CUTS = 2, 16
"""Scored positions of each row that the audit asks for, in the search and for finalists."""


@dataclass(frozen=True)
class Paper:
    """One training run of an exam: the task, its rate and its own seed."""

    key: str
    exam: Exam
    rate: float
    seed: int

    @property
    def most(self) -> int:
        """Parameters that the model may have."""
        return int((1 + PARAMETER_SHARE) * baseline_parameters(self.exam.task.vocab))

    @property
    def numbers(self) -> int:
        """Shared ones that its mixers need: for each their parameters, x and y."""
        task = self.exam.task
        rows = max(task.batch, task.held_out_rows)
        return DEPTH * (self.most + 2 * rows * task.length * D_MODEL)


@dataclass(frozen=True)
class Result:
    """Mean loss in nats and accuracy on the held-out rows, and the training curve."""

    loss: float
    accuracy: float
    curve: tuple[float, ...] = ()


@dataclass(frozen=True)
class Answers:
    """Logits (n, vocab), and where they belong: n flat positions of a paper's rows."""

    logits: NDArray[np.float32]
    positions: NDArray[np.intp]


def sit(
    exams: Sequence[Exam], source: str, seed: int, session: Session, *, final: bool = False
) -> dict[str, Result]:
    """The result of each exam by its task's name; that of a `final` one is the audit's.

    Raises CandidateFailure for what a child did wrong, and Rejected where the audit
    finds that answers depended on the future.
    """
    declared = declarations(source)
    papers = [paper for exam in exams for paper in papers_of(exam, seed)]
    numbers = max(paper.numbers for paper in papers)
    curves: dict[str, tuple[float, ...]] = {}
    weights: dict[str, bytes] = {}
    with session.open_linked(TRAINING, MIXING, source, numbers=numbers) as worker:
        for paper in papers:
            curves[paper.key], weights[paper.key] = train(paper, declared, worker)
    secret = machine_secret()
    rows = {paper.key: paper.exam.task.held_out(paper.seed, secret) for paper in papers}
    full: dict[str, Answers] = {}
    with session.open_linked(TRAINING, MIXING, source, numbers=numbers) as worker:
        for paper in papers:
            _load(paper, declared, weights[paper.key], worker)
            inputs, targets = rows[paper.key]
            positions = np.flatnonzero(targets != UNSCORED)
            full[paper.key] = _forward(paper, inputs, positions, worker)
    audited: dict[str, Answers] = {}
    for paper in papers:  # each in children of its own: another rate asks for the same rows
        with session.open_linked(TRAINING, MIXING, source, numbers=numbers) as worker:
            _load(paper, declared, weights[paper.key], worker)
            rng = np.random.default_rng([secret, paper.seed, len(rows[paper.key][1])])
            cuts = FINAL_CUTS if final else AUDIT_CUTS
            audited[paper.key] = _audit(paper, rows[paper.key], full[paper.key], cuts, rng, worker)
    counted = audited if final else full
    results = {
        paper.key: _score(counted[paper.key], rows[paper.key], curves[paper.key])
        for paper in papers
    }
    return {exam.name: _best(exam, papers, results) for exam in exams}


def papers_of(exam: Exam, seed: int) -> Iterator[Paper]:
    for rate in exam.rates:
        for i in range(exam.seeds):
            yield Paper(f"{exam.name}/{rate:g}/{i}", exam, rate, SEED_STRIDE * i + seed)


def train(paper: Paper, declared: Declared, worker: Worker) -> tuple[tuple[float, ...], bytes]:
    """The curve and the weights of a trained model."""
    task = paper.exam.task
    inputs, targets = task.training(paper.seed, paper.exam.steps)
    limit = paper.most
    answer = worker.call(
        "train",
        returns={"weights": BytesSpec(4 * limit + HEADER_BYTES)},
        norm=declared.norm,
        recipe=declared.recipe,
        vocab=task.vocab,
        most=limit,
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


def _load(paper: Paper, declared: Declared, weights: bytes, worker: Worker) -> None:
    worker.call(
        "load",
        name=paper.key,
        norm=declared.norm,
        vocab=paper.exam.task.vocab,
        most=paper.most,
        seed=paper.seed,
        weights=weights,
    )


def _forward(paper: Paper, inputs: Tokens, positions: NDArray[np.intp], worker: Worker) -> Answers:
    """What the loaded model says at flat `positions` of `inputs`."""
    task = paper.exam.task
    try:
        answer = worker.call(
            "forward",
            returns={"logits": ArraySpec("float32", (len(positions), task.vocab))},
            name=paper.key,
            inputs=inputs,
            positions=positions.astype(np.int32),
        )
    except CandidateError as error:
        # It has seen held-out rows: its last words are too short to hand them on.
        raise CandidateError(error.message[:LAST_WORDS], line=error.line) from None
    logits: NDArray[np.float32] = answer["logits"]
    if not np.isfinite(logits).all():
        raise CandidateError(f"{task.name}: the logits are not finite")
    if np.abs(logits).max(initial=0.0) > MAX_LOGIT:
        raise CandidateError(f"{task.name}: a logit is beyond {MAX_LOGIT:g}")
    return Answers(logits, positions)


def _audit(
    paper: Paper,
    rows: Rows,
    full: Answers,
    cuts: int,
    rng: np.random.Generator,
    worker: Worker,
) -> Answers:
    """Ask again at cuts, with noise behind them; the new answers.

    Raises Rejected where one differs from that of the full pass.
    """
    known = np.zeros((rows[1].size, paper.exam.task.vocab))
    known[full.positions] = log_softmax(full.logits)
    found = []
    for cut in audit_passes(paper.exam.task, *rows, cuts, rng):
        again = _forward(paper, cut.inputs, cut.positions, worker)
        change = float(np.abs(known[cut.origins] - log_softmax(again.logits)).max())
        if change > AUDIT_TOLERANCE:
            message = (
                f"future leak in audit: {paper.exam.name} logits change with later tokens: "
                f"measured {change:.4g}, threshold {AUDIT_TOLERANCE:.4g}"
            )
            raise Rejected(Verdict("audit", False, message, change, AUDIT_TOLERANCE))
        found.append(Answers(again.logits, cut.origins))
    return Answers(
        np.concatenate([answers.logits for answers in found]),
        np.concatenate([answers.positions for answers in found]),
    )


@dataclass(frozen=True)
class Cut:
    """Rows with noise behind a cut each: flat positions of the cuts, here and in all rows."""

    inputs: Tokens
    positions: NDArray[np.intp]
    origins: NDArray[np.intp]


def audit_passes(
    task: Task, inputs: Tokens, targets: Tokens, count: int, rng: np.random.Generator
) -> Iterator[Cut]:
    """Passes over the rows, each cut after one of `count` random scored positions.

    A row's cuts move on from pass to pass: whoever remembers earlier passes knows nothing
    that this one does not show. The last position is left out: nothing follows it in its
    row, and in running text what follows may open another row.
    """
    scored = targets != UNSCORED
    scored[:, -1] = False
    order = np.where(scored, rng.random(scored.shape), np.inf).argsort(axis=1)[:, :count]
    chosen = np.take_along_axis(scored, order, axis=1)
    at = np.sort(np.where(chosen, order, task.length), axis=1)
    for cuts in at.T:
        kept = np.flatnonzero(cuts < task.length)
        if len(kept):
            noise = rng.integers(0, task.vocab, (len(kept), task.length)).astype(np.int16)
            later = np.arange(task.length) > cuts[kept, None]
            yield Cut(
                np.where(later, noise, inputs[kept]),
                np.arange(len(kept)) * task.length + cuts[kept],
                kept * task.length + cuts[kept],
            )


def _score(answers: Answers, rows: Rows, curve: tuple[float, ...]) -> Result:
    targets = rows[1].ravel()[answers.positions].astype(np.int64)
    log_probs = log_softmax(answers.logits)
    loss = -log_probs[np.arange(len(targets)), targets].mean()
    return Result(float(loss), float((answers.logits.argmax(axis=1) == targets).mean()), curve)


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
