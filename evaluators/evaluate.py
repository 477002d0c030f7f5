"""One run of one candidate, from whatever happens to an Evaluation.

These functions are module-level and take a domain by its name or path, so that a
`functools.partial` of them travels to an executor on another machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from numbers import Real

from ..harmless import cut, shown, without_middle
from ..sandbox import Cancelled, CandidateFailure, LimitExceeded, SandboxUnavailable, Session
from ..space import GATE, Candidate, Evaluation, Status
from .domain import Domain, DomainError, DomainFault, Measurement, Rejected, Tier, Verifying
from .faults import blamed, files_of
from .registry import load_domain
from .sampling import IN_TIME, Bounds, Sampled
from .stopping import BAR, FORESEEN, Stoppable, StoppedEarly, Watch
from .validation import described


def evaluate(
    domain: str | Domain,
    candidate: Candidate,
    tier: str,
    seed: int,
    session: Session,
    *,
    final: bool = False,
    watch: Watch | None = None,
    bounds: Bounds | None = None,
) -> Evaluation:
    """Run `candidate` at `tier`, without the gates; a `final` run is one of a verification.

    `watch` may stop the run of a domain that is Stoppable: it then has no score. `bounds`
    may end that of one that is Sampled; without any, it ends in the time of its tier.

    Whatever the candidate does wrong becomes a status and a reason, and so does an error
    in the domain's own code, whose reason says that. Raises SandboxUnavailable where the
    sandbox failed, which says nothing of the candidate.
    """
    judge = load_domain(domain) if isinstance(domain, str) else domain
    chosen = find_tier(judge, tier)
    blank = Evaluation(candidate.id, tier, seed, Status.OK)

    def run() -> Measurement:
        if watch is not None and isinstance(judge, Stoppable):
            return judge.run_watched(candidate, chosen, seed, session, watch)
        if isinstance(judge, Sampled):
            within = bounds or Bounds(IN_TIME * chosen.limits.wall_s)
            return judge.run_within(candidate, chosen, seed, session, within)
        scored = judge.verify if final and isinstance(judge, Verifying) else judge.run
        return scored(candidate, chosen, seed, session)

    return _settle(blank, judge, session, lambda: _complete(judge, chosen, run()))


def check(domain: str | Domain, candidate: Candidate, session: Session) -> Evaluation:
    """Run the gates of `domain`; the figures that they yield on the way are the metrics."""
    judge = load_domain(domain) if isinstance(domain, str) else domain

    def gate() -> Measurement:
        figures: dict[str, float] = {}
        for verdict in judge.gate(candidate, session):
            if not verdict.passed:
                raise Rejected(verdict)
            figures |= _floats(verdict.figures)
        return Measurement(figures)

    return _settle(Evaluation(candidate.id, GATE, 0, Status.OK), judge, session, gate)


def find_tier(domain: Domain, name: str) -> Tier:
    """The tier called `name`; raises DomainError with the names there are."""
    for tier in domain.tiers:
        if tier.name == name:
            return tier
    names = ", ".join(tier.name for tier in domain.tiers)
    raise DomainError(f"{domain.name} has no tier {shown(name)}; it has {names}")


def _settle(
    blank: Evaluation, judge: Domain, session: Session, run: Callable[[], Measurement]
) -> Evaluation:
    """`blank` with the outcome of `run`, its cost and its isolation."""
    status, reason, measured = Status.OK, "", Measurement({})
    try:
        status, reason, measured = _judged(run)
    except StoppedEarly as stopped:
        status, reason = Status.REJECTED, str(stopped)
        curve = {judge.objectives[0].name: stopped.curve}
        measured = Measurement({FORESEEN: stopped.foreseen, BAR: stopped.bar}, curve)
    except LimitExceeded as limit:
        late = limit.resource in ("wall", "cpu")
        status, reason = (Status.TIMEOUT if late else Status.FAILED), limit.message
    except CandidateFailure as failure:
        where = f"line {failure.line}: " if failure.line else ""
        status, reason = Status.FAILED, where + failure.message
    except (DomainError, SandboxUnavailable, Cancelled, MemoryError):
        raise
    except DomainFault as fault:
        status, reason = Status.FAILED, f"the domain's own code: {fault}"
    except Exception as error:
        # A domain is anybody's code, and may stumble over whatever the child answered.
        where = blamed(error, *files_of(judge))
        status, reason = Status.FAILED, f"the domain's own code failed: {where}"
    bad = _not_finite(measured)
    if bad:
        status, reason, measured = Status.FAILED, bad, Measurement({})
    usage = session.usage
    return replace(
        blank,
        status=status,
        reason=without_middle(reason),
        metrics=dict(measured.metrics),
        curves=dict(measured.curves),
        notes=dict(measured.notes),
        wall_s=usage.wall_s,
        cpu_s=usage.cpu_s,
        isolation=session.isolation,
    )


def _judged(run: Callable[[], Measurement]) -> tuple[Status, str, Measurement]:
    """What `run` measured, or why it rejects the candidate, with the figures of that."""
    try:
        return Status.OK, "", run()
    except Rejected as rejected:
        figures = _floats(rejected.verdict.figures)
        return Status.REJECTED, str(rejected), Measurement(figures)


def _complete(judge: Domain, tier: Tier, measured: Measurement) -> Measurement:
    """`measured` with its figures as floats; raises DomainFault where some are not to be had."""
    if not isinstance(measured, Measurement):
        raise DomainFault(f"run: expected a Measurement, got {described(measured)}")
    metrics = _floats(measured.metrics)
    wanted = {objective.name: "an objective" for objective in judge.objectives}
    if tier.decides is not None:
        wanted.setdefault(tier.decides.name, f"by which {tier.name} decides")
    for name, role in wanted.items():
        if name not in metrics:
            got = ", ".join(sorted(metrics)) or "none"
            raise DomainFault(f"expected the metric {shown(name)}, {role}; got {got}")
    for name, curve in measured.curves.items():
        if not isinstance(curve, Iterable) or not all(isinstance(v, Real) for v in curve):
            raise DomainFault(f"curve {shown(name)}: expected numbers, got {described(curve)}")
    return replace(measured, metrics=metrics)


def _floats(figures: Mapping[str, float]) -> dict[str, float]:
    """`figures` as floats; raises DomainFault where some are no numbers."""
    for name, value in figures.items():
        if not isinstance(name, str) or not isinstance(value, Real):
            raise DomainFault(f"metric {shown(name)}: expected a number, got {described(value)}")
    return {name: float(value) for name, value in figures.items()}


def _not_finite(measured: Measurement) -> str:
    for name, value in measured.metrics.items():
        if not math.isfinite(value):
            return f"metric {cut(name)} is {value}"
    for name, curve in measured.curves.items():
        for step, value in enumerate(curve):
            if not math.isfinite(value):
                return f"curve {cut(name)} is {value} at point {step}"
    return ""
