"""One run of one candidate, from whatever happens to an Evaluation.

These functions are module-level and take a domain by its name or path, so that a
`functools.partial` of them travels to an executor on another machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from ..sandbox import CandidateFailure, LimitExceeded, Session
from ..space import GATE, Candidate, Evaluation, Status
from .domain import Domain, DomainError, Measurement, Rejected, Tier
from .registry import load_domain


def evaluate(
    domain: str | Domain, candidate: Candidate, tier: str, seed: int, session: Session
) -> Evaluation:
    """Run `candidate` at `tier`, without the gates.

    Whatever the candidate does wrong becomes a status and a reason. Raises
    SandboxUnavailable where the sandbox failed, which says nothing of the candidate.
    """
    judge = load_domain(domain) if isinstance(domain, str) else domain
    chosen = find_tier(judge, tier)
    blank = Evaluation(candidate.id, tier, seed, Status.OK)
    return _settle(blank, session, lambda: judge.run(candidate, chosen, seed, session))


def check(domain: str | Domain, candidate: Candidate, session: Session) -> Evaluation:
    """Run the gates of `domain`; the figures that they yield on the way are the metrics."""
    judge = load_domain(domain) if isinstance(domain, str) else domain

    def gate() -> Measurement:
        figures: dict[str, float] = {}
        for verdict in judge.gate(candidate, session):
            if not verdict.passed:
                raise Rejected(verdict)
            figures |= verdict.figures
        return Measurement(figures)

    return _settle(Evaluation(candidate.id, GATE, 0, Status.OK), session, gate)


def find_tier(domain: Domain, name: str) -> Tier:
    """The tier called `name`; raises DomainError with the names there are."""
    for tier in domain.tiers:
        if tier.name == name:
            return tier
    names = ", ".join(tier.name for tier in domain.tiers)
    raise DomainError(f"{domain.name} has no tier {name!r}; it has {names}")


def _settle(blank: Evaluation, session: Session, run: Callable[[], Measurement]) -> Evaluation:
    """`blank` with the outcome of `run`, its cost and its isolation."""
    status, reason, measured = Status.OK, "", Measurement({})
    try:
        measured = run()
    except Rejected as rejected:
        status, reason = Status.REJECTED, str(rejected)
    except LimitExceeded as limit:
        late = limit.resource in ("wall", "cpu")
        status, reason = (Status.TIMEOUT if late else Status.FAILED), limit.message
    except CandidateFailure as failure:
        where = f"line {failure.line}: " if failure.line else ""
        status, reason = Status.FAILED, where + failure.message
    except DomainError:
        raise
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # Our own code stumbled over what the child answered.
        status, reason = Status.FAILED, f"an answer that cannot be used: {error!r}"[:300]
    bad = _not_finite(measured.metrics)
    if bad:
        status, reason, measured = Status.FAILED, bad, Measurement({})
    usage = session.usage
    return replace(
        blank,
        status=status,
        reason=reason,
        metrics=dict(measured.metrics),
        curves=dict(measured.curves),
        wall_s=usage.wall_s,
        cpu_s=usage.cpu_s,
        isolation=session.isolation,
    )


def _not_finite(metrics: Mapping[str, float]) -> str:
    for name, value in metrics.items():
        if not math.isfinite(value):
            return f"metric {name} is {value}"
    return ""
